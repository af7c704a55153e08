// What `moehub trace info` prints.
#pragma once

#include <string>

#include "model/routing/trace.hpp"

namespace moehub {

/// Shape, loads and locality of a trace on `gpus` GPUs: the mean over layers and the layer with the
/// largest value, and with `each_layer` a line for each.
std::string trace_table(const Trace& trace, int gpus, bool each_layer);

}  // namespace moehub
