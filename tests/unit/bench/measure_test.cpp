// The hub bench judges what it measures: nothing wrong with a good hub under any pattern, and every fault of
// a bad one is noticed.
#include "bench/hub/measure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "bench/hub/bench.hpp"
#include "model/routing/trace_stats.hpp"
#include "tests/support/faulty_hub.hpp"

namespace moehub::bench {
namespace {

using test::Fault;
using test::FaultyHub;

constexpr Cycles kShort{300, 700};

Configuration default_hub() { return {"default", HubParams{}}; }

HubFactory model_hub(const HubParams& params = {}) {
  return [params](int spill_latency) { return make_model_hub(params, spill_latency); };
}

Pattern pattern(const std::string& name, const Trace& trace,
                const Configuration& configuration = default_hub()) {
  for (const Pattern& p : all_patterns(configuration, trace, 1)) {
    if (p.name == name) return p;
  }
  throw std::invalid_argument(name);
}

TEST(HubBench, AGoodHubPassesEveryPatternAndTheSameSeedGivesTheSameFigures) {
  const Trace trace = made_up_trace(default_hub(), kRecordedLike, 1);
  std::set<std::string> names;
  for (const Pattern& p : all_patterns(default_hub(), trace, 1)) {
    EXPECT_TRUE(names.insert(p.name).second) << p.name << " is there twice";
    for (const Direction direction : {Direction::egress, Direction::ingress, Direction::both}) {
      if (!p.egress && direction != Direction::ingress) continue;
      if (!p.ingress && direction != Direction::egress) continue;
      const Measurement m = measure(model_hub(), p, direction, kShort);
      EXPECT_EQ(m.errors, 0U) << p.name << ": " << m.first_error;
      const Measurement again = measure(model_hub(), p, direction, kShort);
      EXPECT_EQ(m.egress.packets, again.egress.packets) << p.name;
      EXPECT_EQ(m.ingress.writes, again.ingress.writes) << p.name;
      EXPECT_EQ(m.ingress.latency_cycles.max(), again.ingress.latency_cycles.max()) << p.name;
    }
  }
}

TEST(HubBench, ReadyAndBoundsAreThoseOfTheSurroundings) {
  const Trace trace = made_up_trace(default_hub(), kRecordedLike, 1);
  for (const char* name : {"sectors", "back-pressure", "incast"}) {
    const Pattern p = pattern(name, trace);
    const Measurement m = measure(model_hub(), p, Direction::both, {1500, 4000});
    EXPECT_NEAR(m.egress_rate(), p.egress_bound, 0.02) << name;
    EXPECT_LE(m.ingress_rate(), p.ingress_bound + 0.02) << name;
  }
}

struct FaultCase {
  const char* name;
  Fault fault;
  Direction direction;
  const char* says;
};

void PrintTo(const FaultCase& c, std::ostream* out) { *out << c.name; }

class HubBenchFault : public testing::TestWithParam<FaultCase> {};

TEST_P(HubBenchFault, IsNoticed) {
  const FaultCase& c = GetParam();
  const Trace trace = made_up_trace(default_hub(), kRecordedLike, 1);
  const HubFactory faulty = [&](int spill_latency) {
    return std::make_unique<FaultyHub>(make_model_hub({}, spill_latency), c.fault, 5);
  };
  const Measurement m = measure(faulty, pattern("recorded", trace), c.direction, kShort);
  EXPECT_GT(m.errors, 0U);
  EXPECT_THAT(m.first_error, testing::HasSubstr(c.says));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, HubBenchFault,
    testing::Values(
        FaultCase{"PacketLost", Fault::drop_packet, Direction::egress, "did not leave the hub whole"},
        FaultCase{"PacketTwice", Fault::duplicate_packet, Direction::egress, "left twice"},
        FaultCase{"ByteFlipped", Fault::flip_byte, Direction::ingress, "bytes"},
        FaultCase{"WrongAddress", Fault::wrong_address, Direction::ingress, "a place that is not its row's"},
        FaultCase{"TileLost", Fault::drop_tile, Direction::ingress, "never became ready"},
        FaultCase{"TileEarly", Fault::early_tile, Direction::ingress, "before its last byte"},
        FaultCase{"TileTwice", Fault::repeat_tile, Direction::ingress, "ready twice"},
        FaultCase{"Stuck", Fault::stuck, Direction::both, "did not come to an end"}),
    [](const auto& fault) { return fault.param.name; });

TEST(HubBench, RoutingInTheMannerOfRecordingsReusesExperts) {
  for (const int peers : {8, 16, 72}) {
    Configuration configuration = default_hub();
    configuration.params.peers = peers;
    const Trace trace = made_up_trace(configuration, kRecordedLike, 1);
    const LayerStats stats = trace_stats(trace, peers).at(0);
    EXPECT_GT(stats.reuse_over_same_loads,
              peers == 8 ? 2 : 2.5);  // 2 of 8 experts cannot be reused much more
    EXPECT_GT(stats.expert_max_over_mean, 1.5);
  }
}

// ---- what limits, where it is known beforehand
// -------------------------------------------------------------

std::string limit(const std::string& name, Direction direction, const HubParams& params,
                  int memory_ack_cycles = 200, int credits = 1024) {
  const Configuration configuration{"made up", params};
  const Trace trace = made_up_trace(configuration, kRecordedLike, 1);
  PatternResult result;
  result.pattern = pattern(name, trace, configuration);
  result.pattern.environment.memory_ack_cycles = memory_ack_cycles;
  result.pattern.environment.credits = credits;
  const Measurement m = measure(model_hub(params), result.pattern, direction, {1500, 3000});
  (direction == Direction::egress ? result.egress : result.ingress) = m;
  const std::vector<Shortfall> found = shortfalls_of(result);
  return found.empty() ? "nothing" : found.front().limit;
}

TEST(HubBench, NamesTheResourceThatLimits) {
  HubParams params;
  EXPECT_EQ(limit("uniform", Direction::egress, params), "nothing");
  EXPECT_EQ(limit("uniform", Direction::ingress, params), "nothing");
  EXPECT_EQ(limit("hot peer", Direction::egress, params, 200, 128), "credits");
  EXPECT_EQ(limit("uniform", Direction::ingress, params, 400), "write identifiers");
  EXPECT_THAT(limit("short rows", Direction::egress, params), testing::HasSubstr("row counters"));
  EXPECT_THAT(limit("any lane", Direction::egress, params), testing::HasSubstr("matching"));
  EXPECT_THAT(limit("spilling", Direction::ingress, params), testing::HasSubstr("spill memory"));
  params.entries = 8;
  EXPECT_EQ(limit("hot peer", Direction::egress, params), "merge-buffer entries of a peer");
  params.depth = 4;
  EXPECT_EQ(limit("uniform", Direction::ingress, params), "places of the window");
  params = HubParams{};
  params.rat_banks = 4;
  EXPECT_EQ(limit("short rows", Direction::ingress, params), "banks of the row table");
}

}  // namespace
}  // namespace moehub::bench
