// Register map of the hub (byte addresses, 32-bit words). docs/registers.md explains each field.
#pragma once

#include <cstdint>

namespace moehub::reg {

inline constexpr std::uint16_t kId = 0x000;        // RO 0x4d484231
inline constexpr std::uint16_t kParams0 = 0x004;   // RO lanes[7:0] peers[15:8] entries[31:16]
inline constexpr std::uint16_t kParams1 = 0x008;   // RO banks[7:0] sets[23:8] ways[31:24]
inline constexpr std::uint16_t kParams2 = 0x00c;   // RO regions[15:0] tiles[31:16] (65536 reads 0)
inline constexpr std::uint16_t kCtrl = 0x010;      // [0] enable; self-clearing: [1] flush row table
                                                   // [2] clear statistics and refusal counters
                                                   // [3] [4] [5] a wrong check bit into the next write of
                                                   // the row table, tile table, row counters
inline constexpr std::uint16_t kStatus = 0x014;    // RO [0] datapath busy [1] initialising or flushing
                                                   // [2] all ready [3] error captured
inline constexpr std::uint16_t kSelf = 0x018;      // [7:0] index of this GPU
inline constexpr std::uint16_t kPolicy = 0x01c;    // hub_pkg::policy_t: [0] merge [1] timer [2] prio
                                                   // [3] full first [4] row order [5] round robin
inline constexpr std::uint16_t kTimer = 0x020;     // tick[15:0] merge age[19:16] deadline age[23:20]
inline constexpr std::uint16_t kCredits = 0x024;   // [11:0] of each lane and peer
inline constexpr std::uint16_t kSetMask = 0x028;   // [15:0] sets in use of a bank, minus one
inline constexpr std::uint16_t kSpillBaseLo = 0x02c;
inline constexpr std::uint16_t kSpillBaseHi = 0x030;
inline constexpr std::uint16_t kPeerEnable = 0x034;  // 3 words, a bit a peer
inline constexpr std::uint16_t kIrqStatus = 0x040;   // W1C [0] refusal [1] all ready [2] table error
inline constexpr std::uint16_t kIrqEnable = 0x044;
inline constexpr std::uint16_t kErrCause = 0x050;    // [3:0] cause [31] valid; a write frees the capture
inline constexpr std::uint16_t kErrHeader = 0x054;   // 4 words of the first refused packet's header
inline constexpr std::uint16_t kRefused = 0x080;     // 16 counters, a word a cause
inline constexpr std::uint16_t kStat = 0x100;        // counters of 48 bits, lo and hi word, in the order
                                                     // of Stat; reading lo latches hi
inline constexpr std::uint16_t kWindow = 0x400;      // + 0x40 * window
inline constexpr std::uint16_t kRegion = 0x4000;     // + 0x40 * region

// Within a window.
inline constexpr std::uint16_t kWinBaseLo = 0x00;    // byte address, a multiple of 128
inline constexpr std::uint16_t kWinBaseHi = 0x04;
inline constexpr std::uint16_t kWinLimitLo = 0x08;   // address of the last line
inline constexpr std::uint16_t kWinLimitHi = 0x0c;
inline constexpr std::uint16_t kWinTile = 0x10;      // [5:0] log2 of a tile's bytes, [31:16] first tile
inline constexpr std::uint16_t kWinTileCount = 0x14;
inline constexpr std::uint16_t kWinTileBytes = 0x18;
inline constexpr std::uint16_t kWinLastTileBytes = 0x1c;
inline constexpr std::uint16_t kWinSource = 0x20;    // 3 words, a bit an allowed source
inline constexpr std::uint16_t kWinCtrl = 0x3c;      // [0] enable [1] tiled; [31] RO done.
                                                     // Writing enable = 1 initialises

// Within a region.
inline constexpr std::uint16_t kRegBaseLo = 0x00;    // byte address of row 0, a multiple of 128
inline constexpr std::uint16_t kRegBaseHi = 0x04;
inline constexpr std::uint16_t kRegRowBytes = 0x08;  // 1..65536
inline constexpr std::uint16_t kRegCapacity = 0x0c;  // rows, 1..2^20-1
inline constexpr std::uint16_t kRegTile = 0x10;      // [3:0] log2 of a tile's rows, [31:16] first tile
inline constexpr std::uint16_t kRegSource = 0x20;    // 3 words, a bit an allowed source
inline constexpr std::uint16_t kRegCtrl = 0x3c;      // [0] enable [15:8] generation; [31] RO complete.
                                                     // Writing enable = 1 initialises

// Index of a counter at kStat.
enum class Stat : std::uint16_t {
  requests, merges, tx_packets, loop_packets, tx_bytes, fences,
  rx_packets, wr_bytes, rat_hits, rat_allocs, rat_spills, rat_fills, rows_done,
  acks, tiles_ready, tiles_cancelled, owners_done,
  count
};

// Values of hub_pkg::refuse_e: index at kRefused.
enum class Refuse : std::uint8_t {
  none, unregistered, stale, offset, full, source, address, excess, malformed, spill_full, memory,
  report, request, table, count
};

}  // namespace moehub::reg
