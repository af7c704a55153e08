// Which GPU holds which expert, and which GPU a token starts on: contiguous blocks, as even as the
// numbers allow (the first `items % gpus` GPUs hold one more).
#pragma once

#include <vector>

namespace moehub {

/// Splits `items` consecutive items over `gpus` GPUs.
class BlockPlacement {
 public:
  BlockPlacement(int items, int gpus) : items_(items), gpus_(gpus) {}

  int items() const { return items_; }
  int gpus() const { return gpus_; }
  int count(int gpu) const { return items_ / gpus_ + (gpu < items_ % gpus_ ? 1 : 0); }
  /// First item of a GPU; first(gpus()) is items().
  int first(int gpu) const {
    const int extra = items_ % gpus_;
    return gpu * (items_ / gpus_) + (gpu < extra ? gpu : extra);
  }
  int gpu_of(int item) const {
    const int base = items_ / gpus_;
    const int extra = items_ % gpus_;
    const int in_larger_blocks = extra * (base + 1);
    return item < in_larger_blocks ? item / (base + 1) : extra + (item - in_larger_blocks) / base;
  }

 private:
  int items_;
  int gpus_;
};

/// Experts on GPUs: expert e lives on placement.gpu_of(e), as its expert number
/// e - placement.first(gpu) there. GPUs beyond the number of experts hold none.
using ExpertPlacement = BlockPlacement;

/// The GPU each token starts on where a trace does not say: contiguous equal blocks. [tokens]
std::vector<int> default_source_gpu(int tokens, int gpus);

}  // namespace moehub
