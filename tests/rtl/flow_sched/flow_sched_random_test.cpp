// flow_sched, random: regions and windows of random shape, filled, reported and initialised again while the
// others carry on, against the reference of FlowBench. Seed 0 and one that is printed.
#include <algorithm>
#include <cstdio>

#include "Vtop_lanes1.h"
#include "Vtop_lanes4.h"
#include "Vtop_lanes8.h"
#include "tests/rtl/flow_sched/flow_bench.hpp"

namespace moehub::test {
namespace {

// One owner's share of the tile table and what of its life is still to be sent.
struct Life {
  Owner owner;
  std::uint32_t base, room;     // tiles
  std::vector<Ack> acks;        // shuffled; sent from the back
  std::vector<Report> reports;
  bool running = false;
};

template <class Top>
class Soak {
 public:
  Soak(Sizes sizes, std::uint64_t seed) : b_{sizes} {
    b_.random.seed(seed);
    const std::uint32_t owners = static_cast<std::uint32_t>(std::min(sizes.regions, 7) + std::min(sizes.windows, 3));
    const std::uint32_t share = static_cast<std::uint32_t>(sizes.tiles) / owners;
    for (std::uint32_t i = 0; i < owners; ++i) {
      const bool is_window = static_cast<int>(i) >= std::min(sizes.regions, 7);
      const int index = is_window ? static_cast<int>(i) - std::min(sizes.regions, 7)
                                  : sizes.regions - 1 - static_cast<int>(i);
      lives_.push_back({{is_window, index}, i * share, std::min(share, 40U), {}, {}, false});
    }
  }

  void run(int lives) {
    int begun = 0;
    while (begun < lives || busy()) {
      if (b_.random() % 64 == 0) change_pace();
      Life& life = lives_[b_.random() % lives_.size()];
      if (!life.running && !b_.initialising && begun < lives && b_.chance(40)) {
        begin(life);
        ++begun;
      }
      feed();
      b_.cycle();
      if (testing::Test::HasFailure()) return;
    }
    b_.ready_percent = 100;
    b_.drain();
    b_.expect_complete();
    EXPECT_TRUE(b_.refused.empty());
    std::printf("lanes %d: %zu messages, %llu acknowledgements in %llu cycles\n", b_.sizes.lanes, b_.messages.size(),
                static_cast<unsigned long long>(b_.acks), static_cast<unsigned long long>(b_.bench.cycle()));
  }

 private:
  bool busy() {
    for (const Life& life : lives_) if (life.running) return true;
    return b_.initialising.has_value();
  }
  void change_pace() {
    constexpr int kPaces[] = {5, 40, 90, 100};
    b_.ready_percent = kPaces[b_.random() % 4];
    b_.valid_percent = kPaces[b_.random() % 4];
  }

  // A new shape, its traffic, and the initialisation that precedes it.
  void begin(Life& life) {
    life.running = true;
    if (life.owner.is_window) {
      Window w;
      w.tiled = b_.chance(90);
      w.base = life.base;
      w.count = b_.pick(1, std::min(life.room, 12U));
      w.bytes = b_.pick(1, 600);
      w.last_bytes = b_.pick(1, 600);
      for (std::uint32_t t = 0; t < w.count && w.tiled; ++t) {
        split(life, w.base + t, t + 1 == w.count ? w.last_bytes : w.bytes);
      }
      b_.configure(life.owner.index, w);
    } else {
      Region r;
      r.log2 = b_.pick(0, 4);
      r.base = life.base;
      r.row_bytes = b_.pick(1, 400);
      r.capacity = b_.pick(1, std::min(life.room << r.log2, 60U));
      r.sources.clear();
      const std::uint32_t senders = b_.pick(1, static_cast<std::uint32_t>(b_.sizes.peers));
      while (r.sources.size() < senders) r.sources.insert(static_cast<int>(b_.pick(0, static_cast<std::uint32_t>(b_.sizes.peers) - 1)));
      const std::uint32_t rows = b_.chance(10) ? 0 : b_.chance(20) ? r.capacity : b_.pick(0, r.capacity);
      for (std::uint32_t first = 0; first < rows; first += r.rows_of_tile()) {
        split(life, r.base + (first >> r.log2), std::min(r.rows_of_tile(), rows - first) * r.row_bytes);
      }
      std::uint32_t left = rows;
      for (const int s : r.sources) {
        const std::uint32_t n = s == *r.sources.rbegin() ? left : b_.pick(0, left);
        left -= n;
        life.reports.push_back({s, life.owner.index, n});
      }
      std::shuffle(life.reports.begin(), life.reports.end(), b_.random);
      b_.configure(life.owner.index, r);
    }
    std::shuffle(life.acks.begin(), life.acks.end(), b_.random);
    b_.start_init(life.owner);
  }
  void split(Life& life, std::uint32_t tile, std::uint32_t bytes) {
    while (bytes > 0) {
      const std::uint32_t n = std::min(bytes, b_.chance(70) ? 128 : b_.pick(1, 128));
      life.acks.push_back({life.owner, tile, n});
      bytes -= n;
    }
  }

  void feed() {
    for (Life& life : lives_) {
      if (!life.running || b_.initialising == std::optional<Owner>{life.owner}) continue;
      for (int l = 0; l < b_.sizes.lanes && !life.acks.empty(); ++l) {
        if (b_.queues[static_cast<std::size_t>(l)].size() < 3 && b_.chance(30)) {
          b_.send(l, life.acks.back());
          life.acks.pop_back();
        }
      }
      if (!life.reports.empty() && b_.chance(8)) {
        b_.reports.push_back(life.reports.back());
        life.reports.pop_back();
      }
      // A new life may begin before the last messages of the old one are out, and now and then unfinished.
      life.running = !life.acks.empty() || !life.reports.empty() || upstream(life.owner);
      if (life.running && b_.random() % 4096 == 0) {
        life.acks.clear();
        life.reports.clear();
      }
    }
  }
  bool upstream(Owner owner) {
    for (const auto& q : b_.queues) for (const Ack& a : q) if (a.owner == owner) return true;
    for (const Report& r : b_.reports) if (!owner.is_window && r.region == owner.index) return true;
    return false;
  }

  FlowBench<Top> b_;
  std::vector<Life> lives_;
};

TEST(FlowSchedRandom, OneLane) {
  for (const std::uint64_t seed : {std::uint64_t{0}, random_seed()}) Soak<Vtop_lanes1>{{1, 2, 4, 1, 16}, seed}.run(600);
}
TEST(FlowSchedRandom, FourLanes) {
  for (const std::uint64_t seed : {std::uint64_t{0}, random_seed()}) Soak<Vtop_lanes4>{{4, 8, 16, 4, 1000}, seed}.run(1500);
}
TEST(FlowSchedRandom, EightLanes) {
  for (const std::uint64_t seed : {std::uint64_t{0}, random_seed()}) Soak<Vtop_lanes8>{{8, 72, 33, 16, 4096}, seed}.run(800);
}

}  // namespace
}  // namespace moehub::test
