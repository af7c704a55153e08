#include "model/routing/trace_shape.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "model/base/input_error.hpp"

namespace moehub {

void check_choices(const TraceShape& shape) {
  constexpr std::int64_t kMost = 1 << 30;  // 4 GiB of expert ids
  const std::int64_t of_layer = std::int64_t{shape.tokens} * shape.top_k;
  if (of_layer <= kMost / shape.layers) return;
  throw InputError(kCommandLine, "--routing",
                   fmt::format("{} layers of {} tokens, top {}", shape.layers, shape.tokens, shape.top_k),
                   fmt::format("at most {} choices in all", kMost));
}

}  // namespace moehub
