// Traces in memory: what validate() refuses, what slice() cuts, where experts and tokens live.
#include "model/routing/trace.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "model/routing/placement.hpp"
#include "tests/support/input_error.hpp"

namespace moehub {
namespace {

using test::expect_input_error;

// 2 layers, `tokens` tokens, top 2 of 8; the id tells layer and token.
Trace example(int tokens) {
  Trace trace;
  trace.layers = 2;
  trace.tokens = tokens;
  trace.top_k = 2;
  trace.num_experts = 8;
  trace.model = "m";
  trace.source = "s";
  trace.weights.emplace();
  for (int layer = 0; layer < 2; ++layer) {
    for (int token = 0; token < tokens; ++token) {
      trace.expert_ids.push_back((token + layer) % 8);
      trace.expert_ids.push_back((token + layer + 1) % 8);
      trace.weights->push_back(0.75f);
      trace.weights->push_back(static_cast<float>(token));
    }
  }
  return trace;
}

TEST(Trace, ValidIsAccepted) {
  Trace trace = example(4);
  EXPECT_NO_THROW(validate(trace, "f"));
  trace.at(1, 3, 0) = kDroppedChoice;
  trace.at(1, 3, 1) = kDroppedChoice;
  trace.source_gpu = {0, 5, 1, 0};
  EXPECT_NO_THROW(validate(trace, "f")) << "dropped choices may repeat";
}

TEST(Trace, InvalidIsRefusedNamingThePlace) {
  const auto refuse = [](auto change, std::initializer_list<std::string> parts) {
    Trace trace = example(4);
    change(trace);
    expect_input_error([&] { validate(trace, "f.npz"); }, parts);
  };
  refuse([](Trace& t) { t.at(1, 2, 1) = 8; },
         {"f.npz: expert_ids[layer 1, token 2, k 1]: expert 8", "expected 0 to 7"});
  refuse([](Trace& t) { t.at(0, 3, 0) = -2; }, {"[layer 0, token 3, k 0]: expert -2"});
  refuse([](Trace& t) { t.at(1, 0, 1) = t.at(1, 0, 0); },
         {"[layer 1, token 0, k 1]: expert 1 as in k 0"});
  refuse([](Trace& t) { t.num_experts = 1; }, {"top_k is 2", "at most the number of experts, 1"});
  refuse([](Trace& t) { t.num_experts = 0; }, {"num_experts"});
  refuse([](Trace& t) { t.expert_ids.pop_back(); }, {"expert_ids: 15 elements"});
  refuse([](Trace& t) { t.tokens = 0; t.expert_ids.clear(); }, {"expert_ids: 0 elements"});
  refuse([](Trace& t) { t.weights->pop_back(); }, {"weights: 15 elements"});
  refuse([](Trace& t) { (*t.weights)[3] = std::numeric_limits<float>::quiet_NaN(); },
         {"weights[layer 0, token 1, k 1]: not a finite number"});
  refuse([](Trace& t) { (*t.weights)[3] = std::numeric_limits<float>::infinity(), t.at(0, 1, 1) = kDroppedChoice; },
         {"weights[layer 0, token 1, k 1]: not a finite number"});
  refuse([](Trace& t) { t.source_gpu = {0, 1}; }, {"source_gpu: 2 elements"});
  refuse([](Trace& t) { t.source_gpu = {0, 1, -1, 0}; }, {"source_gpu[token 2]: -1"});
}

TEST(Slice, WithoutLimitsItIsTheWholeTraceSplitEvenly) {
  const Trace whole = slice(example(10), {}, 4, "f");
  EXPECT_EQ(whole.expert_ids, example(10).expert_ids);
  EXPECT_EQ(whole.weights, example(10).weights);
  EXPECT_EQ(whole.source_gpu, (std::vector<int>{0, 0, 0, 1, 1, 1, 2, 2, 3, 3}));
  EXPECT_EQ(whole.model, "m");
  EXPECT_EQ(whole.source, "s");
  EXPECT_EQ(whole.num_experts, 8);
}

TEST(Slice, TakesTheFirstTokensOfEachGpuAndTheAskedLayers) {
  const Trace part = slice(example(10), {1, 2, 2}, 4, "f");
  EXPECT_EQ(part.layers, 1);
  EXPECT_EQ(part.tokens, 8);
  EXPECT_EQ(part.source_gpu, (std::vector<int>{0, 0, 1, 1, 2, 2, 3, 3}));
  const std::vector<int> from = {0, 1, 3, 4, 6, 7, 8, 9};
  for (int token = 0; token < 8; ++token) {
    const int original = from[static_cast<std::size_t>(token)];
    EXPECT_EQ(part.at(0, token, 0), (original + 1) % 8);
    EXPECT_EQ((*part.weights)[part.index(0, token, 1)], static_cast<float>(original));
  }
  EXPECT_NO_THROW(validate(part, "f"));
}

TEST(Slice, FollowsTheRecordedSourceGpu) {
  Trace trace = example(6);
  trace.source_gpu = {1, 0, 1, 0, 1, 1};
  const Trace part = slice(trace, {0, 1, 2}, 2, "f");
  EXPECT_EQ(part.source_gpu, (std::vector<int>{1, 0, 1, 0}));
  EXPECT_EQ(part.at(0, 3, 0), 3);
}

TEST(Slice, TooShortIsRefusedWithWhatThereIs) {
  expect_input_error([] { slice(example(10), {0, std::nullopt, 3}, 4, "f.npz"); },
                     {"f.npz: ", "2 tokens per GPU (10 over 4 GPUs)", "at least 3 per GPU"});
  expect_input_error([] { slice(example(10), {0, 3, std::nullopt}, 4, "f.npz"); },
                     {"2 layers", "layers 0:3"});
  expect_input_error([] { slice(example(10), {2, std::nullopt, std::nullopt}, 4, "f"); }, {"2 layers"});
  Trace trace = example(4);
  trace.source_gpu = {0, 1, 2, 0};
  expect_input_error([&] { slice(trace, {}, 2, "f"); }, {"source_gpu[token 2]: 2", "0 to 1"});
}

// A group of GPUs whose ranks compute attention together works on a contiguous part of the trace, and each
// rank dispatches a contiguous part of that.
TEST(Slice, TensorParallelGroupsShareTheirTokens) {
  const Trace trace = example(20);
  TraceSlice part;
  part.attention_tp = 2;
  const Trace whole = slice(trace, part, 4, "f");
  EXPECT_EQ(whole.source_gpu, (std::vector<int>{0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3}));
  part.tokens_per_gpu = 3;
  const Trace some = slice(trace, part, 4, "f");
  EXPECT_EQ(some.source_gpu, (std::vector<int>{0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3}));
  for (int i = 0; i < 6;
       ++i) {  // groups begin with tokens 0 and 10; without tensor parallel GPU 1 would with 5
    for (int k = 0; k < trace.top_k; ++k) {
      EXPECT_EQ(some.at(0, i, k), trace.at(0, i, k));
      EXPECT_EQ(some.at(0, 6 + i, k), trace.at(0, 10 + i, k));
    }
  }
  part.attention_tp = 4;
  part.tokens_per_gpu.reset();
  EXPECT_EQ(slice(example(10), part, 4, "f").source_gpu, (std::vector<int>{0, 0, 0, 1, 1, 1, 2, 2, 3, 3}));
  part.attention_tp = 2;
  EXPECT_EQ(slice(example(10), part, 4, "f").source_gpu, (std::vector<int>{0, 0, 0, 1, 1, 2, 2, 2, 3, 3}));
  part.tokens_per_gpu = 6;
  expect_input_error([&] { slice(trace, part, 4, "f"); },
                     {"5 tokens per GPU (20 over 4 GPUs)", "at least 6"});
  Trace recorded = example(4);
  recorded.source_gpu = {3, 2, 1, 0};
  part.tokens_per_gpu.reset();
  EXPECT_EQ(slice(recorded, part, 4, "f").source_gpu, recorded.source_gpu) << "the trace knows better";
}

TEST(Placement, BlocksAreContiguousAndEven) {
  for (int items = 0; items <= 40; ++items) {
    for (int gpus = 1; gpus <= 9; ++gpus) {
      const BlockPlacement blocks(items, gpus);
      int next = 0;
      for (int gpu = 0; gpu < gpus; ++gpu) {
        EXPECT_EQ(blocks.first(gpu), next);
        EXPECT_GE(blocks.count(gpu), items / gpus);
        EXPECT_LE(blocks.count(gpu), items / gpus + 1);
        for (int i = 0; i < blocks.count(gpu); ++i) {
          ASSERT_EQ(blocks.gpu_of(next), gpu) << items << " items on " << gpus;
          ++next;
        }
      }
      EXPECT_EQ(next, items);
      EXPECT_EQ(blocks.first(gpus), items);
    }
  }
}

}  // namespace
}  // namespace moehub
