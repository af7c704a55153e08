// While busy_o is low the unit need not be clocked: two copies, one of which sleeps, stay alike.
#include <gtest/gtest.h>

#include "tests/rtl/dest_queue/environment.hpp"
#include "tests/rtl/dest_queue/tops.hpp"

namespace moehub::test {
namespace {

struct Copy {
  explicit Copy(const std::string& top, const Config& config)
      : pins{make_pins(top)}, environment{*pins, config, Pressure{100, 100, 100, 0}} {
    environment.run(500);  // until the counters are cleared
  }
  std::unique_ptr<Pins> pins;
  Environment environment;
};

class Sleep : public testing::TestWithParam<std::string> {};

TEST_P(Sleep, ClockedOrNotWhileIdle) {
  Config config;
  config.tick = 7;
  Copy awake{GetParam(), config}, asleep{GetParam(), config};
  std::mt19937_64 random{3};
  const auto below = [&random](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const Geometry geometry = awake.pins->geometry;
  for (int burst = 0; burst < 60; ++burst) {
    SCOPED_TRACE("burst " + std::to_string(burst));
    for (Copy* copy : {&awake, &asleep}) {
      Environment& e = copy->environment;
      // Sleeping begins in the first cycle in which the unit is not busy, apart from credits on their way.
      for (int i = 0; i < 400 && (copy->pins->busy() || e.scoreboard.owes()); ++i) e.step();
      ASSERT_FALSE(copy->pins->busy());
      e.run(2);
      e.departures.clear();
    }
    awake.environment.run(below(40));
    for (int i = 0; i < 1 + below(12); ++i) {
      const int lane = below(geometry.lanes);
      const auto row = static_cast<std::uint32_t>(below(9) * geometry.lanes + lane);  // a line belongs to a lane
      Packet packet = rowsp(below(geometry.peers), 0, row, below(4), static_cast<std::uint64_t>(i));
      if (below(3) == 0) packet.strb = byte_range(below(64), 64);
      if (below(12) == 0) packet = fence(0, 1);
      if (below(20) == 0) packet.strb = {};
      for (Copy* copy : {&awake, &asleep}) copy->environment.send(lane, packet);
    }
    const std::uint64_t start[] = {awake.environment.cycle(), asleep.environment.cycle()};
    for (int i = 0; i < 150; ++i)
      for (Copy* copy : {&awake, &asleep}) copy->environment.step();
    const auto &a = awake.environment.departures, &b = asleep.environment.departures;
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].cycle - start[0], b[i].cycle - start[1]) << to_string(a[i].packet.header);
      EXPECT_EQ(to_string(a[i].packet.header), to_string(b[i].packet.header));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tops, Sleep, testing::ValuesIn(all_tops()), [](const auto& p) { return p.param; });

}  // namespace
}  // namespace moehub::test
