// What the software flows are made of: kernels one after another on a stream, and all-to-alls of real
// rows through the same hubs and fabric, as ordinary stores to addresses that software has agreed on.
//
// A flow is a GPU's program (run_gpu) that calls these in its order. Costs of software come from
// SystemConfig::software, each with its source there.
#pragma once

#include <memory>
#include <vector>

#include "model/flows/layer_context.hpp"
#include "model/flows/layout.hpp"
#include "model/gpu/gemm_stage.hpp"
#include "model/gpu/kernel.hpp"
#include "model/gpu/token_timing.hpp"

namespace moehub {

class SoftwareLayer : public LayerProgram {
 public:
  explicit SoftwareLayer(const LayerContext& context);
  ~SoftwareLayer() override;

  void prepare() override;
  LayerTimes times() const override;
  std::string waiting_for(int gpu) const override;

 protected:
  // ---- a GPU's program, in its thread; `what` is shown when a run hangs
  /// Software's own time: it shows as `activity` and no SM works.
  void spend(int gpu, Activity activity, double us);
  /// From the end of one kernel of a stream to the begin of the next.
  void kernel_gap(int gpu);
  /// Runs thread blocks on all SMs and waits for the last one.
  void run_kernel(int gpu, int blocks, std::function<Block(int)> make);
  /// Moves `bytes` through memory: a kernel of equal blocks.
  void run_move(int gpu, Activity activity, std::int64_t bytes);
  /// One GEMM of all experts of a GPU. Expert e's thread blocks may start `expert_launch_us` x e after
  /// the first's: the CPU launches one GEMM after another.
  void run_gemm(int gpu, Activity activity, bool second, double expert_launch_us);
  /// Waits until all GPUs are here.
  void barrier(int gpu);

  /// The rows of all GPUs go to the experts' GPUs, or the results come home. Returns when everything that
  /// this GPU gets is in its memory and all other GPUs are through as well.
  void alltoall_dispatch(int gpu);
  void alltoall_combine(int gpu);

  // ---- marks for times()
  void mark_routed() { routed_ = std::min(routed_, now()); }
  void mark_inputs_ready() { inputs_ready_ = std::max(inputs_ready_, now()); }
  void mark_results_computed() { results_ = std::min(results_, now()); }
  void mark_results_home() { home_ = std::max(home_, now()); }

  Picoseconds now() const { return context_.machine.now(); }
  void doing(int gpu, const char* what) { doing_[static_cast<std::size_t>(gpu)] = what; }

  LayerContext context_;
  SoftwareLayout layout_;
  TokenTiming timing_;

 private:
  struct Choice {
    int token = 0;
    int k = 0;
    int slot = 0;  // in the destination's receive buffer
  };
  const std::vector<Choice>& choices(int source, int destination) const {
    return choices_[static_cast<std::size_t>(source * context_.plan.gpus() + destination)];
  }
  void sort_choices();
  void add_buffers();
  void alltoall(int gpu, bool dispatch);
  RowStore store(const Choice& choice, int destination, bool dispatch) const;

  std::vector<std::vector<Choice>> choices_;  // [source * gpus + destination], by expert, then token
  std::vector<std::uint64_t> arrived_bytes_;  // [gpu] expected in all so far
  std::vector<const char*> doing_;
  std::vector<std::unique_ptr<WeightCache>> weights_;
  Picoseconds pace_per_line_ = 0;
  Picoseconds routed_ = kNever;
  Picoseconds inputs_ready_ = 0;
  Picoseconds results_ = kNever;
  Picoseconds home_ = 0;
};

}  // namespace moehub
