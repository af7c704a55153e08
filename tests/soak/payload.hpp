// What is stored: every word of eight bytes names the item it belongs to (a row, a line of a window), and all its bytes
// depend on all of the name.
#pragma once

#include <cstdint>

namespace moehub::soak {

struct WordName {
  std::uint32_t item = 0;  // within the round; 24 bits
  std::uint32_t word = 0;  // within the item; 16 bits
  std::uint32_t salt = 0;  // of the round; 24 bits
};

inline constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15U;
inline constexpr std::uint64_t kInverse = 0xf1de83e19937733dU;  // kOdd * kInverse = 1

inline std::uint64_t to_word(const WordName& name) {
  const std::uint64_t x =
      (std::uint64_t{name.salt} << 40 | std::uint64_t{name.item & 0xffffffU} << 16 | (name.word & 0xffffU)) * kOdd;
  return x ^ (x >> 32);
}

inline WordName name_of(std::uint64_t word) {
  const std::uint64_t x = (word ^ (word >> 32)) * kInverse;
  return {static_cast<std::uint32_t>(x >> 16) & 0xffffffU, static_cast<std::uint32_t>(x) & 0xffffU,
          static_cast<std::uint32_t>(x >> 40)};
}

}  // namespace moehub::soak
