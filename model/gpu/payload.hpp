// What the rows of a simulated layer contain: 64-bit words that name the row they belong to and
// their place in it, mixed so that every byte of a word depends on all of it.
//
// A word is a number times an odd constant, folded, and both once more; each step can be undone. So
// the words of a line cost an addition and a multiplication each, and whoever finds a word in memory
// can tell where it belongs without asking anyone.
#pragma once

#include <cstdint>

#include "model/hub/packet.hpp"

namespace moehub {

inline constexpr int kWordBytes = 8;
inline constexpr int kLineWords = kLineBytes / kWordBytes;

/// Dispatch: a token on its way to an expert. Combine: an expert's result on its way home. Relay: either on
/// its way between nodes, where one row stands for all of the token's experts there.
enum class RowKind : std::uint8_t { none = 0, dispatch = 1, combine = 2, relay = 3 };

/// The row that a word belongs to. `token` is the RowID: unique over all GPUs.
struct RowTag {
  RowKind kind = RowKind::none;
  int layer = 0;            ///< modulo 256
  std::uint32_t token = 0;  ///< 24 bits
  int k = 0;                ///< which of the token's choices, 0..255
};

namespace payload {

inline constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio, odd
inline constexpr std::uint64_t kSecond = 0xd1342543de82ef95;  // odd, its bits evenly mixed
inline constexpr std::uint64_t kMagic = 0x15a;                // 9 bits that a stray word lacks
inline constexpr int kWordBits = 13;                          // 8192 words: 64 KiB

/// Inverse of an odd number modulo 2^64, by Newton's iteration.
constexpr std::uint64_t inverse(std::uint64_t odd) {
  std::uint64_t x = odd;
  for (int i = 0; i < 5; ++i) x *= 2 - odd * x;
  return x;
}

constexpr std::uint64_t fold(std::uint64_t x) { return x ^ (x >> 32); }  // its own inverse

constexpr std::uint64_t mix(std::uint64_t multiple) {
  return fold(fold(multiple) * kSecond);
}

}  // namespace payload

/// First word of a row before mixing. 0 stands for a row of zeros.
using RowSeed = std::uint64_t;
inline constexpr RowSeed kZeroRow = 0;

constexpr RowSeed row_seed(const RowTag& tag) {
  return payload::kMagic << 55 | static_cast<std::uint64_t>(tag.kind) << 53 |
         static_cast<std::uint64_t>(tag.layer & 0xff) << 45 |
         static_cast<std::uint64_t>(tag.token & 0xffffffU) << 21 |
         static_cast<std::uint64_t>(tag.k & 0xff) << payload::kWordBits;
}

constexpr RowTag row_tag(RowSeed seed) {
  RowTag tag;
  tag.kind = static_cast<RowKind>(seed >> 53 & 3U);
  tag.layer = static_cast<int>(seed >> 45 & 0xffU);
  tag.token = static_cast<std::uint32_t>(seed >> 21 & 0xffffffU);
  tag.k = static_cast<int>(seed >> payload::kWordBits & 0xffU);
  return tag;
}

constexpr std::uint64_t payload_word(RowSeed seed, int word) {
  if (seed == kZeroRow) return 0;
  return payload::mix((seed + static_cast<std::uint64_t>(word)) * payload::kFactor);
}

/// Words `first` .. `first` + 15 of the row.
inline void fill_line(LineData& line, RowSeed seed, int first) {
  if (seed == kZeroRow) {
    line.fill(0);
    return;
  }
  std::uint64_t x = (seed + static_cast<std::uint64_t>(first)) * payload::kFactor;
  for (std::uint64_t& word : line) {
    word = payload::mix(x);
    x += payload::kFactor;
  }
}

/// Where a word found in memory belongs.
struct WordOrigin {
  bool known = false;  ///< false: not a word of any row
  RowSeed seed = 0;
  int word = 0;  ///< index in the row
};

inline WordOrigin origin_of(std::uint64_t stored) {
  constexpr std::uint64_t kInverse = payload::inverse(payload::kFactor);
  constexpr std::uint64_t kSecondInverse = payload::inverse(payload::kSecond);
  constexpr std::uint64_t kWordMask = (std::uint64_t{1} << payload::kWordBits) - 1;
  const std::uint64_t x = payload::fold(payload::fold(stored) * kSecondInverse) * kInverse;
  return {x >> 55 == payload::kMagic, x & ~kWordMask, static_cast<int>(x & kWordMask)};
}

}  // namespace moehub
