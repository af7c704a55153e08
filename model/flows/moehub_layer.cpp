#include "model/flows/moehub_layer.hpp"

#include <algorithm>

#include "model/flows/hub_programming.hpp"

namespace moehub {

namespace {

constexpr int kCombineWindow = 0;
constexpr int kResultsUnderWay = 1;  // of an SM, beside the block that it computes
constexpr int kMostTileRowsLog2 = 15;

int log2_of(std::int64_t power) {
  int log2 = 0;
  while ((std::int64_t{1} << log2) < power) ++log2;
  return log2;
}

}  // namespace

MoehubLayer::MoehubLayer(const LayerContext& context, HubUse use)
    : MoehubLayer(context, make_hub_layout(context.system, context.model, context.plan), use) {}

MoehubLayer::MoehubLayer(const LayerContext& context, const HubLayout& layout, HubUse use)
    : OverlappedLayer(context, layout),
      use_(use),
      bursts_left_(static_cast<std::size_t>(context.plan.gpus())),
      results_under_way_(static_cast<std::size_t>(context.plan.gpus()),
                         std::vector<int>(static_cast<std::size_t>(context.system.gpu.sms))) {}

// ---- before the layer -------------------------------------------------------------------------------

void MoehubLayer::prepare() {
  for (int gpu = 0; gpu < context_.plan.gpus(); ++gpu) {
    program_hub(gpu);
    add_region_buffers(gpu);
    add_result_buffers(gpu);
  }
  expect_rows();
}

PeerMask MoehubLayer::peers(int) const { return PeerMask::first(context_.plan.gpus()); }

void MoehubLayer::expect_rows() {
  const LayerPlan& plan = context_.plan;
  for (int token = 0; token < plan.tokens(); ++token) {
    const int owner = plan.source_of(token);
    for (int k = 0; k < plan.top_k(); ++k) {
      const int expert = plan.expert(token, k);
      const bool dropped = expert == kDroppedChoice;
      if (!dropped) {
        const ExpertHome home = plan.home(expert);
        context_.board.expect(RowKind::dispatch, token, k, buffer_of(home.gpu, home.local));
      }
      context_.board.expect(RowKind::combine, token, k,
                            combine_buffers_[static_cast<std::size_t>(owner)],
                            (token - plan.first_token(owner)) * plan.top_k() + k, dropped);
    }
  }
}

// A region is told anew only while it is disabled; its new generation keeps strays of the layer before out.
void MoehubLayer::program_region_at(Hub& hub, int region, const RegionSetup& setup) const {
  if (!context_.first_layer) disable_region(hub, region, setup.generation);
  program_region(hub, region, setup);
}

void MoehubLayer::program_window_at(Hub& hub, int window, const WindowSetup& setup) const {
  if (!context_.first_layer) disable_window(hub, window);
  program_window(hub, window, setup);
}

void MoehubLayer::program_hub(int gpu) {
  Hub& hub = context_.machine.hubs().hub(gpu);
  if (context_.first_layer) {
    HubSetup setup = hub_setup(context_.system, gpu, context_.plan.gpus());
    setup.peers = peers(gpu);
    if (!use_.packet_management) setup.policy = {false, false, false, false, false, false};
    enable_hub(hub, setup);
  }
  for (int region = 0; region < layout_.regions; ++region) {
    RegionSetup setup;
    setup.base = layout_.region_base(region);
    setup.row_bytes = static_cast<int>(layout_.row_bytes);
    setup.capacity_rows = layout_.capacity_rows;
    setup.tile_rows_log2 = use_.ready_signals ? log2_of(layout_.tile_rows) : kMostTileRowsLog2;
    setup.tile_base = layout_.tile_base(region);
    setup.generation = context_.generation;
    setup.sources = peers(gpu);
    program_region_at(hub, region, setup);
  }
  program_results(gpu, hub);
  context_.machine.hubs().drain(gpu);
  wait_initialised(hub);
}

void MoehubLayer::program_results(int gpu, Hub& hub) {
  const LayerPlan& plan = context_.plan;
  const int tokens = plan.tokens_of(gpu);
  const CombineLayout& combine = layout_.combine;
  if (tokens == 0) return;
  const std::int64_t token_bytes = plan.top_k() * layout_.payload_bytes;
  const int tiles = combine.tiles(tokens);
  WindowSetup setup;
  setup.base = combine.base;
  setup.bytes = static_cast<std::uint64_t>(tokens * combine.token_pitch);
  setup.sources = peers(gpu);
  setup.tiled = use_.ready_signals;
  setup.tile_bytes_log2 = log2_of(combine.tokens_per_tile * combine.token_pitch);
  setup.tile_base = combine.tile_base;
  setup.tile_count = tiles;
  setup.tile_ready_bytes = static_cast<std::uint32_t>(tokens_in_group(gpu, 0) * token_bytes);
  setup.last_tile_ready_bytes =
      static_cast<std::uint32_t>(tokens_in_group(gpu, tiles - 1) * token_bytes);
  program_window_at(hub, kCombineWindow, setup);
}

void MoehubLayer::add_region_buffers(int gpu) {
  for (int region = 0; region < layout_.regions; ++region) {
    BufferSpec spec;
    spec.gpu = gpu;
    spec.kind = RowKind::dispatch;
    spec.base = layout_.region_base(region);
    spec.row_bytes = layout_.row_bytes;
    spec.slot_pitch = spec.group_pitch = to_lines(layout_.row_bytes);
    spec.groups = layout_.capacity_rows;
    spec.hub_places_rows = true;
    spec.owner = region;
    spec.tile_base = layout_.tile_base(region);
    spec.tile_count = (layout_.capacity_rows + layout_.tile_rows - 1) / layout_.tile_rows;
    spec.groups_per_tile = use_.ready_signals ? layout_.tile_rows : 0;
    region_buffers_.push_back(context_.board.add_buffer(spec));
  }
}

void MoehubLayer::add_result_buffers(int gpu) {
  const LayerPlan& plan = context_.plan;
  BufferSpec spec;
  spec.gpu = gpu;
  spec.kind = RowKind::combine;
  spec.base = layout_.combine.base;
  spec.row_bytes = layout_.payload_bytes;
  spec.slot_pitch = layout_.combine.slot_pitch;
  spec.group_pitch = layout_.combine.token_pitch;
  spec.slots_per_group = plan.top_k();
  spec.groups = plan.tokens_of(gpu);
  spec.is_window = true;
  spec.owner = kCombineWindow;
  spec.tile_base = layout_.combine.tile_base;
  spec.tile_count = groups(gpu);
  spec.groups_per_tile =
      use_.ready_signals && spec.groups > 0 ? layout_.combine.tokens_per_tile : 0;
  combine_buffers_.push_back(context_.board.add_buffer(spec));
}

// ---- dispatch ---------------------------------------------------------------------------------------

RowStore MoehubLayer::row_store(int token, int k, std::int64_t begin, std::int64_t end) const {
  const ExpertHome home = context_.plan.home(context_.plan.expert(token, k));
  RowStore store;
  store.header.kind = PacketKind::rowsp;
  store.header.dst = static_cast<std::uint8_t>(home.gpu);
  store.header.region = static_cast<std::uint8_t>(home.local);
  store.header.gen = static_cast<std::uint8_t>(context_.generation);
  store.header.row = static_cast<std::uint32_t>(token);
  store.header.offset = static_cast<std::uint16_t>(begin);
  store.bytes = static_cast<int>(end - begin);
  store.seed = row_seed({RowKind::dispatch, context_.plan.layer(),
                         static_cast<std::uint32_t>(token), k});
  store.first_word = static_cast<int>(begin / kWordBytes);
  return store;
}

RowStore MoehubLayer::result_store(int token, int k, std::int64_t begin, std::int64_t end) const {
  const LayerPlan& plan = context_.plan;
  const int owner = plan.source_of(token);
  RowStore store;
  store.header.kind = PacketKind::st;
  store.header.dst = static_cast<std::uint8_t>(owner);
  store.header.addr = layout_.combine.address(token - plan.first_token(owner), k) +
                      static_cast<std::uint64_t>(begin);
  store.bytes = static_cast<int>(end - begin);
  store.seed =
      row_seed({RowKind::combine, plan.layer(), static_cast<std::uint32_t>(token), k});
  store.first_word = static_cast<int>(begin / kWordBytes);
  return store;
}

// Two stores for each choice: the row, and its extra column, which nobody waits for. A dropped choice
// becomes a result of zeros at home.
std::vector<RowStore> MoehubLayer::stores_of(int token) const {
  std::vector<RowStore> stores;
  for (int k = 0; k < context_.plan.top_k(); ++k) {
    if (context_.plan.expert(token, k) == kDroppedChoice) {
      stores.push_back(result_store(token, k, 0, layout_.payload_bytes));
      stores.back().seed = kZeroRow;
      continue;
    }
    stores.push_back(row_store(token, k, 0, layout_.payload_bytes));
    stores.push_back(row_store(token, k, layout_.payload_bytes, layout_.row_bytes));
    stores.back().header.nop = true;
  }
  return stores;
}

void MoehubLayer::send_rows(int gpu, int first, int end, int sm) {
  std::vector<RowStore> stores;
  for (int token = first; token < end; ++token) {
    const std::vector<RowStore> more = stores_of(token);
    stores.insert(stores.end(), more.begin(), more.end());
  }
  store_all(gpu, sm, std::move(stores), bursts_left_[static_cast<std::size_t>(gpu)]);
}

void MoehubLayer::store_all(int gpu, int sm, std::vector<RowStore> stores, int& pending) {
  ++pending;
  const int count = static_cast<int>(stores.size());
  const auto make = [stores = std::move(stores)](int index) {
    return stores[static_cast<std::size_t>(index)];
  };
  context_.machine.gpu(gpu).store(sm, {count, make, [this, &pending] {
                                         --pending;
                                         burst_taken_.notify(sc_core::SC_ZERO_TIME);
                                       }});
}

void MoehubLayer::wait_taken(const int& pending) {
  context_.machine.wait_until(burst_taken_, [&] { return pending == 0; });
}

void MoehubLayer::fence(int gpu, int first_region, int regions) {
  RowStore fence;
  fence.header.kind = PacketKind::fence;
  fence.header.region = static_cast<std::uint8_t>(first_region);
  fence.header.gen = static_cast<std::uint8_t>(context_.generation);
  fence.header.row = static_cast<std::uint32_t>(regions);
  context_.machine.gpu(gpu).store(0, {1, [fence](int) { return fence; }, {}});
}

void MoehubLayer::rows_sent(int gpu) {
  wait_taken(rows_pending(gpu));
  fence(gpu, 0, layout_.regions);
}

void MoehubLayer::on_tile(int gpu, const TileMessage& message) {
  if (message.kind == TileKind::owner_done && !message.is_window) no_more_tiles(gpu, message.owner);
  if (message.kind != TileKind::ready) return;
  if (message.is_window) {
    add_group(gpu, message.tile - layout_.combine.tile_base);
    return;
  }
  const int region = message.owner;
  const int tile = message.tile - layout_.tile_base(region);
  add_tile(gpu, region, tile * layout_.tile_rows, static_cast<int>(message.count));
}

// ---- combine ----------------------------------------------------------------------------------------

// A persistent GEMM kernel stores the results of one block while it computes the next: an SM waits
// only when the hub has not yet taken those of the block before.
bool MoehubLayer::send_results(int gpu, const Tile& tile, int column, int sm) {
  const int buffer = buffer_of(gpu, tile.region);
  const std::int64_t begin = column_begin(column);
  const std::int64_t end = column_end(column);
  const int first_slot = tile.first_slot;
  const auto make = [=](int index) {
    // The extra column of the row says whose result this is.
    const RowTag row = context_.board.row_in(buffer, first_slot + index);
    return result_store(static_cast<int>(row.token), row.k, begin, end);
  };
  int& under_way = results_under_way_[static_cast<std::size_t>(gpu)][static_cast<std::size_t>(sm)];
  const bool free = ++under_way <= kResultsUnderWay;
  Gpu& g = context_.machine.gpu(gpu);
  g.store(sm, {tile.rows, make, [&g, &under_way, sm] {
                 if (--under_way < kResultsUnderWay) return;
                 g.scheduler().release(sm);
                 g.poke();
               }});
  return free;
}

LayerTimes MoehubLayer::times() const {
  LayerTimes times = gpu_times();
  Picoseconds first_result = kNever;
  Picoseconds last_row = 0;
  Picoseconds last_result = 0;
  for (int gpu = 0; gpu < context_.plan.gpus(); ++gpu) {
    last_row = std::max(last_row, context_.board.last_acknowledged(RowKind::dispatch, gpu));
    last_result = std::max(last_result, context_.board.last_acknowledged(RowKind::combine, gpu));
    first_result = std::min(first_result, context_.board.first_stored(RowKind::combine, gpu));
  }
  times.dispatch = std::max<Picoseconds>(last_row - first_routed(), 0);
  times.combine = std::max<Picoseconds>(last_result - first_result, 0);
  return times;
}

}  // namespace moehub
