#include "model/routing/fixed_point.hpp"

#include <array>

namespace moehub {
namespace {

constexpr int kFraction = 24;
constexpr std::int64_t kLog2E = 24204406;  // log2(e) = 1.44269504 with 24 bits of fraction
constexpr std::uint64_t kOne = std::uint64_t{1} << 32;

constexpr std::uint64_t square_root(std::uint64_t value) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 31; bit != 0; bit >>= 1) {
    if ((root | bit) * (root | bit) <= value) root |= bit;
  }
  return root;
}

// [i]: 2^-(2^-(i+1)) with 32 bits of fraction: 2^-1/2, 2^-1/4, ...
constexpr std::array<std::uint64_t, kFraction> halving_powers() {
  std::array<std::uint64_t, kFraction> powers{};
  std::uint64_t power = kOne / 2;
  for (std::uint64_t& entry : powers) entry = power = square_root(power << 32);
  return powers;
}
constexpr std::array<std::uint64_t, kFraction> kHalvingPowers = halving_powers();

}  // namespace

std::int64_t log2_q24(std::uint32_t n) {
  int whole = 31;
  while ((n >> whole) == 0) --whole;
  std::uint64_t mantissa = std::uint64_t{n} << (31 - whole);  // from 1 to 2, with 31 bits of fraction
  std::int64_t result = whole;
  for (int bit = 0; bit < kFraction; ++bit) {  // squaring doubles the logarithm: one bit a time
    mantissa = (mantissa * mantissa) >> 31;
    const bool two = mantissa >= kOne;
    if (two) mantissa >>= 1;
    result = 2 * result + (two ? 1 : 0);
  }
  return result;
}

std::uint64_t exp2_minus_q32(std::int64_t x_q24) {
  const std::int64_t whole = x_q24 >> kFraction;
  if (whole > 32) return 0;
  std::uint64_t power = kOne;
  for (int bit = 0; bit < kFraction; ++bit) {
    const bool set = ((x_q24 >> (kFraction - 1 - bit)) & 1) != 0;
    if (set) power = (power * kHalvingPowers[static_cast<std::size_t>(bit)]) >> 32;
  }
  return power >> whole;
}

std::int64_t sigmoid_q24(std::int64_t x_q24) {
  const std::int64_t size = x_q24 < 0 ? -x_q24 : x_q24;
  constexpr std::int64_t kFar = std::int64_t{64} << kFraction;  // 1 to within far more than 24 bits
  const std::uint64_t e_minus = size > kFar ? 0 : exp2_minus_q32((size * kLog2E) >> kFraction);
  const auto above = static_cast<std::int64_t>((kOne << kFraction) / (kOne + e_minus));
  return x_q24 < 0 ? (std::int64_t{1} << kFraction) - above : above;
}

}  // namespace moehub
