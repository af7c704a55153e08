#include "bench/calibration/communication.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "bench/calibration/layer.hpp"
#include "model/flows/software_layer.hpp"

namespace moehub::calibration {

namespace {

constexpr std::int64_t kCopy = 16384;  // bytes that a copy of the model stands for, at most

// Nothing but the collective; what lies where does not matter.
class AllToAll : public SoftwareLayer {
 public:
  AllToAll(const LayerContext& context, std::int64_t bytes)
      : SoftwareLayer(context, Exchange::Rows::a_choice, Exchange::Rows::a_choice), bytes_(bytes) {}

  void run_gpu(int gpu) override {
    const std::int64_t each = bytes_ / gpus();
    std::vector<Message> messages;
    for (int peer = 0; peer < gpus(); ++peer) {
      const int count = static_cast<int>((each + kCopy - 1) / kCopy);
      const auto make = [this, peer, each](int i) {
        Copy copy = padding_copy(peer, 0);
        copy.bytes = static_cast<int>(std::min<std::int64_t>(kCopy, each - i * kCopy));
        return copy;
      };
      messages.push_back(nccl_message(peer, count, make, each));
    }
    run_collective(gpu, 0, nccl(Activity::dispatch, each), std::move(messages), bytes_);
    us_ = std::max(us_, to_us(now()));
  }
  double us() const { return us_; }

 private:
  std::int64_t bytes_;
  double us_ = 0;
};

}  // namespace

double alltoall_us(Machine& machine, const SystemConfig& system, std::int64_t bytes) {
  ModelConfig model;
  model.hidden = kCopy / 2;
  model.num_experts = system.fabric.gpus;
  model.top_k = 1;
  const Trace routing = draw_routing(system, model, 1, RoutingSpec{RoutingSpec::Kind::Uniform, 0});
  const LayerPlan plan(routing, 0, system.fabric.gpus);
  Scoreboard board(0, plan.gpus(), plan.tokens(), plan.top_k());
  machine.load(system, plan.gpus(), {});
  machine.begin_layer(board, {});
  AllToAll program(LayerContext{machine, board, plan, system, model}, bytes);
  program.prepare();
  machine.run(program);
  return program.us();
}

double deepep_us(Machine& machine, const SystemConfig& system, const DeepepPoint& point) {
  ModelConfig model;
  model.hidden = point.dispatch && point.fp8 ? (point.hidden + 4 * point.hidden / 128) / 2 : point.hidden;
  model.expert_ffn = 128;
  model.num_experts = point.experts;
  model.top_k = point.top_k;
  const Trace routing = draw_routing(system, model, point.tokens, RoutingSpec{RoutingSpec::Kind::Uniform, 0});
  const FlowResult result = run_layer(machine, point.low_latency ? "deepep-ll" : "deepep", system, model, routing);
  const Activity kernel = point.dispatch ? Activity::dispatch : Activity::combine;
  // GPUs come to the kernel when their experts let them: from when the last has come until the last is through.
  Picoseconds begin = 0;
  Picoseconds end = 0;
  for (const std::vector<Span>& gpu : result.layers.at(0).spans) {
    for (const Span& span : gpu) {
      if (span.activity != kernel) continue;
      begin = std::max(begin, span.begin);
      end = std::max(end, span.end);
    }
  }
  const double us = to_us(end - begin);
  if (point.low_latency) return us;
  return us + (point.dispatch ? system.software.deepep_notify_us : system.software.deepep_combine_notify_us);
}

}  // namespace moehub::calibration
