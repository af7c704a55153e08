// Reference model of `addr_alloc`: checks what arrives, gives each row its LocalRowID, writes lines to
// memory and passes acknowledgements on.
//
// Stages as in docs/addr_alloc.md: R and C here, N1 to T3 in RowLookup, I to W here again. Payload is
// copied once, at the input, and goes to memory from there.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/hub/event_log.hpp"
#include "model/hub/hub_config.hpp"
#include "model/hub/ingress_lane.hpp"
#include "model/hub/port.hpp"
#include "model/hub/row_lookup.hpp"

namespace moehub::ref {

class AddrAlloc {
 public:
  AddrAlloc(const HubParams& params, const HubConfig& config, EventLog& events,
            int spill_latency_cycles);

  // Outputs of this cycle.
  bool rx_ready(int lane) const { return ready_[index(lane)].rx; }
  bool loop_ready(int lane) const { return ready_[index(lane)].loop; }
  const MemoryWrite* write(int lane) const;
  bool ack_ready(int lane) const { return !lanes_[index(lane)].acks.full(); }
  const Ack* ack(int lane) const;
  const Report* report() const;
  bool busy() const { return busy_; }
  // Memory has writes that it has not acknowledged. Not a part of busy(): nothing moves until it does.
  bool waits() const;

  struct Inputs {
    const HubInputs* pins = nullptr;
    std::array<const Packet*, kMaxLanes> loop{};  // taken from dest_queue in this cycle
    std::array<bool, kMaxLanes> ack_taken{};      // by flow_sched
    bool report_taken = false;
  };
  void step(const Inputs& in);

  // Starts the initialisation of an entry that the registers hold disabled, or a flush of the table.
  void start_init(bool is_window, int owner);
  void start_flush();
  bool initialising() const { return init_.state != Init::State::idle; }
  void inject_wrong_check() { lookup_.inject_wrong_check(); }

 private:
  struct Init {
    enum class State { idle, draining, contexts, walking } state = State::idle;
    bool flush = false;
    bool is_window = false;
    int owner = 0;
    int cycles = 0;  // of the walk, still to come
    std::array<std::uint64_t, kMaxLanes> issued{};  // writes that must be settled
    bool snapshot = false;
  };

  struct Ready {  // of a lane's input registers, as this cycle's state has it
    bool rx = false;
    bool loop = false;
    bool leaves_register = false;
    bool from_loop = false;
  };

  static std::size_t index(int i) { return static_cast<std::size_t>(i); }
  bool open() const { return config_.enable && !(initialising() && init_.flush); }
  bool takes_loop(const IngressLane& lane) const {
    return lane.from_loop.valid && (lane.loop_turn || !lane.from_link.valid);
  }
  bool takes(const IngressLane& lane) const;

  void take_acks(const Inputs& in);
  void hand_over(IngressLane& lane, bool write_taken);
  void issue(int lane);
  void check(IngressLane& lane);
  void enter(IngressLane& lane, const Ready& ready, const Packet* link, const Packet* loop);
  void show_ready();
  int report_lane() const;
  void next_report(bool taken);
  void step_init();
  bool owner_gone();
  bool is_idle() const;

  const HubParams params_;
  const HubConfig& config_;
  EventLog& events_;
  std::vector<IngressLane> lanes_;
  RowLookup lookup_;
  Init init_;
  int reports_ = 0;        // in all queues
  int report_turn_ = 0;    // lane
  int offered_lane_ = -1;  // whose report was not taken at once
  std::array<Ready, kMaxLanes> ready_{};
  bool shown_open_ = false;  // open() that ready_ was made of
  bool busy_ = false;
  std::uint64_t cycle_ = 8;  // beyond the age of a lookup, so that 0 means never
};

}  // namespace moehub::ref
