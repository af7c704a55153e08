// The flow `deepep` over several nodes: its internode kernels.
//
// Dispatch: a token goes once to every other node that has experts for it, over the NICs, to the GPU on the
// same rail (relay_plan.hpp); that GPU's forwarders pass it on over NVLink, once to each GPU that needs it, as
// it comes. Combine: every GPU sums a token's results of its experts; sums of tokens of other nodes go over
// NVLink to their relay, which sums them as they come and sends one row home over the NIC.
#pragma once

#include "model/flows/deepep_layer.hpp"
#include "model/flows/relay_plan.hpp"

namespace moehub {

class RelayedDeepepLayer : public DeepepLayer {
 public:
  explicit RelayedDeepepLayer(const LayerContext& context);
  void on_arrival(int gpu, const CopyArrival& arrival) override;

 protected:
  void add_more_buffers(int gpu) override;
  void expect_rows() override;
  void dispatch(int gpu) override;
  void combine(int gpu) override;

 private:
  // What a GPU relays, counted down as it comes.
  struct Relay {
    std::vector<int> tokens;                  // [rank]
    std::vector<std::int64_t> row_bytes;      // [rank] still to come
    std::vector<std::int64_t> partial_bytes;  // [rank] still to come, of all sums
    int pacer = -1;
    int loops = 0;                            // started and not yet sent
    int rows = 0;                             // not yet passed on
    int partials = 0;                         // not yet sent home
    sc_core::sc_event changed;
  };
  Relay& relay_of(int gpu) { return *relays_[static_cast<std::size_t>(gpu)]; }
  int rank_of(int token, int node) const;
  /// GPUs of a node that have experts for a token, each with the token's first choice there.
  std::vector<RowMove> visits(int token, int node) const;
  Copy relay_copy(int token, int node, bool partial) const;
  Copy partial_copy(const RowMove& row, int node) const;
  void pass_on(int gpu, int rank);
  void send_home(int gpu, int rank);
  void start(int gpu, CopyLoop loop);
  void finish(int gpu, int Relay::*left);
  std::vector<Message> messages_within(int gpu, bool results);
  void run(int gpu, bool results);

  RelayPlan relay_plan_;
  std::vector<std::vector<int>> slot_of_;  // [gpu][token] in its receive buffer; -1: not there
  std::vector<std::unique_ptr<Relay>> relays_;
  std::vector<int> relay_buffers_;    // [gpu]
  std::vector<int> partial_buffers_;  // [gpu]
};

}  // namespace moehub
