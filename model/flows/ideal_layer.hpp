// The flow `ideal`: communication is free. A row is in its expert's buffer the moment it is routed, a
// result is home the moment it is computed; everything else is as under `moehub`.
#pragma once

#include "model/flows/overlapped_layer.hpp"

namespace moehub {

class IdealLayer : public OverlappedLayer {
 public:
  explicit IdealLayer(const LayerContext& context);

  LayerTimes times() const override { return gpu_times(); }

 protected:
  void send_rows(int gpu, int first, int end, int sm) override;
  void rows_sent(int gpu) override;
  bool send_results(int gpu, const Tile& tile, int column, int sm) override;

 private:
  std::vector<std::vector<int>> tokens_in_region_;  // [gpu * regions + region]: by slot
  std::vector<std::vector<int>> results_left_;      // [gpu][group]: bytes
  int gpus_routing_;
};

}  // namespace moehub
