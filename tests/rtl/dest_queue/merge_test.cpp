// What becomes one packet, and when it leaves.
#include <gtest/gtest.h>

#include <map>

#include "tests/rtl/dest_queue/environment.hpp"
#include "tests/rtl/dest_queue/tops.hpp"

namespace moehub::test {
namespace {

class Merge : public testing::Test {
 protected:
  void start(const Config& config, const Pressure& pressure = {}) { environment.emplace(*pins, config, pressure); }
  void send(const Packet& packet, int lane = 0) {
    environment->send(lane, packet);
    environment->run_until_sent();
  }
  std::size_t left() const { return environment->departures.size(); }

  std::unique_ptr<Pins> pins = make_pins("l4");
  std::optional<Environment> environment;
};

TEST_F(Merge, PiecesInAnyOrderFromAnyLane) {
  start(Config{});
  for (const int piece : {2, 0, 3, 1}) {
    environment->send(piece, rowsp(1, 2, 9, 5, static_cast<std::uint64_t>(piece), byte_range(32 * piece, 32)));
    environment->run_until_sent();
    environment->run(5);
  }
  environment->run(10);
  ASSERT_EQ(left(), 1U);
  EXPECT_EQ(environment->departures[0].packet.strb, kFullMask);
  environment->run_until_idle();
}

// One store a cycle to the same line: each sees the mask that the one before it has just written.
TEST_F(Merge, SingleBytesBackToBack) {
  start(Config{});
  for (int byte = 0; byte < kLineBytes; ++byte) environment->send(0, st(3, 77, 1, byte_range(byte, 1)));
  environment->run_until_idle();
  EXPECT_EQ(left(), 1U);
}

TEST_F(Merge, OverlappingBytesKeepTheLastValue) {
  start(Config{});
  environment->send(0, rowsp(1, 0, 4, 0, 1, byte_range(0, 80)));
  environment->send(0, rowsp(1, 0, 4, 0, 2, byte_range(40, 60)));
  environment->send(0, rowsp(1, 0, 4, 0, 3, byte_range(90, 38)));
  environment->run_until_idle();
  ASSERT_EQ(left(), 1U);
  const LineData& data = environment->departures[0].packet.data;
  EXPECT_EQ(data[0], filled(1)[0]);
  EXPECT_EQ(data[6], filled(2)[6]);
  EXPECT_EQ(data[12], filled(3)[12]);
}

TEST_F(Merge, DifferentKeysStayApart) {
  start(Config{});
  const Packet base = rowsp(1, 2, 9, 5, 1, byte_range(0, 64));
  std::vector<Packet> others(7, base);
  others[0].header.dst = 2;
  others[1].header.region = 3;
  others[2].header.gen = 6;
  others[3].header.row = 9 + 4;
  others[4].header.offset = 9 * kLineBytes;
  others[5].header.nop = true;
  others[6] = st(1, 12, 1, byte_range(0, 64));
  send(base);
  for (Packet other : others) {
    other.strb = byte_range(64, 64);
    send(other);
  }
  environment->run_until_idle();
  EXPECT_EQ(left(), 8U);
}

TEST_F(Merge, RegionOfAnOrdinaryStoreMeansNothing) {
  start(Config{});
  for (const int piece : {0, 1}) {
    Packet part = st(1, 12, 1, byte_range(64 * piece, 64));
    part.header.region = static_cast<std::uint8_t>(piece);
    send(part);
  }
  environment->run(20);
  ASSERT_EQ(left(), 1U);
  EXPECT_EQ(environment->departures[0].packet.header.region, 0);
}

TEST_F(Merge, OffMeansAPacketAStore) {
  Config config;
  config.merge = false;
  start(config);
  for (const int piece : {0, 1, 2, 3}) environment->send(0, rowsp(1, 0, 4, 0, 1, byte_range(32 * piece, 32)));
  for (int i = 0; i < 20; ++i) environment->send(0, rowsp(1, 0, 4, 0, static_cast<std::uint64_t>(i), byte_range(i, 64)));
  environment->run_until_idle();  // in order: the scoreboard looks
  EXPECT_EQ(left(), 24U);
}

// A line written with both priorities: two packets, in the order of the stores whatever goes first.
TEST_F(Merge, PrioritiesOfOneLineKeepTheirOrder) {
  for (const bool nop_first : {true, false}) {
    Config config;
    config.credits = 1;
    start(config);
    environment->pressure.credit_delay = 40;
    send(rowsp(1, 0, 400, 0, 1));  // takes the credit
    Packet first = rowsp(1, 0, 4, 0, 2, byte_range(0, 100));
    Packet second = rowsp(1, 0, 4, 0, 3);
    (nop_first ? first : second).header.nop = true;
    send(first);
    send(second);
    environment->run_until_idle();
    ASSERT_EQ(left(), 3U);
    EXPECT_EQ(environment->departures[1].packet.header.nop, nop_first);
    EXPECT_EQ(environment->departures[2].packet.header.nop, !nop_first);
  }
}

TEST_F(Merge, PartialLineLeavesAtMergeAge) {
  Config config;
  config.tick = 10;
  config.timer = false;
  for (const int age : {0, 1, 5, 14}) {
    config.merge_age = age;
    start(config);
    send(rowsp(1, 0, 4, 0, 1, byte_range(0, 100)));
    const auto accepted = environment->last_accepted(0);
    environment->run(20);
    if (age == 5) send(rowsp(1, 0, 4, 0, 2, byte_range(50, 60)));  // does not make it younger
    environment->run_until_idle();
    ASSERT_EQ(left(), 1U);
    const auto took = static_cast<int>(environment->departures[0].cycle - accepted);
    EXPECT_GE(took, 10 * (age - 1) + 6) << "age " << age;
    EXPECT_LE(took, 10 * age + 10) << "age " << age;
  }
}

// Each entry of each partition has an age of its own; the own GPU's too.
TEST_F(Merge, EveryEntryLeavesAtMergeAge) {
  Config config;
  config.tick = 40;
  config.merge_age = 6;
  config.timer = false;
  start(config);
  const int entries = pins->geometry.entries / pins->geometry.lanes - 1;  // with the last one the partition would be full
  std::map<std::pair<int, std::uint32_t>, std::uint64_t> accepted;
  for (int dst = 0; dst < pins->geometry.peers; ++dst) {
    for (int e = 0; e < entries; ++e) {
      const auto row = static_cast<std::uint32_t>(4 * e);
      send(rowsp(dst, 0, row, 0, 1, byte_range(0, 4)));
      accepted[{dst, row}] = environment->last_accepted(0);
    }
  }
  environment->run_until_idle();
  ASSERT_EQ(left(), accepted.size());
  for (const auto& d : environment->departures) {
    const auto& h = d.packet.header;
    const auto took = static_cast<int>(d.cycle - accepted.at({h.dst, h.row}));
    EXPECT_GE(took, 40 * 5 + 6) << "row " << h.row << " to " << int{h.dst};
    EXPECT_LE(took, 40 * 6 + 10 + static_cast<int>(accepted.size())) << "row " << h.row << " to " << int{h.dst};
  }
}

TEST_F(Merge, NothingOfAnEarlierLineLeavesWithALaterOne) {
  start(Config{});
  send(rowsp(1, 0, 4, 0, 1));
  environment->run_until_idle();
  Packet part = rowsp(1, 0, 8, 0, 2, byte_range(8, 16));
  for (std::size_t word = 0; word < part.data.size(); ++word) {
    if (word != 1 && word != 2) part.data[word] = 0;
  }
  send(part);
  environment->run_until_idle();
  ASSERT_EQ(left(), 2U);
  EXPECT_EQ(environment->departures[1].packet.data, part.data);
}

TEST_F(Merge, TickOfZeroIsATickACycle) {
  Config config;
  config.tick = 0;
  start(config);
  send(rowsp(1, 0, 4, 0, 1, byte_range(0, 1)));
  environment->run(14);
  EXPECT_EQ(left(), 1U);
  environment->run_until_idle();
}

TEST_F(Merge, FullPartitionSendsPartialLines) {
  Config config;
  config.tick = 60000;
  start(config);
  const int entries = pins->geometry.entries / pins->geometry.lanes;
  for (int i = 0; i < entries - 1; ++i)
    send(rowsp(1, 0, static_cast<std::uint32_t>(4 * (entries - i)), 0, 1, byte_range(0, 4)));
  environment->run(30);
  EXPECT_EQ(left(), 0U);
  send(rowsp(1, 0, 400, 0, 1, byte_range(0, 4)));
  environment->run(30);
  ASSERT_EQ(left(), 1U) << "the last free entry is taken: one makes room";
  EXPECT_EQ(environment->departures[0].packet.header.row, 8U) << "the smallest row";
  send(fence(0, 0));
  environment->run_until_idle();
}

// A line that is written without end leaves when its deadline has passed.
TEST_F(Merge, HammeredLineStillLeaves) {
  Config config;
  config.tick = 5;
  config.merge_age = 15;
  config.deadline_age = 3;
  start(config);
  for (std::uint64_t i = 0; i < 200; ++i) environment->send(0, rowsp(1, 0, 4, 0, i, byte_range(0, 4)));
  environment->run(100);
  EXPECT_GE(left(), 3U);
  environment->run_until_idle();
}

// No store is lost when the entry that it joins is chosen in the same cycle: all distances are tried.
TEST_F(Merge, StoresThatMeetADepartingEntry) {
  Config config;
  config.tick = 60000;
  for (int gap = 0; gap < 10; ++gap) {
    start(config);
    send(rowsp(1, 0, 4, 0, 1));
    environment->run(gap);
    send(rowsp(1, 0, 4, 0, 2, byte_range(0, 30)));
    environment->run(gap);
    send(rowsp(1, 0, 4, 0, 3, byte_range(30, 98)));
    environment->run(12);
    send(fence(0, 1));
    environment->run_until_idle();
  }
}

}  // namespace
}  // namespace moehub::test
