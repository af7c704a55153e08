// Lookups of the row table in the reference model: nomination, gathering, T1 to T3, and the contexts
// of misses that need the spill memory.
//
// A lookup starts in N2 with all packets of its row that wait in any lane, and takes effect in T3,
// three cycles later. docs/addr_alloc.md has the cases.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/hub/event_log.hpp"
#include "model/hub/hub_config.hpp"
#include "model/hub/ingress_lane.hpp"
#include "model/hub/row_table.hpp"

namespace moehub::ref {

class RowLookup {
 public:
  RowLookup(const HubParams& params, const HubConfig& config, EventLog& events,
            std::vector<IngressLane>& lanes, int spill_latency_cycles);

  int set(RowKey key) const { return table_.set(key, config_.set_mask); }

  // One edge, in this order.
  void nominate(std::uint64_t cycle);  // N1, N2
  void finish(std::uint64_t cycle);    // T3
  void step_contexts(std::uint64_t cycle);

  bool busy() const { return active_contexts_ > 0; }
  bool contexts_idle() const { return active_contexts_ == 0; }

  // Initialisation: lookups stop for a walk, new contexts wait for one.
  void stop(bool lookups, bool new_contexts) {
    lookups_stopped_ = lookups;
    contexts_stopped_ = new_contexts;
    moved_ = true;
  }
  bool gave_rows(int region) const { return next_local_[static_cast<std::size_t>(region)] > 0; }
  void clear_pointer(int region) { next_local_[static_cast<std::size_t>(region)] = 0; }
  void remove_region(int region) { table_.remove_region(region); }
  void clear();
  void inject_wrong_check() { table_.inject_wrong_check(); }

 private:
  static constexpr int kStages = 4;       // N2, T1, T2, T3
  static constexpr int kLockCycles = 5;   // from N2 until the set may be looked up again: written in T4
  static constexpr int kTurnCycles = 16;

  struct Nominee {
    bool valid = false;
    RowKey key = 0;
    int set = 0;
    int context = -1;  // that lets it through
    bool locked = false;
    bool eligible = false;
    bool wins = false;
    std::uint64_t age = 0;  // cycles since the set's last lookup started
  };
  struct Lookup {
    RowKey key = 0;
    int set = 0;
    int lane = 0;  // of the nominee
    int slot = 0;
    std::uint32_t nominee_bytes = 0;
    std::uint32_t bytes = 0;  // of all members
    int context = -1;
    std::array<SlotMask, kMaxLanes> members{};
  };
  struct Stage {
    int count = 0;
    std::array<Lookup, kMaxLanes> lookups;
  };
  struct Context {
    enum class State { idle, reading, storing, writing, go } state = State::idle;
    RowKey key = 0;
    int set = 0;
    std::uint64_t until = 0;
    bool absent = false;  // not in the list
    reg::Refuse refuse = reg::Refuse::none;
  };

  static std::size_t index(int i) { return static_cast<std::size_t>(i); }
  RegionConfig const& region(RowKey key) const { return config_.regions[index(region_of(key))]; }

  bool examine(std::uint64_t cycle);
  void elect();
  void gather(std::uint64_t cycle);
  Lookup& start(Stage& stage, int lane, std::uint64_t cycle);
  void apply(RowKey key, bool hold, bool park, Lookup* lookup);
  void renominate();
  void finish(Lookup& lookup, std::uint64_t cycle);
  void serve(Lookup& lookup, TableRow& row, bool is_new);
  std::uint64_t place(const Lookup& lookup, std::uint32_t local);
  void refuse(const Lookup& lookup, reg::Refuse cause);
  void ask_again(const Lookup& lookup, bool park);
  void keep_nominee_only(Lookup& lookup);
  bool start_context(const Lookup& lookup, std::uint64_t cycle);
  void decide(Context& context, std::uint64_t cycle);

  const HubParams params_;
  const HubConfig& config_;
  EventLog& events_;
  std::vector<IngressLane>& lanes_;
  const int spill_latency_;
  RowTable table_;
  std::array<Nominee, kMaxLanes> nominees_{};
  std::array<SlotMask, kMaxLanes> matched_{};  // a lane: packets of some nominee's row
  std::array<SlotMask, kMaxLanes> held_{};
  std::array<bool, kMaxLanes> leaves_{};       // makes place for another nominee of its lane
  std::array<Stage, kStages> stages_;
  std::vector<std::uint64_t> last_lookup_;     // a set: cycle of N2
  std::vector<std::int8_t> context_of_;        // a set; -1: none
  std::vector<Context> contexts_;
  std::vector<std::uint32_t> next_local_;      // a region
  std::uint64_t spill_read_free_ = 0;          // cycle of the read channel's next beat
  int active_contexts_ = 0;
  int turn_ = 0;
  bool lookups_stopped_ = false;
  bool contexts_stopped_ = false;
  bool moved_ = false;  // a context lets its row pass, or has become free
  bool wake_ = false;   // one cycle later: parked packets may ask again
  std::uint64_t last_start_ = 0;  // of a context
};

}  // namespace moehub::ref
