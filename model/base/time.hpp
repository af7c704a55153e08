// Simulated time: whole picoseconds, so that a link's rate and the hub's clock never round against
// each other. Converted to microseconds only where a person reads it.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace moehub {

using Picoseconds = std::int64_t;

inline constexpr Picoseconds kNever = std::numeric_limits<Picoseconds>::max();

inline Picoseconds from_ns(double ns) { return std::llround(ns * 1e3); }
inline Picoseconds from_us(double us) { return std::llround(us * 1e6); }
constexpr double to_ns(Picoseconds time) { return static_cast<double>(time) / 1e3; }
constexpr double to_us(Picoseconds time) { return static_cast<double>(time) / 1e6; }

/// Time that `bytes` take at `gb_per_s` (10^9 bytes a second).
inline Picoseconds transfer_time(double bytes, double gb_per_s) {
  return std::llround(bytes / gb_per_s * 1e3);
}

/// The first middle of a cycle that is not before `time`.
constexpr Picoseconds half_cycle(Picoseconds time, Picoseconds cycle) {
  const Picoseconds middle = time / cycle * cycle + cycle / 2;
  return middle >= time ? middle : middle + cycle;
}

}  // namespace moehub
