// Sockets between the SMs and the hub port, and the pool that their transactions come from.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "model/gpu/store.hpp"

namespace moehub {

/// The generic payload with a RowspExtension that must not be ignored: a protocol of its own.
struct StoreProtocol {
  using tlm_payload_type = tlm::tlm_generic_payload;
  using tlm_phase_type = tlm::tlm_phase;
};

inline constexpr unsigned kStoreBusBits = 8 * kLineBytes;

template <class Module>
using StoreInitiator =
    tlm_utils::simple_initiator_socket_tagged<Module, kStoreBusBits, StoreProtocol>;
template <class Module>
using StoreTarget = tlm_utils::simple_target_socket_tagged<Module, kStoreBusBits, StoreProtocol>;

/// Transactions with their extension, used again and again.
class StoreTransactions : public tlm::tlm_mm_interface {
 public:
  tlm::tlm_generic_payload& get(const RowStore& store, int burst) {
    if (free_.empty()) grow();
    tlm::tlm_generic_payload& transaction = *free_.back();
    free_.pop_back();
    transaction.acquire();
    RowspExtension& extension = *transaction.get_extension<RowspExtension>();
    extension.store = store;
    extension.burst = burst;
    transaction.set_command(tlm::TLM_WRITE_COMMAND);
    transaction.set_address(store.header.addr);
    transaction.set_data_length(static_cast<unsigned>(store.bytes));
    transaction.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    return transaction;
  }
  void free(tlm::tlm_generic_payload* transaction) override { free_.push_back(transaction); }

 private:
  void grow() {
    all_.push_back(std::make_unique<tlm::tlm_generic_payload>(this));
    all_.back()->set_extension(std::make_unique<RowspExtension>().release());  // TLM deletes it
    free_.push_back(all_.back().get());
  }

  std::vector<std::unique_ptr<tlm::tlm_generic_payload>> all_;
  std::vector<tlm::tlm_generic_payload*> free_;
};

}  // namespace moehub
