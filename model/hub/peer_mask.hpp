// A set of GPUs, a bit each, as the hub's registers hold it: three 32-bit words.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace moehub {

struct PeerMask {
  std::array<std::uint32_t, 3> words{};

  // GPUs 0 .. count-1.
  static PeerMask first(int count) {
    PeerMask mask;
    for (int gpu = 0; gpu < count; ++gpu) mask.set(gpu);
    return mask;
  }
  PeerMask& set(int gpu) {
    words.at(static_cast<std::size_t>(gpu / 32)) |= 1U << (gpu % 32);
    return *this;
  }
  PeerMask& clear(int gpu) {
    words.at(static_cast<std::size_t>(gpu / 32)) &= ~(1U << (gpu % 32));
    return *this;
  }
  bool test(int gpu) const {
    return gpu >= 0 && gpu < 96 &&
           ((words[static_cast<std::size_t>(gpu / 32)] >> (gpu % 32)) & 1U) != 0;
  }
  bool operator==(const PeerMask& other) const { return words == other.words; }
};

}  // namespace moehub
