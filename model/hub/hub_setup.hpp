// Programming a hub through its registers, and reading back what it counted: the same code for the
// RTL hub and the reference model. Every access is a 32-bit AXI4-Lite access of the register map in
// registers.hpp; the hub is clocked meanwhile. A write that the hub refuses is a mistake of the
// caller (a value out of range, a region that is not there) and throws std::runtime_error, which
// names the register.
#pragma once

#include <array>
#include <cstdint>

#include "model/hub/peer_mask.hpp"
#include "model/hub/port.hpp"
#include "model/hub/registers.hpp"

namespace moehub {

// kPolicy. Everything on is the hub of the paper; each switch off is one of its ablations.
struct PolicySetup {
  bool merge = true;
  bool timer = true;
  bool prio = true;
  bool full_first = true;
  bool row_order = true;
  bool round_robin = true;

  std::uint32_t word() const;
};

struct HubSetup {
  int self = 0;
  PeerMask peers;              // GPUs that take part, the own one included
  PolicySetup policy;
  int tick_cycles = 16;        // between two ticks of the entries' age
  int merge_age_ticks = 4;     // before a partial line may leave
  int deadline_age_ticks = 12;  // before an entry goes first; at most 15
  int credits = 64;            // packets of each (lane, peer) that may be under way
  int sets_in_use = 0;         // of a bank of the row table; 0: all. A power of two
  std::uint64_t spill_base = 0;
};

struct RegionSetup {
  std::uint64_t base = 0;  // byte address of row 0, a multiple of 128
  int row_bytes = 0;
  int capacity_rows = 0;
  int tile_rows_log2 = 7;
  int tile_base = 0;       // first of ceil(capacity / tile rows) tiles
  int generation = 0;
  PeerMask sources;        // GPUs that may store here, and of which reports are expected
};

struct WindowSetup {
  std::uint64_t base = 0;  // a multiple of 128
  std::uint64_t bytes = 0;  // a multiple of 128
  PeerMask sources;
  bool tiled = true;
  int tile_bytes_log2 = 7;  // address range of a tile
  int tile_base = 0;
  int tile_count = 1;
  std::uint32_t tile_ready_bytes = 0;       // stored bytes that make a tile ready
  std::uint32_t last_tile_ready_bytes = 0;  // the same for the last tile
};

// The counters of reg::Stat, in its order.
struct HubStatistics {
  std::uint64_t requests = 0;
  std::uint64_t merges = 0;
  std::uint64_t tx_packets = 0;
  std::uint64_t loop_packets = 0;
  std::uint64_t tx_bytes = 0;
  std::uint64_t fences = 0;
  std::uint64_t rx_packets = 0;
  std::uint64_t wr_bytes = 0;
  std::uint64_t rat_hits = 0;
  std::uint64_t rat_allocs = 0;
  std::uint64_t rat_spills = 0;
  std::uint64_t rat_fills = 0;
  std::uint64_t rows_done = 0;
  std::uint64_t acks = 0;
  std::uint64_t tiles_ready = 0;
  std::uint64_t tiles_cancelled = 0;
  std::uint64_t owners_done = 0;
};

inline constexpr int kRefusalCauses = 16;
using RefusalCounts = std::array<std::uint32_t, kRefusalCauses>;  // index: reg::Refuse

// The first refused packet since the capture was freed.
struct CapturedRefusal {
  bool valid = false;
  reg::Refuse cause = reg::Refuse::none;
  Header header;
};

// Self, policy, timers, credits and spill memory; then CTRL.enable. Regions and windows come after.
void enable_hub(Hub& hub, const HubSetup& setup);
void disable_hub(Hub& hub);

// Writes all fields and enables; the hub then initialises the region or window (wait_initialised).
void program_region(Hub& hub, int index, const RegionSetup& setup);
void program_window(Hub& hub, int index, const WindowSetup& setup);
void disable_region(Hub& hub, int index, int generation);
void disable_window(Hub& hub, int index);

// Reads STATUS until nothing is being initialised or flushed. Throws after `max_reads`.
void wait_initialised(Hub& hub, int max_reads = 100000);
void flush_row_table(Hub& hub);  // and waits
void clear_statistics(Hub& hub);

HubStatistics read_statistics(Hub& hub);
RefusalCounts read_refusals(Hub& hub);
CapturedRefusal read_capture(Hub& hub);
void free_capture(Hub& hub);  // and clears the interrupt's refusal bit

// hub_pkg::header_t as four words, least significant first, as kErrHeader shows it.
std::array<std::uint32_t, 4> pack_header(const Header& header);
Header unpack_header(const std::array<std::uint32_t, 4>& words);

// Raw accesses that throw where the hub answers with an error.
std::uint32_t read_checked(Hub& hub, std::uint16_t addr);
void write_checked(Hub& hub, std::uint16_t addr, std::uint32_t value);
inline std::uint16_t region_reg(int index, std::uint16_t field) {
  return static_cast<std::uint16_t>(reg::kRegion + 0x40 * index + field);
}
inline std::uint16_t window_reg(int index, std::uint16_t field) {
  return static_cast<std::uint16_t>(reg::kWindow + 0x40 * index + field);
}

}  // namespace moehub
