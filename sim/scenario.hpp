// Named scenarios (sim/scenarios/*.toml): options of `moehub run` in a file, with what they stand for.
#pragma once

#include "sim/run_arguments.hpp"

namespace moehub {

/// The options as given, completed by those of their scenario, if there is one; its settings come first. What
/// is given beside --scenario wins. Throws InputError for a name that is not known, an unknown key, a value
/// of the wrong type.
RunArguments with_scenario(RunArguments given);

}  // namespace moehub
