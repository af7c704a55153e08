// Logarithm, power and sigmoid in integers: the same bits on every platform, which the mathematics library
// does not promise.
#pragma once

#include <cstdint>

namespace moehub {

/// log2(n) with 24 bits of fraction, rounded down; n from 1 to 2^32 - 1.
std::int64_t log2_q24(std::uint32_t n);

/// 2^-x with 32 bits of fraction, to within 2^-26; x of 0 or more with 24 bits of fraction.
std::uint64_t exp2_minus_q32(std::int64_t x_q24);

/// 1 / (1 + e^-x) with 24 bits of fraction, to within 2^-22; x with 24 bits of fraction.
std::int64_t sigmoid_q24(std::int64_t x_q24);

}  // namespace moehub
