// Generated routing: the same on every platform, and with the statistics that were asked for.
#include "model/routing/generator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "model/routing/trace_stats.hpp"
#include "tests/support/input_error.hpp"

namespace moehub {
namespace {

RoutingSpec uniform() { return parse_routing_spec("uniform", "--routing"); }
RoutingSpec normal(const std::string& std) {
  return parse_routing_spec("normal:std=" + std, "--routing");
}
RoutingSpec spec_of(const std::string& text) { return parse_routing_spec(text, "--routing"); }
TraceShape shape(int layers, int tokens, int top_k, int experts) {
  return {layers, tokens, top_k, experts};
}

TraceShape deepseek_v2(int layers, int tokens) {
  return {layers, tokens, 6, 160, {8, 3, ExpertGroups::Score::Max}};
}
TraceShape deepseek_v3(int layers, int tokens) {
  return {layers, tokens, 8, 256, {8, 4, ExpertGroups::Score::TopTwo}};
}

std::uint64_t fnv1a(const Trace& trace) {
  std::uint64_t hash = 14695981039346656037ull;
  for (const std::int32_t id : trace.expert_ids) {
    hash = (hash ^ static_cast<std::uint32_t>(id)) * 1099511628211ull;
  }
  return hash;
}

std::vector<double> loads(const Trace& trace, int layer, int from = 0, int to = -1) {
  std::vector<double> counts(static_cast<std::size_t>(trace.num_experts), 0);
  for (int token = from; token < (to < 0 ? trace.tokens : to); ++token) {
    for (int k = 0; k < trace.top_k; ++k) {
      counts[static_cast<std::size_t>(trace.at(layer, token, k))] += 1;
    }
  }
  return counts;
}

// The numbers were taken once, and hold on every platform and with every later version: a change
// here changes the results that others have published with a seed.
TEST(Generator, TheNumbersOfASeedNeverChange) {
  const Trace first = generate(normal("0.032"), shape(1, 8, 2, 8), 1);
  EXPECT_EQ(first.expert_ids, (std::vector<std::int32_t>{4, 5, 2, 6, 3, 7, 4, 7, 0, 5, 2, 5, 1, 3, 0, 7}));
  EXPECT_EQ(fnv1a(generate(uniform(), shape(2, 1000, 2, 8), 1)), 17417150659028270902ull);
  EXPECT_EQ(fnv1a(generate(normal("0.032"), shape(2, 4096, 2, 8), 1)), 11185830610254547308ull);
  EXPECT_EQ(fnv1a(generate(normal("0.05"), shape(3, 2048, 8, 256), 12345)), 17397371832252371109ull);
  EXPECT_EQ(fnv1a(generate(normal("0.01"), shape(1, 777, 6, 160), ~0ull)), 7085210894992230442ull);
  EXPECT_EQ(fnv1a(generate(spec_of("zipf:s=0.7"), shape(2, 1000, 6, 64), 2)), 14981013471638041754ull);
  EXPECT_EQ(fnv1a(generate(spec_of("hot:experts=3,times=5"), shape(2, 1000, 8, 128), 3)),
            12127282896340956645ull);
  EXPECT_EQ(fnv1a(generate(spec_of("normal:std=0.05,reuse=2.5"), shape(2, 1000, 4, 64), 4)),
            3712612395301739315ull);
  EXPECT_EQ(fnv1a(generate(uniform(), deepseek_v3(1, 1000), 5)), 10988296586354058993ull);
  EXPECT_EQ(fnv1a(generate(normal("0.032"), deepseek_v2(1, 1000), 6)), 1762832335289244675ull);
}

TEST(Generator, SeedsAndLayersDiffer) {
  std::set<std::uint64_t> hashes;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    hashes.insert(fnv1a(generate(uniform(), shape(1, 64, 2, 8), seed)));
    hashes.insert(fnv1a(generate(uniform(), shape(1, 64, 2, 8), seed, 1)));
  }
  EXPECT_EQ(hashes.size(), 40u);
}

TEST(Generator, ALayerDoesNotDependOnWhichOthersAreAsked) {
  for (const char* text :
       {"uniform", "normal:std=0.032", "zipf:s=1", "hot:experts=1,times=2", "normal:std=0.032,reuse=1.5"}) {
    const Trace all = generate(spec_of(text), shape(4, 100, 2, 8), 7);
    const Trace part = generate(spec_of(text), shape(2, 100, 2, 8), 7, 2);
    EXPECT_TRUE(
        std::equal(part.expert_ids.begin(), part.expert_ids.end(), all.expert_ids.begin() + 2 * 100 * 2))
        << text;
  }
}

TEST(Generator, EveryShapeIsAValidTrace) {
  for (const RoutingSpec& spec : {uniform(), normal("0"), normal("0.032")}) {
    for (const int tokens : {1, 2, 7, 64}) {
      for (const auto& [top_k, experts] : {std::pair{1, 1}, {1, 2}, {2, 2}, {1, 8}, {2, 8}, {7, 8},
                                           {8, 8}, {6, 64}, {8, 256}, {4, 60}}) {
        // A spread needs room: nobody can be above the mean when every token chooses every expert.
        if (spec.kind == RoutingSpec::Kind::Normal && spec.std_at_8_experts > 0 &&
            2 * top_k > experts) {
          continue;
        }
        EXPECT_NO_THROW(validate(generate(spec, shape(2, tokens, top_k, experts), 3), "generated"))
            << tokens << " tokens, top " << top_k << " of " << experts;
      }
    }
  }
}

// The measured spread is the asked one, for all numbers of experts and tokens.
TEST(Generator, NormalHasTheSpreadThatWasAsked) {
  for (const char* text : {"0", "0.01", "0.02", "0.032", "0.04", "0.05"}) {
    const RoutingSpec spec = normal(text);
    for (const auto& [tokens, top_k, experts] :
         {std::tuple{1024, 2, 8}, {4096, 2, 8}, {2048, 2, 16}, {4096, 4, 64}, {4096, 8, 128},
          {4096, 8, 256}}) {
      const Trace trace = generate(spec, shape(4, tokens, top_k, experts), 11);
      for (const LayerStats& layer : trace_stats(trace, 8)) {
        // Loads are whole choices: rounding moves each by at most one of the mean load.
        const double mean_load = static_cast<double>(tokens) * top_k / experts;
        EXPECT_NEAR(std_at_8_experts(layer.share_std, experts), spec.std_at_8_experts,
                    0.7 / 8 / mean_load)
            << text << ", " << tokens << " tokens, top " << top_k << " of " << experts;
      }
    }
  }
}

TEST(Generator, NormalLoadsAreNormal) {
  // 40 layers of 64 experts: shares of loads within 1, 2, 3 sigma; both signs; other loads in
  // every layer.
  const Trace trace = generate(normal("0.032"), shape(40, 8192, 4, 64), 5);
  std::vector<int> within(4, 0);
  int above = 0;
  std::set<std::vector<double>> different;
  for (int layer = 0; layer < trace.layers; ++layer) {
    const std::vector<double> load = loads(trace, layer);
    different.insert(load);
    for (const double value : load) {
      const double mean = 8192.0 * 4 / 64;
      const double sigmas = (value - mean) / (0.032 * 8 * mean);
      above += sigmas > 0 ? 1 : 0;
      for (std::size_t s = 1; s <= 3; ++s) {
        within[s] += std::abs(sigmas) <= static_cast<double>(s) ? 1 : 0;
      }
    }
  }
  const double all = 40 * 64;
  EXPECT_EQ(different.size(), 40u);
  EXPECT_NEAR(above / all, 0.5, 0.04);
  EXPECT_NEAR(within[1] / all, 0.6827, 0.04);
  EXPECT_NEAR(within[2] / all, 0.9545, 0.02);
  EXPECT_NEAR(within[3] / all, 0.9973, 0.005);
}

// Dealing to fixed loads must not show: early and late tokens are alike, and so are the slots.
TEST(Generator, NormalIsTheSameForEarlyAndLateTokens) {
  const Trace trace = generate(normal("0.05"), shape(1, 32768, 2, 8), 2);
  const std::vector<double> whole = loads(trace, 0);
  for (int quarter = 0; quarter < 4; ++quarter) {
    const std::vector<double> part = loads(trace, 0, quarter * 8192, (quarter + 1) * 8192);
    for (std::size_t e = 0; e < part.size(); ++e) {
      const double expected = whole[e] / 4;
      EXPECT_NEAR(part[e], expected, 4 * std::sqrt(expected)) << "quarter " << quarter;
    }
  }
  std::vector<double> slot(8, 0);
  for (int token = 0; token < trace.tokens; ++token) {
    slot[static_cast<std::size_t>(trace.at(0, token, 0))] += 1;
  }
  for (std::size_t e = 0; e < slot.size(); ++e) {
    EXPECT_NEAR(slot[e], whole[e] / 2, 4 * std::sqrt(whole[e] / 2)) << "first choice of a token";
  }
}

TEST(Generator, AllPairsOfExpertsOccur) {
  for (const RoutingSpec& spec : {uniform(), normal("0")}) {
    const Trace trace = generate(spec, shape(1, 28000, 2, 8), 9);
    std::vector<double> pairs(64, 0);
    for (int token = 0; token < trace.tokens; ++token) {
      const int a = trace.at(0, token, 0), b = trace.at(0, token, 1);
      pairs[static_cast<std::size_t>(8 * std::min(a, b) + std::max(a, b))] += 1;
    }
    for (int a = 0; a < 8; ++a) {
      for (int b = a + 1; b < 8; ++b) {
        EXPECT_NEAR(pairs[static_cast<std::size_t>(8 * a + b)], 1000, 150) << a << " and " << b;
      }
    }
  }
}

// Loads are what was asked whatever is done to the order of choices.
TEST(Generator, LoadsAreTheAskedOnesWithGroupsAndWithReuse) {
  for (const TraceShape& grouped : {deepseek_v2(2, 2048), deepseek_v3(2, 2048)}) {
    for (const char* text : {"normal:std=0.032", "normal:std=0", "normal:std=0.05,reuse=2"}) {
      const Trace trace = generate(spec_of(text), grouped, 5);
      validate(trace, text);
      for (const LayerStats& layer : trace_stats(trace, 8)) {
        EXPECT_NEAR(std_at_8_experts(layer.share_std, grouped.num_experts), spec_of(text).std_at_8_experts,
                    0.7 / 8 / (2048.0 * grouped.top_k / grouped.num_experts))
            << text;
      }
    }
  }
}

TEST(Generator, TokensAreIndependentWithGroupsToo) {
  for (const TraceShape& grouped : {deepseek_v2(8, 2048), deepseek_v3(8, 2048)}) {
    for (const char* text : {"uniform", "normal:std=0.032"}) {
      double sum = 0;
      for (const LayerStats& layer : trace_stats(generate(spec_of(text), grouped, 5), 1)) {
        sum += layer.reuse_over_same_loads;
      }
      // Loads are exact: of L choices of an expert, L - 1 are left for other tokens.
      const double mean_load = 2048.0 * grouped.top_k / grouped.num_experts;
      EXPECT_NEAR(sum / 8, 1 - 1 / mean_load, 0.03) << text;
    }
  }
}

TEST(Generator, HotExpertsHaveTheirMultiple) {
  const Trace trace = generate(spec_of("hot:experts=2,times=6"), shape(3, 4096, 8, 128), 8);
  std::set<std::vector<std::size_t>> different;
  for (int layer = 0; layer < trace.layers; ++layer) {
    const std::vector<double> load = loads(trace, layer);
    std::vector<std::size_t> hot;
    for (std::size_t e = 0; e < load.size(); ++e) {
      if (load[e] == 6 * 256) {
        hot.push_back(e);
      } else {
        EXPECT_NEAR(load[e], (32768.0 - 2 * 6 * 256) / 126, 1);
      }
    }
    EXPECT_EQ(hot.size(), 2u);
    different.insert(hot);
  }
  EXPECT_EQ(different.size(), 3u) << "other ones in every layer";
}

TEST(Generator, ZipfLoadsFallWithTheRank) {
  const Trace trace = generate(spec_of("zipf:s=0.8"), shape(2, 8192, 4, 64), 8);
  for (int layer = 0; layer < trace.layers; ++layer) {
    std::vector<double> load = loads(trace, layer);
    EXPECT_FALSE(std::is_sorted(load.rbegin(), load.rend())) << "ranks are dealt to experts";
    std::sort(load.rbegin(), load.rend());
    double sum = 0;
    for (int rank = 1; rank <= 64; ++rank) sum += std::pow(rank, -0.8);
    for (int rank = 1; rank <= 64; ++rank) {
      EXPECT_NEAR(load[static_cast<std::size_t>(rank - 1)], 32768 * std::pow(rank, -0.8) / sum, 1.01);
    }
  }
}

TEST(Generator, ReuseIsWhatWasAsked) {
  for (const auto& [text, top_k, experts] : {std::tuple{"normal:std=0,reuse=1.1", 6, 64},
                                             {"normal:std=0.032,reuse=3", 8, 128},
                                             {"zipf:s=0.5,reuse=4", 8, 128},
                                             {"uniform:reuse=7.3", 8, 128},
                                             {"hot:experts=4,times=3,reuse=2", 4, 32}}) {
    const Trace trace = generate(spec_of(text), shape(2, 2048, top_k, experts), 4);
    validate(trace, text);
    for (const LayerStats& layer : trace_stats(trace, 1)) {
      EXPECT_NEAR(layer.reuse_over_same_loads / spec_of(text).reuse, 1, 0.01) << text;
    }
  }
}

TEST(Generator, ReuseIsSpreadEvenlyOverTheTokens) {
  const Trace trace = generate(spec_of("normal:std=0.032,reuse=4"), shape(1, 8192, 8, 128), 4);
  for (int quarter = 0; quarter < 4; ++quarter) {
    Trace part = trace;
    part.tokens = 2048;
    part.expert_ids.assign(trace.expert_ids.begin() + quarter * 2048 * 8,
                           trace.expert_ids.begin() + (quarter + 1) * 2048 * 8);
    EXPECT_NEAR(
        trace_stats(part, 1).at(0).reuse_over_uniform / trace_stats(trace, 1).at(0).reuse_over_uniform, 1,
        0.06);
  }
}

TEST(Generator, UniformScattersAsChanceDoes) {
  double chi_square = 0;  // 50 layers x 63 degrees of freedom, and choices of a token exclude
                          // each other: expectation 63 * (1 - 3/63) a layer
  const Trace trace = generate(uniform(), shape(50, 4096, 4, 64), 4);
  for (int layer = 0; layer < trace.layers; ++layer) {
    for (const double load : loads(trace, layer)) chi_square += (load - 256) * (load - 256) / 256;
  }
  EXPECT_NEAR(chi_square, 50 * 60, 350);
}

TEST(Generator, PairsOfGpusChangeAfterSoManyTokens) {
  TraceShape four = shape(1, 4 * 30, 2, 16);  // 4 experts a GPU
  four.gpus = 4;
  const Trace trace = generate(spec_of("pairs:tokens=8"), four, 1);
  std::set<std::int32_t> chosen;
  for (int token = 0; token < trace.tokens; ++token) {
    const int gpu = token / 30;
    const int turn = token % 30 / 8 % 3;
    for (int k = 0; k < 2; ++k) {
      EXPECT_EQ(trace.at(0, token, k) / 4, (gpu + 1 + turn) % 4) << "token " << token;
      chosen.insert(trace.at(0, token, k));
    }
    EXPECT_NE(trace.at(0, token, 0), trace.at(0, token, 1));
  }
  EXPECT_EQ(chosen.size(), 16U) << "all experts of a peer";
}

TEST(Generator, ImpossibleShapesAreRefused) {
  using test::expect_input_error;
  expect_input_error([] { generate(uniform(), shape(1, 8, 9, 8), 1); }, {"--routing", "top_k is 9"});
  expect_input_error([] { generate(uniform(), shape(1, 0, 2, 8), 1); }, {"tokens is 0"});
  expect_input_error([] { generate(uniform(), shape(0, 8, 2, 8), 1); }, {"layers is 0"});
  expect_input_error([] { generate(uniform(), shape(1, 8, 1, 5000), 1); }, {"experts is 5000"});
  expect_input_error([] { generate(normal("0.1"), shape(1, 64, 8, 8), 1); }, {"a smaller std"});
  expect_input_error([] { generate(spec_of("hot:experts=9,times=1"), shape(1, 64, 2, 8), 1); },
                     {"'hot:experts=9,times=1'", "at most 8 hot experts"});
  expect_input_error([] { generate(spec_of("hot:experts=1,times=5"), shape(1, 64, 2, 8), 1); },
                     {"at most 4.00 times the mean"});
  expect_input_error([] { generate(spec_of("hot:experts=4,times=3"), shape(1, 64, 2, 8), 1); },
                     {"fewer or cooler ones"});
  expect_input_error([] { generate(spec_of("hot:experts=8,times=0.5"), shape(1, 64, 2, 8), 1); },
                     {"fewer or cooler ones", "leave 64 choices for the other 0"});
  expect_input_error([] { generate(spec_of("normal:std=0,reuse=5"), shape(1, 64, 2, 8), 1); },
                     {"'normal:std=0,reuse=5'", "a smaller reuse"});
  expect_input_error([] { generate(spec_of("pairs:tokens=8"), shape(1, 64, 2, 8), 1); },
                     {"'pairs:tokens=8'", "several GPUs"});
  // 8 experts in 8 groups that every token chooses, and 4 groups a token.
  expect_input_error(
      [] {
        generate(spec_of("hot:experts=8,times=8"), {1, 64, 8, 64, {8, 4, {}}}, 1);
      },
      {"too uneven for the groups", "4 of 8 groups"});
}

}  // namespace
}  // namespace moehub
