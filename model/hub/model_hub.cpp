// The reference model of the hub: its units joined behind the hub's port, one clock edge at a time.
//
// Transfers between units happen on what both showed before the edge, as between registered units of
// the RTL; a unit that takes something is stepped before the one that gives it.
#include <stdexcept>

#include "model/hub/addr_alloc.hpp"
#include "model/hub/dest_queue.hpp"
#include "model/hub/event_log.hpp"
#include "model/hub/flow_sched.hpp"
#include "model/hub/hub_registers.hpp"
#include "model/hub/port.hpp"

namespace moehub {

namespace {

using ref::Ack;
using ref::AddrAlloc;
using ref::DestQueue;
using ref::EventLog;
using ref::FlowSched;
using ref::HubRegisters;

class ModelHub final : public Hub {
 public:
  ModelHub(const HubParams& params, int spill_latency_cycles)
      : params_{params},
        registers_{params},
        egress_{params, registers_.config(), events_},
        alloc_{params, registers_.config(), events_, spill_latency_cycles},
        flow_{params, registers_.config(), events_} {
    show_outputs();
  }

  const HubParams& params() const override { return params_; }
  const HubOutputs& outputs() const override { return outputs_; }
  std::uint64_t cycle() const override { return cycle_; }

  void step(const HubInputs& in) override {
    std::array<bool, kMaxLanes> loop_taken{};
    FlowSched::Inputs flow;
    AddrAlloc::Inputs alloc;
    alloc.pins = &in;
    for (std::size_t l = 0; l < lanes_; ++l) {
      const int lane = static_cast<int>(l);
      if (const Packet* packet = egress_.loop(lane); packet != nullptr && alloc_.loop_ready(lane)) {
        loop_taken[l] = true;
        alloc.loop[l] = packet;
      }
      if (const Ack* ack = alloc_.ack(lane); ack != nullptr && flow_.ack_ready(lane)) {
        alloc.ack_taken[l] = true;
        flow.ack[l] = ack;
      }
    }
    if (flow_.report_ready()) flow.report = alloc_.report();
    alloc.report_taken = flow.report != nullptr;
    flow.tile_taken = in.tile_ready && flow_.tile() != nullptr;
    const bool all_ready = flow_.all_ready();
    flow_.step(flow);
    alloc_.step(alloc);
    flow_.settle(alloc_.report() != nullptr);
    egress_.step(in, loop_taken);
    if (registers_.initialising()) initialise();
    registers_.end_of_cycle(events_, all_ready);
    ++cycle_;
    show_outputs();
  }

  // An access of AXI4-Lite takes effect in its sixth cycle and is answered in the one after.
  bool write_reg(std::uint16_t addr, std::uint32_t value) override {
    wait(kAccessCycles);
    const bool accepted = registers_.write(addr, value);
    const HubRegisters::Requests requests = registers_.take_requests();
    if (requests.load_credits) egress_.load_credits();
    if (requests.clear_statistics) events_.clear_totals();
    if (requests.inject_row_table) alloc_.inject_wrong_check();
    if (requests.inject_tile_table) flow_.inject_wrong_check();
    if (requests.inject_row_counters) egress_.inject_wrong_check();
    if (const int region = requests.live_changed; region >= 0) {
      flow_.set_live(region, registers_.live(region));
    }
    wait(1);
    return accepted;
  }

  std::optional<std::uint32_t> read_reg(std::uint16_t addr) override {
    wait(kAccessCycles - 1);
    HubRegisters::Status status;
    status.datapath_busy = datapath_busy() || alloc_.waits();
    status.all_ready = flow_.all_ready();
    status.region_done = [this](int region) { return flow_.region_done(region); };
    status.window_done = [this](int window) { return flow_.window_done(window); };
    const std::optional<std::uint32_t> value = registers_.read(addr, status, events_);
    wait(2);
    return value;
  }

  bool start_waves(const std::string&) override { return false; }
  void stop_waves() override {}

 private:
  static constexpr int kAccessCycles = 6;

  void wait(int cycles) {
    for (int i = 0; i < cycles; ++i) step(HubInputs{});
  }
  bool datapath_busy() const { return egress_.busy() || alloc_.busy() || flow_.busy(); }

  // One entry at a time, addr_alloc before flow_sched.
  void initialise() {
    if (!initialising_) {
      initialising_ = registers_.take_pending();
      if (initialising_->flush) {
        alloc_.start_flush();
      } else {
        alloc_.start_init(initialising_->is_window, initialising_->index);
      }
      in_flow_ = false;
      return;
    }
    if (alloc_.initialising() || flow_.initialising()) return;
    if (!initialising_->flush && !in_flow_) {
      flow_.start_init(initialising_->is_window, initialising_->index);
      in_flow_ = true;
      return;
    }
    registers_.initialised(*initialising_);
    initialising_.reset();
  }

  void show_outputs() {
    for (std::size_t l = 0; l < lanes_; ++l) {
      const int lane = static_cast<int>(l);
      outputs_.req_ready[l] = egress_.req_ready(lane);
      outputs_.rx_ready[l] = alloc_.rx_ready(lane);
      outputs_.tx[l] = egress_.tx(lane);
      outputs_.write[l] = alloc_.write(lane);
      outputs_.ack_ready[l] = alloc_.ack_ready(lane);
    }
    const TileMessage* tile = flow_.tile();
    if (tile != nullptr) {
      outputs_.tile = *tile;
    } else {
      outputs_.tile.reset();
    }
    outputs_.all_ready = flow_.all_ready();
    outputs_.irq = registers_.irq();
    outputs_.busy = datapath_busy() || registers_.initialising();
  }

  const HubParams params_;
  const std::size_t lanes_ = static_cast<std::size_t>(params_.lanes);
  EventLog events_;
  HubRegisters registers_;
  DestQueue egress_;
  AddrAlloc alloc_;
  FlowSched flow_;
  std::optional<HubRegisters::Entry> initialising_;
  bool in_flow_ = false;
  HubOutputs outputs_;
  std::uint64_t cycle_ = 0;
};

// The same ranges as hub.sv checks at elaboration.
void check_params(const HubParams& p) {
  const auto require = [](bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(std::string{"hub parameters: "} + what);
  };
  const auto power_of_two = [](int n) { return n > 0 && (n & (n - 1)) == 0; };
  require(power_of_two(p.lanes) && p.lanes <= kMaxLanes, "lanes must be 1, 2, 4 or 8");
  require(p.peers >= 2 && p.peers <= 96, "peers must be 2..96");
  require(p.entries % p.lanes == 0 && p.entries >= 2 * p.lanes && p.entries <= 32 * p.lanes,
          "entries must be 2 to 32 times lanes");
  require(power_of_two(p.rat_banks) && p.rat_banks >= p.lanes,
          "rat_banks must be a power of two, at least lanes");
  require(power_of_two(p.rat_sets) && p.rat_sets <= 65536, "rat_sets must be a power of two, 1..65536");
  require(p.rat_ways >= 1 && p.rat_ways <= 8, "rat_ways must be 1..8");
  require(p.regions >= 1 && p.regions <= 256, "regions must be 1..256");
  require(p.windows >= 1 && p.windows <= 16, "windows must be 1..16");
  require(p.tiles >= 2 && p.tiles <= 65536, "tiles must be 2..65536");
  require(p.depth >= 2 && p.depth <= 64, "depth must be 2..64");
  require(power_of_two(p.outstanding), "outstanding must be a power of two");
  require(p.spill_slots >= 1 && p.spill_slots <= 256, "spill_slots must be 1..256");
  require(p.miss_ctx >= 1 && p.miss_ctx <= 16, "miss_ctx must be 1..16");
}

}  // namespace

std::unique_ptr<Hub> make_model_hub(const HubParams& params, int spill_latency_cycles) {
  check_params(params);
  return std::make_unique<ModelHub>(params, spill_latency_cycles);
}

}  // namespace moehub
