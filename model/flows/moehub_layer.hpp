// The flow `moehub`: rows leave with a logical destination as they are routed, the hubs give them
// addresses and tell the thread-block schedulers which tiles are ready.
//
// No exchange of counts, no permutation, no barrier, no polling. What software does: it registers a
// region for each expert and the combine buffer as a window (before the layer, under the previous one's
// work), and each GPU ends its dispatch with one fence. The last GEMM reads the extra column of its rows
// and stores results to where it says.
//
// `moehub-dep` is the same with the hub's packet management switched off.
#pragma once

#include "model/flows/overlapped_layer.hpp"

namespace moehub {

/// What of the hub is in use: the ablations switch the rest off in its registers.
struct HubUse {
  bool packet_management = true;  ///< POLICY: off, every bit of it is 0
  bool ready_signals = true;      ///< off: a region is one tile that never fills, the window has none
};

class MoehubLayer : public OverlappedLayer {
 public:
  explicit MoehubLayer(const LayerContext& context, HubUse use = {});

  void prepare() override;
  void on_tile(int gpu, const TileMessage& message) override;
  LayerTimes times() const override;

 protected:
  void send_rows(int gpu, int first, int end, int sm) override;
  void rows_sent(int gpu) override;
  bool send_results(int gpu, const Tile& tile, int column, int sm) override;

  /// Waits until the hub has taken all rows of a GPU.
  void wait_rows_taken(int gpu);
  /// Windows and buffers that a flow adds.
  virtual void program_more(int) {}

 private:
  int buffer_of(int gpu, int region) const {
    return region_buffers_[static_cast<std::size_t>(gpu * layout_.regions + region)];
  }
  void program_hub(int gpu);
  void add_buffers(int gpu);
  RowStore row_store(int token, int k, std::int64_t begin, std::int64_t end) const;
  RowStore result_store(int token, int k, std::int64_t begin, std::int64_t end) const;

  std::vector<RowStore> stores_of(int token) const;

  HubUse use_;
  std::vector<int> region_buffers_;   // [gpu * regions + region]
  std::vector<int> combine_buffers_;  // [gpu]
  std::vector<int> bursts_left_;      // [gpu] of rows, not yet taken by the hub
  std::vector<std::vector<int>> results_under_way_;  // [gpu][sm] bursts, not yet taken by the hub
  sc_core::sc_event burst_taken_;
};

/// The flow `moehub-dep`: logical destinations and ready signals, no packet management.
class MoehubDepLayer : public MoehubLayer {
 public:
  explicit MoehubDepLayer(const LayerContext& context) : MoehubLayer(context, {false, true}) {}
};

}  // namespace moehub
