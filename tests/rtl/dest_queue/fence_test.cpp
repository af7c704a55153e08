// Fences: what lies before them, what they report, and what happens when a counter cannot be trusted.
#include <gtest/gtest.h>

#include "tests/rtl/dest_queue/environment.hpp"
#include "tests/rtl/dest_queue/tops.hpp"

namespace moehub::test {
namespace {

class Fence : public testing::Test {
 protected:
  void start(const Config& config, const Pressure& pressure = {}) { environment.emplace(*pins, config, pressure); }
  void send_rows(int dst, int region, int first, int number) {
    for (int r = first; r < first + number; ++r)
      for (int line = 0; line < 4; ++line)
        environment->send((r + line) % pins->geometry.lanes, rowsp(dst, region, static_cast<std::uint32_t>(r), line, 1));
    environment->run_until_sent();
  }
  void send_fence(int first, int number, int lane = 0) {
    environment->send(lane, fence(first, number));
    environment->run_until_sent();
  }
  std::map<std::pair<int, int>, std::uint32_t> reports() const {
    std::map<std::pair<int, int>, std::uint32_t> rows;
    for (const auto& d : environment->departures)
      if (d.packet.header.kind == PacketKind::count) rows[{d.packet.header.dst, d.packet.header.region}] += d.packet.header.row;
    return rows;
  }
  void inject() {
    pins->set_inject(true);
    environment->step();
    pins->set_inject(false);
  }

  std::unique_ptr<Pins> pins = make_pins("l4");
  std::optional<Environment> environment;
};

TEST_F(Fence, ReportsTheRowsOfEveryPeerAndRegion) {
  Config config;
  config.self = 2;
  start(config);
  send_rows(1, 0, 0, 5);
  send_rows(2, 0, 100, 3);  // the own GPU
  send_rows(1, 1, 200, 2);
  send_fence(0, 2);
  environment->run_until_idle();
  auto rows = reports();
  ASSERT_EQ(rows.size(), 16U) << "every peer, also those that got nothing";
  EXPECT_EQ((rows[{1, 0}]), 5U);
  EXPECT_EQ((rows[{2, 0}]), 3U);
  EXPECT_EQ((rows[{1, 1}]), 2U);
  EXPECT_EQ((rows[{0, 0}]), 0U);
}

TEST_F(Fence, DisabledPeersGetNoReport) {
  Config config;
  config.peers = 0b0111;
  start(config);
  send_fence(3, 1);
  environment->run_until_idle();
  EXPECT_EQ(reports().size(), 3U);
}

// A fence for other regions between the rows and their own fence takes nothing from the count.
TEST_F(Fence, RowsWaitForTheFenceOfTheirRegion) {
  start(Config{});
  send_rows(1, 5, 0, 4);
  send_fence(0, 2);
  send_rows(1, 5, 10, 3);
  send_fence(1, 1);
  send_rows(1, 5, 20, 2);
  send_fence(5, 1);
  environment->run_until_idle();
  EXPECT_EQ((reports()[{1, 5}]), 9U);
}

TEST_F(Fence, NothingMergesAcrossIt) {
  Config config;
  config.tick = 60000;
  start(config);
  environment->send(0, rowsp(1, 0, 4, 0, 1, byte_range(0, 64)));
  environment->run_until_sent();
  environment->run(20);
  send_fence(0, 0);
  environment->send(0, rowsp(1, 0, 4, 0, 2, byte_range(64, 64)));
  environment->run_until_sent();
  environment->run(60);
  ASSERT_EQ(environment->departures.size(), 1U) << "the older half, because of the fence; the younger waits";
  send_fence(0, 0);
  environment->run_until_idle();
  EXPECT_EQ(environment->departures.size(), 2U);
}

// Fences on all lanes in one cycle, stores beside and behind them.
TEST_F(Fence, OnAllLanesAtOnce) {
  start(Config{});
  for (int lane = 0; lane < 4; ++lane) {
    for (int line = 0; line < 4; ++line) environment->send(lane, rowsp(1, 0, static_cast<std::uint32_t>(lane), line, 1));
    environment->send(lane, fence(lane, 1));
    for (int line = 0; line < 4; ++line) environment->send(lane, rowsp(1, 0, static_cast<std::uint32_t>(lane), line, 2));
  }
  environment->run_until_idle();
  EXPECT_EQ(environment->scoreboard.fences, 4);
  send_fence(0, 1);
  environment->run_until_idle();
}

TEST_F(Fence, WaitsForCreditsAndGoesOn) {
  Config config;
  config.credits = 1;
  Pressure pressure;
  pressure.credit_delay = 30;
  start(config, pressure);
  send_rows(1, 0, 0, 20);
  send_fence(0, 4);
  send_rows(1, 0, 40, 20);
  send_fence(0, 4);
  environment->run_until_idle();
  EXPECT_EQ(environment->scoreboard.fences, 2);
}

TEST_F(Fence, InputsReopenBeforeTheReports) {
  Config config;
  config.credits = 1;
  Pressure pressure;
  pressure.credit_delay = -1;
  start(config, pressure);
  for (int i = 0; i < 3; ++i) environment->send(0, rowsp(1, 0, static_cast<std::uint32_t>(4 * i), 0, 1));
  send_fence(0, 1);
  environment->run(10);
  for (int i = 0; i < 3; ++i) environment->send(0, rowsp(2, 0, static_cast<std::uint32_t>(4 * i), 0, 1));
  environment->run(40);
  EXPECT_EQ(environment->waiting(0), 0U) << "the fence waits for credits of peer 1, stores behind it are accepted";
  EXPECT_EQ(environment->departures.size(), 2U) << "and leave";
  for (int i = 0; i < 12; ++i) {
    for (int peer = 1; peer < 8; ++peer)
      if (i < 3 && peer < 3) environment->return_credit(0, peer);
    environment->run(30);
  }
}

// Rows of one line keep the counters busy in every cycle: slices pause, or the fence would never end.
TEST_F(Fence, EndsWhileRowsNeverStop) {
  start(Config{});
  environment->run(60);
  std::uint32_t row = 0;
  const auto flood = [&](int cycles) {
    for (int c = 0; c < cycles && environment->scoreboard.fences == 0; ++c) {
      for (int lane = 0; lane < 4; ++lane)
        while (environment->waiting(lane) < 2) environment->send(lane, rowsp(1 + static_cast<int>(row % 7), 0, row, 0, row)), ++row;
      environment->step();
    }
  };
  flood(200);
  environment->send(0, fence(0, 1));
  flood(2000);  // the partitions are full: 512 rows lie before it, one leaves a cycle
  EXPECT_EQ(environment->scoreboard.fences, 1);
  environment->run_until_idle();
}

// Wrong check bits: found while counting, and found while reading.
TEST_F(Fence, CounterWithWrongCheckBitsIsNeverReported) {
  for (const bool while_counting : {true, false}) {
    environment.reset();
    start(Config{});
    environment->run(60);  // the counters are cleared
    inject();
    send_rows(1, 3, 0, 1);
    environment->run(40);
    if (while_counting) {
      for (const int first : {10, 20}) {  // the second time the word is marked already
        send_rows(2, 3, first, 2);
        environment->run(40);
        EXPECT_EQ(environment->table_errors, 1);
      }
    }
    environment->scoreboard.expect_table_refusals(8);  // one word holds the counters of eight peers
    send_fence(3, 1);
    environment->run_until_idle();
    EXPECT_EQ(environment->table_errors, 1);
    EXPECT_TRUE(reports().empty()) << "no count is better than a wrong one";

    send_rows(1, 3, 20, 4);  // once more, and the counters count again
    send_fence(3, 1);
    environment->run_until_idle();
    EXPECT_EQ((reports()[{1, 3}]), 4U);
    EXPECT_EQ(environment->table_errors, 1);
  }
}

TEST_F(Fence, CreditOfNoPeerIsIgnored) {
  Config config;
  config.credits = 1;
  Pressure pressure;
  pressure.credit_delay = -1;
  start(config, pressure);
  for (int i = 0; i < 3; ++i) environment->send(0, rowsp(1, 0, static_cast<std::uint32_t>(4 * i), 0, 1));
  environment->run_until_sent();
  for (const int peer : {8, 9, 64, 255}) environment->return_credit(0, peer);
  environment->run(60);
  EXPECT_EQ(environment->departures.size(), 1U) << "9 is 1 in the low bits";
  for (std::size_t sent = 2; sent <= 3; ++sent) {
    environment->return_credit(0, 1);
    environment->run(60);
    EXPECT_EQ(environment->departures.size(), sent);
  }
  environment->run_until_idle();
}

}  // namespace
}  // namespace moehub::test
