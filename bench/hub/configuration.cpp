#include "bench/hub/configuration.hpp"

namespace moehub::bench {

ModelShape model_shape(const Configuration& configuration) {
  if (configuration.params.peers <= 2) return {"made up", 512, 4, 2};
  if (configuration.params.peers <= 8) return {"mixtral-8x7b", 8192, 8, 2};
  if (configuration.params.peers <= 16) return {"phi-3.5-moe", 8192, 16, 2};
  return {"deepseek-v3", 14336, 256, 8};
}

}  // namespace moehub::bench
