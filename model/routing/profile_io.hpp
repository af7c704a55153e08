// Statistics of a trace as JSON: what `moehub trace info --json` prints and sim/routing holds.
#pragma once

#include <string>

#include "model/routing/trace_profile.hpp"

namespace moehub {

/// One line a layer; equal profiles are equal text.
std::string profile_json(const TraceProfile& profile);

/// Parses what profile_json() writes. Throws InputError, naming `file` and the key.
TraceProfile parse_profile(const std::string& text, const std::string& file);

/// The profile in a .json file, or of the trace in any other.
TraceProfile read_profile(const std::string& file);

}  // namespace moehub
