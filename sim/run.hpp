// One run: every flow that was asked for, on one system, model and routing.
#pragma once

#include "sim/run_options.hpp"

namespace moehub {

/// Simulates, writes the results into options.out, prints the table unless quiet.
/// Returns the program's exit status: 0 when all checks held, 1 when one failed.
int run(const RunOptions& options);

}  // namespace moehub
