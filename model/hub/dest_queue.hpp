// Reference model of `dest_queue`: merges stores per peer and schedules what leaves.
//
// One slice a lane, as in the RTL: each lane queues its stores by slice, a crossbar matches queues and
// slices (G), the store reaches its entry three cycles later (W) while the slice chooses a peer, and one
// cycle after that an entry of that peer leaves (E). Payload is copied once, into a buffer that travels
// by index until the packet has left.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/hub/egress_partition.hpp"
#include "model/hub/event_log.hpp"
#include "model/hub/fence.hpp"
#include "model/hub/fixed_queue.hpp"
#include "model/hub/hub_config.hpp"
#include "model/hub/lane_match.hpp"
#include "model/hub/port.hpp"

namespace moehub::ref {

class DestQueue {
 public:
  DestQueue(const HubParams& params, const HubConfig& config, EventLog& events);

  // Outputs of this cycle.
  bool req_ready(int lane) const { return !closed_ && at(lanes_, lane).used < kSlots; }
  const Packet* tx(int lane) const { return head(at(slices_, lane).to_link); }
  const Packet* loop(int lane) const { return head(at(slices_, lane).to_loop); }
  bool busy() const { return busy_; }

  // One edge. `loop_taken` tells of each lane whether loop(lane) was accepted in this cycle.
  void step(const HubInputs& in, const std::array<bool, kMaxLanes>& loop_taken);

  void load_credits();  // `enable` has risen
  void inject_wrong_check() { fence_.inject_wrong_check(); }

 private:
  static constexpr int kSlots = 16;       // stores of a lane before they have an entry
  static constexpr int kLeaving = 1;      // packets of a side that have been chosen
  static constexpr int kRows = 8;
  static constexpr int kRowsHold = 2;     // rows of a slice that wait to be counted and stop it

  using PeerBits = std::array<std::uint64_t, 2>;

  struct Stored {  // a store on its way to its entry
    int buffer = 0;
    int lane = 0;    // that it came from; -1: a report
    bool valid = false;
  };
  struct LeavingRow {
    bool bank = false;
    int peer = 0;
    int region = 0;
    std::uint64_t due = 0;  // cycle in which it stands in the queue
  };
  struct Lane {
    std::vector<FixedQueue<int>> queues;  // a slice: buffers
    std::uint32_t waiting = 0;            // slices with a store in the queue
    std::uint32_t full = 0;               // slices whose partition had no free entry for it
    int used = 0;                         // slots
    bool inside = false;                  // a packet of several beats
    bool has_fence = false;
    Header fence;
  };
  struct Leaving {
    int buffer = 0;
    std::uint64_t due = 0;  // cycle in which it can be seen
  };
  struct Slice {
    std::vector<EgressPartition> partitions;  // a peer
    std::vector<int> credits;                 // a peer
    PeerBits eligible{};                      // peers with an entry that may leave
    PeerBits seen{};                          // the same as the choice of a peer knows it
    PeerBits credit{};                        // peers with a credit
    Stored granted;                           // in G
    std::array<Stored, 3> pipe{};             // H, C, W
    int chosen = -1;                          // peer whose turn it is in E
    bool chosen_own = false;                  // it is, or was last, the own GPU
    int served = -1;                          // link peer that had its turn last
    bool link_waits = false;                  // a packet that its side did not take at once
    bool loop_waits = false;
    int entries = 0;
    FixedQueue<Leaving> to_link{kLeaving};
    FixedQueue<Leaving> to_loop{kLeaving};
    FixedQueue<LeavingRow> rows{kRows};       // to be counted
  };

  template <class T>
  static T& at(std::vector<T>& items, int i) {
    return items[static_cast<std::size_t>(i)];
  }
  template <class T>
  static const T& at(const std::vector<T>& items, int i) {
    return items[static_cast<std::size_t>(i)];
  }
  const Packet* head(const FixedQueue<Leaving>& queue) const {
    return queue.empty() || queue.front().due > cycle_ ? nullptr
                                                       : &at(buffers_, queue.front().buffer);
  }
  int take_buffer();
  void free_buffer(int buffer) { free_.push_back(buffer); }

  void hand_over(int lane, bool link_taken, bool loop_taken);
  void choose(Slice& slice);
  void choose_peer(Slice& slice, bool blocked, bool more);
  void see(Slice& slice, const PeerBits& eligible, int sender, bool more);
  int next_link_peer(const Slice& slice, const PeerBits& able) const;
  void send(Slice& slice, int peer, std::uint32_t eligible);
  void store(Slice& slice);
  void advance(Slice& slice);
  bool grant();
  bool comes_free(const Slice& slice, int peer) const;
  bool side_has_room(const Slice& slice) const;
  int grant_report(const Fence::Report& report);
  void count_rows();
  void refresh(Slice& slice, int peer);
  void refresh_all();
  void accept(int lane, const Packet& request);
  bool is_store(const Packet& request) const;
  bool is_fence(const Packet& request) const;
  void return_credit(Slice& slice, int peer);
  bool tick();
  void grow_old(Slice& slice);
  std::uint32_t being_written(const Slice& slice, int peer) const;
  int rows_stored(const Slice& slice) const;
  void step_fence(bool report_taken);

  const HubParams params_;
  const HubConfig& config_;
  EventLog& events_;
  std::vector<Packet> buffers_;
  std::vector<int> free_;
  std::vector<Lane> lanes_;
  std::vector<Slice> slices_;
  Fence fence_;
  LaneMatch match_;
  std::uint64_t cycle_ = 0;
  int tick_cycles_ = 0;   // since the last tick
  int entries_ = 0;       // in all slices
  int on_their_way_ = 0;  // stores and reports without an entry
  int slots_used_ = 0;    // of all lanes
  int rows_waiting_ = 0;  // to be counted
  int next_row_lane_ = 0;
  bool row_busy_ = false;  // one is being counted
  int leaving_ = 0;       // packets chosen and not handed over
  bool closed_ = false;
  bool busy_ = false;
};

}  // namespace moehub::ref
