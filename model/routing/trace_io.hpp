// Routing traces on disk: NumPy .npz and .npy, CSV, JSON Lines; the file's ending decides.
//
// .npz    arrays `expert_ids` (integer, [layers, tokens, top_k]), optional `weights` (float, same
//         shape), `source_gpu` (integer, [tokens]), `meta` (a string: JSON with `model`,
//         `num_experts`, `source`); stored or deflated.
// .npy    `expert_ids` alone.
// .csv    header `layer,token,expert_0,..[,weight_0,..]`, one line per layer and token.
// .jsonl  one {"layer":..,"token":..,"experts":[..],"weights":[..]} per line.
// The text formats may begin with meta: `# {json}` in CSV, a record without "layer" in JSON Lines.
// Their layers may carry any numbers: they are sorted and counted from 0.
#pragma once

#include <string>

#include "model/routing/trace.hpp"

namespace moehub {

/// Reads and validates a trace. `num_experts` is used where the file does not say how many there
/// are; 0: the largest id in the file decides. Throws InputError.
Trace read_trace(const std::string& file, int num_experts = 0);

/// Fills in the number of experts where the trace does not have it, as read_trace() does, and validates.
void complete(Trace& trace, int num_experts, const std::string& file);

/// Writes a trace. The same trace gives the same bytes. Throws InputError where the file cannot be
/// written or its ending is unknown.
void write_trace(const Trace& trace, const std::string& file);

}  // namespace moehub
