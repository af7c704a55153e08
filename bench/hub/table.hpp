// A bench's result in text: what `make bench-hub` prints and docs/performance.md holds.
#pragma once

#include <string>

#include "bench/hub/bench.hpp"

namespace moehub::bench {

/// Depends on the result alone: the same on every machine. `hub`: rtl or model.
std::string to_text(const BenchResult& result, const std::string& hub);

}  // namespace moehub::bench
