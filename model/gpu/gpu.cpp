#include "model/gpu/gpu.hpp"

#include <string>

namespace moehub {

Gpu::Gpu(sc_core::sc_module_name name, const SimClock& clock)
    : sc_module(name), clock_(clock), queues_(kGpcs) {
  for (int gpc = 0; gpc < kGpcs; ++gpc) {
    sockets_.push_back(
        std::make_unique<StoreInitiator<Gpu>>(("gpc" + std::to_string(gpc)).c_str()));
    sockets_.back()->register_nb_transport_bw(this, &Gpu::nb_transport_bw, gpc);
  }
  SC_METHOD(step);
  sensitive << wake_;
  dont_initialize();
}

void Gpu::bind(HubPort& port) {
  for (int gpc = 0; gpc < kGpcs; ++gpc) {
    sockets_[static_cast<std::size_t>(gpc)]->bind(port.socket(gpc));
  }
}

void Gpu::restart(const GpuConfig& config, Picoseconds hub_cycle,
                  std::function<void(std::exception_ptr)> on_error) {
  hub_cycle_ = hub_cycle;
  on_error_ = std::move(on_error);
  log_.clear();
  scheduler_.emplace(config.sms, 1e3 * config.hbm_tb_per_s * config.hbm_efficiency, log_);
  for (GpcQueue& queue : queues_) queue = GpcQueue();
  bursts_.clear();
  free_bursts_.clear();
  bursts_under_way_ = 0;
  wake_.cancel();
}

void Gpu::poke() { wake_.notify(sc_core::SC_ZERO_TIME); }

void Gpu::step() {
  try {
    const Picoseconds now = clock_.now();
    scheduler_->advance(now);
    const Picoseconds next = scheduler_->next_event();
    if (next != kNever) wake_.notify(to_sc_time(half_cycle(next, hub_cycle_) - now));
  } catch (...) {
    on_error_(std::current_exception());
  }
}

void Gpu::store(int sm, StoreBurst burst) {
  if (burst.count == 0) {
    if (burst.accepted) burst.accepted();
    return;
  }
  if (free_bursts_.empty()) {
    free_bursts_.push_back(static_cast<int>(bursts_.size()));
    bursts_.emplace_back();
  }
  const int index = free_bursts_.back();
  free_bursts_.pop_back();
  bursts_[static_cast<std::size_t>(index)] = {std::move(burst), 0, 0};
  ++bursts_under_way_;
  const int gpc = sm % kGpcs;
  queues_[static_cast<std::size_t>(gpc)].bursts.push_back(index);
  pump(gpc);
}

void Gpu::pump(int gpc) {
  GpcQueue& queue = queues_[static_cast<std::size_t>(gpc)];
  while (!queue.waits && !queue.bursts.empty()) {
    const int index = queue.bursts.front();
    Burst& burst = bursts_[static_cast<std::size_t>(index)];
    tlm::tlm_generic_payload& transaction =
        transactions_.get(burst.stores.make(burst.made), index);
    if (++burst.made == burst.stores.count) queue.bursts.pop_front();
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    const auto answer =
        (*sockets_[static_cast<std::size_t>(gpc)])->nb_transport_fw(transaction, phase, delay);
    queue.waits = answer == tlm::TLM_ACCEPTED;
  }
}

tlm::tlm_sync_enum Gpu::nb_transport_bw(int gpc, tlm::tlm_generic_payload& transaction,
                                        tlm::tlm_phase& phase, sc_core::sc_time&) {
  if (phase == tlm::END_REQ) {
    queues_[static_cast<std::size_t>(gpc)].waits = false;
    pump(gpc);
    return tlm::TLM_ACCEPTED;
  }
  const int burst = transaction.get_extension<RowspExtension>()->burst;
  transaction.release();
  finish_store(burst);
  phase = tlm::END_RESP;
  return tlm::TLM_COMPLETED;
}

void Gpu::finish_store(int index) {
  Burst& burst = bursts_[static_cast<std::size_t>(index)];
  if (++burst.done < burst.stores.count) return;
  const std::function<void()> accepted = std::move(burst.stores.accepted);
  burst.stores = {};
  free_bursts_.push_back(index);
  --bursts_under_way_;
  if (accepted) accepted();
}

}  // namespace moehub
