// Reference model of `flow_sched`: turns acknowledged bytes and row-count reports into messages to the
// thread-block scheduler.
//
// As in the RTL, each lane gathers acknowledgements a tile an entry, nominates one entry a cycle, and
// the winners of a cycle (one a bank) take what all lanes have of their tile. A tile's counter counts
// down from its threshold; closing a region takes the rows that will not come off the last tile.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/hub/event_log.hpp"
#include "model/hub/fixed_queue.hpp"
#include "model/hub/hub_config.hpp"
#include "model/hub/ingress_lane.hpp"
#include "model/hub/port.hpp"

namespace moehub::ref {

class FlowSched {
 public:
  FlowSched(const HubParams& params, const HubConfig& config, EventLog& events);

  // Outputs of this cycle.
  bool ack_ready(int lane) const {
    const Lane& l = lanes_[index(lane)];
    return l.count < kGathered && !l.blocked;
  }
  bool report_ready() const { return report_ready_; }
  const TileMessage* tile() const { return messages_.empty() ? nullptr : &messages_.front(); }
  bool all_ready() const { return all_ready_; }
  bool region_done(int region) const { return owners_[index(region)].done; }
  bool window_done(int window) const { return owners_[index(params_.regions + window)].done; }
  bool busy() const { return busy_; }

  struct Inputs {
    std::array<const Ack*, kMaxLanes> ack{};  // accepted in this cycle
    const Report* report = nullptr;           // accepted in this cycle
    bool tile_taken = false;
  };
  void step(const Inputs& in);
  // Behind the edge, when it is known whether a report waits: what the next cycle shows.
  void settle(bool report_waits);

  // Starts the initialisation of an entry that the registers hold disabled.
  void start_init(bool is_window, int owner);
  bool initialising() const { return init_.active; }
  // Regions that are enabled or about to be: what AllReady waits for.
  void set_live(int region, bool live);
  void inject_wrong_check() { inject_ = true; }

 private:
  static constexpr int kGathered = 6;       // tiles that a lane gathers for
  static constexpr int kGatherLimit = 2048;  // bytes of an entry that stop the lane
  static constexpr int kMessages = 4;
  static constexpr int kEvents = 4;         // of a port
  static constexpr std::size_t kClosing = 4;  // regions
  static constexpr int kCloseCycles = 5;    // from the last report to the results of the closing

  struct Tile {
    std::uint32_t missing = 0;  // bytes
    std::uint32_t rows = 0;     // that the message names
    bool wrong_check = false;
  };
  struct Gathered {
    Ack who;  // its tile swizzled
    std::uint32_t bytes = 0;
  };
  struct Lane {
    std::array<Gathered, kGathered> entries{};  // oldest first
    int count = 0;
    bool blocked = false;  // an entry has gathered its limit
  };
  enum class Op : std::uint8_t { acknowledge, write, subtract };
  struct Lookup {
    Op op = Op::acknowledge;
    Ack who;
    std::uint32_t bytes = 0;
    std::uint32_t rows = 0;
    int port = 0;
  };
  struct Stage {
    std::array<Lookup, kMaxLanes> lookups{};
    int count = 0;
  };
  struct Event {
    Ack who;
    std::uint32_t rows = 0;
    bool ready = false;
    bool excess = false;
    bool broken = false;
  };
  struct Port {
    FixedQueue<Event> events{kEvents};
    int room = kEvents;  // places that no lookup may need
  };
  struct Owner {
    PeerMask reported;
    std::uint32_t rows = 0;
    std::int32_t open = 0;  // tiles still to become ready; before closing, minus those that are
    bool closed = false;
    bool done = false;
  };
  struct Closing {
    int region = 0;
    std::uint64_t due = 0;
    bool cancelled = false;  // the tiles behind it
    bool adjusted = false;   // the last tile
    bool counted = false;    // by the owner
  };
  struct Init {
    bool active = false;
    bool is_window = false;
    int owner = 0;
    std::uint32_t tile = 0;
    std::uint32_t tiles = 0;
    int cycles = 0;  // besides the tiles
  };

  static std::size_t index(int i) { return static_cast<std::size_t>(i); }
  Owner& owner_of(const Ack& who) {
    return owners_[index(who.is_window ? params_.regions + who.owner : who.owner)];
  }
  std::uint16_t swizzle(std::uint32_t tile) const;
  Stage& stage(std::uint64_t cycles_ago) { return stages_[(cycle_ + 3 - cycles_ago) % 3]; }
  bool stages_busy() const {
    return stages_[0].count + stages_[1].count + stages_[2].count > 0;
  }

  bool settle_cancel(bool port_free);
  bool settle_close(bool stall);
  void settle_event();
  const Event& next_event();
  Event take_event();
  void count(const Lookup& lookup);
  void pick();
  std::optional<Lookup> operation();
  void operation_taken();
  bool under_way(std::uint16_t tile) const;
  std::uint32_t take_gathered(std::uint16_t tile);
  bool join(Lane& lane, const Ack& ack);
  void add(Lane& lane, const Ack& ack);
  void take_report(const Report& report);
  void close_owner(const Closing& closing);
  void tile_counted(const Event& event);
  void finish_owner(bool is_window, int owner);
  void refuse(reg::Refuse cause, const Ack& who);
  bool all_live_done() const;
  void step_init();
  Lookup init_tile() const;
  bool is_idle() const;

  const HubParams params_;
  const HubConfig& config_;
  EventLog& events_;
  const int bank_bits_;
  std::vector<Lane> lanes_;
  std::array<Stage, 3> stages_;   // winners of this cycle and of the two before
  std::vector<Port> ports_;
  int next_port_ = 0;
  int events_waiting_ = 0;
  int gathered_ = 0;              // entries of all lanes
  FixedQueue<TileMessage> done_;  // OwnerDone that wait for a place
  FixedQueue<TileMessage> messages_{kMessages};
  std::vector<Tile> tiles_;       // by swizzled index
  std::vector<Owner> owners_;     // regions, then windows
  std::vector<bool> live_;        // a region
  mutable std::size_t undone_ = 0;  // the region that all_live_done() found not done, and asks first
  std::vector<Closing> closing_;
  Init init_;
  std::uint32_t turn_ = 0;
  bool op_turn_ = true;
  bool report_turn_ = false;  // a report waited for a tile
  bool report_may_ = false;   // one waits, and could be taken
  bool report_ready_ = true;
  bool live_done_ = false;       // all live regions are done
  bool all_ready_ = false;
  bool all_ready_sent_ = false;  // its message is on the port, the level follows
  bool inject_ = false;
  bool busy_ = false;
  std::uint64_t cycle_ = 0;
};

}  // namespace moehub::ref
