// Links and switch planes: latency, rate, credits, no blocking behind others, nothing lost.
#include "model/fabric/fabric.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/support/seed.hpp"

namespace moehub {
namespace {

constexpr Picoseconds kCycle = 1000;

Packet packet(int src, int dst, std::uint32_t row = 0) {
  Packet p;
  p.header.kind = PacketKind::rowsp;
  p.header.src = static_cast<std::uint8_t>(src);
  p.header.dst = static_cast<std::uint8_t>(dst);
  p.header.row = row;
  p.strb = kFullMask;
  return p;
}

// Hubs as far as the fabric sees them: senders with credits, receivers that may hold back.
class Bench {
 public:
  Bench(const FabricConfig& config, int gpus, int lanes)
      : fabric(config, gpus, lanes, kCycle),
        gpus_(gpus),
        lanes_(lanes),
        credits_(static_cast<std::size_t>(gpus * lanes * gpus), config.credits_per_voq) {}

  int& credits(int gpu, int lane, int peer) {
    return credits_[static_cast<std::size_t>((gpu * lanes_ + lane) * gpus_ + peer)];
  }
  bool try_send(int gpu, int lane, const Packet& p) {
    int& left = credits(gpu, lane, p.header.dst);
    if (left == 0 || !fabric.can_send(gpu, lane, now())) return false;
    --left;
    fabric.send(gpu, lane, p, now());
    return true;
  }
  // A cycle: `send` and `receive` are called for every GPU and lane; `receive` says whether to take.
  template <class Send, class Receive>
  void step(Send send, Receive receive) {
    fabric.advance(now());
    for (int gpu = 0; gpu < gpus_; ++gpu) {
      for (int lane = 0; lane < lanes_; ++lane) {
        send(gpu, lane);
        if (const int peer = fabric.credit(gpu, lane, now()); peer >= 0) {
          ++credits(gpu, lane, peer);
          fabric.take_credit(gpu, lane);
        }
        if (const Packet* p = fabric.received(gpu, lane, now()); p != nullptr && receive(gpu, lane, *p)) {
          fabric.take_received(gpu, lane, now());
        }
      }
    }
    ++cycle;
  }
  Picoseconds now() const { return cycle * kCycle; }

  Fabric fabric;
  std::int64_t cycle = 0;

 private:
  int gpus_;
  int lanes_;
  std::vector<int> credits_;
};

const auto kNoSend = [](int, int) {};

TEST(Fabric, ZeroLoadLatencyIsTwoFlightsTransitAndTwoTransmissions) {
  const FabricConfig config;
  Bench bench(config, 8, 4);
  ASSERT_TRUE(bench.try_send(0, 2, packet(0, 5)));
  std::int64_t arrived = -1;
  std::int64_t credited = -1;
  while (bench.fabric.busy() && bench.cycle < 2000) {
    if (credited < 0 && bench.fabric.credit(0, 2, bench.now()) == 5) credited = bench.cycle;
    bench.step(kNoSend, [&](int gpu, int lane, const Packet&) {
      EXPECT_EQ(gpu, 5);
      EXPECT_EQ(lane, 2);
      arrived = bench.cycle;
      return true;
    });
  }
  const double transmission_ns = 144 / 50.0;  // a lane has a quarter of 200 GB/s
  EXPECT_NEAR(static_cast<double>(arrived), 250 + 100 + 250 + 2 * transmission_ns, 2);
  EXPECT_NEAR(static_cast<double>(credited), 250 + 2 * transmission_ns + 250, 2) << "left, and flew back";
  EXPECT_EQ(bench.credits(0, 2, 5), config.credits_per_voq) << "the credit came back";
}

// Lanes, planes, GB/s that one GPU can send to one other.
struct Rate {
  int lanes, planes;
  double gb_per_s;
};
class FabricRate : public testing::TestWithParam<Rate> {};

TEST_P(FabricRate, OnePairUsesAllLanes) {
  FabricConfig config;
  config.planes = GetParam().planes;
  config.credits_per_voq = config.receive_buffer_packets = 1024;  // enough for one fast lane
  Bench bench(config, 2, GetParam().lanes);
  constexpr int kCycles = 20000;
  int received = 0;
  for (int i = 0; i < kCycles; ++i) {
    bench.step([&](int gpu, int lane) {
      if (gpu == 0) bench.try_send(0, lane, packet(0, 1));
    }, [&](int, int, const Packet&) { return ++received > 0; });
  }
  const double gb_per_s = 144.0 * received / kCycles;
  EXPECT_NEAR(gb_per_s, GetParam().gb_per_s, 0.04 * GetParam().gb_per_s);
}

INSTANTIATE_TEST_SUITE_P(Shapes, FabricRate,
                         testing::Values(Rate{4, 4, 200}, Rate{8, 4, 200}, Rate{8, 2, 200},
                                         Rate{2, 4, 100}, Rate{1, 1, 144}));

TEST(Fabric, AGpuSendsNoFasterThanItsLinks) {
  Bench bench(FabricConfig(), 5, 4);
  constexpr int kCycles = 20000;
  int received = 0;
  for (int i = 0; i < kCycles; ++i) {
    bench.step([&](int gpu, int lane) {
      if (gpu == 0) bench.try_send(0, lane, packet(0, 1 + i % 4));
    }, [&](int, int, const Packet&) { return ++received > 0; });
  }
  EXPECT_NEAR(144.0 * received / kCycles, 200, 8) << "to four others together";
}

TEST(Fabric, AHotDestinationHoldsNobodyElseUp) {
  const FabricConfig config;
  Bench bench(config, 8, 4);
  constexpr int kCycles = 20000;
  std::map<int, int> received;
  for (int i = 0; i < kCycles; ++i) {
    bench.step([&](int gpu, int lane) {
      if (gpu == 7) return;
      // All want GPU 7; GPU 0 has something for GPU 1 as well.
      if (gpu == 0 && i % 2 == 0 && bench.try_send(0, lane, packet(0, 1))) return;
      bench.try_send(gpu, lane, packet(gpu, 7));
    }, [&](int gpu, int, const Packet&) { return ++received[gpu] > 0; });
  }
  EXPECT_NEAR(144.0 * received[7] / kCycles, 200, 8) << "the hot one gets its link's rate";
  EXPECT_GT(144.0 * received[1] / kCycles, 100) << "the other traffic does not wait behind it";
}

TEST(Fabric, SourcesShareADestinationEqually) {
  Bench bench(FabricConfig(), 4, 4);
  std::map<int, int> from;
  for (int i = 0; i < 30000; ++i) {
    bench.step([&](int gpu, int lane) {
      if (gpu != 3) bench.try_send(gpu, lane, packet(gpu, 3));
    }, [&](int, int, const Packet& p) { return ++from[p.header.src] > 0; });
  }
  EXPECT_NEAR(from[0], from[1], from[1] / 50);
  EXPECT_NEAR(from[2], from[1], from[1] / 50);
}

TEST(Fabric, AReceiverThatStopsLosesNothing) {
  FabricConfig config;
  config.receive_buffer_packets = 16;
  config.credits_per_voq = 32;
  Bench bench(config, 2, 1);
  std::uint32_t sent = 0;
  std::uint32_t received = 0;
  for (int i = 0; i < 5000; ++i) {
    bench.step([&](int gpu, int) {
      if (gpu == 0 && bench.try_send(0, 0, packet(0, 1, sent))) ++sent;
    }, [](int, int, const Packet&) { return false; });
  }
  EXPECT_EQ(sent, 16U + 32U) << "buffer and queue are full, and then credits are out";
  while (received < sent) {
    bench.step(kNoSend, [&](int, int, const Packet& p) {
      EXPECT_EQ(p.header.row, received);
      return ++received > 0;
    });
    ASSERT_LT(bench.cycle, 10000);
  }
}

TEST(Fabric, HeadersMayBeLonger) {
  FabricConfig config;
  config.header_flits = 2;
  Bench bench(config, 2, 4);
  ASSERT_TRUE(bench.try_send(0, 0, packet(0, 1)));
  EXPECT_EQ(bench.fabric.wire_bytes(), 160U);
}

TEST(Fabric, AHubThatSendsWithoutCreditIsFound) {
  FabricConfig config;
  config.credits_per_voq = 2;
  config.receive_buffer_packets = 1;
  Fabric fabric(config, 2, 1, kCycle);
  EXPECT_THROW(
      for (Picoseconds now = 0; now < 2000 * kCycle; now += kCycle) {
        fabric.advance(now);
        if (fabric.can_send(0, 0, now)) fabric.send(0, 0, packet(0, 1), now);
      },
      std::logic_error);
  EXPECT_THROW(fabric.send(0, 0, packet(0, 0), 0), std::logic_error);
  EXPECT_THROW(fabric.send(0, 0, packet(0, 2), 0), std::logic_error);
}

// Random senders, receivers that hold back at random: every packet once, in order per lane and pair.
TEST(Fabric, RandomTrafficArrivesOnceAndInOrder) {
  for (const std::uint64_t seed : {std::uint64_t{0}, test::random_seed()}) {
    std::mt19937_64 random(seed);
    FabricConfig config;
    config.credits_per_voq = 1 + static_cast<int>(random() % 20);
    config.receive_buffer_packets = 1 + static_cast<int>(random() % 20);
    const int gpus = 2 + static_cast<int>(random() % 7);
    Bench bench(config, gpus, 4);
    std::map<std::tuple<int, int, int>, std::uint32_t> next_sent, next_received;
    int sent = 0;
    int received = 0;
    constexpr int kPackets = 5000;
    while (sent < kPackets || bench.fabric.busy()) {
      bench.step([&](int gpu, int lane) {
        if (sent >= kPackets || random() % 4 != 0) return;
        const int dst = static_cast<int>(random() % static_cast<std::uint64_t>(gpus));
        if (dst == gpu) return;
        std::uint32_t& row = next_sent[{lane, gpu, dst}];
        if (!bench.try_send(gpu, lane, packet(gpu, dst, row))) return;
        ++row;
        ++sent;
      }, [&](int gpu, int lane, const Packet& p) {
        if (random() % 3 == 0) return false;
        EXPECT_EQ(p.header.dst, gpu);
        EXPECT_EQ(p.header.row, (next_received[{lane, p.header.src, gpu}]++));
        ++received;
        return true;
      });
      ASSERT_LT(bench.cycle, 1000000);
    }
    EXPECT_EQ(received, sent);
  }
}

}  // namespace
}  // namespace moehub
