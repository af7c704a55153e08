// A bench's result as JSON and as CSV: everything that was counted.
#pragma once

#include <string>

#include "bench/hub/bench.hpp"

namespace moehub::bench {

/// Throws InputError where the file cannot be written.
void write_json(const BenchResult& result, const std::string& hub, double cpu_s, const std::string& file);
/// A line for each pattern, direction and side.
void write_csv(const BenchResult& result, const std::string& hub, const std::string& file);

}  // namespace moehub::bench
