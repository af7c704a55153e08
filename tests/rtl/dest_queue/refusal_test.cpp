// Requests that cannot be sent: refused whole, once, and nothing beside them is disturbed.
#include <gtest/gtest.h>

#include "tests/rtl/dest_queue/environment.hpp"
#include "tests/rtl/dest_queue/tops.hpp"

namespace moehub::test {
namespace {

struct Bad {
  const char* name;
  Packet packet;
};

std::vector<Bad> bad_packets(const Geometry& geometry) {
  const Packet good = rowsp(1, 0, 4, 0, 1);
  std::vector<Bad> bad;
  const auto add = [&](const char* name, auto change) {
    bad.push_back({name, good});
    change(bad.back().packet);
  };
  add("no kind", [](Packet& p) { p.header.kind = PacketKind::none; });
  add("a report", [](Packet& p) { p.header.kind = PacketKind::count; });
  add("unknown kind", [](Packet& p) { p.header.kind = static_cast<PacketKind>(9); });
  add("empty mask", [](Packet& p) { p.strb = {}; });
  add("reserved bits", [](Packet& p) { p.header.rsvd = 4; });
  add("offset within a line", [](Packet& p) { p.header.offset = 32; });
  add("no such peer", [&](Packet& p) { p.header.dst = static_cast<std::uint8_t>(geometry.peers); });
  add("peer 255", [](Packet& p) { p.header.dst = 255; });
  add("address within a line", [](Packet& p) { p = st(1, 4, 1); p.header.addr += 8; });
  add("fence beyond the regions", [&](Packet& p) { p = fence(1, geometry.regions); });
  add("fence with a huge range", [](Packet& p) { p = fence(0, 0xffffff); });
  add("fence with reserved bits", [](Packet& p) { p = fence(0, 1); p.header.rsvd = 1; });
  return bad;
}

class Refusals : public testing::TestWithParam<std::string> {};

// Good stores on every lane, a bad packet in the middle of each, for every kind of bad.
TEST_P(Refusals, InTheMiddleOfValidTraffic) {
  const auto pins = make_pins(GetParam());
  for (const auto& [name, packet] : bad_packets(pins->geometry)) {
    SCOPED_TRACE(name);
    Environment environment{*pins, Config{}};
    for (int lane = 0; lane < pins->geometry.lanes; ++lane) {
      for (std::uint32_t i = 0; i < 12; ++i) {
        environment.send(lane, rowsp(1, 0, 16 * i + static_cast<std::uint32_t>(lane), 1, i));
        if (i == 5) environment.send(lane, packet);
      }
    }
    environment.run_until_idle();  // each refused once, with its header: the scoreboard looks
    EXPECT_EQ(environment.scoreboard.packets, 12 * pins->geometry.lanes);
  }
}

TEST_P(Refusals, PacketsOfSeveralBeatsAreSwallowedWhole) {
  const auto pins = make_pins(GetParam());
  Environment environment{*pins, Config{}};
  const Packet good = rowsp(1, 0, 4, 0, 1);
  Packet open = good;
  open.last = false;
  for (const Packet& packet : {good, open, open, fence(0, 1), good}) environment.send(0, packet);
  environment.run_until_idle();
  EXPECT_EQ(environment.scoreboard.packets, 2) << "the fence was the last beat of the bad packet";
  EXPECT_EQ(environment.scoreboard.fences, 0);
}

TEST_P(Refusals, NothingIsSentWhileDisabled) {
  const auto pins = make_pins(GetParam());
  Config config;
  config.enable = false;
  Environment environment{*pins, config};
  environment.send(0, rowsp(1, 0, 4, 0, 1));
  environment.send(0, fence(0, 1));
  environment.run_until_idle();
  EXPECT_EQ(environment.scoreboard.packets, 0);
  config.enable = true;
  environment.configure(config);
  environment.send(0, rowsp(1, 0, 4, 0, 1));
  environment.run_until_idle();
  EXPECT_EQ(environment.scoreboard.packets, 1);
}

TEST_P(Refusals, DisabledPeer) {
  const auto pins = make_pins(GetParam());
  Config config;
  config.peers = 0b01;
  Environment environment{*pins, config};
  environment.send(0, rowsp(1, 0, 4, 0, 1));
  environment.send(0, rowsp(0, 0, 4, 0, 1));
  environment.run_until_idle();
  EXPECT_EQ(environment.scoreboard.packets, 1);
}

INSTANTIATE_TEST_SUITE_P(Tops, Refusals, testing::ValuesIn(all_tops()), [](const auto& p) { return p.param; });

}  // namespace
}  // namespace moehub::test
