// Random numbers that are the same on every platform: Boost's mt19937_64 and its integer distribution are
// specified to the bit, where the standard library's distributions are not.
#pragma once

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cstdint>
#include <utility>
#include <vector>

namespace moehub {

using Engine = boost::random::mt19937_64;

/// 0 to bound - 1, all alike.
inline std::int64_t draw_below(Engine& engine, std::int64_t bound) {
  return boost::random::uniform_int_distribution<std::int64_t>(0, bound - 1)(engine);
}

/// Puts items into an order drawn from all alike.
template <typename T>
void shuffle(Engine& engine, std::vector<T>& items) {
  for (std::size_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1],
              items[static_cast<std::size_t>(draw_below(engine, static_cast<std::int64_t>(i)))]);
  }
}

/// Seed of a layer. Seeds of neighbouring layers must not be neighbours: splitmix64's finaliser (Steele et
/// al. 2014).
inline std::uint64_t layer_seed(std::uint64_t seed, int layer) {
  std::uint64_t x = seed + 0x9e3779b97f4a7c15ull * (static_cast<std::uint64_t>(layer) + 1);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

}  // namespace moehub
