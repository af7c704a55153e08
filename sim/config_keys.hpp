// The keys of system and model files, each bound to its field: one line a key, used for reading a
// file, for `--set`, and for naming what is known when a key is not.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "model/config/model_config.hpp"
#include "model/config/system_config.hpp"

namespace moehub {

struct ConfigKey {
  std::string name;  ///< with its sections, e.g. "hub.policy.merge"
  std::variant<int*, double*, bool*, std::string*> field;
  double lowest = 0;   ///< smallest legal number; unused for bool and string
  double highest = 0;  ///< largest
  bool required = false;
};

/// Keys bound to the fields of the argument, which must outlive them.
std::vector<ConfigKey> system_keys(SystemConfig& system);
std::vector<ConfigKey> model_keys(ModelConfig& model);

/// What a user who wrote `name` probably meant: "KEY" or, if nothing is near, "one of KEY, KEY, ...".
std::string nearest_key(const std::string& name, const std::vector<ConfigKey>& keys);

}  // namespace moehub
