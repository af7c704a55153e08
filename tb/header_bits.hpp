// hub_pkg::header_t as two 64-bit words, low word first.
#pragma once

#include <array>
#include <cstdint>

#include "model/hub/packet.hpp"

namespace moehub {

using HeaderBits = std::array<std::uint64_t, 2>;

// From the most significant bit: kind 4, nop 1, src 8, dst 8, region 8, gen 8, row 24, offset 16,
// addr 48, rsvd 3.
inline HeaderBits pack(const Header& h) {
  const std::uint64_t low = (std::uint64_t{h.offset} << 51) | ((h.addr & 0xffffffffffffU) << 3) |
                            (h.rsvd & 7U);
  const std::uint64_t high = (std::uint64_t{static_cast<std::uint8_t>(h.kind)} << 60) |
                             (std::uint64_t{h.nop} << 59) | (std::uint64_t{h.src} << 51) |
                             (std::uint64_t{h.dst} << 43) | (std::uint64_t{h.region} << 35) |
                             (std::uint64_t{h.gen} << 27) |
                             (std::uint64_t{h.row & 0xffffffU} << 3) | (h.offset >> 13);
  return {low, high};
}

inline Header unpack(const HeaderBits& bits) {
  Header h;
  const auto [low, high] = bits;
  h.kind = static_cast<PacketKind>(high >> 60);
  h.nop = ((high >> 59) & 1U) != 0;
  h.src = static_cast<std::uint8_t>(high >> 51);
  h.dst = static_cast<std::uint8_t>(high >> 43);
  h.region = static_cast<std::uint8_t>(high >> 35);
  h.gen = static_cast<std::uint8_t>(high >> 27);
  h.row = static_cast<std::uint32_t>(high >> 3) & 0xffffffU;
  h.offset = static_cast<std::uint16_t>((low >> 51) | ((high & 7U) << 13));
  h.addr = (low >> 3) & 0xffffffffffffU;
  h.rsvd = static_cast<std::uint8_t>(low & 7U);
  return h;
}

}  // namespace moehub
