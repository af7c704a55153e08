// Small bit operations of the reference model.
#pragma once

#include <cstdint>

#include "model/hub/packet.hpp"

namespace moehub::ref {

inline int lowest_bit(std::uint64_t bits) { return __builtin_ctzll(bits); }

// `bits` must not be empty. Calls `visit` with the index of each set bit, lowest first.
template <class Visit>
void for_each_bit(std::uint64_t bits, Visit visit) {
  for (; bits != 0; bits &= bits - 1) visit(lowest_bit(bits));
}

inline bool is_full(const ByteMask& strb) { return (strb[0] & strb[1]) == ~std::uint64_t{0}; }

// Bytes that the mask enables; most lines are full.
inline int mask_bytes(const ByteMask& strb) {
  return is_full(strb) ? kLineBytes : count_bytes(strb);
}

// Bits of a word that the byte enables in the low 8 bits of `enables` stand for.
inline std::uint64_t byte_lanes(std::uint64_t enables) {
  const std::uint64_t spread = ((enables & 0xffU) * 0x0101010101010101U) & 0x8040201008040201U;
  return ((((spread | (spread + 0x7f7f7f7f7f7f7f7fU)) & 0x8080808080808080U) >> 7) * 0xffU);
}

// Copies the enabled bytes of `from` over `into`; the last write of a byte wins.
inline void merge_line(const LineData& from, const ByteMask& strb, LineData& into) {
  for (std::size_t w = 0; w < from.size(); ++w) {
    const std::uint64_t enables = (strb[w / 8] >> (8 * (w % 8))) & 0xffU;
    if (enables == 0) continue;
    const std::uint64_t lanes = enables == 0xffU ? ~std::uint64_t{0} : byte_lanes(enables);
    into[w] = (into[w] & ~lanes) | (from[w] & lanes);
  }
}

}  // namespace moehub::ref
