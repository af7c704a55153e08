// The simulated machine: GPUs, their hub ports, and the hubs with the fabric between them.
//
// SystemC allows one elaboration a process. So the machine is elaborated once, for the largest number
// of GPUs, and holds structure only: what flows run on it, how large its tables are, how fast its links,
// is loaded for each flow and layer. Flows run one after the other in SystemC's time, each layer from
// its own time zero on fresh GPUs, fabric and memories, each flow on fresh hubs; so a flow's result does
// not depend on which flows ran before. (A process for each flow was the alternative: it would divide the
// waveforms, the progress and the errors between processes.)
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "model/flows/copy_host.hpp"
#include "model/flows/hub_host.hpp"
#include "model/flows/layer_program.hpp"
#include "model/gpu/gpu.hpp"

namespace moehub {

/// Makes the hub of a GPU.
using HubFactory = std::function<std::unique_ptr<Hub>(int gpu)>;

class Machine : public sc_core::sc_module {
 public:
  Machine(sc_core::sc_module_name name, int max_gpus);

  // ---- a flow
  /// Fresh hubs for `gpus` GPUs. A flow that uses no hubs passes an empty factory.
  void load(const SystemConfig& system, int gpus, const HubFactory& make_hub);
  int gpus() const { return gpus_; }

  // ---- a layer
  /// Fresh GPUs, fabric, memories. `interrupted` is asked now and then; when it says yes the layer
  /// ends with LayerAborted.
  void begin_layer(Scoreboard& board, std::function<bool()> interrupted);
  /// Runs the program until its GPUs are through and everything is at rest; rethrows what went wrong.
  void run(LayerProgram& program);

  // ---- for programs
  const SystemConfig& system() const { return system_; }
  Gpu& gpu(int index) { return *gpu_modules_[static_cast<std::size_t>(index)]; }
  HubHost& hubs() { return *host_; }
  CopyHost& copies() { return *copies_; }
  Picoseconds now() const { return clock_.now(); }
  Picoseconds cycle() const { return cycle_; }
  /// Of a layer.
  const LinkLoad& link_load() const { return host_->gpus() > 0 ? host_->link_load() : copies_->link_load(); }
  /// Of a flow so far.
  TrafficCounters traffic() const;
  /// Of a GPU's program: waits for a time, an event, a condition (asked again after each event).
  void wait_for(Picoseconds duration);
  void wait_event(const sc_core::sc_event& event);
  template <class Condition>
  void wait_until(const sc_core::sc_event& event, Condition condition) {
    while (!condition()) wait_event(event);
  }
  /// Waits until all GPUs' programs have come here.
  void barrier();
  /// Runs `body` in a thread of its own beside the program that calls: another stream of the same GPU.
  void fork(std::function<void()> body);
  Picoseconds finished_at(int gpu) const { return finished_[static_cast<std::size_t>(gpu)]; }

 private:
  void start_thread(std::function<void()> body);
  void fail(std::exception_ptr error);
  void unwind();

  SimClock clock_;
  std::vector<std::unique_ptr<HubPort>> port_modules_;
  std::vector<std::unique_ptr<Gpu>> gpu_modules_;
  std::unique_ptr<HubHost> host_;
  std::unique_ptr<CopyHost> copies_;
  sc_core::sc_event abort_;
  sc_core::sc_event barrier_;

  SystemConfig system_;
  int gpus_ = 0;
  Picoseconds cycle_ = 1000;
  LayerProgram* program_ = nullptr;
  std::function<bool()> interrupted_;
  std::exception_ptr error_;
  int threads_running_ = 0;
  TrafficCounters copy_traffic_;
  int at_barrier_ = 0;
  std::uint64_t barriers_passed_ = 0;
  std::vector<Picoseconds> finished_;
};

}  // namespace moehub
