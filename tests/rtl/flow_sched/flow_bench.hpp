// Drives flow_sched and checks, in every cycle, what it says against what it was told.
//
// The reference is kept per tile (bytes acknowledged, bytes and rows to expect) and per owner (who
// reported, tiles that are still to come). It knows nothing of the pipeline: a message is right when the
// inputs so far justify it, none comes twice, and after the traffic none is missing.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "model/hub/packet.hpp"
#include "model/hub/port.hpp"
#include "model/hub/registers.hpp"
#include "tests/support/bench.hpp"
#include "tests/support/seed.hpp"

namespace moehub::test {

struct Sizes {
  int lanes, peers, regions, windows, tiles;
};

struct Region {
  std::uint32_t row_bytes = 128, capacity = 8, log2 = 1, base = 0;
  std::set<int> sources{0};

  std::uint32_t rows_of_tile() const { return 1U << log2; }
  std::uint32_t tiles(std::uint32_t rows) const { return (rows + rows_of_tile() - 1) >> log2; }
};

struct Window {
  bool tiled = true;
  std::uint32_t base = 0, count = 1, bytes = 128, last_bytes = 128;
};

struct Owner {
  bool is_window;
  int index;
  bool operator<(const Owner& o) const { return std::pair(is_window, index) < std::pair(o.is_window, o.index); }
  bool operator==(const Owner& o) const { return is_window == o.is_window && index == o.index; }
};

struct Ack {
  Owner owner;
  std::uint32_t tile, bytes;
};
struct Report {
  int src, region;
  std::uint32_t rows;
};
struct Refused {
  reg::Refuse cause;
  PacketKind kind;
  int src, region;
  std::uint32_t row;
};
using Message = TileMessage;

template <class Top>
class FlowBench {
 public:
  explicit FlowBench(Sizes hub) : sizes{hub}, queues(static_cast<std::size_t>(hub.lanes)) {
    bench->tile_tready_i = 1;
    bench.settle();
    EXPECT_EQ(bench->ack_ready_o, 0) << "the tile table must be cleared before acknowledgements are taken";
    run_until([&] { return !bench->busy_o; });
  }

  Sizes sizes;
  Bench<Top> bench;
  std::vector<std::deque<Ack>> queues;   // to be acknowledged, a lane each
  std::deque<Report> reports;
  std::vector<Message> messages;         // since the last clear()
  std::vector<std::uint64_t> message_cycle;
  std::vector<Refused> refused;
  int ready_percent = 100;               // of the thread-block scheduler
  int valid_percent = 100;               // of each lane
  int linger_cycles = 0;                 // a request for initialisation is held so long after it was served
  std::uint64_t acks = 0;                // accepted
  std::uint64_t stat_acks = 0, stat_ready = 0, stat_cancelled = 0, stat_done = 0;
  std::mt19937_64 random{0};
  bool check = true;                     // against the reference
  bool expect_table_errors = false;

  bool chance(int percent) { return static_cast<int>(random() % 100) < percent; }
  std::uint32_t pick(std::uint32_t low, std::uint32_t high) { return low + static_cast<std::uint32_t>(random() % (high - low + 1)); }

  // ---- configuration -----------------------------------------------------------------------------------
  void configure(int index, const Region& r) {
    regions[index] = r;
    bench->cfg_idx_i = static_cast<std::uint8_t>(index);
    bench->cfg_row_bytes_i = r.row_bytes;
    bench->cfg_capacity_i = r.capacity;
    bench->cfg_log2_i = static_cast<std::uint8_t>(r.log2);
    bench->cfg_base_i = static_cast<std::uint16_t>(r.base);
    std::array<std::uint32_t, 3> mask{};
    for (const int s : r.sources) mask[static_cast<std::size_t>(s / 32)] |= 1U << (s % 32);
    for (std::size_t w = 0; w < 3; ++w) bench->cfg_src_i[w] = mask[w];
    bench->cfg_we_i = 1;
    cycle();
    bench->cfg_we_i = 0;
  }
  void configure(int index, const Window& w) {
    windows[index] = w;
    bench->cfg_idx_i = static_cast<std::uint8_t>(index);
    bench->cfg_tiled_i = w.tiled;
    bench->cfg_base_i = static_cast<std::uint16_t>(w.base);
    bench->cfg_count_i = static_cast<std::uint16_t>(w.count);
    bench->cfg_bytes_i = w.bytes;
    bench->cfg_last_bytes_i = w.last_bytes;
    bench->win_we_i = 1;
    cycle();
    bench->win_we_i = 0;
  }
  void set_live(int region, bool on) {
    bench->cfg_idx_i = static_cast<std::uint8_t>(region);
    bench->cfg_live_i = on;
    bench->live_we_i = 1;
    cycle();
    bench->live_we_i = 0;
    if (on) live.insert(region); else live.erase(region);
  }

  // Starts the initialisation; the owner's reference is new when it is done.
  void start_init(Owner owner) {
    if (!owner.is_window) set_live(owner.index, true);
    bench->init_valid_i = 1;
    bench->init_is_window_i = owner.is_window;
    bench->init_idx_i = static_cast<std::uint8_t>(owner.index);
    initialising = owner;
  }
  void init(Owner owner) {
    start_init(owner);
    run_until([&] { return !initialising; });
  }
  void init_region(int index, const Region& r) { configure(index, r); init({false, index}); }
  void init_window(int index, const Window& w) { configure(index, w); init({true, index}); }

  void send(int lane, const Ack& ack) { queues[static_cast<std::size_t>(lane)].push_back(ack); }

  // ---- time ------------------------------------------------------------------------------------------------
  void cycle() {
    drive();
    bench.settle();
    sample();
    bench.tick();
    if (taken_init && lingers-- <= 0) {
      bench->init_valid_i = 0;
      taken_init = false;
    }
  }
  template <class Condition>
  void run_until(Condition condition, int limit = 200000) {
    for (int i = 0; i < limit; ++i) {
      cycle();
      if (condition()) return;
    }
    FAIL() << "nothing after " << limit << " cycles";
  }
  bool quiet() {
    for (const auto& q : queues) if (!q.empty()) return false;
    bench.settle();
    return reports.empty() && !bench->busy_o;
  }
  void drain() {  // not busy: nothing is left to be seen, not even in the statistics
    run_until([&] { return quiet(); });
    follow_all_ready();
  }
  void clear() {
    messages.clear();
    message_cycle.clear();
    refused.clear();
  }

  // ---- after the traffic: nothing is missing ------------------------------------------------------------------
  void expect_complete() {
    for (const auto& [tile, t] : tiles) {
      EXPECT_EQ(t.ready, t.acked >= t.expect(*this) && !t.cancelled) << "tile " << tile << " of owner " << t.owner.index;
    }
    for (const auto& [owner, o] : owners) {
      EXPECT_EQ(o.done, o.known && o.ready == o.tiles) << "owner " << owner.index;
      const bool bit = owner.is_window ? (bench->window_done_o >> owner.index) & 1
                                       : (bench->region_done_o[owner.index / 32] >> (owner.index % 32)) & 1;
      EXPECT_EQ(bit, o.done) << "done bit of owner " << owner.index;
      EXPECT_EQ(o.cancel_due, o.cancel_seen) << "owner " << owner.index;
    }
    EXPECT_EQ(bench->all_ready_o, all_done());
    EXPECT_EQ(all_ready_messages, all_ready_rises);
    EXPECT_EQ(stat_acks, acks);
    EXPECT_EQ(stat_ready, total_ready);
    EXPECT_EQ(stat_cancelled, total_cancelled);
    EXPECT_EQ(stat_done, total_done);
  }

  struct TileState {
    Owner owner;
    std::uint64_t acked = 0;
    bool ready = false, cancelled = false;
    std::uint32_t index = 0;  // within the owner

    std::uint64_t expect(const FlowBench& b) const {
      if (owner.is_window) {
        const Window& w = b.owners.at(owner).window;
        return index + 1 == w.count ? w.last_bytes : w.bytes;
      }
      return std::uint64_t{rows(b)} * b.owners.at(owner).region.row_bytes;
    }
    std::uint32_t rows(const FlowBench& b) const {
      const OwnerState& o = b.owners.at(owner);
      const Region& r = o.region;
      const std::uint32_t rest = o.rows & (r.rows_of_tile() - 1);
      return o.known && rest != 0 && index + 1 == o.tiles ? rest : r.rows_of_tile();
    }
  };
  struct OwnerState {
    std::set<int> reported;
    std::uint32_t rows = 0, tiles = 0, ready = 0;
    bool known = false, done = false, cancel_due = false, cancel_seen = false;
    Region region;  // as initialised
    Window window;
  };
  std::map<int, Region> regions;
  std::map<int, Window> windows;
  std::map<std::uint32_t, TileState> tiles;
  std::map<Owner, OwnerState> owners;
  std::set<int> live;
  std::optional<Owner> initialising;
  int all_ready_messages = 0, all_ready_rises = 0;

 private:
  void drive() {
    std::uint8_t valid = 0;
    for (std::size_t l = 0; l < queues.size(); ++l) {
      if (queues[l].empty()) {
        waiting[l] = false;
        continue;
      }
      if (!waiting[l] && !chance(valid_percent)) continue;
      waiting[l] = true;                   // valid stays until it is taken
      const Ack& a = queues[l].front();
      valid = static_cast<std::uint8_t>(valid | (1U << l));
      set_bits(bench->ack_owner_i, l, static_cast<std::uint8_t>(a.owner.index));
      set_bits(bench->ack_bytes_i, l, static_cast<std::uint8_t>(a.bytes));
      const std::uint32_t shift = l % 2 * 16;
      bench->ack_tile_i[l / 2] = (bench->ack_tile_i[l / 2] & ~(0xffffU << shift)) | a.tile << shift;
      bench->ack_is_window_i = static_cast<std::uint8_t>((bench->ack_is_window_i & ~(1U << l)) | (a.owner.is_window ? 1U << l : 0U));
    }
    bench->ack_valid_i = valid;
    bench->report_valid_i = !reports.empty();
    if (!reports.empty()) {
      bench->report_src_i = static_cast<std::uint8_t>(reports.front().src);
      bench->report_region_i = static_cast<std::uint8_t>(reports.front().region);
      bench->report_rows_i = reports.front().rows;
    }
    bench->tile_tready_i = chance(ready_percent);
  }
  static void set_bits(QData& word, std::size_t lane, std::uint8_t value) {
    word = (word & ~(QData{0xff} << (8 * lane))) | QData{value} << (8 * lane);
  }

  void sample() {
    follow_all_ready();
    // Messages first: they answer to inputs of earlier cycles.
    if (bench->tile_tvalid_o && bench->tile_tready_i) take_message();
    if (bench->refused_o) {
      refused.push_back({static_cast<reg::Refuse>(bench->cause_o), static_cast<PacketKind>(bench->refused_kind_o),
                         bench->refused_src_o, bench->refused_region_o, bench->refused_row_o});
      EXPECT_FALSE(bench->refused_rest_o) << "a refusal says no more than what is known";
    }
    EXPECT_TRUE(expect_table_errors || !bench->table_error_o);
    stat_acks += bench->stat_acks_o;
    stat_ready += bench->stat_tiles_ready_o;
    stat_cancelled += bench->stat_tiles_cancelled_o;
    stat_done += bench->stat_owners_done_o;
    for (std::size_t l = 0; l < queues.size(); ++l) {
      if (((bench->ack_valid_i & bench->ack_ready_o) >> l & 1) == 0) continue;
      const Ack a = queues[l].front();
      queues[l].pop_front();
      waiting[l] = false;
      ++acks;
      if (check) {
        ASSERT_EQ(tiles.count(a.tile), 1U);
        tiles.at(a.tile).acked += a.bytes;
      }
    }
    if (bench->report_valid_i && bench->report_ready_o) {
      const Report r = reports.front();
      reports.pop_front();
      if (check) count(r);
    }
    if (bench->init_done_o) {
      ASSERT_TRUE(initialising) << "served twice";
      reset_reference(*initialising);
      initialising.reset();
      taken_init = true;
      lingers = linger_cycles;
    }
  }

  void count(const Report& r) {
    OwnerState& o = owners.at({false, r.region});
    const Region& cfg = o.region;
    if (o.reported.count(r.src) != 0 || o.rows + std::uint64_t{r.rows} > cfg.capacity) return;  // refused
    o.reported.insert(r.src);
    o.rows += r.rows;
    if (o.reported != cfg.sources) return;
    o.known = true;
    o.tiles = cfg.tiles(o.rows);
    o.cancel_due = o.tiles < cfg.tiles(cfg.capacity);
  }

  void reset_reference(Owner owner) {
    for (auto it = tiles.begin(); it != tiles.end();) it = it->second.owner == owner ? tiles.erase(it) : std::next(it);
    OwnerState state;
    std::uint32_t base = 0, number = 0;
    if (owner.is_window) {
      const Window& w = state.window = windows.at(owner.index);
      base = w.base;
      number = w.tiled ? w.count : 0;
      state.known = w.tiled;
      state.tiles = w.count;
    } else {
      const Region& r = state.region = regions.at(owner.index);
      base = r.base;
      number = r.tiles(r.capacity);
    }
    owners[owner] = state;
    for (std::uint32_t i = 0; i < number; ++i) {
      TileState t;
      t.owner = owner;
      t.index = i;
      tiles[base + i] = t;
    }
  }

  bool all_done() const {
    for (const int r : live) {
      const auto it = owners.find({false, r});
      if (it == owners.end() || !it->second.done) return false;
    }
    return !live.empty();
  }

  // The level rises when every live region has its done bit, and falls within two cycles when one has not; a
  // message a rise.
  void follow_all_ready() {
    bool all = !live.empty();
    for (const int r : live) all &= ((bench->region_done_o[r / 32] >> (r % 32)) & 1) != 0;
    if (bench->all_ready_o && !all_ready_before) {
      ++all_ready_rises;
      EXPECT_TRUE(all_done_before[1]) << "AllReady before all regions were complete";
    }
    EXPECT_FALSE(all_ready_before && !all_done_before[0] && !all_done_before[1] && bench->all_ready_o);
    all_ready_before = bench->all_ready_o;
    all_done_before = {all, all_done_before[0]};
  }

  void take_message() {
    Message m;
    m.kind = static_cast<TileKind>(bench->tile_kind_o);
    m.is_window = bench->tile_is_window_o;
    m.owner = bench->tile_owner_o;
    m.tile = bench->tile_o;
    m.count = bench->tile_count_o;
    messages.push_back(m);
    message_cycle.push_back(bench.cycle());
    if (!check) return;
    const Owner owner{m.is_window, m.owner};
    if (m.kind == TileKind::all_ready) {
      ++all_ready_messages;
      return;  // see follow_all_ready()
    }
    ASSERT_EQ(owners.count(owner), 1U) << "message of an owner that does not exist";
    OwnerState& o = owners.at(owner);
    EXPECT_FALSE(o.done) << "message of an owner after its OwnerDone";
    switch (m.kind) {
      case TileKind::ready: {
        ++total_ready;
        ASSERT_EQ(tiles.count(m.tile), 1U);
        TileState& t = tiles.at(m.tile);
        EXPECT_TRUE(t.owner == owner);
        EXPECT_FALSE(t.ready) << "tile " << m.tile << " ready twice";
        EXPECT_FALSE(t.cancelled) << "tile " << m.tile << " was cancelled";
        EXPECT_GE(t.acked, t.expect(*this)) << "tile " << m.tile << " ready too early";
        if (!m.is_window && t.acked < std::uint64_t{o.region.row_bytes} << o.region.log2) {
          EXPECT_EQ(m.count, t.rows(*this)) << "rows of a partial tile";
        } else {
          EXPECT_EQ(m.count, m.is_window ? 0 : o.region.rows_of_tile());
        }
        t.ready = true;
        ++o.ready;
        break;
      }
      case TileKind::cancel: {
        total_cancelled += m.count;
        EXPECT_TRUE(o.cancel_due);
        EXPECT_FALSE(o.cancel_seen);
        const Region& r = o.region;
        EXPECT_EQ(m.tile, r.base + o.tiles);
        EXPECT_EQ(m.count, r.tiles(r.capacity) - o.tiles);
        for (std::uint32_t i = 0; i < m.count; ++i) tiles.at(m.tile + i).cancelled = true;
        o.cancel_seen = true;
        break;
      }
      default:  // owner_done
        ++total_done;
        EXPECT_TRUE(o.known && o.ready == o.tiles) << "owner " << m.owner << " done too early";
        EXPECT_EQ(m.count, m.is_window ? o.window.count : o.rows);
        EXPECT_EQ(o.cancel_due, o.cancel_seen) << "cancellation belongs before OwnerDone";
        o.done = true;
    }
  }

  std::array<bool, 8> waiting{};
  bool taken_init = false, all_ready_before = false;
  int lingers = 0;
  std::array<bool, 2> all_done_before{};
  std::uint64_t total_ready = 0, total_cancelled = 0, total_done = 0;
};

}  // namespace moehub::test
