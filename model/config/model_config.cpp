#include "model/config/model_config.hpp"

#include <fmt/format.h>

#include "model/base/input_error.hpp"

namespace moehub {

void validate(const ModelConfig& model, const std::string& file) {
  const auto fail = [&](const char* key, std::int64_t value, const std::string& expected) {
    throw InputError(file, key, fmt::format("{}", value), expected);
  };
  if (model.top_k > model.num_experts) {
    fail("top_k", model.top_k, fmt::format("at most num_experts, {}", model.num_experts));
  }
  if (model.moe_layers + model.first_dense > model.layers) {
    fail("moe_layers", model.moe_layers,
         fmt::format("at most {}, the layers ({}) without the first dense ones ({})",
                     model.layers - model.first_dense, model.layers, model.first_dense));
  }
  if (model.row_bytes() > kMaxRowBytes) {
    fail("hidden", model.hidden,
         fmt::format("rows of at most {} bytes, the hub's limit (here {} bytes an element)",
                     kMaxRowBytes, model.dtype_bytes));
  }
}

}  // namespace moehub
