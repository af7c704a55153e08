// NICs and the network between nodes: latency, rate, frames, rails, windows; nothing lost.
#include "model/fabric/network.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/support/seed.hpp"

namespace moehub {
namespace {

constexpr Picoseconds kCycle = 1000;

class Bench {
 public:
  Bench(const SystemConfig& system, int gpus, int lanes)
      : network(system, gpus, lanes, kCycle), gpus_(gpus), lanes_(lanes) {}

  void send(int gpu, int lane, int dst, std::uint32_t cargo = 0, int bytes = 144) {
    Parcel p;
    p.cargo = cargo;
    p.dst = static_cast<std::uint16_t>(dst);
    p.bytes = static_cast<std::uint32_t>(bytes);
    network.send(gpu, lane, p, now());
  }
  /// A cycle: `receive` is called for what has come and says whether to take it.
  template <class Receive>
  void step(Receive receive) {
    network.advance(now());
    for (int gpu = 0; gpu < gpus_; ++gpu) {
      for (int lane = 0; lane < lanes_; ++lane) {
        while (const CreditFlight* credit = network.credit(gpu, lane, now())) {
          ++credits[{gpu, credit->credit.peer}];
          network.take_credit(gpu, lane);
        }
        const Flight* flight = network.received(gpu, lane, now());
        if (flight != nullptr && receive(gpu, lane, flight->parcel)) {
          network.take_received(gpu, lane, now());
        }
      }
    }
    ++cycle;
  }
  Picoseconds now() const { return cycle * kCycle; }

  Network network;
  std::map<std::pair<int, int>, int> credits;
  std::int64_t cycle = 0;

 private:
  int gpus_;
  int lanes_;
};

std::int64_t latency_ns(int source, int destination) {
  const SystemConfig system;
  Bench bench(system, 16, 4);
  bench.send(source, 1, destination);
  std::int64_t arrived = -1;
  while (bench.network.busy() && bench.cycle < 20000) {
    bench.step([&](int gpu, int lane, const Parcel&) {
      EXPECT_EQ(gpu, destination);
      EXPECT_EQ(lane, 1) << "the lane that it was sent on";
      arrived = bench.cycle;
      return true;
    });
  }
  EXPECT_EQ((bench.credits[{source, destination}]), 1);
  return arrived;
}

TEST(Network, ARailIsNearerThanTheOtherGpus) {
  const SystemConfig system;
  EXPECT_NEAR(static_cast<double>(latency_ns(3, 11)),
              system.network.same_rail_ns + system.network.gpu_to_nic_ns, 10);
  EXPECT_NEAR(static_cast<double>(latency_ns(3, 12)),
              system.network.cross_rail_ns + system.network.gpu_to_nic_ns, 10);
}

// Bytes that GPU `destination` gets in some time while `sources` always have something for it.
double rate_gb_per_s(const SystemConfig& system, const std::vector<int>& sources,
                     const std::vector<int>& destinations, int counted) {
  Bench bench(system, 16, 4);
  constexpr int kCycles = 60000;
  std::map<int, int> queued;
  double bytes = 0;
  for (int i = 0; i < kCycles; ++i) {
    for (const int source : sources) {
      for (int n = 0; n < 8; ++n) {
        const int destination = destinations[static_cast<std::size_t>(i + n) % destinations.size()];
        if (queued[source] - bench.credits[{source, destination}] < 512) {
          bench.send(source, n % 4, destination);
          ++queued[source];
        }
      }
    }
    bench.step([&](int gpu, int, const Parcel& p) {
      if (gpu == counted && i > kCycles / 2) bytes += p.bytes;
      return true;
    });
    for (const int source : sources) {
      queued[source] -= bench.credits[{source, destinations[0]}];
      bench.credits[{source, destinations[0]}] = 0;
    }
  }
  return bytes / (kCycles / 2);
}

TEST(Network, ANicSendsAtItsRateLessTheFramesHeaders) {
  const SystemConfig system;
  const double share = 4096.0 / (4096 + system.network.frame_header_bytes);
  EXPECT_NEAR(rate_gb_per_s(system, {0}, {8}, 8), 50 * share, 1);
}

TEST(Network, ANicReceivesAtItsRate) {
  const SystemConfig system;
  EXPECT_NEAR(rate_gb_per_s(system, {0, 1, 2}, {8}, 8), 50, 2.5);
}

TEST(Network, FramesAreFilledForOneDestinationAfterTheOther) {
  const SystemConfig system;
  Bench bench(system, 16, 4);
  for (std::uint32_t i = 0; i < 200; ++i) bench.send(0, 0, 8 + static_cast<int>(i % 2));
  while (bench.network.busy()) bench.step([](int, int, const Parcel&) { return true; });
  const double payload = 200 * 144;
  const double frames = (static_cast<double>(bench.network.wire_bytes()) - payload) /
                        system.network.frame_header_bytes;
  EXPECT_LE(frames, 10) << "8 frames hold it, and each destination ends with one that is not full";
}

TEST(Network, AReceiverThatStopsHoldsUpNobodyElse) {
  SystemConfig system;
  system.network.window_kb = 4;
  Bench bench(system, 16, 4);
  for (int i = 0; i < 500; ++i) {
    bench.send(0, 0, 8);
    bench.send(0, 0, 9);
  }
  int to_9 = 0;
  for (int i = 0; i < 60000; ++i) {
    bench.step([&](int gpu, int, const Parcel&) { return gpu == 9 && ++to_9 > 0; });
  }
  EXPECT_EQ(to_9, 500);
  EXPECT_LE((bench.credits[{0, 8}]), 4 * 1024 / 144) << "no more than the window has left the NIC";
  int to_8 = 0;
  while (bench.network.busy()) {
    bench.step([&](int, int, const Parcel&) { return ++to_8 > 0; });
    ASSERT_LT(bench.cycle, 1000000);
  }
  EXPECT_EQ(to_8, 500);
}

TEST(Network, RandomTrafficArrivesOnceAndInOrder) {
  for (const std::uint64_t seed : {std::uint64_t{0}, test::random_seed()}) {
    std::mt19937_64 random(seed);
    SystemConfig system;
    system.network.window_kb = 1 + static_cast<int>(random() % 32);
    system.network.frame_bytes = 128 + static_cast<int>(random() % 4096);
    Bench bench(system, 16, 2);
    std::map<std::tuple<int, int, int>, std::uint32_t> sent, received;
    int count = 0;
    for (int i = 0; i < 20000 || bench.network.busy(); ++i) {
      if (i < 20000 && random() % 4 == 0) {
        const int source = static_cast<int>(random() % 8);
        const int destination = 8 + static_cast<int>(random() % 8);
        const int lane = static_cast<int>(random() % 2);
        const std::uint32_t number = sent[{source, destination, lane}]++;
        bench.send(source, lane, destination,
                   static_cast<std::uint32_t>(source) << 24 | number,
                   16 + static_cast<int>(random() % 1000));
        ++count;
      }
      bench.step([&](int gpu, int lane, const Parcel& p) {
        if (random() % 3 == 0) return false;
        const int source = static_cast<int>(p.cargo >> 24);
        EXPECT_EQ(p.cargo & 0xffffff, (received[{source, gpu, lane}]++));
        --count;
        return true;
      });
      ASSERT_LT(bench.cycle, 1000000);
    }
    EXPECT_EQ(count, 0);
  }
}

}  // namespace
}  // namespace moehub
