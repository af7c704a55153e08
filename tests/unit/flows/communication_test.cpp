// Communication kernels against measurements on 8 H100: NCCL's all-to-all, DeepEP's dispatch and combine.
//
// Measured: ai-dynamo/aiconfigurator (Apache-2.0), commit 095f58a5. docs/flows.md shows the errors.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "model/flows/deepep_layer.hpp"
#include "model/flows/deepep_ll_layer.hpp"
#include "tests/support/bare_layer.hpp"

namespace moehub {
namespace {

using test::BareLayer;
using test::SmallRun;

SystemConfig dgx_h100() {
  SystemConfig system;
  system.name = "dgx-h100";
  system.fabric.links_per_gpu = 18;
  system.fabric.gb_per_s_per_direction = 450;
  system.fabric.credits_per_voq = system.fabric.receive_buffer_packets = 512;
  return system;
}

// Prints a row and returns the error.
double compare(const char* what, double size, double measured_us, double model_us) {
  const double error = model_us / measured_us - 1;
  std::printf("%-24s %12.0f measured %7.1f us, model %7.1f us, %+5.1f %%\n", what, size, measured_us,
              model_us, 100 * error);
  return std::abs(error);
}

// ---- NCCL -------------------------------------------------------------------------------------------

// Every GPU has `bytes` for all GPUs together, as much for one as for another.
constexpr std::int64_t kCopy = 16384;

class AllToAll : public SoftwareLayer {
 public:
  explicit AllToAll(const LayerContext& context)
      : SoftwareLayer(context, Exchange::Rows::a_choice, Exchange::Rows::a_choice) {}
  std::int64_t bytes = 0;
  double us = 0;

  void run_gpu(int gpu) override {
    const std::int64_t each = bytes / gpus();
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
    run_collective(gpu, 0, nccl(Activity::dispatch, each), std::move(messages), bytes);
    us = std::max(us, to_us(now()));
  }
};

double alltoall_us(std::int64_t bytes) {
  SmallRun run;
  run.system = dgx_h100();
  run.model.hidden = 8192;
  BareLayer<AllToAll> layer(run);
  layer.program().bytes = bytes;
  layer.run();
  return layer.program().us;
}

TEST(Communication, NcclAllToAll) {
  struct Measured {
    std::int64_t bytes;
    double us;
  };
  constexpr std::int64_t kKi = 1024, kMi = 1024 * kKi;
  double small = 0;
  double large = 0;
  const std::vector<Measured> few = {{512, 7.2}, {64 * kKi, 8.2}};
  const std::vector<Measured> many = {{1 * kMi, 15.6},   {4 * kMi, 26.3},   {16 * kMi, 72.4},
                                      {64 * kMi, 216.9}, {256 * kMi, 761},  {512 * kMi, 1479}};
  for (const auto& [bytes, us] : few) {
    small += compare("NCCL all-to-all, bytes", static_cast<double>(bytes), us, alltoall_us(bytes));
  }
  for (const auto& [bytes, us] : many) {
    large += compare("NCCL all-to-all, bytes", static_cast<double>(bytes), us, alltoall_us(bytes));
  }
  EXPECT_LT(small / static_cast<double>(few.size()), 0.10);
  EXPECT_LT(large / static_cast<double>(many.size()), 0.044);
}

// ---- DeepEP -----------------------------------------------------------------------------------------

struct MovedUs {
  double dispatch = 0;
  double combine = 0;
};

// Time that a flow's GPU 0 spends in a kernel, with what belongs to it.
double span_us(const FlowResult& result, std::initializer_list<Activity> activities) {
  double us = 0;
  for (const Span& span : result.layers.at(0).spans.at(0)) {
    for (const Activity a : activities) us += span.activity == a ? to_us(span.end - span.begin) : 0;
  }
  return us;
}

// Rows of `hidden` bf16 elements; dispatch travels as fp8 with scales, as long as 3696 of them.
double moved_us(const char* flow, int hidden, int tokens, Activity activity) {
  SmallRun run;
  run.system = dgx_h100();
  run.model.hidden = hidden;
  run.model.expert_ffn = 128;
  run.model.num_experts = 256;
  run.model.top_k = 8;
  run.tokens_per_gpu = tokens;
  run.draw();
  const FlowResult result = run.run(flow);
  EXPECT_TRUE(result.check.ok());
  return span_us(result, {activity});
}

constexpr int kFp8Hidden = (7168 + 4 * 7168 / 128) / 2;

TEST(Communication, DeepepLowLatency) {
  struct Measured {
    int tokens;
    double dispatch_us, combine_us;
  };
  double error = 0;
  const std::vector<Measured> rows = {{1, 13.2, 14.4}, {8, 14.8, 16.5}, {128, 36.7, 67.0}, {1024, 224, 489}};
  for (const Measured& m : rows) {
    error += compare("DeepEP LL dispatch", m.tokens, m.dispatch_us,
                     moved_us("deepep-ll", kFp8Hidden, m.tokens, Activity::dispatch));
    error += compare("DeepEP LL combine", m.tokens, m.combine_us,
                     moved_us("deepep-ll", 7168, m.tokens, Activity::combine));
  }
  EXPECT_LT(error / static_cast<double>(2 * rows.size()), 0.10);
}

TEST(Communication, DeepepNormal) {
  struct Measured {
    int tokens;
    double dispatch_us, combine_us;
  };
  const SoftwareConfig cost;
  double error = 0;
  const std::vector<Measured> rows = {{1, 26.2, 48.2}, {128, 48.6, 82.3}, {1024, 154, 296}, {4096, 498, 961}};
  for (const Measured& m : rows) {
    error += compare("DeepEP normal dispatch", m.tokens, m.dispatch_us,
                     cost.deepep_notify_us + moved_us("deepep", kFp8Hidden, m.tokens, Activity::dispatch));
    error += compare("DeepEP normal combine", m.tokens, m.combine_us,
                     cost.deepep_combine_notify_us + moved_us("deepep", 7168, m.tokens, Activity::combine));
  }
  EXPECT_LT(error / static_cast<double>(2 * rows.size()), 0.10);
}

}  // namespace
}  // namespace moehub
