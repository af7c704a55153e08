#include "model/flows/polled_moehub_layer.hpp"

#include <algorithm>

#include "model/flows/held_sms.hpp"

namespace moehub {

namespace {
constexpr int kFlagWindow = 1;
constexpr std::uint64_t kFlags = std::uint64_t{3} << 45;  // a line for each sender: rows, then results
}  // namespace

PolledMoehubLayer::PolledMoehubLayer(const LayerContext& context, bool packet_management)
    : MoehubLayer(context, {packet_management, false}),
      pending_(static_cast<std::size_t>(context.plan.gpus())) {}

void PolledMoehubLayer::prepare() {
  MoehubLayer::prepare();
  const LayerPlan& plan = context_.plan;
  for (int gpu = 0; gpu < plan.gpus(); ++gpu) {
    BufferSpec flags;
    flags.gpu = gpu;
    flags.base = kFlags;
    flags.row_bytes = flags.slot_pitch = flags.group_pitch = kLineBytes;
    flags.groups = 2 * plan.gpus();
    context_.board.add_buffer(flags);
  }
  for (int token = 0; token < plan.tokens(); ++token) {
    for (int k = 0; k < plan.top_k(); ++k) {
      if (plan.expert(token, k) != kDroppedChoice) {
        ++pending_[static_cast<std::size_t>(plan.source_of(token))].rows;
      }
      ++pending_[static_cast<std::size_t>(sender_of(RowKind::combine, token, k))].results;
    }
  }
  Scoreboard::Observer observer;
  observer.row_in_memory = [this](RowKind kind, int token, int k) {
    Pending& sender = pending_[static_cast<std::size_t>(sender_of(kind, token, k))];
    --(kind == RowKind::dispatch ? sender.rows : sender.results);
    changed_.notify(sc_core::SC_ZERO_TIME);
  };
  observer.flag_in_memory = [this](int gpu, std::uint64_t addr) {
    const auto line = static_cast<int>((addr - kFlags) / kLineBytes);
    Pending& p = pending_[static_cast<std::size_t>(gpu)];
    ++(line < context_.plan.gpus() ? p.row_flags : p.result_flags);
  };
  context_.board.observe(std::move(observer));
}

// The results of dropped choices are zeros that the token's own GPU stores.
int PolledMoehubLayer::sender_of(RowKind kind, int token, int k) const {
  const int expert = context_.plan.expert(token, k);
  return kind == RowKind::dispatch || expert == kDroppedChoice ? context_.plan.source_of(token)
                                                               : context_.plan.home(expert).gpu;
}

void PolledMoehubLayer::program_results(int gpu, Hub& hub) {
  MoehubLayer::program_results(gpu, hub);
  WindowSetup window;
  window.base = kFlags;
  window.bytes = static_cast<std::uint64_t>(2 * context_.plan.gpus() * kLineBytes);
  window.sources = PeerMask::first(context_.plan.gpus());
  window.tiled = false;
  program_window_at(hub, kFlagWindow, window);
}

void PolledMoehubLayer::on_tile(int, const TileMessage&) {}

void PolledMoehubLayer::send_flags(int gpu, int first_line) {
  const int gpus = context_.plan.gpus();
  context_.machine.gpu(gpu).store(0, {gpus, [gpu, first_line](int peer) {
                                        RowStore flag;
                                        flag.header.kind = PacketKind::st;
                                        flag.header.dst = static_cast<std::uint8_t>(peer);
                                        flag.header.addr = kFlags + static_cast<std::uint64_t>(
                                            (first_line + gpu) * kLineBytes);
                                        flag.bytes = kSectorBytes;
                                        return flag;
                                      }, {}});
}

void PolledMoehubLayer::poll_flags(int gpu, int Pending::*flags) {
  const Pending& pending = pending_[static_cast<std::size_t>(gpu)];
  HeldSms poller(context_.machine, gpu, Activity::poll, 1);
  do {
    context_.machine.wait_for(from_us(context_.system.software.poll_us));
  } while (pending.*flags < context_.plan.gpus());
  poller.leave();
}

// In a GPU's thread: the fence, the flags and the polling for rows; then the same for results.
void PolledMoehubLayer::rows_sent(int gpu) {
  const LayerPlan& plan = context_.plan;
  const FabricConfig& fabric = context_.system.fabric;
  const Picoseconds answer = from_ns(2 * fabric.gpu_to_switch_ns + fabric.switch_transit_ns);
  const Pending& mine = pending_[static_cast<std::size_t>(gpu)];
  wait_taken(rows_pending(gpu));
  context_.machine.wait_until(changed_, [&] { return mine.rows == 0; });
  context_.machine.wait_for(answer);
  send_flags(gpu, 0);
  poll_flags(gpu, &Pending::row_flags);
  for (int local = 0; local < plan.experts_on(gpu); ++local) {
    const int rows = plan.rows_of(plan.expert_at(gpu, local));
    for (int first = 0; first < rows; first += layout_.tile_rows) {
      add_tile(gpu, local, first, std::min(layout_.tile_rows, rows - first));
    }
    no_more_tiles(gpu, local);
  }
  context_.machine.wait_until(changed_, [&] { return mine.results == 0; });
  context_.machine.wait_for(answer);
  send_flags(gpu, plan.gpus());
  poll_flags(gpu, &Pending::result_flags);
  for (int group = 0; group < groups(gpu); ++group) add_group(gpu, group);
}

}  // namespace moehub
