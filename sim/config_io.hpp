// System and model files (TOML) to structs, and `--set`.
#pragma once

#include <string>
#include <vector>

#include "model/config/model_config.hpp"
#include "model/config/system_config.hpp"

namespace moehub {

/// `name`: a file, or a name without a path, which is looked up in sim/systems and sim/models.
/// Throws InputError for a name that is not known, an unknown or mistyped key (naming its line and
/// the nearest key that exists), a value of the wrong type or out of range.
/// A system's values are not yet checked against each other: settings may follow; call validate().
SystemConfig load_system(const std::string& name);
ModelConfig load_model(const std::string& name);

/// The file that `name` stands for. `kind`: "systems", "models" or "routing" (statistics of traces);
/// `option` is named in the error. What has a path, or an ending that a file of the kind may have, is a file.
std::string find_config(const std::string& kind, const std::string& name,
                        const std::string& option);

/// Names that can be used without a path, sorted. `kind`: as above.
std::vector<std::string> known_configs(const std::string& kind);

/// Applies one `--set KEY=VALUE`. Keys are those of the system's file; the model's after `model.`.
void apply_setting(const std::string& setting, SystemConfig& system, ModelConfig& model);

}  // namespace moehub
