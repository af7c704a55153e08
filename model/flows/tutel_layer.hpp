// The flow `tutel`: Tutel's pipeline of equal chunks, with the degree that turns out best.
//
// Every expert gets the same capacity from every GPU: the largest load of any expert on any GPU, so that
// nothing is dropped. Rows are encoded into [expert, capacity], padded, and cut along the capacity into
// chunks. All-to-alls of the chunks follow each other on one stream; the experts of a chunk are a batched
// GEMM on the other, and go back when they are through. Padding is moved and computed like rows.
// Degrees 1, 2, 4 and 8 are tried and the fastest kept, as Tutel does while it trains
// (microsoft/tutel, its layer with overlap of all-to-all and experts).
#pragma once

#include "model/flows/software_layer.hpp"

namespace moehub {

class TutelLayer : public SoftwareLayer {
 public:
  static constexpr int kVariants = 4;  ///< degree 2^variant

  explicit TutelLayer(const LayerContext& context);
  void run_gpu(int gpu) override;

 private:
  struct Chunks;
  int chunk_rows(int chunk) const {
    return std::min(chunk_rows_, capacity_ - chunk * chunk_rows_);
  }
  void exchange(int gpu, int chunk, bool results);
  void communicate(int gpu, Chunks& chunks);

  int capacity_ = 0;    // rows of an expert from one GPU
  int chunks_ = 1;
  int chunk_rows_ = 0;  // of an expert from one GPU, in one chunk; the last may have fewer
};

}  // namespace moehub
