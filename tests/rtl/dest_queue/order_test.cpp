// Which packet leaves first: every policy on and off.
#include <gtest/gtest.h>

#include "tests/rtl/dest_queue/environment.hpp"
#include "tests/rtl/dest_queue/tops.hpp"

namespace moehub::test {
namespace {

constexpr int kPeer = 1;

// All entries may leave at once and never grow old; a test says otherwise where it matters.
Config still() {
  Config config;
  config.tick = 60000;
  config.merge_age = 0;
  config.credits = 1;
  return config;
}

// Rows and lines here are multiples of the number of lanes: all in slice 0.
class Order : public testing::Test {
 protected:
  void start(const Config& config) {
    Pressure pressure;
    pressure.credit_delay = -1;
    environment.emplace(*pins, config, pressure);
  }
  void take_credit(int peer) {
    environment->send(0, rowsp(peer, 0, 400, 0, 1));
    environment->run_until_sent();
    environment->run(12);
    ASSERT_EQ(environment->departures.size(), 1U);
    environment->departures.clear();
  }
  void send(const Packet& packet) {
    environment->send(0, packet);
    environment->run_until_sent();
    environment->run(8);
    ASSERT_TRUE(environment->departures.empty()) << "left without a credit";
  }
  // Rows in the order in which they leave, one credit at a time.
  std::vector<std::uint32_t> rows(std::size_t number) {
    std::vector<std::uint32_t> order;
    for (std::size_t i = 0; i < number; ++i) {
      environment->return_credit(0, kPeer);
      environment->run(12);
    }
    for (const auto& d : environment->departures) order.push_back(d.packet.header.row);
    return order;
  }
  std::vector<std::uint32_t> order_of(const Config& config, const std::vector<Packet>& packets) {
    start(config);
    take_credit(kPeer);
    for (const Packet& packet : packets) send(packet);
    return rows(packets.size());
  }

  std::unique_ptr<Pins> pins = make_pins("l4");
  std::optional<Environment> environment;
};

using Rows = std::vector<std::uint32_t>;
const ByteMask kPart = byte_range(0, 32);

TEST_F(Order, SmallestRowFirst) {
  const std::vector<Packet> packets{rowsp(kPeer, 0, 12, 0, 1), rowsp(kPeer, 0, 4, 0, 2), rowsp(kPeer, 0, 8, 0, 3)};
  Config config = still();
  EXPECT_EQ(order_of(config, packets), (Rows{4, 8, 12}));
  config.row_order = false;
  EXPECT_EQ(order_of(config, packets), (Rows{12, 4, 8})) << "oldest first";
}

TEST_F(Order, OrderOfRowsChangesWhenNothingWaits) {
  for (const bool by_row : {true, false}) {
    Config config = still();
    config.row_order = by_row;
    start(config);
    take_credit(kPeer);
    send(rowsp(kPeer, 0, 12, 0, 1));
    config.row_order = !by_row;
    environment->configure(config);
    send(rowsp(kPeer, 0, 4, 0, 2));
    EXPECT_EQ(rows(2), by_row ? (Rows{4, 12}) : (Rows{12, 4})) << "as it was while the first one came";
    environment->departures.clear();
    environment->run(20);
    send(rowsp(kPeer, 0, 12, 0, 1));
    send(rowsp(kPeer, 0, 4, 0, 2));
    EXPECT_EQ(rows(2), by_row ? (Rows{12, 4}) : (Rows{4, 12}));
  }
}

TEST_F(Order, LinesOfARowInTheirOrderOfArrival) {
  order_of(still(), {rowsp(kPeer, 0, 8, 4, 1), rowsp(kPeer, 0, 8, 0, 2), rowsp(kPeer, 0, 8, 8, 3)});
  std::vector<int> offsets;
  for (const auto& d : environment->departures) offsets.push_back(d.packet.header.offset);
  EXPECT_EQ(offsets, (std::vector<int>{4 * kLineBytes, 0, 8 * kLineBytes}));
}

TEST_F(Order, OrdinaryStoresCountAsRowZero) {
  EXPECT_EQ(order_of(still(), {rowsp(kPeer, 0, 4, 0, 1), st(kPeer, 16, 2)}), (Rows{0, 4}));
}

TEST_F(Order, FullBeforePartial) {
  const std::vector<Packet> packets{rowsp(kPeer, 0, 4, 0, 1, kPart), rowsp(kPeer, 0, 8, 0, 2)};
  Config config = still();
  EXPECT_EQ(order_of(config, packets), (Rows{8, 4}));
  config.full_first = false;
  EXPECT_EQ(order_of(config, packets), (Rows{4, 8}));
}

TEST_F(Order, HighPriorityBeforeNop) {
  const std::vector<Packet> packets{with_nop(rowsp(kPeer, 0, 4, 0, 1)), rowsp(kPeer, 0, 8, 0, 2, kPart)};
  Config config = still();
  EXPECT_EQ(order_of(config, packets), (Rows{8, 4})) << "priority weighs more than a full line";
  config.prio = false;
  EXPECT_EQ(order_of(config, packets), (Rows{4, 8}));
}

TEST_F(Order, PastTheDeadlineBeforeAllOthers) {
  Config config = still();
  config.tick = 10;
  config.deadline_age = 5;
  for (const bool timer : {true, false}) {
    config.timer = timer;
    start(config);
    take_credit(kPeer);
    send(with_nop(rowsp(kPeer, 0, 12, 0, 1, kPart)));
    environment->run(60);
    send(rowsp(kPeer, 0, 4, 0, 2));
    EXPECT_EQ(rows(2), timer ? (Rows{12, 4}) : (Rows{4, 12}));
  }
}

TEST_F(Order, BeforeTheFenceBeforeAfterIt) {
  Config config = still();
  config.merge_age = 15;
  start(config);
  take_credit(kPeer);
  send(with_nop(rowsp(kPeer, 0, 12, 0, 1, kPart)));
  send(fence(0, 0));
  send(rowsp(kPeer, 0, 4, 0, 2));
  EXPECT_EQ(rows(2), (Rows{12, 4})) << "and the partial line left though it was young";
}

// Peers 1 to 3 have three full lines each when the link opens.
TEST_F(Order, RoundRobinOverPeers) {
  Config config = still();
  config.credits = 10;
  for (const bool round_robin : {true, false}) {
    config.round_robin = round_robin;
    start(config);
    environment->pressure.tx = 0;
    for (int peer = 1; peer <= 3; ++peer)
      for (int i = 0; i < 3; ++i)
        environment->send(0, rowsp(peer, 0, static_cast<std::uint32_t>(4 * i), 4 * peer, 1));
    environment->run_until_sent();
    environment->run(20);
    environment->pressure.tx = 100;
    environment->run(20);
    int changes = 0;
    std::vector<int> peers;
    for (const auto& d : environment->departures) peers.push_back(d.packet.header.dst);
    ASSERT_EQ(peers.size(), 9U);
    for (std::size_t i = 1; i < peers.size(); ++i) changes += peers[i] != peers[i - 1];
    if (round_robin) {
      EXPECT_GE(changes, 6) << "but for the first, picked before the others came, no peer twice in turn";
    } else {
      EXPECT_EQ(changes, 2) << "each peer until it has nothing left";
    }
  }
}

// The round goes up from the peer whose packets came first, whether one was on its way or several, and nobody is left out.
TEST_F(Order, RoundGoesOnBehindThePeerServed) {
  const std::vector<int> round{0, 1, 3};
  for (std::size_t first = 0; first < round.size(); ++first) {
    for (const std::size_t before : {1U, 3U, 8U}) {
      SCOPED_TRACE(std::to_string(before) + " to peer " + std::to_string(round[first]));
      Config config = still();
      config.self = 4;
      config.credits = 20;
      start(config);
      environment->pressure.tx = 0;
      for (std::size_t i = 0; i < before; ++i) environment->send(0, rowsp(round[first], 0, 400, 4 * static_cast<int>(i), 1));
      environment->run_until_sent();
      environment->run(20);
      environment->pressure.tx = 100;
      if (before == 8) environment->run(3);  // some leave in turn, and the round stops in the middle
      environment->pressure.tx = 0;
      environment->run(20);
      for (int i = 0; i < 4; ++i)
        for (std::size_t next = 1; next <= 3; ++next) {
          const int peer = round[(first + next) % 3];
          environment->send(0, rowsp(peer, 0, static_cast<std::uint32_t>(4 * i), 4 * peer, 1));
        }
      environment->run_until_sent();
      environment->run(20);
      environment->pressure.tx = 100;
      environment->run(30);
      std::vector<int> peers;
      for (const auto& d : environment->departures) peers.push_back(d.packet.header.dst);
      ASSERT_EQ(peers.size(), 12 + before);
      std::size_t at = 0;
      while (peers[at] == round[first]) ++at;  // what was picked before the others came
      EXPECT_GE(at, 1U);
      EXPECT_LE(at, before + 1);
      for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(peers[at + i], round[(first + 1 + i) % 3]) << "packet " << i;
    }
  }
}

// The own GPU's turns in between do not begin the round anew.
TEST_F(Order, RoundGoesOnBesideTheLoop) {
  Config config = still();
  config.credits = 20;
  start(config);
  environment->pressure = Pressure{100, 0, 0, 2};
  int lines = 0;
  for (int i = 0; i < 3; ++i)
    for (const int dst : {1, 2, 3, 0, 0}) environment->send(0, rowsp(dst, 0, static_cast<std::uint32_t>(4 * i), dst == 0 ? 4 * lines++ : 4 * dst, 1));
  environment->run(60);
  environment->pressure.loop = environment->pressure.tx = 100;
  environment->run_until_idle();
  std::vector<int> peers;
  for (const auto& d : environment->departures) {
    if (d.on_link) peers.push_back(d.packet.header.dst);
  }
  ASSERT_EQ(peers.size(), 9U);
  for (const int peer : {1, 2, 3}) {
    int among = 0;
    for (std::size_t i = 2; i < 8; ++i) among += peers[i] == peer;
    EXPECT_EQ(among, 2) << "peer " << peer;
  }
}

TEST_F(Order, OwnGpuNeedsNoCredit) {
  Config config = still();
  config.credits = 0;
  start(config);
  environment->send(0, rowsp(0, 0, 4, 0, 1));
  environment->run_until_idle();
  EXPECT_EQ(environment->departures.size(), 1U);
}

// Entries that wait for a credit take no turns from those that need not wait.
TEST_F(Order, PeerWithoutCreditCostsTheOthersNothing) {
  Config config = still();
  config.credits = 4;
  start(config);
  environment->pressure.credit_delay = -1;
  for (int i = 0; i < 8; ++i) environment->send(0, rowsp(1, 0, static_cast<std::uint32_t>(4 * i), 0, 1));
  environment->run(40);
  ASSERT_EQ(environment->departures.size(), 4U);
  for (int i = 0; i < 40; ++i) environment->send(0, rowsp(2 + i % 2, 0, static_cast<std::uint32_t>(4 * i), 0, 1));
  const auto begin = environment->cycle();
  std::size_t seen = environment->departures.size();
  while (environment->departures.size() < 44 && environment->cycle() < begin + 400) {
    environment->step();
    for (; seen < environment->departures.size(); ++seen) environment->return_credit(0, environment->departures[seen].packet.header.dst);
  }
  ASSERT_EQ(environment->departures.size(), 44U);
  EXPECT_LE(environment->cycle() - begin, 60U) << "a packet a cycle";
  for (int i = 0; i < 8; ++i) {
    environment->return_credit(0, 1);
    environment->run(10);
  }
  environment->run_until_idle();
}

TEST_F(Order, PeersWithoutCreditArePassedOver) {
  start(still());  // one credit each
  environment->pressure.credit_delay = -1;
  for (int i = 0; i < 3; ++i) environment->send(0, rowsp(1, 0, static_cast<std::uint32_t>(4 * i), 0, 1));
  environment->send(0, rowsp(2, 0, 4, 0, 1));
  environment->run(30);
  ASSERT_EQ(environment->departures.size(), 2U);
  EXPECT_EQ(environment->departures[1].packet.header.dst, 2);
  environment->return_credit(0, 1);
  environment->run(30);
  environment->return_credit(0, 1);
  environment->run_until_idle();
}

// The own GPU's loop and the link do not wait for each other.
TEST_F(Order, LinkAndLoopGoOnAlone) {
  for (const bool loop_blocked : {true, false}) {
    Config config = still();
    config.credits = 64;
    start(config);
    environment->pressure.credit_delay = 2;
    environment->pressure.loop = loop_blocked ? 0 : 100;
    environment->pressure.tx = loop_blocked ? 100 : 0;
    for (int i = 0; i < 8; ++i)
      for (const int dst : {0, 1}) environment->send(0, rowsp(dst, 0, static_cast<std::uint32_t>(4 * i), 0, 1));
    environment->run(60);
    int left = 0;
    for (const auto& d : environment->departures) {
      EXPECT_EQ(d.on_link, loop_blocked);
      ++left;
    }
    EXPECT_EQ(left, 8) << "the open side waited for the blocked one";
    environment->pressure.loop = environment->pressure.tx = 100;
    environment->run_until_idle();
  }
}

// While both sides have traffic and accept, each gets half.
TEST_F(Order, LinkAndLoopTakeTurns) {
  Config config = still();
  config.credits = 64;
  start(config);
  environment->pressure = Pressure{100, 0, 0, 2};
  for (int i = 0; i < 12; ++i)
    for (const int dst : {0, 1}) environment->send(0, rowsp(dst, 0, static_cast<std::uint32_t>(4 * i), 0, 1));
  environment->run(60);
  environment->pressure.loop = environment->pressure.tx = 100;
  environment->run_until_idle();
  const auto& d = environment->departures;
  ASSERT_EQ(d.size(), 24U);
  for (std::size_t i = 6; i < 20; ++i) EXPECT_NE(d[i].on_link, d[i + 1].on_link) << i;
}

}  // namespace
}  // namespace moehub::test
