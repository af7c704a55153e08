#include <limits>

#include "model/base/file.hpp"
#include "model/base/input_error.hpp"
#include "model/routing/npy.hpp"
#include "model/routing/trace_import.hpp"

namespace moehub {

Trace import_vllm(const std::string& file) {
  const NpyArray array = parse_npy(read_file(file), file, "routed_experts");
  if (array.shape.size() != 3 || array.size() == 0 ||
      array.size() > std::numeric_limits<std::int32_t>::max()) {
    throw InputError(file, "routed_experts", "shape " + array.shape_text(),
                     "[tokens, layers, top_k], none of them 0");
  }
  const std::vector<std::int64_t> ids = npy_integers(array, file, "routed_experts");
  Trace trace;
  trace.tokens = static_cast<int>(array.shape[0]);
  trace.layers = static_cast<int>(array.shape[1]);
  trace.top_k = static_cast<int>(array.shape[2]);
  trace.expert_ids.resize(ids.size());
  std::size_t next = 0;
  for (int token = 0; token < trace.tokens; ++token) {
    for (int layer = 0; layer < trace.layers; ++layer) {
      for (int k = 0; k < trace.top_k; ++k) trace.at(layer, token, k) = expert_id(ids[next++]);
    }
  }
  return trace;
}

}  // namespace moehub
