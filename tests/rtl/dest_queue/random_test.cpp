// Random stores, fences and bad packets against the scoreboard, for every parameter set, many settings.
#include <gtest/gtest.h>

#include <cstdio>
#include <map>

#include "tests/rtl/dest_queue/environment.hpp"
#include "tests/rtl/dest_queue/tops.hpp"
#include "tests/support/seed.hpp"

namespace moehub::test {
namespace {

// Draws packets. Lines are few, so that stores meet; a byte of a line belongs to one lane for good.
class Traffic {
 public:
  Traffic(const Geometry& geometry, std::uint64_t seed) : geometry_{geometry}, random_{seed} {}

  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool chance(int percent) { return below(100) < percent; }

  Packet store(int lane) {
    auto& recent = recent_[static_cast<std::size_t>(lane)];
    if (!recent.empty() && chance(again)) {
      Packet packet = recent[static_cast<std::size_t>(below(static_cast<int>(recent.size())))];
      packet.strb = mask(lane);
      packet.data = filled(next_tag(packet.header));
      return packet;
    }
    Packet packet = new_store(lane);
    recent.push_back(packet);
    if (recent.size() > 3) recent.erase(recent.begin());
    return packet;
  }

  Packet new_store(int lane) {
    const int dst = below(geometry_.peers);
    const auto row = static_cast<std::uint32_t>(below(6));
    Packet packet = chance(70) ? rowsp(dst, below(geometry_.regions), row, below(4), 0, mask(lane))
                               : st(dst, row * 4 + static_cast<unsigned>(below(4)), 0, mask(lane));
    packet.header.gen = static_cast<std::uint8_t>(below(2));
    packet.data = filled(next_tag(packet.header));
    packet.header.nop = chance(nop);
    return packet;
  }

  Packet bad(int lane) {
    Packet packet = store(lane);
    Header& h = packet.header;
    switch (below(9)) {
      case 0: h.kind = PacketKind::none; break;
      case 1: h.kind = PacketKind::count; break;
      case 2: h.kind = static_cast<PacketKind>(5 + below(11)); break;
      case 3: packet.strb = {}; break;
      case 4: h.rsvd = static_cast<std::uint8_t>(1 + below(7)); break;
      case 5: h.dst = static_cast<std::uint8_t>(geometry_.peers + below(256 - geometry_.peers)); break;
      case 6: h.offset = static_cast<std::uint16_t>(h.offset + 1U + static_cast<unsigned>(below(127)));
              h.addr += 64; break;
      case 7: packet = fence(below(geometry_.regions) + 1, geometry_.regions); break;
      default: packet.last = false; break;  // the beats after it are swallowed
    }
    return packet;
  }

  int nop = 30;
  int whole = 30;  // stores that cover all of the lane's bytes
  int again = 60;  // stores to one of the lane's last lines

 private:
  // Consecutive stores to a line differ in every byte.
  std::uint64_t next_tag(Header line) {
    line.nop = false;
    if (line.kind == PacketKind::st) line.gen = 0;
    return ++tags_[to_string(line)];
  }

  // Lanes share a line in halves, or one lane owns it: bytes [first, first + size).
  ByteMask mask(int lane) {
    const int size = kLineBytes / geometry_.lanes;
    const int first = lane * size;
    if (chance(whole)) return byte_range(first, size);
    const int from = below(size);
    return byte_range(first + from, 1 + below(size - from));
  }

  Geometry geometry_;
  std::mt19937_64 random_;
  std::map<std::string, std::uint64_t> tags_;
  std::vector<std::vector<Packet>> recent_{kMaxLanes};
};

Config random_config(Traffic& traffic, const Geometry& geometry) {
  Config config;
  config.self = traffic.below(geometry.peers);
  config.round_robin = traffic.chance(70);
  config.row_order = traffic.chance(70);
  config.full_first = traffic.chance(70);
  config.prio = traffic.chance(70);
  config.timer = traffic.chance(70);
  config.merge = traffic.chance(80);
  config.tick = traffic.chance(20) ? traffic.below(2) : 1 + traffic.below(20);
  config.merge_age = traffic.below(10);
  config.deadline_age = traffic.below(16);
  config.credits = 1 + traffic.below(traffic.chance(50) ? 3 : 60);
  if (traffic.chance(30)) config.peers &= ~(1U << traffic.below(geometry.peers));
  return config;
}

class RandomTraffic : public testing::TestWithParam<std::string> {
 protected:
  void run(std::uint64_t seed, int rounds, int packets) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto pins = make_pins(GetParam());
    const Geometry& geometry = pins->geometry;
    std::int64_t stores = 0, merges = 0, fences = 0, reports = 0;
    for (int round = 0; round < rounds; ++round) {
      Traffic traffic{geometry, seed + static_cast<std::uint64_t>(round)};
      const Config config = random_config(traffic, geometry);
      const int profiles[] = {100, 100, 70, 30, 5};
      Pressure pressure;
      pressure.request = profiles[traffic.below(4)];
      pressure.tx = profiles[traffic.below(5)];
      pressure.loop = profiles[traffic.below(5)];
      pressure.credit_delay = traffic.below(20);
      traffic.nop = traffic.chance(50) ? 0 : 40;
      traffic.whole = traffic.chance(50) ? 90 : 20;
      const int bad = traffic.chance(50) ? 0 : 10;
      const int fence_chance = traffic.chance(50) ? 3 : 0;

      Environment environment{*pins, config, pressure, seed};
      environment.record = false;
      for (int i = 0; i < packets; ++i) {
        const int lane = traffic.below(geometry.lanes);
        if (traffic.chance(bad)) environment.send(lane, traffic.bad(lane));
        else if (traffic.below(100) < fence_chance) {
          const int first = traffic.below(geometry.regions);
          environment.send(lane, fence(first, traffic.below(geometry.regions - first + 1)));
        } else environment.send(lane, traffic.store(lane));
      }
      for (int lane = 0; lane < geometry.lanes; ++lane) {  // closes a packet that is left open
        Packet last = traffic.store(lane);
        environment.send(lane, last);
      }
      try {
        environment.run_until_idle(200000);
      } catch (const std::exception& error) {
        FAIL() << "round " << round << ", cycle " << environment.cycle() << ": " << error.what();
      }
      stores += environment.scoreboard.stores;
      merges += environment.scoreboard.merges;
      fences += environment.scoreboard.fences;
      reports += environment.scoreboard.reports;
    }
    std::printf("%s: %lld stores, %lld merged, %lld fences, %lld reports\n", GetParam().c_str(),
                static_cast<long long>(stores), static_cast<long long>(merges), static_cast<long long>(fences),
                static_cast<long long>(reports));
    EXPECT_GT(merges, 0) << "the traffic never merged: it tests little";
    EXPECT_GT(fences, 0);
  }
};

TEST_P(RandomTraffic, SeedZero) { run(0, 24, 600); }
TEST_P(RandomTraffic, DrawnSeed) { run(random_seed(), 24, 600); }

INSTANTIATE_TEST_SUITE_P(Tops, RandomTraffic, testing::ValuesIn(all_tops()), [](const auto& p) { return p.param; });

}  // namespace
}  // namespace moehub::test
