#include "model/hub/packet.hpp"

#include <bitset>

namespace moehub {

int count_bytes(const ByteMask& strb) {
  std::size_t n = 0;
  for (const std::uint64_t word : strb) n += std::bitset<64>(word).count();
  return static_cast<int>(n);
}

int wire_bytes(const Packet& packet) {
  if (packet.header.kind == PacketKind::count) return kFlitBytes;
  if (packet.strb == kFullMask) return kFlitBytes + kLineBytes;
  int flits = 2;
  for (const std::uint64_t word : packet.strb) {
    for (int f = 0; f < 4; ++f) flits += ((word >> (16 * f)) & 0xffffU) != 0 ? 1 : 0;
  }
  return flits * kFlitBytes;
}

}  // namespace moehub
