#include "model/flows/software_layer.hpp"

#include <algorithm>

#include "model/flows/hub_programming.hpp"

namespace moehub {

namespace {
constexpr int kReceiveWindow = 0;
constexpr int kCombineWindow = 1;
}  // namespace

SoftwareLayer::SoftwareLayer(const LayerContext& context)
    : context_(context),
      layout_(make_software_layout(context.model, context.plan)),
      timing_(context.system.gpu, context.model),
      arrived_bytes_(static_cast<std::size_t>(context.plan.gpus())),
      doing_(static_cast<std::size_t>(context.plan.gpus()), "its start") {
  const LayerPlan& plan = context_.plan;
  for (int gpu = 0; gpu < plan.gpus(); ++gpu) {
    weights_.push_back(
        std::make_unique<WeightCache>(static_cast<std::int64_t>(context.system.gpu.l2_mb * 0.8e6)));
  }
  // The library's channels share what it reaches of the link equally among the other GPUs.
  const double peer_gb_per_s = context.system.fabric.gb_per_s_per_direction *
                               context.system.software.alltoall_efficiency /
                               std::max(plan.gpus() - 1, 1);
  const int peers_per_gpc = (plan.gpus() + kGpcs - 1) / kGpcs;
  pace_per_line_ = transfer_time(kLineBytes, peer_gb_per_s * peers_per_gpc);
  sort_choices();
}

SoftwareLayer::~SoftwareLayer() = default;

// A receive buffer holds the rows of source 0, then 1, ..; those of a source in order of expert.
void SoftwareLayer::sort_choices() {
  const LayerPlan& plan = context_.plan;
  choices_.resize(static_cast<std::size_t>(plan.gpus() * plan.gpus()));
  for (int token = 0; token < plan.tokens(); ++token) {
    for (int k = 0; k < plan.top_k(); ++k) {
      const int expert = plan.expert(token, k);
      if (expert == kDroppedChoice) continue;
      const int pair = plan.source_of(token) * plan.gpus() + plan.home(expert).gpu;
      choices_[static_cast<std::size_t>(pair)].push_back({token, k, 0});
    }
  }
  for (int destination = 0; destination < plan.gpus(); ++destination) {
    int slot = 0;
    for (int source = 0; source < plan.gpus(); ++source) {
      auto& list = choices_[static_cast<std::size_t>(source * plan.gpus() + destination)];
      std::stable_sort(list.begin(), list.end(), [&](const Choice& a, const Choice& b) {
        return plan.expert(a.token, a.k) < plan.expert(b.token, b.k);
      });
      for (Choice& choice : list) choice.slot = slot++;
    }
  }
}

void SoftwareLayer::prepare() {
  const LayerPlan& plan = context_.plan;
  for (int gpu = 0; gpu < plan.gpus(); ++gpu) {
    Hub& hub = context_.machine.hubs().hub(gpu);
    if (context_.first_layer) {
      enable_hub(hub, hub_setup(context_.system, gpu, plan.gpus()));
    } else {
      disable_window(hub, kReceiveWindow);
      disable_window(hub, kCombineWindow);
    }
    WindowSetup window;
    window.sources = PeerMask::first(plan.gpus());
    window.tiled = false;
    window.base = layout_.receive_base;
    window.bytes = static_cast<std::uint64_t>(std::max(plan.rows_to(gpu), 1) * layout_.slot_pitch);
    program_window(hub, kReceiveWindow, window);
    window.base = layout_.combine.base;
    window.bytes =
        static_cast<std::uint64_t>(std::max(plan.tokens_of(gpu), 1) * layout_.combine.token_pitch);
    program_window(hub, kCombineWindow, window);
    context_.machine.hubs().drain(gpu);
    wait_initialised(hub);
  }
  add_buffers();
}

void SoftwareLayer::add_buffers() {
  const LayerPlan& plan = context_.plan;
  std::vector<int> receive;
  std::vector<int> combine;
  for (int gpu = 0; gpu < plan.gpus(); ++gpu) {
    BufferSpec spec;
    spec.gpu = gpu;
    spec.is_window = true;
    spec.row_bytes = layout_.row_bytes;
    spec.slot_pitch = layout_.slot_pitch;
    spec.kind = RowKind::dispatch;
    spec.owner = kReceiveWindow;
    spec.base = layout_.receive_base;
    spec.group_pitch = layout_.slot_pitch;
    spec.groups = plan.rows_to(gpu);
    receive.push_back(context_.board.add_buffer(spec));
    spec.kind = RowKind::combine;
    spec.owner = kCombineWindow;
    spec.base = layout_.combine.base;
    spec.group_pitch = layout_.combine.token_pitch;
    spec.slots_per_group = plan.top_k();
    spec.groups = plan.tokens_of(gpu);
    combine.push_back(context_.board.add_buffer(spec));
  }
  for (int source = 0; source < plan.gpus(); ++source) {
    for (int destination = 0; destination < plan.gpus(); ++destination) {
      for (const Choice& c : choices(source, destination)) {
        context_.board.expect(RowKind::dispatch, c.token, c.k,
                              receive[static_cast<std::size_t>(destination)], c.slot);
        context_.board.expect(RowKind::combine, c.token, c.k,
                              combine[static_cast<std::size_t>(source)],
                              (c.token - plan.first_token(source)) * plan.top_k() + c.k);
      }
    }
  }
}

// ---- a GPU's program --------------------------------------------------------------------------------

void SoftwareLayer::spend(int gpu, Activity activity, double us) {
  ActivityLog& log = context_.machine.gpu(gpu).log();
  log.begin(activity, now());
  context_.machine.wait_for(from_us(us));
  log.end(activity, now());
}

void SoftwareLayer::kernel_gap(int) {
  context_.machine.wait_for(from_us(context_.system.software.kernel_gap_us));
}

void SoftwareLayer::run_kernel(int gpu, int blocks, std::function<Block(int)> make) {
  if (blocks == 0) return;
  Gpu& g = context_.machine.gpu(gpu);
  sc_core::sc_event done;
  Kernel kernel(blocks, std::move(make), [&](const Block&) {
    done.notify(sc_core::SC_ZERO_TIME);
    return true;
  });
  g.scheduler().add(kernel, 0);
  g.poke();
  context_.machine.wait_until(done, [&] { return kernel.complete(); });
  g.scheduler().remove(kernel);
}

void SoftwareLayer::run_move(int gpu, Activity activity, std::int64_t bytes) {
  if (bytes == 0) return;
  const int blocks = context_.system.gpu.sms;
  const Block block = timing_.move(activity, (bytes + blocks - 1) / blocks);
  run_kernel(gpu, blocks, [&](int) { return block; });
}

void SoftwareLayer::run_gemm(int gpu, Activity activity, bool second, double expert_launch_us) {
  const LayerPlan& plan = context_.plan;
  const GemmShape shape = second ? gemm2_shape(context_.model) : gemm1_shape(context_.model, false);
  const GemmTiming timing(context_.system.gpu, shape);
  Gpu& g = context_.machine.gpu(gpu);
  const int tile_rows = context_.system.gpu.gemm_tile_m;
  int blocks_left = 0;
  sc_core::sc_event done;
  GemmStage stage(second ? 2 : 1, activity, timing, plan.experts_on(gpu),
                  *weights_[static_cast<std::size_t>(gpu)], [&](int, int, int, Picoseconds) {
                    if (--blocks_left == 0) done.notify(sc_core::SC_ZERO_TIME);
                    return true;
                  });
  g.scheduler().add(stage, 0);
  int launched = 0;
  for (int local = 0; local < plan.experts_on(gpu); ++local) {
    const int rows = plan.rows_of(plan.expert_at(gpu, local));
    if (rows == 0) continue;
    if (launched++ > 0) context_.machine.wait_for(from_us(expert_launch_us));
    for (int first = 0; first < rows; first += tile_rows) {
      stage.add_tile(local, first / tile_rows, std::min(tile_rows, rows - first));
      blocks_left += stage.column_tiles();
    }
    g.poke();
  }
  context_.machine.wait_until(done, [&] { return blocks_left == 0; });
  g.scheduler().remove(stage);
}

void SoftwareLayer::barrier(int gpu) {
  ActivityLog& log = context_.machine.gpu(gpu).log();
  log.begin(Activity::barrier, now());
  context_.machine.barrier();
  context_.machine.wait_for(from_us(context_.system.software.poll_us));
  log.end(Activity::barrier, now());
}

// ---- all-to-all -------------------------------------------------------------------------------------

RowStore SoftwareLayer::store(const Choice& choice, int destination, bool dispatch) const {
  const LayerPlan& plan = context_.plan;
  RowStore store;
  store.header.kind = PacketKind::st;
  store.header.dst = static_cast<std::uint8_t>(destination);
  store.header.addr =
      dispatch ? layout_.receive_address(choice.slot)
               : layout_.combine.address(choice.token - plan.first_token(destination), choice.k);
  store.bytes = static_cast<int>(layout_.row_bytes);
  store.seed = row_seed({dispatch ? RowKind::dispatch : RowKind::combine, plan.layer(),
                         static_cast<std::uint32_t>(choice.token), choice.k});
  store.pace_per_line = pace_per_line_;
  return store;
}

void SoftwareLayer::alltoall_dispatch(int gpu) { alltoall(gpu, true); }
void SoftwareLayer::alltoall_combine(int gpu) { alltoall(gpu, false); }

// The library's fixed cost is its time for next to no data, less what the simulated path takes itself.
void SoftwareLayer::alltoall(int gpu, bool dispatch) {
  const LayerPlan& plan = context_.plan;
  const SystemConfig& system = context_.system;
  doing(gpu, dispatch ? "the all-to-all of the rows" : "the all-to-all of the results");
  const double path_us = (2 * system.fabric.gpu_to_switch_ns + system.fabric.switch_transit_ns +
                          system.gpu.memory_write_latency_ns) / 1e3 + system.software.poll_us;
  ActivityLog& log = context_.machine.gpu(gpu).log();
  const Activity activity = dispatch ? Activity::dispatch : Activity::combine;
  log.begin(activity, now());
  context_.machine.wait_for(from_us(std::max(system.software.alltoall_base_us - path_us, 0.0)));

  for (int i = 0; i < plan.gpus(); ++i) {
    const int peer = (gpu + i) % plan.gpus();
    const std::vector<Choice>& list = dispatch ? choices(gpu, peer) : choices(peer, gpu);
    context_.machine.gpu(gpu).store(i % kGpcs, {static_cast<int>(list.size()),
                                                [this, &list, peer, dispatch](int index) {
                                                  return store(list[static_cast<std::size_t>(index)],
                                                               peer, dispatch);
                                                },
                                                {}});
  }
  const int rows = dispatch ? plan.rows_to(gpu) : plan.rows_from(gpu);
  std::uint64_t& bytes = arrived_bytes_[static_cast<std::size_t>(gpu)];
  bytes += static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(layout_.row_bytes);
  context_.machine.wait_arrival(gpu, bytes);
  log.end(activity, now());
  doing(gpu, "the other GPUs");
  barrier(gpu);
}

LayerTimes SoftwareLayer::times() const {
  LayerTimes times;
  for (int gpu = 0; gpu < context_.plan.gpus(); ++gpu) {
    times.layer = std::max(times.layer, context_.machine.finished_at(gpu));
    times.compute = std::max(times.compute, context_.machine.gpu(gpu).log().busy(is_compute));
  }
  times.dispatch = inputs_ready_ - routed_;
  times.combine = home_ - results_;
  return times;
}

std::string SoftwareLayer::waiting_for(int gpu) const {
  return doing_[static_cast<std::size_t>(gpu)];
}

}  // namespace moehub
