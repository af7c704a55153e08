// Packets under way, in a pool that only grows: a queue moves an index, never a line.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "model/hub/packet.hpp"

namespace moehub {

using PacketIndex = std::uint32_t;

class PacketPool {
 public:
  PacketIndex put(const Packet& packet) {
    if (free_.empty()) grow();
    const PacketIndex index = free_.back();
    free_.pop_back();
    at(index) = packet;
    return index;
  }
  const Packet& operator[](PacketIndex index) const {
    return (*chunks_[index / kChunk])[index % kChunk];
  }
  void release(PacketIndex index) { free_.push_back(index); }

  std::size_t in_use() const { return kChunk * chunks_.size() - free_.size(); }

 private:
  static constexpr std::size_t kChunk = 1024;
  using Chunk = std::array<Packet, kChunk>;

  Packet& at(PacketIndex index) { return (*chunks_[index / kChunk])[index % kChunk]; }
  void grow() {
    const std::size_t first = kChunk * chunks_.size();
    chunks_.push_back(std::make_unique<Chunk>());
    for (std::size_t i = kChunk; i > 0; --i) {
      free_.push_back(static_cast<PacketIndex>(first + i - 1));
    }
  }

  std::vector<std::unique_ptr<Chunk>> chunks_;  // a packet never moves
  std::vector<PacketIndex> free_;
};

}  // namespace moehub
