// What a run prints, and `moehub report` prints again: the table of flows, and what the hubs, the
// checks and the simulator itself had to say. Everything comes from summary.json.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace moehub {

/// The text, with a newline at its end. Throws InputError, which names `file` and the key, when the
/// summary lacks something.
std::string report_table(const nlohmann::json& summary, const std::string& file);

}  // namespace moehub
