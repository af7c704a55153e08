// The flows `moehub-base` and `moehub-pkt`: the hubs give addresses, but software has to find out itself
// when rows and results are there.
//
// A GPU that has stored its last row waits until all of them are in memory (a fence of the whole system), then
// stores a flag with its row counts to every GPU. A thread block of each GPU, on an SM of its own, asks these
// flags again and again; the experts start when all GPUs' flags are there: rows of different GPUs lie mixed
// in a region, so that before that no tile of it is known to be whole. Results come home the same way.
#pragma once

#include "model/flows/moehub_layer.hpp"

namespace moehub {

class PolledMoehubLayer : public MoehubLayer {
 public:
  void prepare() override;
  void on_tile(int gpu, const TileMessage& message) override;

 protected:
  PolledMoehubLayer(const LayerContext& context, bool packet_management);
  void rows_sent(int gpu) override;
  void program_results(int gpu, Hub& hub) override;

 private:
  struct Pending {  // what a GPU has sent that is not in memory yet, and flags that have come to it
    int rows = 0;
    int results = 0;
    int row_flags = 0;
    int result_flags = 0;
  };
  int sender_of(RowKind kind, int token, int k) const;
  void send_flags(int gpu, int first_line);
  void poll_flags(int gpu, int Pending::*flags);

  std::vector<Pending> pending_;  // [gpu]
  sc_core::sc_event changed_;
};

/// Logical destinations only.
class MoehubBaseLayer : public PolledMoehubLayer {
 public:
  explicit MoehubBaseLayer(const LayerContext& context) : PolledMoehubLayer(context, false) {}
};

/// And packet management.
class MoehubPktLayer : public PolledMoehubLayer {
 public:
  explicit MoehubPktLayer(const LayerContext& context) : PolledMoehubLayer(context, true) {}
};

}  // namespace moehub
