// report.html: a run on one page, in one file, without a network: the table, each flow's time, what one
// GPU did when, and the experts' loads.
#pragma once

#include <string>

#include "sim/summary.hpp"

namespace moehub {

/// `table` is the text that the run prints.
std::string make_report(const RunOptions& options, const RunResult& result, const std::string& table);

}  // namespace moehub
