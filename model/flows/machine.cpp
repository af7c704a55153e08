#define SC_INCLUDE_DYNAMIC_PROCESSES
#include "model/flows/machine.hpp"

#include <string>

namespace moehub {

Machine::Machine(sc_core::sc_module_name name, int max_gpus) : sc_module(name) {
  std::vector<HubPort*> ports;
  for (int gpu = 0; gpu < max_gpus; ++gpu) {
    const std::string number = std::to_string(gpu);
    port_modules_.push_back(std::make_unique<HubPort>(("port" + number).c_str(), clock_));
    gpu_modules_.push_back(std::make_unique<Gpu>(("gpu" + number).c_str(), clock_));
    gpu_modules_.back()->bind(*port_modules_.back());
    ports.push_back(port_modules_.back().get());
  }
  host_ = std::make_unique<HubHost>("hubs", clock_, ports);
  copies_ = std::make_unique<CopyHost>("copies", clock_);
}

void Machine::load(const SystemConfig& system, int gpus, const HubFactory& make_hub) {
  if (gpus > static_cast<int>(gpu_modules_.size())) {
    throw std::invalid_argument("Machine: elaborated for fewer GPUs");
  }
  system_ = system;
  gpus_ = gpus;
  cycle_ = from_ns(1.0 / system.hub.clock_ghz);
  std::vector<std::unique_ptr<Hub>> hubs;
  if (make_hub) {
    for (int gpu = 0; gpu < gpus; ++gpu) hubs.push_back(make_hub(gpu));
  }
  host_->install(std::move(hubs));
  copy_traffic_ = {};
}

void Machine::begin_layer(Scoreboard& board, std::function<bool()> interrupted) {
  interrupted_ = std::move(interrupted);
  error_ = nullptr;
  at_barrier_ = 0;
  finished_.assign(static_cast<std::size_t>(gpus_), 0);
  clock_.restart();
  const auto on_error = [this](std::exception_ptr error) { fail(error); };
  const auto interrupt = [this] { return interrupted_ && interrupted_(); };
  const auto use_memory = [this](int gpu, std::int64_t bytes) { this->gpu(gpu).use_memory(bytes); };
  host_->restart(system_, board,
                 {[this](int gpu, const TileMessage& message) { program_->on_tile(gpu, message); },
                  use_memory, on_error, interrupt});
  copies_->restart(system_, gpus_, board,
                   {[this](int gpu, const CopyArrival& arrival) { program_->on_arrival(gpu, arrival); },
                    use_memory, on_error, interrupt});
  for (int gpu = 0; gpu < gpus_; ++gpu) this->gpu(gpu).restart(system_.gpu, cycle_, on_error);
}

void Machine::run(LayerProgram& program) {
  program_ = &program;
  threads_running_ = 0;
  for (int gpu = 0; gpu < gpus_; ++gpu) {
    start_thread([this, &program, gpu] {
      program.run_gpu(gpu);
      finished_[static_cast<std::size_t>(gpu)] = now();
    });
  }
  sc_core::sc_start();
  if (error_ == nullptr && threads_running_ > 0) {
    std::string text = "the layer has come to a standstill";
    for (int gpu = 0; gpu < gpus_; ++gpu) {
      const std::string waits = program.waiting_for(gpu);
      if (!waits.empty()) text += "; GPU " + std::to_string(gpu) + " waits for " + waits;
    }
    error_ = std::make_exception_ptr(
        HangError(text + "; " + (host_->gpus() > 0 ? host_->state() : copies_->state())));
  }
  host_->collect();
  copies_->collect(copy_traffic_);
  if (error_ != nullptr) {
    unwind();
    std::rethrow_exception(error_);
  }
}

TrafficCounters Machine::traffic() const {
  return host_->gpus() > 0 ? host_->counters() : copy_traffic_;
}

void Machine::start_thread(std::function<void()> body) {
  ++threads_running_;
  sc_core::sc_spawn([this, body = std::move(body)] {
    try {
      body();
    } catch (const LayerAborted&) {
    } catch (...) {
      fail(std::current_exception());
    }
    --threads_running_;
  });
}

void Machine::fork(std::function<void()> body) { start_thread(std::move(body)); }

// The first error counts. The kernel stops; what is still scheduled is cancelled by unwind().
void Machine::fail(std::exception_ptr error) {
  if (error_ != nullptr) return;
  error_ = std::move(error);
  sc_core::sc_pause();
}

// Lets the programs that still wait leave by an exception, so that nothing of this layer is left.
void Machine::unwind() {
  host_->stop();
  copies_->stop();
  for (int gpu = 0; gpu < gpus_; ++gpu) this->gpu(gpu).stop();
  while (threads_running_ > 0) {
    abort_.notify(sc_core::SC_ZERO_TIME);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
}

void Machine::wait_for(Picoseconds duration) {
  const Picoseconds until = half_cycle(now() + duration, cycle_);
  sc_core::wait(to_sc_time(until - now()), abort_);
  if (error_ != nullptr) throw LayerAborted();
}

void Machine::wait_event(const sc_core::sc_event& event) {
  sc_core::wait(event | abort_);
  if (error_ != nullptr) throw LayerAborted();
}

void Machine::barrier() {
  const std::uint64_t mine = barriers_passed_;
  if (++at_barrier_ == gpus_) {
    at_barrier_ = 0;
    ++barriers_passed_;
    barrier_.notify(sc_core::SC_ZERO_TIME);
    return;
  }
  wait_until(barrier_, [&] { return barriers_passed_ != mine; });
}

}  // namespace moehub
