#include "model/gpu/hub_port.hpp"

#include <numeric>
#include <string>

namespace moehub {

namespace {
constexpr int kStoresPerGpc = 4;  // queued behind each other in a crossbar port; assumption
}

HubPort::HubPort(sc_core::sc_module_name name, const SimClock& clock)
    : sc_module(name),
      clock_(clock),
      waiting_(kGpcs),
      queued_(kGpcs * kStoresPerGpc),
      free_tickets_(kGpcs * kStoresPerGpc) {
  for (int gpc = 0; gpc < kGpcs; ++gpc) {
    sockets_.push_back(
        std::make_unique<StoreTarget<HubPort>>(("gpc" + std::to_string(gpc)).c_str()));
    sockets_.back()->register_nb_transport_fw(this, &HubPort::nb_transport_fw, gpc);
  }
}

void HubPort::restart(int lanes, std::function<void(const RowStore&)> on_store) {
  crossbar_.emplace(kGpcs, lanes, kStoresPerGpc);
  on_store_ = std::move(on_store);
  std::fill(waiting_.begin(), waiting_.end(), nullptr);
  free_tickets_.resize(queued_.size());
  std::iota(free_tickets_.begin(), free_tickets_.end(), 0);
}

bool HubPort::queue(int gpc, tlm::tlm_generic_payload& transaction) {
  if (!crossbar_->has_room(gpc) || free_tickets_.empty()) return false;
  const int ticket = free_tickets_.back();
  free_tickets_.pop_back();
  queued_[static_cast<std::size_t>(ticket)] = &transaction;
  const RowStore& store = transaction.get_extension<RowspExtension>()->store;
  crossbar_->push(gpc, store, ticket, clock_.now());
  on_store_(store);
  return true;
}

tlm::tlm_sync_enum HubPort::nb_transport_fw(int gpc, tlm::tlm_generic_payload& transaction,
                                            tlm::tlm_phase& phase, sc_core::sc_time&) {
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_COMPLETED;  // END_RESP
  if (!queue(gpc, transaction)) {
    waiting_[static_cast<std::size_t>(gpc)] = &transaction;
    return tlm::TLM_ACCEPTED;
  }
  phase = tlm::END_REQ;
  return tlm::TLM_UPDATED;
}

void HubPort::settle() {
  if (crossbar_->finished().empty()) return;
  finished_ = crossbar_->finished();
  crossbar_->clear_finished();
  for (const auto& [gpc, ticket] : finished_) {
    tlm::tlm_generic_payload& transaction = *queued_[static_cast<std::size_t>(ticket)];
    free_tickets_.push_back(ticket);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    if (tlm::tlm_generic_payload* next = waiting_[static_cast<std::size_t>(gpc)];
        next != nullptr && queue(gpc, *next)) {
      waiting_[static_cast<std::size_t>(gpc)] = nullptr;
      tlm::tlm_phase phase = tlm::END_REQ;
      (*sockets_[static_cast<std::size_t>(gpc)])->nb_transport_bw(*next, phase, delay);
    }
    transaction.set_response_status(tlm::TLM_OK_RESPONSE);
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    (*sockets_[static_cast<std::size_t>(gpc)])->nb_transport_bw(transaction, phase, delay);
  }
}

}  // namespace moehub
