// Recordings of other programs as routing traces. What they do not say (number of experts, model) is left
// open; complete() in trace_io.hpp fills it in and checks. Each throws InputError, naming file and place.
#pragma once

#include <string>

#include "model/config/model_config.hpp"
#include "model/routing/trace.hpp"

namespace moehub {

/// vLLM's `routed_experts` (--enable-return-routed-experts), saved by numpy.save: an integer .npy [tokens,
/// layers, top_k].
Trace import_vllm(const std::string& file);

/// Megatron-LM's router trace (--moe-routing-trace-path): JSON Lines, a record per step, layer and rank with
/// `top_indices` [tokens][top_k]; a file, or a folder of router_trace_rank*.jsonl. Tokens start on the GPU of
/// their rank, step after step. Records of blocks other than `decoder` (multi-token prediction) are left out.
Trace import_megatron(const std::string& path);

/// DeepSeek ESFT's expert scores: a folder of expert_weights_LAYER.txt; a line per sequence with the ids of
/// all its tokens, tabs between them, an empty cell, and as many weights. The files do not say how many ids
/// are a token's: `top_k`.
Trace import_esft(const std::string& folder, int top_k);

/// Router logits, as Hugging Face's output_router_logits gives them stacked over layers: a float .npy
/// [layers, tokens, experts], or an .npz with `router_logits` and optionally `bias` [layers, experts]. The
/// model's gate chooses; `model_file` names the model in an error.
Trace import_logits(const std::string& file, const ModelConfig& model, const std::string& model_file);

}  // namespace moehub
