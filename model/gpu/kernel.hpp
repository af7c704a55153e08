// A kernel of independent thread blocks, known beforehand.
#pragma once

#include <functional>
#include <utility>

#include "model/gpu/work.hpp"

namespace moehub {

class Kernel : public WorkSource {
 public:
  /// `make` describes block 0 .. blocks-1. `done` is called when one is through and returns whether
  /// its SM is free; it may be empty.
  Kernel(int blocks, std::function<Block(int index)> make,
         std::function<bool(const Block& block)> done = {})
      : blocks_(blocks), make_(std::move(make)), done_(std::move(done)) {}

  std::optional<Block> next(Picoseconds) override {
    if (started_ == blocks_) return std::nullopt;
    Block block = make_(started_);
    block.item = started_++;
    return block;
  }
  bool finished(const Block& block, Picoseconds) override {
    const bool free = !done_ || done_(block);
    ++finished_;
    return free;
  }

  bool complete() const { return finished_ == blocks_; }
  int blocks_left() const { return blocks_ - finished_; }

 private:
  int blocks_;
  std::function<Block(int)> make_;
  std::function<bool(const Block&)> done_;
  int started_ = 0;
  int finished_ = 0;
};

}  // namespace moehub
