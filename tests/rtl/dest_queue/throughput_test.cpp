// Latency at zero load and packets a cycle under load. The figures are those of docs/dest_queue.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "tests/rtl/dest_queue/environment.hpp"
#include "tests/rtl/dest_queue/tops.hpp"

namespace moehub::test {
namespace {

constexpr int kLinesPerRow = 16;
constexpr int kWarmUp = 200;
constexpr int kMeasured = 1000;

class Throughput : public testing::TestWithParam<std::string> {
 protected:
  // Packets a cycle while `next(lane, i)` gives the i-th request of a lane; before that, lanes that are out of step
  // offer one in half of the cycles.
  template <class Next>
  double measure(Next next, const Pressure& pressure = {}, bool in_step = true) {
    const auto pins = make_pins(GetParam());
    const int lanes = pins->geometry.lanes;
    Config config;
    config.credits = 64;
    Environment environment{*pins, config, pressure};
    environment.record = false;
    std::vector<std::uint64_t> sent(static_cast<std::size_t>(lanes));
    int before = 0;
    for (int cycle = 0; cycle < kWarmUp + kMeasured; ++cycle) {
      for (int l = 0; l < lanes; ++l)
        while (environment.waiting(l) < 2) environment.send(l, next(l, sent[static_cast<std::size_t>(l)]++));
      environment.pressure.request = !in_step && cycle < kWarmUp / 2 ? 50 : 100;
      if (cycle == kWarmUp) before = environment.scoreboard.packets;
      environment.step();
    }
    const double rate = double(environment.scoreboard.packets - before) / kMeasured;
    environment.run_until_idle();
    return rate;
  }
  // A store keeps its entry for at least five cycles, so that N entries of a (slice, peer) serve N / 5 a cycle.
  double one_peer_limit() const {
    const auto pins = make_pins(GetParam());
    return std::min(1.0, pins->geometry.entries / pins->geometry.lanes / 5.0) * pins->geometry.lanes;
  }
  int lanes() const { return make_pins(GetParam())->geometry.lanes; }
  int peers() const { return make_pins(GetParam())->geometry.peers; }

  void print(const char* what, double rate, const char* unit = "packets/cycle") const {
    std::printf("%s %s: %.3f %s, %.3f a lane\n", GetParam().c_str(), what, rate, unit, rate / lanes());
  }
};

// Line i of the interleaved stream: rows one after the other, round the peers.
Packet line_of_stream(std::uint64_t i, int peers) {
  const auto row = static_cast<std::uint32_t>(i / kLinesPerRow);
  return rowsp(static_cast<int>(row) % peers, 0, row, static_cast<int>(i % kLinesPerRow), i);
}

TEST_P(Throughput, ZeroLoadLatencyIsSixCycles) {
  const auto pins = make_pins(GetParam());
  Environment environment{*pins, Config{}};
  for (const int dst : {0, 1}) {  // the own GPU, another
    for (const bool merged : {false, true}) {
      environment.departures.clear();
      if (merged) {
        environment.send(0, rowsp(dst, 0, 77, 3, 1, byte_range(0, 100)));
        environment.run_until_sent();
        environment.run(10);
        environment.send(0, rowsp(dst, 0, 77, 3, 2, byte_range(90, 38)));
      } else {
        environment.send(0, rowsp(dst, 0, 77, 3, 3));
      }
      environment.run_until_sent();
      environment.run(10);
      ASSERT_EQ(environment.departures.size(), 1U) << "the line was not merged or did not leave";
      const auto latency = environment.departures[0].cycle - environment.last_accepted(0);
      EXPECT_LE(latency, 6U);
      std::printf("%s latency to %s, %s: %d cycles\n", GetParam().c_str(), dst == 0 ? "loop" : "tx",
                  merged ? "last piece of a line" : "whole line", static_cast<int>(latency));
    }
  }
  environment.run_until_idle();
}

TEST_P(Throughput, LinesInterleavedOverLanesAtFullRate) {
  const int n = lanes(), p = peers();
  for (const bool in_step : {true, false}) {
    const double rate = measure(
        [n, p](int lane, std::uint64_t i) {
          return line_of_stream(i * static_cast<std::uint64_t>(n) + static_cast<std::uint64_t>(lane), p);
        },
        {}, in_step);
    print(in_step ? "interleaved lines" : "interleaved lines, lanes out of step", rate);
    EXPECT_GE(rate, 0.98 * std::min<double>(n, p / 2 * one_peer_limit()));
  }
}

TEST_P(Throughput, EachLaneItsOwnRows) {
  const int n = lanes(), p = peers();
  const double rate = measure([n, p](int lane, std::uint64_t i) {
    const auto row = static_cast<std::uint32_t>(i / kLinesPerRow) * static_cast<std::uint32_t>(n) +
                     static_cast<std::uint32_t>(lane);
    return rowsp(static_cast<int>(row) % p, 0, row, static_cast<int>(i % kLinesPerRow), i);
  });
  print("a row a lane", rate);
  EXPECT_GE(rate, 0.98 * std::min<double>(n, p / 2 * one_peer_limit()));
}

TEST_P(Throughput, RandomLines) {
  std::mt19937_64 random{1};
  const int p = peers();
  const double rate = measure([&random, p](int lane, std::uint64_t i) {
    const auto row = static_cast<std::uint32_t>(i * 8 + static_cast<std::uint64_t>(lane));
    return rowsp(static_cast<int>(random() % static_cast<unsigned>(p)), 0, row, 1 + static_cast<int>(random() % 15), i);
  });
  print("random lines", rate);
  EXPECT_GE(rate, 0.90 * std::min<double>(lanes(), p / 2 * one_peer_limit()));
}

TEST_P(Throughput, OnePeerOnly) {
  for (const int dst : {0, 1}) {
    const int n = lanes();
    const double rate = measure([n, dst](int lane, std::uint64_t i) {
      const auto line = i * static_cast<std::uint64_t>(n) + static_cast<std::uint64_t>(lane);
      return rowsp(dst, 0, static_cast<std::uint32_t>(line / kLinesPerRow), static_cast<int>(line % kLinesPerRow), line);
    });
    print(dst == 0 ? "own GPU only" : "one peer only", rate);
    EXPECT_GE(rate, 0.98 * one_peer_limit());
  }
}

TEST_P(Throughput, SectorsMergeAtFullRequestRate) {
  const int n = lanes(), p = peers();
  for (const bool in_step : {true, false}) {
    const double rate = measure(
        [n, p](int lane, std::uint64_t i) {
          Packet packet = line_of_stream(i / 4 * static_cast<std::uint64_t>(n) + static_cast<std::uint64_t>(lane), p);
          packet.strb = byte_range(static_cast<int>(i % 4) * kSectorBytes, kSectorBytes);
          return packet;
        },
        {}, in_step);
    print(in_step ? "sectors, four a line" : "sectors, four a line, lanes out of step", rate);
    EXPECT_GE(rate, (lanes() == 1 ? 0.75 : in_step ? 0.98 : 0.86) * one_peer_limit() / 4);
  }
}

TEST_P(Throughput, LinkThatRestsOneCycleInFour) {
  const int n = lanes();
  Pressure pressure;
  pressure.tx = 75;
  const double rate = measure(
      [n](int lane, std::uint64_t i) {
        const auto line = i * static_cast<std::uint64_t>(n) + static_cast<std::uint64_t>(lane);
        return rowsp(1, 0, static_cast<std::uint32_t>(line / kLinesPerRow), static_cast<int>(line % kLinesPerRow), line);
      },
      pressure);
  print("link accepts 75 %, one peer", rate);
  EXPECT_GE(rate, 0.97 * std::min(0.75 * n, 0.75 * one_peer_limit()));
}

// An entry of a peer comes free in every LANES-th cycle, and two lanes wait for it; the others keep the turn moving.
TEST_P(Throughput, LanesShareEntriesThatAreScarce) {
  const auto pins = make_pins(GetParam());
  const int n = pins->geometry.lanes;
  const auto waiters = static_cast<std::uint32_t>(std::min(n, 2));
  Pressure pressure;
  pressure.credit_delay = -1;
  Environment environment{*pins, Config{}, pressure};
  std::vector<std::uint32_t> sent(static_cast<std::size_t>(n));
  std::vector<int> left(waiters);
  int owed = 0;  // credits of slice 0
  for (int cycle = 0; cycle < 4000; ++cycle) {
    for (int l = 0; l < n; ++l) {
      while (environment.waiting(l) < 2) {
        const std::uint32_t i = sent[static_cast<std::size_t>(l)]++;
        const auto lane = static_cast<std::uint32_t>(l);
        // Lines of slice 0, every one of a row of its own; the others write to their own GPU through all slices.
        environment.send(l, lane < waiters
                                ? rowsp(1, 0, (i * waiters + lane) * static_cast<std::uint32_t>(n), n, i)
                                : rowsp(0, 0, i * static_cast<std::uint32_t>(n) + lane, 1 + static_cast<int>(i % 15), i));
      }
    }
    environment.step();
    for (const Departure& d : environment.departures) {
      if (!d.on_link) continue;
      ++owed;
      if (cycle >= 1000) ++left[d.packet.header.row / static_cast<std::uint32_t>(n) % waiters];
    }
    environment.departures.clear();
    if (cycle % std::max(n, 4) == 0 && owed > 0) {
      environment.return_credit(0, 1);
      --owed;
    }
  }
  for (std::uint32_t w = 0; w < waiters; ++w) {
    std::printf("%s lane %u sent %d packets of 3000 / %d\n", GetParam().c_str(), w, left[w], std::max(n, 4));
    EXPECT_GE(left[w], 0.3 * 3000 / std::max(n, 4));
  }
}

TEST_P(Throughput, RowsOfOneLineAreCountedOneACycle) {
  const int n = lanes(), p = peers();
  const double rate = measure([n, p](int lane, std::uint64_t i) {
    const auto row = static_cast<std::uint32_t>(i * static_cast<std::uint64_t>(n) + static_cast<std::uint64_t>(lane));
    return rowsp(static_cast<int>(row) % p, 0, row, 0, i);
  });
  print("rows of one line", rate);
  EXPECT_GE(rate, std::min(0.95, one_peer_limit()));
}

INSTANTIATE_TEST_SUITE_P(Tops, Throughput, testing::ValuesIn(all_tops()), [](const auto& p) { return p.param; });

}  // namespace
}  // namespace moehub::test
