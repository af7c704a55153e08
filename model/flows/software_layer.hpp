// What the software flows are made of: a host that launches, kernels on streams, communication kernels that
// copy real rows over the fabric to addresses that software has agreed on.
//
// A flow is a GPU's program (run_gpu) that calls these in its order; a second stream of a GPU is a fork().
// Costs come from SystemConfig::software, each with its source there. Whatever software needs for itself
// shows as a span of its own: mediation, sync, launch, permute, poll, barrier.
#pragma once

#include <memory>
#include <vector>

#include "model/flows/exchange.hpp"
#include "model/flows/held_sms.hpp"
#include "model/flows/layer_context.hpp"
#include "model/flows/layout.hpp"
#include "model/gpu/gemm_stage.hpp"
#include "model/gpu/kernel.hpp"
#include "model/gpu/token_timing.hpp"

namespace moehub {

/// An event of a stream that others wait for (cudaEvent).
class Signal {
 public:
  void raise() {
    raised_ = true;
    event_.notify(sc_core::SC_ZERO_TIME);
  }
  bool raised() const { return raised_; }
  const sc_core::sc_event& event() const { return event_; }

 private:
  bool raised_ = false;
  sc_core::sc_event event_;
};

class SoftwareLayer : public LayerProgram {
 public:
  /// What a row stands for on the way to the experts, and a result on the way home.
  SoftwareLayer(const LayerContext& context, Exchange::Rows rows, Exchange::Rows results);

  void prepare() override;
  void on_arrival(int gpu, const CopyArrival& arrival) override;
  LayerTimes times() const override;
  std::string waiting_for(int gpu) const override;

 protected:
  const LayerPlan& plan() const { return context_.plan; }
  const SoftwareConfig& cost() const { return context_.system.software; }
  int gpus() const { return context_.plan.gpus(); }
  Picoseconds now() const { return context_.machine.now(); }
  /// What is shown when a run hangs.
  void doing(int gpu, const char* what) { doing_[static_cast<std::size_t>(gpu)] = what; }

  // ---- host and streams
  /// Software's own time: it shows as `activity` and no SM works.
  void spend(int gpu, Activity activity, double us);
  /// Agreeing on counts and offsets. On the way back both are known: nothing.
  void mediate(int gpu, double us);
  /// The host waits for the stream; what it launches from now on is no longer launched ahead. On the way
  /// back it needs nothing and does not wait.
  void synchronise(int gpu, double us);
  /// The host is busy with something else than launching.
  void host_works(int gpu, double us) { host_free_at_[static_cast<std::size_t>(gpu)] += from_us(us); }
  /// Until the stream's next kernel begins: the gap between kernels, or the host if that is behind.
  void launch(int gpu);
  /// Waits for all GPUs: it shows as barrier.
  void barrier(int gpu);
  void wait(const Signal& signal);

  // ---- kernels; each waits for its last thread block
  void run_kernel(int gpu, int blocks, std::function<Block(int)> make,
                  const std::function<void(const Block&)>& block_done = {});
  void route(int gpu);
  /// Moves `bytes` through memory: a kernel of equal blocks.
  void run_move(int gpu, Activity activity, std::int64_t bytes);
  void run_activation(int gpu, int rows);
  /// Weighted sum of `rows_a_token` results of each of a GPU's tokens.
  void run_reduce(int gpu, int rows_a_token);
  /// Rows of an expert of a GPU.
  struct ExpertRows {
    int local = 0;
    int rows = 0;
  };
  enum class Launches { one, an_expert };  // grouped kernel, or a kernel for each expert
  void run_gemm(int gpu, bool second, Launches launches, const std::vector<ExpertRows>& work);
  /// All rows that a GPU's experts get.
  std::vector<ExpertRows> all_rows(int gpu) const;

  // ---- communication kernels
  struct Message {
    int peer = 0;
    std::vector<CopyLoop> loops;
  };
  struct KernelStyle {
    Activity activity = Activity::dispatch;
    int sms = 0;                ///< that it holds
    double base_us = 0;         ///< of a call that moves next to nothing
    double drain_us = 0;        ///< from the last byte's arrival in a buffer until it is in its place
    double gb_per_s = 0;        ///< that all its loops together send over NVLink
    bool rendezvous = true;     ///< a message starts when both ends have their kernel running
  };
  /// A kernel of a GPU: sends its messages and returns when `bytes` with this tag have come to this GPU.
  /// The same tag on all GPUs makes it one collective.
  void run_collective(int gpu, int tag, const KernelStyle& style, std::vector<Message> messages,
                      std::int64_t bytes);
  void wait_arrival(int gpu, int tag, std::int64_t bytes);

  // ---- NCCL
  /// `longest_bytes`: of the messages that come to this GPU, the longest.
  KernelStyle nccl(Activity activity, std::int64_t longest_bytes) const;
  int nccl_loops(std::int64_t bytes) const;
  /// A message of some rows, divided among the loops that NCCL gives it.
  Message nccl_message(int peer, int count, const std::function<Copy(int)>& make,
                       std::int64_t bytes) const;
  /// All rows to the experts, or all results home.
  void alltoall_dispatch(int gpu, int tag);
  void alltoall_combine(int gpu, int tag);

  // ---- copies
  virtual Copy row_copy(const RowMove& row, int destination, int tag) const;
  Copy result_copy(const RowMove& row, int owner, int tag) const;
  /// Bytes [begin, end) of a result.
  Copy result_piece(const RowMove& row, int owner, std::int64_t begin, std::int64_t end, int tag) const;
  /// Of a token's choices that live on a GPU, the first.
  int first_choice_on(int token, int gpu) const;
  /// Padding of as many bytes as a row, which nobody reads.
  Copy padding_copy(int destination, int tag) const;
  /// Payload that NVLink carries at best between all GPUs.
  double link_gb_per_s() const;

  // ---- buffers
  /// More buffers of a GPU.
  virtual void add_more_buffers(int) {}
  /// Tells the scoreboard where rows and results must get.
  virtual void expect_rows();
  int receive_buffer(int gpu) const { return receive_buffers_[static_cast<std::size_t>(gpu)]; }
  int combine_buffer(int gpu) const { return combine_buffers_[static_cast<std::size_t>(gpu)]; }

  // ---- marks for times()
  void mark_routed() { routed_ = std::min(routed_, now()); }
  void mark_inputs_ready() { inputs_ready_ = std::max(inputs_ready_, now()); }
  void mark_results_computed() { computed_ = std::min(computed_, now()); }
  void mark_results_home() { home_ = std::max(home_, now()); }

  LayerContext context_;
  Exchange rows_;
  Exchange results_;
  SoftwareLayout layout_;
  TokenTiming timing_;
  std::vector<std::unique_ptr<WeightCache>> weights_;  // [gpu]

 private:
  // A GPU's part of a collective, and who has come to it.
  struct Call {
    int pacer = 0;
    int loops_left = 0;  // not yet sent
    std::vector<Message> messages;
    Signal sent;
  };
  struct Collective {
    std::vector<bool> there;
    std::vector<std::unique_ptr<Call>> calls;  // [gpu]
  };
  struct Incoming {
    std::vector<std::int64_t> bytes;  // [tag]
    sc_core::sc_event event;
  };
  void alltoall(int gpu, int tag, bool results);
  Collective& collective(int tag);
  void start_messages(int gpu, int peer, Collective& collective);

  std::vector<int> receive_buffers_;  // [gpu]
  std::vector<int> combine_buffers_;  // [gpu]
  std::vector<std::unique_ptr<Collective>> collectives_;  // [tag]
  std::vector<std::unique_ptr<Incoming>> incoming_;       // [gpu]
  std::vector<Picoseconds> host_free_at_;                 // [gpu]
  std::vector<const char*> doing_;
  Picoseconds routed_ = kNever;
  Picoseconds inputs_ready_ = 0;
  Picoseconds computed_ = kNever;
  Picoseconds home_ = 0;
};

}  // namespace moehub
