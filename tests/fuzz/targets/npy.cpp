// `.npy` files: our own, vLLM's recordings and router logits.
#include "model/config/model_config.hpp"
#include "model/routing/trace_import.hpp"
#include "model/routing/trace_io.hpp"
#include "tests/fuzz/target.hpp"

namespace moehub::fuzz {
namespace {

ModelConfig small_model() {
  ModelConfig model;
  model.name = "small";
  model.num_experts = 4;
  model.top_k = 2;
  model.scoring = "sigmoid+bias";
  model.expert_groups = 2;
  model.groups_per_token = 2;
  return model;
}

const Target npy("npy", [](const std::string& input) {
  const std::string file = file_of("input.npy", input);
  refused_or([&] { use_trace(read_trace(file), file); });
  refused_or([&] {
    Trace trace = import_vllm(file);
    complete(trace, 0, file);
    use_trace(trace, file);
  });
  refused_or([&] {
    Trace trace = import_logits(file, small_model(), "small.toml");
    complete(trace, 0, file);
    use_trace(trace, file);
  });
  return true;
});

}  // namespace
}  // namespace moehub::fuzz
