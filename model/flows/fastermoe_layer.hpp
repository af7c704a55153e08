// The flow `fastermoe`: FasterMoE's schedule, slices of peers in a pipeline.
//
// Workers form groups of `fastermoe_group_gpus`. In slice i a worker sends to the group i places further on
// and gets from the group i places before, expert by expert, in an NCCL call each; all slices are sent one
// after the other on a stream of their own. On the other stream each slice's experts are computed as soon as
// the slice is there, one expert after the other; a slice's results go back when it is computed. Experts
// are not shadowed. (laekov/fastmoe, its fused forward with smart schedule.)
#pragma once

#include "model/flows/software_layer.hpp"

namespace moehub {

class FasterMoeLayer : public SoftwareLayer {
 public:
  explicit FasterMoeLayer(const LayerContext& context);
  void run_gpu(int gpu) override;

 private:
  struct Slices;
  int base_of(int gpu, int slice, int sign) const;
  int tag(int slice, int local, bool results) const;
  void exchange(int gpu, int slice, int local, bool results);
  void communicate(int gpu, Slices& slices);
  void compute(int gpu, int slice);

  int group_gpus_;
  int slices_;
};

}  // namespace moehub
