#include "model/routing/trace_io.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <utility>

#include "model/base/file.hpp"
#include "model/base/input_error.hpp"
#include "model/routing/npy.hpp"
#include "model/routing/npz.hpp"
#include "model/routing/trace_text.hpp"

namespace moehub {
namespace {

constexpr const char* kKnownEndings = ".npz, .npy, .csv or .jsonl";

std::string ending(const std::string& file) {
  return std::filesystem::path(file).extension().string();
}

void take_expert_ids(Trace& trace, const NpyArray& array, const std::string& file) {
  constexpr auto kLargest = std::size_t{std::numeric_limits<std::int32_t>::max()};
  const bool usable = array.shape.size() == 3 &&
                      std::all_of(array.shape.begin(), array.shape.end(), [](std::size_t extent) {
                        return extent >= 1 && extent <= kLargest;
                      });
  if (!usable) {
    throw InputError(file, "expert_ids", "shape " + array.shape_text(),
                     "[layers, tokens, top_k], none of them 0");
  }
  trace.layers = static_cast<int>(array.shape[0]);
  trace.tokens = static_cast<int>(array.shape[1]);
  trace.top_k = static_cast<int>(array.shape[2]);
  const std::vector<std::int64_t> ids = npy_integers(array, file, "expert_ids");
  trace.expert_ids.reserve(ids.size());
  for (const std::int64_t id : ids) trace.expert_ids.push_back(expert_id(id));
}

void take_source_gpu(Trace& trace, const NpyArray& array, const std::string& file) {
  if (array.shape.size() != 1 || array.shape[0] != static_cast<std::size_t>(trace.tokens)) {
    throw InputError(file, "source_gpu", "shape " + array.shape_text(),
                     fmt::format("[{}], a GPU for each token", trace.tokens));
  }
  for (const std::int64_t gpu : npy_integers(array, file, "source_gpu")) {
    trace.source_gpu.push_back(static_cast<int>(std::clamp<std::int64_t>(gpu, -1, 1 << 30)));
  }
}

Trace from_npz(const std::string& file) {
  const NpzEntries entries = read_npz(file, {"expert_ids", "weights", "source_gpu", "meta"});
  const auto array = [&](const char* name) -> std::optional<NpyArray> {
    const auto found = entries.find(name);
    if (found == entries.end()) return std::nullopt;
    return parse_npy(found->second, file, name);
  };
  const std::optional<NpyArray> expert_ids = array("expert_ids");
  if (!expert_ids) {
    throw InputError(file, "expert_ids", "no such array",
                     "an integer array [layers, tokens, top_k]");
  }
  Trace trace;
  take_expert_ids(trace, *expert_ids, file);
  if (const std::optional<NpyArray> weights = array("weights")) {
    if (weights->shape != expert_ids->shape) {
      throw InputError(file, "weights", "shape " + weights->shape_text(),
                       expert_ids->shape_text() + ", the shape of expert_ids");
    }
    trace.weights = npy_floats(*weights, file, "weights");
  }
  if (const std::optional<NpyArray> source_gpu = array("source_gpu")) {
    take_source_gpu(trace, *source_gpu, file);
  }
  if (const std::optional<NpyArray> meta = array("meta")) {
    apply_meta(trace, npy_text(*meta, file, "meta"), file, "meta");
  }
  return trace;
}

NpyArray expert_id_array(const Trace& trace) {
  const std::vector<std::size_t> shape = {static_cast<std::size_t>(trace.layers),
                                          static_cast<std::size_t>(trace.tokens),
                                          static_cast<std::size_t>(trace.top_k)};
  return trace.num_experts <= std::numeric_limits<std::int16_t>::max()
             ? npy_from_int16(trace.expert_ids, shape)
             : npy_from_int32(trace.expert_ids, shape);
}

}  // namespace

Trace read_trace(const std::string& file, int num_experts) {
  Trace trace;
  const std::string kind = ending(file);
  if (kind == ".npz") {
    trace = from_npz(file);
  } else if (kind == ".npy") {
    take_expert_ids(trace, parse_npy(read_file(file), file, "expert_ids"), file);
  } else if (kind == ".csv") {
    trace = parse_csv(read_file(file), file);
  } else if (kind == ".jsonl") {
    trace = parse_jsonl(read_file(file), file);
  } else {
    throw InputError(file, "", "ending '" + kind + "'", kKnownEndings);
  }
  complete(trace, num_experts, file);
  return trace;
}

void complete(Trace& trace, int num_experts, const std::string& file) {
  if (trace.num_experts == 0) trace.num_experts = num_experts;
  if (trace.num_experts == 0) {
    const auto largest = std::max_element(trace.expert_ids.begin(), trace.expert_ids.end());
    trace.num_experts = std::max(*largest + (*largest < (1 << 30) ? 1 : 0), trace.top_k);
  }
  validate(trace, file);
}

void write_trace(const Trace& trace, const std::string& file) {
  const std::string kind = ending(file);
  if (kind == ".npz") {
    NpzEntries entries;
    entries["expert_ids"] = npy_bytes(expert_id_array(trace));
    entries["meta"] = npy_bytes(npy_from_text(meta_json(trace)));
    const std::vector<std::size_t> shape = {static_cast<std::size_t>(trace.layers),
                                            static_cast<std::size_t>(trace.tokens),
                                            static_cast<std::size_t>(trace.top_k)};
    if (trace.weights) entries["weights"] = npy_bytes(npy_from_float(*trace.weights, shape));
    if (!trace.source_gpu.empty()) {
      const std::vector<std::int32_t> gpus(trace.source_gpu.begin(), trace.source_gpu.end());
      entries["source_gpu"] = npy_bytes(npy_from_int32(gpus, {gpus.size()}));
    }
    write_npz(file, entries);
  } else if (kind == ".npy") {
    write_file(file, npy_bytes(expert_id_array(trace)));
  } else if (kind == ".csv") {
    write_file(file, csv_text(trace));
  } else if (kind == ".jsonl") {
    write_file(file, jsonl_text(trace));
  } else {
    throw InputError(file, "", "ending '" + kind + "'", kKnownEndings);
  }
}

}  // namespace moehub
