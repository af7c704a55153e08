// Recordings of other programs, read as they write them, and mistakes in them.
#include "model/routing/trace_import.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "model/base/file.hpp"
#include "model/routing/gate.hpp"
#include "model/routing/npy.hpp"
#include "model/routing/npz.hpp"
#include "model/routing/trace_io.hpp"
#include "tests/support/input_error.hpp"

namespace moehub {
namespace {

using test::expect_input_error;
using Ids = std::vector<std::int32_t>;

class TraceImport : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("moehub_import_" + std::to_string(getpid()) + "_" +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& text) const {
    const std::string path = (folder_ / name).string();
    write_file(path, text);
    return path;
  }
  std::string folder() const { return folder_.string(); }

 private:
  std::filesystem::path folder_;
};

TEST_F(TraceImport, VllmHasTokensFirst) {
  // [3 tokens][2 layers][2]
  const Ids ids = {0, 1, 10, 11, 2, 3, 12, 13, 4, 5, 14, 15};
  const Trace trace = import_vllm(file("r.npy", npy_bytes(npy_from_int32(ids, {3, 2, 2}))));
  EXPECT_EQ(trace.layers, 2);
  EXPECT_EQ(trace.tokens, 3);
  EXPECT_EQ(trace.top_k, 2);
  EXPECT_EQ(trace.expert_ids, (Ids{0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15}));
  EXPECT_TRUE(trace.source_gpu.empty());
}

TEST_F(TraceImport, VllmMistakes) {
  const std::string flat = file("flat.npy", npy_bytes(npy_from_int32({0, 1}, {2})));
  expect_input_error([&] { import_vllm(flat); },
                     {flat, "routed_experts: shape (2,)", "[tokens, layers, top_k]"});
  const std::string floats = file("f.npy", npy_bytes(npy_from_float({0, 1}, {1, 1, 2})));
  expect_input_error([&] { import_vllm(floats); }, {floats, "dtype <f4", "integers"});
  expect_input_error([&] { import_vllm(folder() + "/none.npy"); }, {"cannot be read"});
}

std::string record(int step, int layer, int rank, const std::string& ids, const std::string& more = "") {
  return "{\"step\": " + std::to_string(step) + ", \"stage\": \"pre_dispatch\", " + more +
         "\"layer\": " + std::to_string(layer) + ", \"rank\": " + std::to_string(rank) +
         ", \"num_tokens\": 1, \"topk\": 2, \"top_indices\": " + ids + "}\n";
}

TEST_F(TraceImport, MegatronIsReadRankByRankAndStepByStep) {
  file("router_trace_rank1.jsonl", record(0, 3, 1, "[[4, 5]]") + record(0, 5, 1, "[[6, 7]]"));
  file("router_trace_rank0.jsonl", record(1, 3, 0, "[[2, 3]]", "\"block\": \"decoder\", ") +
                                       record(1, 5, 0, "[[3, 2]]") + record(0, 5, 0, "[[1, 0], [9, 8]]") +
                                       record(0, 3, 0, "[[0, 1], [8, 9]]") +
                                       record(0, 3, 0, "[[7, 7]]", "\"block\": \"mtp\", \"mtp_idx\": 0, "));
  file("hidden_states_rank0.bin", "x");
  const Trace trace = import_megatron(folder());
  EXPECT_EQ(trace.layers, 2) << "layers 3 and 5";
  EXPECT_EQ(trace.tokens, 4);
  EXPECT_EQ(trace.source_gpu, (std::vector<int>{0, 0, 0, 1}));
  EXPECT_EQ(trace.expert_ids, (Ids{0, 1, 8, 9, 2, 3, 4, 5, 1, 0, 9, 8, 3, 2, 6, 7}));
  EXPECT_EQ(import_megatron(folder() + "/router_trace_rank1.jsonl").tokens, 1) << "a file alone";
}

TEST_F(TraceImport, MegatronMistakes) {
  const auto refuse = [&](const std::string& text, std::initializer_list<std::string> parts) {
    const std::string path = file("t.jsonl", text);
    expect_input_error([&] { import_megatron(path); }, parts);
    expect_input_error([&] { import_megatron(path); }, {path});
  };
  const std::string good = record(0, 3, 0, "[[0, 1]]");
  refuse("", {"no choices"});
  refuse("[1]\n", {"line 1: no JSON object"});
  refuse(good + "{\"step\": 0, \"layer\": 4, \"top_indices\": [[0, 1]]}\n", {"line 2: no usable \"rank\""});
  refuse(good + record(0, -1, 0, "[[0, 1]]"), {"line 2: no usable \"layer\""});
  refuse(good + record(0, 4, 0, "[]"), {"line 2: nothing in \"top_indices\""});
  refuse(good + record(0, 4, 0, "[[]]"), {"line 2: [] in \"top_indices\""});
  refuse(good + record(0, 4, 0, "[[0, \"x\"]]"), {"line 2: \"x\" in \"top_indices\""});
  refuse(good + good, {"line 2: rank 0 step 0 layer 3 again", "line 1 has it"});
  refuse(good + record(0, 4, 0, "[[0, 1]]") + record(1, 3, 0, "[[0, 1]]"), {"no layer 4 of rank 0 step 1"});
  refuse(good + record(0, 4, 0, "[[0, 1], [2, 3]]"), {"line 2: 2 tokens", "1 tokens and 2 choices"});
  refuse(good + record(0, 4, 0, "[[0, 1, 2]]"), {"line 2: 1 tokens, 3 choices of token 0"});
  std::filesystem::remove(folder() + "/t.jsonl");
  expect_input_error([&] { import_megatron(folder()); }, {"no router trace", "router_trace_rank*.jsonl"});
}

TEST_F(TraceImport, EsftHasIdsThenWeights) {
  file("expert_weights_10.txt", "9\t8\t7\t6\t\t0.5\t0.25\t0.125\t1\n1\t2\t\t0.1\t0.2\n");
  file("expert_weights_2.txt", "0\t1\t2\t3\t\t0.5\t0.25\t0.125\t1\n4\t5\t\t0.1\t0.2\n");
  file("summary.json", "{}");
  const Trace trace = import_esft(folder(), 2);
  EXPECT_EQ(trace.layers, 2);
  EXPECT_EQ(trace.tokens, 3) << "two of the first sequence, one of the second";
  EXPECT_EQ(trace.expert_ids, (Ids{0, 1, 2, 3, 4, 5, 9, 8, 7, 6, 1, 2})) << "layer 2 before layer 10";
  EXPECT_FLOAT_EQ(trace.weights->at(5), 0.2f);
  EXPECT_FLOAT_EQ(trace.weights->at(6), 0.5f);
}

TEST_F(TraceImport, EsftMistakes) {
  expect_input_error([&] { import_esft(folder(), 2); },
                     {folder(), "no expert scores", "expert_weights_LAYER.txt"});
  expect_input_error([&] { import_esft(folder() + "/none", 2); }, {"no expert scores"});
  const auto refuse = [&](const std::string& text, std::initializer_list<std::string> parts) {
    file("expert_weights_1.txt", text);
    expect_input_error([&] { import_esft(folder(), 2); }, parts);
  };
  refuse("", {"expert_weights_1.txt: no choices"});
  refuse("0\t1\t2\t\t1\t1\t1\n", {"line 1: 3 ids and 3 weights", "2 ids a token"});
  refuse("0\t1\t\t1\n", {"line 1: 2 ids and 1 weights"});
  refuse("0\t1\n", {"line 1: 2 ids and 0 weights"});
  refuse("0\t1\t\t1\t1\n0\tx\t\t1\t1\n", {"line 2, column 2: 'x'", "an expert id"});
  refuse("0\t1\t\t1\ty\n", {"line 1, column 5: 'y'", "a gate's weight"});
  file("expert_weights_2.txt", "0\t1\t0\t1\t\t1\t1\t1\t1\n");
  refuse("0\t1\t\t1\t1\n", {"expert_weights_2.txt: 2 tokens", "1 as in ", "expert_weights_1.txt"});
}

ModelConfig tiny_model() {
  ModelConfig model;
  model.name = "tiny";
  model.num_experts = 4;
  model.top_k = 2;
  model.scoring = "sigmoid+bias";
  return model;
}

TEST_F(TraceImport, LogitsGoThroughTheModelsGate) {
  const std::vector<float> logits = {0, 1, 2, 3, 3, 2, 1, 0,
                                     0, 1, 2, 3, 3, 2, 1, 0};  // [2 layers][2 tokens][4]
  const Trace plain =
      import_logits(file("l.npy", npy_bytes(npy_from_float(logits, {2, 2, 4}))), tiny_model(), "m");
  EXPECT_EQ(plain.layers, 2);
  EXPECT_EQ(plain.tokens, 2);
  EXPECT_EQ(plain.num_experts, 4);
  EXPECT_EQ(plain.model, "tiny");
  EXPECT_EQ(plain.expert_ids, (Ids{3, 2, 0, 1, 3, 2, 0, 1}));
  Gate gate(tiny_model(), "m");
  gate.route({0, 1, 2, 3}, {});
  EXPECT_FLOAT_EQ(plain.weights->at(0), gate.weights()[0]);

  NpzEntries entries;
  entries["router_logits"] = npy_bytes(npy_from_float(logits, {2, 2, 4}));
  entries["bias"] = npy_bytes(npy_from_float({0, 0, 0, 0, 9, 0, 0, 0}, {2, 4}));
  const std::string npz = folder() + "/l.npz";
  write_npz(npz, entries);
  EXPECT_EQ(import_logits(npz, tiny_model(), "m").expert_ids, (Ids{3, 2, 0, 1, 0, 3, 0, 1}))
      << "the second layer's bias brings expert 0 in";
}

TEST_F(TraceImport, LogitsMistakes) {
  const auto npy = [&](std::vector<std::size_t> shape, float value = 0) {
    std::size_t size = 1;
    for (const std::size_t extent : shape) size *= extent;
    return npy_bytes(npy_from_float(std::vector<float>(size, value), std::move(shape)));
  };
  const auto refuse = [&](const std::string& path, std::initializer_list<std::string> parts) {
    expect_input_error([&] { import_logits(path, tiny_model(), "m"); }, parts);
  };
  refuse(file("a.npy", npy({1, 2, 5})),
         {"router_logits: shape (1, 2, 5)", "[layers, tokens, 4]", "model tiny"});
  refuse(file("b.npy", npy({8})), {"shape (8,)"});
  refuse(file("c.npy", npy({1, 1, 4}, std::numeric_limits<float>::quiet_NaN())),
         {"router_logits: element 0"});
  refuse(file("d.npy", npy_bytes(npy_from_int32({0, 0, 0, 0}, {1, 1, 4}))), {"dtype <i4", "floats"});
  const auto npz = [&](const NpzEntries& entries) {
    write_npz(folder() + "/e.npz", entries);
    return folder() + "/e.npz";
  };
  refuse(npz({{"logits", npy({1, 1, 4})}}), {"router_logits: no such array"});
  refuse(npz({{"router_logits", npy({1, 1, 4})}, {"bias", npy({2, 4})}}), {"bias: shape (2, 4)", "(1, 4)"});
  ModelConfig phi = tiny_model();
  phi.scoring = "sparsemixer";
  expect_input_error(
      [&] {
        import_logits(file("g.npy", npy({1, 1, 4})), phi, "phi.toml");
      },
      {"phi.toml: scoring: 'sparsemixer'"});
}

}  // namespace
}  // namespace moehub
