// The hub's port, one clock cycle at a time: what the RTL hub and the C++ reference model both offer.
//
// Every output depends on state alone, so a cycle goes: read `outputs()`, decide the inputs, `step()`.
// A transfer happens in the cycle in which valid (here: a pointer or an engaged optional) meets ready.
// Pointers in HubInputs must live until `step()` returns; those in HubOutputs until the next `step()`.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "model/hub/packet.hpp"

namespace moehub {

// hub_pkg::tile_msg_t.
enum class TileKind : std::uint8_t { ready = 0, cancel = 1, owner_done = 2, all_ready = 3 };
struct TileMessage {
  TileKind kind = TileKind::ready;
  bool is_window = false;
  std::uint8_t owner = 0;  // region or window
  std::uint16_t tile = 0;  // absolute index
  std::uint32_t count = 0;
};

// One line written to device memory; acknowledged later by its id.
struct MemoryWrite {
  int id = 0;
  std::uint64_t addr = 0;
  ByteMask strb{};
  LineData data{};
};

struct MemoryAck {
  int id = 0;
  bool error = false;
};

struct HubInputs {
  std::array<const Packet*, kMaxLanes> req{};     // from the crossbar; null: not valid
  std::array<const Packet*, kMaxLanes> rx{};      // from the link
  std::array<bool, kMaxLanes> tx_ready{};         // link can take a packet
  std::array<int, kMaxLanes> credit_peer{};       // a credit of this peer comes back; -1: none
  std::array<bool, kMaxLanes> write_ready{};      // memory can take a write
  std::array<std::optional<MemoryAck>, kMaxLanes> ack{};
  bool tile_ready = false;                        // thread-block scheduler can take a message

  HubInputs() { credit_peer.fill(-1); }
};

struct HubOutputs {
  std::array<bool, kMaxLanes> req_ready{};
  std::array<bool, kMaxLanes> rx_ready{};
  std::array<const Packet*, kMaxLanes> tx{};      // null: not valid
  std::array<const MemoryWrite*, kMaxLanes> write{};
  std::array<bool, kMaxLanes> ack_ready{};
  std::optional<TileMessage> tile;
  bool all_ready = false;
  bool irq = false;
  bool busy = false;  // 0: without input nothing will change, the hub need not be stepped
};

// Sizes of a hub, fixed when it is built (hub.sv's parameters of the same names).
struct HubParams {
  int lanes = 4;
  int peers = 8;
  int entries = 64;
  int rat_banks = 16;
  int rat_sets = 64;
  int rat_ways = 4;
  int regions = 64;
  int windows = 8;
  int tiles = 1024;
  int depth = 16;
  int outstanding = 256;
  int spill_slots = 64;
  int miss_ctx = 4;
};

class Hub {
 public:
  virtual ~Hub() = default;

  virtual const HubParams& params() const = 0;
  virtual const HubOutputs& outputs() const = 0;
  virtual void step(const HubInputs& inputs) = 0;  // one clock edge
  virtual std::uint64_t cycle() const = 0;         // edges so far

  // One AXI4-Lite access of a 32-bit register (addresses: registers.hpp). Blocks until the response;
  // the hub is clocked meanwhile with idle inputs and nothing ready, so nothing is lost. Returns
  // false / no value when the hub answers with an error.
  virtual bool write_reg(std::uint16_t addr, std::uint32_t value) = 0;
  virtual std::optional<std::uint32_t> read_reg(std::uint16_t addr) = 0;

  // From now on every edge is recorded into an FST file; false where the hub cannot.
  virtual bool start_waves(const std::string& file) = 0;
  virtual void stop_waves() = 0;
};

// Spill memory behind either hub: answers after `spill_latency_cycles`.
std::unique_ptr<Hub> make_model_hub(const HubParams& params, int spill_latency_cycles);

}  // namespace moehub
