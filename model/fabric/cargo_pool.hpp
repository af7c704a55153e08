// What parcels hold while they are under way, in a pool that only grows: queues move an index.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace moehub {

template <class Cargo>
class CargoPool {
 public:
  std::uint32_t put(const Cargo& cargo) {
    if (free_.empty()) grow();
    const std::uint32_t index = free_.back();
    free_.pop_back();
    at(index) = cargo;
    return index;
  }
  const Cargo& operator[](std::uint32_t index) const {
    return (*chunks_[index / kChunk])[index % kChunk];
  }
  void release(std::uint32_t index) { free_.push_back(index); }

 private:
  static constexpr std::size_t kChunk = 1024;
  using Chunk = std::array<Cargo, kChunk>;

  Cargo& at(std::uint32_t index) { return (*chunks_[index / kChunk])[index % kChunk]; }
  void grow() {
    const std::size_t first = kChunk * chunks_.size();
    chunks_.push_back(std::make_unique<Chunk>());
    for (std::size_t i = kChunk; i > 0; --i) {
      free_.push_back(static_cast<std::uint32_t>(first + i - 1));
    }
  }

  std::vector<std::unique_ptr<Chunk>> chunks_;  // a cargo never moves
  std::vector<std::uint32_t> free_;
};

}  // namespace moehub
