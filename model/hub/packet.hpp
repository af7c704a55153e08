// A packet as the hub sees it: one header flit, a byte mask and at most one line of payload.
#pragma once

#include <array>
#include <cstdint>

namespace moehub {

inline constexpr int kLineBytes = 128;
inline constexpr int kSectorBytes = 32;
inline constexpr int kFlitBytes = 16;
inline constexpr int kMaxLanes = 8;

// Values are those of hub_pkg::kind_e.
enum class PacketKind : std::uint8_t { none = 0, rowsp = 1, st = 2, count = 3, fence = 4 };

// hub_pkg::header_t, unpacked. `offset` and `addr` are of the line's first byte.
struct Header {
  PacketKind kind = PacketKind::none;
  bool nop = false;
  std::uint8_t src = 0;
  std::uint8_t dst = 0;
  std::uint8_t region = 0;
  std::uint8_t gen = 0;
  std::uint32_t row = 0;     // 24 bits
  std::uint16_t offset = 0;  // bytes
  std::uint64_t addr = 0;    // 48 bits, bytes
  std::uint8_t rsvd = 0;     // 3 bits, zero
};

using LineData = std::array<std::uint64_t, kLineBytes / 8>;  // little endian: byte i is bits 8i..8i+7
using ByteMask = std::array<std::uint64_t, kLineBytes / 64>;

inline constexpr ByteMask kFullMask = {~std::uint64_t{0}, ~std::uint64_t{0}};

struct Packet {
  Header header;
  ByteMask strb{};
  LineData data{};
  bool last = true;  // tlast; false only to provoke a refusal
};

// Bytes that the mask enables, 0..128.
int count_bytes(const ByteMask& strb);

// Bytes on the wire: header flit, byte-enable flit when the mask is not full, and the 16-byte data
// flits that hold an enabled byte. Reports carry no payload.
int wire_bytes(const Packet& packet);

}  // namespace moehub
