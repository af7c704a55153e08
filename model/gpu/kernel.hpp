// Kernels of independent thread blocks, known beforehand.
#pragma once

#include <functional>
#include <utility>
#include <vector>

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

/// A kernel whose blocks stay on their SMs until somebody else says that they are through.
class ResidentKernel : public WorkSource {
 public:
  ResidentKernel(Activity activity, int blocks, std::function<void()> all_started)
      : activity_(activity), blocks_(blocks), all_started_(std::move(all_started)) {}

  std::optional<Block> next(Picoseconds) override {
    if (offered_ == blocks_) return std::nullopt;
    ++offered_;
    Block block;
    block.activity = activity_;
    block.resident = true;
    return block;
  }
  bool finished(const Block&, Picoseconds) override { return true; }
  void started(const Block& block, Picoseconds) override {
    running_.push_back(block);
    if (static_cast<int>(running_.size()) == blocks_) all_started_();
  }

  bool resident() const { return static_cast<int>(running_.size()) == blocks_; }
  const std::vector<Block>& running() const { return running_; }

 private:
  Activity activity_;
  int blocks_;
  std::function<void()> all_started_;
  int offered_ = 0;
  std::vector<Block> running_;
};

}  // namespace moehub
