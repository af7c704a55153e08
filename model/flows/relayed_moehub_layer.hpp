// The flow `moehub` over several nodes: a token crosses to a node once and is passed on over NVLink.
//
// A GPU stores a token's row to the experts of its own node as ever, and once to every other node that needs
// it: to the relay region of the token's relay there (relay_plan.hpp). That is one more region, with tiles of one
// row; a thread block takes a few that are ready and stores them on to the experts. Thread blocks of GEMMs are
// long, so the experts leave some SMs to those that relay and sum. A GPU ends the first leg
// with a fence for the relay regions, and the second one, when its own relay region is complete and passed
// on, with a fence for the experts' regions.
//
// Results go to sums: windows of ordinary stores whose tiles are single tokens, one window for each number of
// parts, so that a tile's threshold is a register. Whoever sends a row on writes the address of its place in a
// sum into the extra column. A relay's sum is one more ordinary store, to a part of the owner's sum.
#pragma once

#include "model/flows/moehub_layer.hpp"
#include "model/flows/relay_plan.hpp"

namespace moehub {

class RelayedMoehubLayer : public MoehubLayer {
 public:
  explicit RelayedMoehubLayer(const LayerContext& context, HubUse use = {});
  ~RelayedMoehubLayer() override;

  void on_tile(int gpu, const TileMessage& message) override;
  void run_gpu(int gpu) override;
  LayerTimes times() const override;

 protected:
  PeerMask peers(int gpu) const override;
  void program_results(int gpu, Hub& hub) override;
  void add_result_buffers(int gpu) override;
  void expect_rows() override;
  std::vector<RowStore> stores_of(int token) const override;
  RowStore result_store(int token, int k, std::int64_t begin, std::int64_t end) const override;
  void rows_sent(int gpu) override;
  int sums(int gpu) const override { return static_cast<int>(plan_.sums(gpu).size()); }
  int sums_per_block() const override;
  Block sum_block(int gpu, const std::vector<int>& sums) const override;
  void sum_done(int gpu, int sum) override;
  int sms_left_free() const override;

 private:
  class RelaySource;

  int relay_region() const { return layout_.regions; }
  int relay_buffer(int gpu) const { return relay_buffers_[static_cast<std::size_t>(gpu)]; }
  int rows_to_relay(int gpu) const;
  std::uint64_t sums_base(int parts) const;
  std::int64_t sum_pitch(int parts) const;
  int sums_tile_base(int parts) const;
  std::uint64_t address(const RelayPlan::Place& place) const;
  RowStore relay_store(int token, int node, std::int64_t begin, std::int64_t end) const;
  RowStore partial_store(int token, int node) const;
  void relay(int gpu, const std::vector<int>& tokens, int sm);

  RelayPlan plan_;
  int relay_capacity_ = 0;  // rows of a relay region
  int sums_capacity_ = 0;   // of a GPU's sums with the same number of parts
  int first_sum_tile_ = 0;
  std::vector<std::unique_ptr<RelaySource>> relays_;  // [gpu]
  std::vector<bool> relay_closed_;                    // [gpu]: nothing more will come
  std::vector<int> relays_pending_;                   // [gpu] thread blocks' stores, not yet taken
  std::vector<int> relay_buffers_;                    // [gpu]
  std::vector<std::vector<int>> sum_buffers_;         // [gpu][parts]
  std::vector<std::vector<std::vector<int>>> sum_of_rank_;  // [gpu][parts][rank]
  sc_core::sc_event changed_;
};

/// The flow `moehub-dep` over several nodes.
class RelayedMoehubDepLayer : public RelayedMoehubLayer {
 public:
  explicit RelayedMoehubDepLayer(const LayerContext& context) : RelayedMoehubLayer(context, {false, true}) {}
};

}  // namespace moehub
