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
  MoehubLayer(const LayerContext& context, const HubLayout& layout, HubUse use);

  void send_rows(int gpu, int first, int end, int sm) override;
  void rows_sent(int gpu) override;
  bool send_results(int gpu, const Tile& tile, int column, int sm) override;

  // ---- what a flow with another way home changes
  /// GPUs that a GPU's hub talks to, itself included.
  virtual PeerMask peers(int gpu) const;
  /// More regions and windows, and their buffers.
  virtual void program_results(int gpu, Hub& hub);
  virtual void add_result_buffers(int gpu);
  /// Tells the scoreboard which row must get where.
  virtual void expect_rows();
  /// What a GPU stores for a token that it has routed.
  virtual std::vector<RowStore> stores_of(int token) const;
  /// Bytes [begin, end) of a result on its way.
  virtual RowStore result_store(int token, int k, std::int64_t begin, std::int64_t end) const;

  // ---- for them
  int buffer_of(int gpu, int region) const {
    return region_buffers_[static_cast<std::size_t>(gpu * layout_.regions + region)];
  }
  /// A row of an expert, or its extra column, to where its hub puts it.
  RowStore row_store(int token, int k, std::int64_t begin, std::int64_t end) const;
  void program_region_at(Hub& hub, int region, const RegionSetup& setup) const;
  void program_window_at(Hub& hub, int window, const WindowSetup& setup) const;
  /// Queues stores of a GPU; `pending` counts such calls until the hub has taken what they queued.
  void store_all(int gpu, int sm, std::vector<RowStore> stores, int& pending);
  /// Waits until the hub has taken what a counter counts.
  void wait_taken(const int& pending);
  /// Rows of a GPU's own tokens.
  const int& rows_pending(int gpu) const { return bursts_left_[static_cast<std::size_t>(gpu)]; }
  /// The hub reports to all its peers how many rows it sent to these regions of theirs.
  void fence(int gpu, int first_region, int regions);

 private:
  void program_hub(int gpu);
  void add_region_buffers(int gpu);

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
