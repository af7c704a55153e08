// Trace files: what is written is read back, in every format; damage is named, never guessed over.
#include "model/routing/trace_io.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <boost/random/mersenne_twister.hpp>
#include <filesystem>

#include "model/base/file.hpp"
#include "model/routing/generator.hpp"
#include "model/routing/npy.hpp"
#include "model/routing/npz.hpp"
#include "tests/support/input_error.hpp"

namespace moehub {
namespace {

using test::expect_input_error;

class TraceFiles : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("moehub_trace_io_" + std::to_string(getpid()) + "_" + test->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string put(const std::string& name, const std::string& bytes) const {
    write_file(path(name), bytes);
    return path(name);
  }
  void refuse(const std::string& file, std::initializer_list<std::string> parts) const {
    expect_input_error([&] { read_trace(file); }, parts);
  }

 private:
  std::filesystem::path folder_;
};

Trace example(bool weights, bool source_gpu) {
  Trace trace = generate({}, {3, 20, 2, 8}, 1);
  trace.model = "mod\xc3\xa9l";
  trace.source = "made, for a \"test\"";
  trace.at(2, 19, 1) = kDroppedChoice;
  if (weights) {
    trace.weights.emplace();
    for (std::size_t i = 0; i < trace.expert_ids.size(); ++i) {
      trace.weights->push_back(static_cast<float>(i) / 7);
    }
  }
  for (int token = 0; source_gpu && token < trace.tokens; ++token) {
    trace.source_gpu.push_back(token % 4);
  }
  return trace;
}

void expect_same(const Trace& a, const Trace& b, bool meta = true) {
  EXPECT_EQ(a.layers, b.layers);
  EXPECT_EQ(a.tokens, b.tokens);
  EXPECT_EQ(a.top_k, b.top_k);
  EXPECT_EQ(a.num_experts, b.num_experts);
  EXPECT_EQ(a.expert_ids, b.expert_ids);
  EXPECT_EQ(a.weights, b.weights);
  EXPECT_EQ(a.source_gpu, b.source_gpu);
  if (!meta) return;
  EXPECT_EQ(a.model, b.model);
  EXPECT_EQ(a.source, b.source);
}

TEST_F(TraceFiles, EveryFormatKeepsTheTrace) {
  for (const bool weights : {false, true}) {
    for (const char* name : {"t.npz", "t.csv", "t.jsonl"}) {
      const bool npz = std::string(name) == "t.npz";
      const Trace trace = example(weights, npz);
      write_trace(trace, path(name));
      expect_same(read_trace(path(name)), trace);
    }
  }
  Trace bare = example(false, false);
  write_trace(bare, path("t.npy"));
  expect_same(read_trace(path("t.npy"), 8), bare, false);
}

TEST_F(TraceFiles, MoreExpertsThanInt16HoldAreKept) {
  Trace trace = example(false, false);
  trace.num_experts = 60000;
  trace.at(0, 0, 0) = 59999;
  write_trace(trace, path("t.npz"));
  expect_same(read_trace(path("t.npz")), trace);
}

TEST_F(TraceFiles, EqualTracesAreEqualFiles) {
  write_trace(example(true, true), path("a.npz"));
  write_trace(example(true, true), path("b.npz"));
  EXPECT_EQ(read_file(path("a.npz")), read_file(path("b.npz")));
}

TEST_F(TraceFiles, StoredZipsAreReadLikeDeflatedOnes) {
  const Trace trace = example(true, true);
  write_trace(trace, path("t.npz"));
  int code = 0;
  zip_t* archive = zip_open(path("t.npz").c_str(), 0, &code);
  ASSERT_NE(archive, nullptr);
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); ++i) {
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(i), ZIP_CM_STORE, 0);
  }
  ASSERT_EQ(zip_close(archive), 0);
  EXPECT_GT(read_file(path("t.npz")).size(), 1000u);
  expect_same(read_trace(path("t.npz")), trace);
}

TEST_F(TraceFiles, NumberOfExpertsComesFromTheFileElseTheCallerElseTheIds) {
  Trace trace = example(false, false);
  write_trace(trace, path("t.npz"));
  EXPECT_EQ(read_trace(path("t.npz"), 64).num_experts, 8);
  write_trace(trace, path("t.npy"));
  EXPECT_EQ(read_trace(path("t.npy"), 64).num_experts, 64);
  for (std::int32_t& id : trace.expert_ids) id = id == 7 ? kDroppedChoice : id;
  write_trace(trace, path("t.npy"));
  EXPECT_EQ(read_trace(path("t.npy")).num_experts, 7);
}

TEST_F(TraceFiles, EveryTruncationOfAnNpzIsRefused) {
  write_trace(example(true, true), path("t.npz"));
  const std::string bytes = read_file(path("t.npz"));
  for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 64) {
    refuse(put("cut.npz", bytes.substr(0, size)), {"cut.npz: ", "a complete NumPy .npz"});
  }
}

TEST_F(TraceFiles, DamagedDataInAnNpzIsRefused) {
  write_trace(example(true, false), path("t.npz"));
  std::string bytes = read_file(path("t.npz"));
  bytes[100] = static_cast<char>(bytes[100] ^ 0x55);  // within the first entry's deflated data
  refuse(put("damaged.npz", bytes), {"damaged.npz: "});
}

// Whatever happens to a file, the answer is a trace that holds together or an InputError.
TEST_F(TraceFiles, RandomDamageNeverGetsThrough) {
  boost::random::mt19937_64 engine(1);
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(engine() % bound); };
  int refused = 0;
  for (const char* name : {"t.npz", "t.npy", "t.csv", "t.jsonl"}) {
    write_trace(example(true, std::string(name) == "t.npz"), path(name));
    const std::string good = read_file(path(name));
    for (int round = 0; round < 500; ++round) {
      std::string bytes = good;
      // Half of the damage goes to the beginning, where the headers are.
      const std::size_t reach = round % 2 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 160);
      for (std::size_t i = 0; i <= below(3); ++i) bytes[below(reach)] = static_cast<char>(engine());
      put(name, bytes);
      try {
        const Trace trace = read_trace(path(name));
        EXPECT_NO_THROW(validate(trace, name));
      } catch (const InputError&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST_F(TraceFiles, WrongArraysInAnNpzAreRefused) {
  const std::vector<std::int32_t> ids = {0, 1, 2, 3};
  const auto npz = [&](const NpzEntries& entries) {
    write_npz(path("t.npz"), entries);
    return path("t.npz");
  };
  const std::string good = npy_bytes(npy_from_int32(ids, {1, 2, 2}));
  refuse(npz({{"ids", good}}), {"t.npz: expert_ids: no such array"});
  refuse(npz({{"expert_ids", npy_bytes(npy_from_int32(ids, {2, 2}))}}),
         {"t.npz: expert_ids: shape (2, 2)", "[layers, tokens, top_k]"});
  refuse(npz({{"expert_ids", npy_bytes(npy_from_int32({}, {0, 2, 2}))}}), {"shape (0, 2, 2)"});
  refuse(npz({{"expert_ids", npy_bytes(npy_from_float({0, 1, 2, 3}, {1, 2, 2}))}}),
         {"expert_ids: dtype <f4", "integers"});
  refuse(npz({{"expert_ids", good.substr(0, good.size() - 1)}}), {"expert_ids: 15 bytes of data"});
  refuse(npz({{"expert_ids", good}, {"weights", npy_bytes(npy_from_float({1, 2}, {1, 2}))}}),
         {"weights: shape (1, 2)", "(1, 2, 2)"});
  refuse(npz({{"expert_ids", good}, {"weights", npy_bytes(npy_from_int32(ids, {1, 2, 2}))}}),
         {"weights: dtype <i4"});
  refuse(npz({{"expert_ids", good}, {"source_gpu", npy_bytes(npy_from_int32(ids, {4}))}}),
         {"source_gpu: shape (4,)", "[2]"});
  refuse(npz({{"expert_ids", good}, {"meta", npy_bytes(npy_from_text("{\"num_experts\": }"))}}),
         {"meta: no JSON object"});
  refuse(npz({{"expert_ids", good}, {"meta", npy_bytes(npy_from_text("{\"num_experts\": \"8\"}"))}}),
         {"meta: num_experts: \"8\""});
  refuse(npz({{"expert_ids", good}, {"meta", npy_bytes(npy_from_text("{\"num_experts\": 3}"))}}),
         {"expert_ids[layer 0, token 1, k 1]: expert 3", "0 to 2"});
  refuse(npz({{"expert_ids", good}, {"meta", npy_bytes(npy_from_int32({3}, {1}))}}),
         {"meta: dtype <i4"});
}

TEST_F(TraceFiles, FilesThatAreNotThereOrOfNoKnownKindAreRefused) {
  refuse(path("none.npz"), {"none.npz: cannot be read", "an existing file"});
  refuse(path("none.csv"), {"none.csv: cannot be read"});
  std::filesystem::create_directories(path("folder.npz"));
  refuse(path("folder.npz"), {"folder.npz: is a directory"});
  refuse(put("t.txt", "x"), {"t.txt: ending '.txt'", ".npz, .npy, .csv or .jsonl"});
  refuse(put("t.npz", "no zip at all"), {"t.npz: zip archive"});
  refuse(put("t.npy", "no numpy"), {"t.npy: expert_ids: no NumPy array"});
  expect_input_error([&] { write_trace(example(false, false), path("t.txt")); }, {"ending '.txt'"});
  expect_input_error([&] { write_trace(example(false, false), path("t.txt/x.npz")); },
                     {"cannot be written"});
}

TEST_F(TraceFiles, CsvInAnyOrderWithAnyLayerNumbers) {
  const Trace trace = read_trace(put("t.csv",
                                     "layer, token, expert_0, expert_1, weight_0, weight_1\r\n"
                                     "9,1,5,4,0.5,0.25\r\n"
                                     "3,0,0,1,1,2\n"
                                     "\n"
                                     "9,0,2,3,1e-1,-1\n"
                                     "3,1,6,-1,0,0\n"));
  EXPECT_EQ(trace.layers, 2);
  EXPECT_EQ(trace.tokens, 2);
  EXPECT_EQ(trace.num_experts, 7);
  EXPECT_EQ(trace.expert_ids, (std::vector<std::int32_t>{0, 1, 6, -1, 2, 3, 5, 4}));
  EXPECT_EQ(*trace.weights, (std::vector<float>{1, 2, 0, 0, 0.1f, -1, 0.5f, 0.25f}));
}

TEST_F(TraceFiles, MistakesInCsvAreNamedByLine) {
  const std::string header = "layer,token,expert_0,expert_1\n";
  const auto csv = [&](const std::string& text) { return put("t.csv", text); };
  refuse(csv(""), {"t.csv: no choices"});
  refuse(csv("layer,token\n0,0\n"), {"line 1: not the header"});
  refuse(csv("layer,token,expert_1\n0,0,1\n"), {"line 1: not the header"});
  refuse(csv("layer,token,expert_0,expert_1,weight_0\n0,0,1,2,3\n"), {"line 1: not the header"});
  refuse(csv("0,0,1,2\n"), {"line 1: not the header"});
  refuse(csv(header + "0,0,1\n"), {"line 2: 3 columns", "4 as in the header"});
  refuse(csv(header + "0,0,1,x\n"), {"line 2, column 4: 'x'", "an expert id"});
  refuse(csv(header + "0,-1,1,2\n"), {"line 2, column 2: '-1'", "0 or more"});
  refuse(csv(header + "0,0,1,2\n0,0,3,4\n"), {"line 3: layer 0 token 0 again", "line 2"});
  refuse(csv(header + "0,0,1,2\n0,2,3,4\n"), {"t.csv: 2 lines", "1 layers and 3 tokens"});
  refuse(csv(header + "0,1000000000,1,2\n"), {"1000000001 tokens"});
  refuse(csv(header + "0,0,1,1\n"), {"[layer 0, token 0, k 1]: expert 1 as in k 0"});
  refuse(csv("# no json\n" + header + "0,0,1,2\n"), {"line 1: no JSON object"});
}

TEST_F(TraceFiles, MistakesInJsonLinesAreNamedByLine) {
  const std::string good = "{\"layer\":0,\"token\":0,\"experts\":[1,2]}\n";
  const auto jsonl = [&](const std::string& text) { return put("t.jsonl", text); };
  EXPECT_EQ(read_trace(jsonl(good)).expert_ids, (std::vector<std::int32_t>{1, 2}));
  refuse(jsonl(""), {"t.jsonl: no choices"});
  refuse(jsonl(good + "{\"layer\":0,\n"), {"line 2: no JSON object"});
  refuse(jsonl(good + "[1]\n"), {"line 2: no JSON object"});
  refuse(jsonl(good + "{\"token\":1,\"experts\":[1,2]}\n"), {"line 2: no usable \"layer\""});
  refuse(jsonl("{\"layer\":0,\"token\":1.5,\"experts\":[1,2]}\n"), {"line 1: no usable \"token\""});
  refuse(jsonl("{\"layer\":0,\"token\":0}\n"), {"line 1: no \"experts\""});
  refuse(jsonl("{\"layer\":0,\"token\":0,\"experts\":[1,\"2\"]}\n"), {"line 1: \"2\" in \"experts\""});
  refuse(jsonl("{\"layer\":0,\"token\":0,\"experts\":[1,99999999999]}\n"), {"99999999999"});
  refuse(jsonl("{\"layer\":0,\"token\":0,\"experts\":[1,2],\"weights\":[1]}\n"), {"1 \"weights\"", "an array of 2"});
  refuse(jsonl("{\"layer\":0,\"token\":0,\"experts\":[1,2],\"weights\":[1,null]}\n"), {"null"});
  refuse(jsonl("{\"layer\":0,\"token\":0,\"experts\":[18446744073709551615]}\n"),
         {"line 1: 18446744073709551615 in \"experts\""});  // 2^64 - 1 is not -1
  refuse(jsonl("{\"layer\":0,\"token\":0,\"experts\":[1073741824]}\n"), {"1073741824 experts", "at most 65536"});
  refuse(jsonl("{\"num_experts\": [[1]]}\n"), {"num_experts: lists", "1 to 65536"});
  refuse(jsonl(good + "{\"layer\":0,\"token\":1,\"experts\":[1]}\n"), {"line 2: 1 experts", "line 1"});
}

}  // namespace
}  // namespace moehub
