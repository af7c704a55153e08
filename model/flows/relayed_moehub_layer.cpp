#include "model/flows/relayed_moehub_layer.hpp"

#include <algorithm>

#include "model/base/input_error.hpp"

namespace moehub {

namespace {

constexpr int kRowsPerBlock = 4;  // that a thread block passes on, at most
constexpr int kSmsLeftFree = 4;
constexpr int kSumsPerBlock = 4;
constexpr std::uint64_t kSums = std::uint64_t{1} << 46;
constexpr int kSumsStrideLog2 = 41;  // between the windows of different numbers of parts

std::int64_t power_of_two_at_least(std::int64_t value) {
  std::int64_t power = 1;
  while (power < value) power *= 2;
  return power;
}

int log2_of(std::int64_t power) {
  int log2 = 0;
  while ((std::int64_t{1} << log2) < power) ++log2;
  return log2;
}

// Half of the tiles are for the experts' regions; relay regions and sums share the others.
HubLayout relayed_layout(const LayerContext& context) {
  SystemConfig system = context.system;
  system.hub.tiles /= 2;
  return make_hub_layout(system, context.model, context.plan);
}

}  // namespace

// Rows of the relay region that are ready go to the experts of this node.
class RelayedMoehubLayer::RelaySource : public WorkSource {
 public:
  RelaySource(RelayedMoehubLayer& layer, int gpu) : layer_(layer), gpu_(gpu) {}

  void add(int token) { tokens_.push_back(token); }
  bool idle() const { return done_ == tokens_.size(); }

  std::optional<Block> next(Picoseconds) override {
    if (started_ == tokens_.size()) return std::nullopt;
    const std::size_t rows = std::min<std::size_t>(kRowsPerBlock, tokens_.size() - started_);
    std::size_t copies = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      copies += layer_.plan_.choices_in(tokens_[started_ + i], layer_.plan_.node_of(gpu_)).size();
    }
    const std::int64_t row_bytes = layer_.layout_.payload_bytes;
    Block block = layer_.timing_.move(Activity::relay,
                                      static_cast<std::int64_t>(rows + copies) * row_bytes);
    block.hbm_bytes = static_cast<std::int64_t>(rows) * row_bytes;  // the stores go to the hub
    block.item = static_cast<int>(started_);
    block.part = static_cast<int>(rows);
    started_ += rows;
    return block;
  }
  bool finished(const Block& block, Picoseconds) override {
    const auto first = tokens_.begin() + block.item;
    layer_.relay(gpu_, {first, first + block.part}, block.sm);
    done_ += static_cast<std::size_t>(block.part);
    return true;
  }

 private:
  RelayedMoehubLayer& layer_;
  int gpu_;
  std::vector<int> tokens_;
  std::size_t started_ = 0;
  std::size_t done_ = 0;
};

RelayedMoehubLayer::RelayedMoehubLayer(const LayerContext& context, HubUse use)
    : MoehubLayer(context, relayed_layout(context), use),
      plan_(context.plan, context.system.fabric.gpus_per_node),
      relay_closed_(static_cast<std::size_t>(context.plan.gpus())),
      relays_pending_(static_cast<std::size_t>(context.plan.gpus())) {
  const LayerPlan& plan = context.plan;
  const HubConfig& hub = context.system.hub;
  const auto need = [&](const char* key, int has, int needs, const char* what) {
    if (has >= needs) return;
    throw InputError(context.system.name, key, std::to_string(has),
                     "at least " + std::to_string(needs) + ", " + what);
  };
  need("hub.regions", hub.regions, layout_.regions + 1, "one for each expert of a GPU and one to relay");
  need("hub.windows", hub.windows, plan.top_k(), "one for each number of results of a token");
  relay_capacity_ = 1;
  for (int gpu = 0; gpu < plan.gpus(); ++gpu) {
    relay_capacity_ = std::max(relay_capacity_, rows_to_relay(gpu));
  }
  first_sum_tile_ = layout_.regions * layout_.tiles_per_region + relay_capacity_;
  sums_capacity_ = std::max(hub.tiles - first_sum_tile_, 0) / plan.top_k();
  for (int gpu = 0; gpu < plan.gpus(); ++gpu) {
    relays_.push_back(std::make_unique<RelaySource>(*this, gpu));
    auto& of_rank = sum_of_rank_.emplace_back(static_cast<std::size_t>(plan.top_k() + 1));
    for (int sum = 0; sum < sums(gpu); ++sum) {
      of_rank[static_cast<std::size_t>(plan_.sums(gpu)[static_cast<std::size_t>(sum)].parts)].push_back(sum);
    }
    for (int parts = 1; parts <= plan.top_k(); ++parts) {
      need("hub.tiles", hub.tiles, first_sum_tile_ + plan.top_k() * plan_.sums_of(gpu, parts),
           "one for each sum of a GPU, by number of parts");
    }
  }
}

RelayedMoehubLayer::~RelayedMoehubLayer() = default;

// Tokens that other nodes may send here: all of the GPUs on the same rail.
int RelayedMoehubLayer::rows_to_relay(int gpu) const {
  int tokens = 0;
  for (int other = 0; other < context_.plan.gpus(); ++other) {
    if (plan_.node_of(other) != plan_.node_of(gpu) && peers(gpu).test(other)) {
      tokens += context_.plan.tokens_of(other);
    }
  }
  return tokens;
}

// ---- before the layer -------------------------------------------------------------------------------

// The GPUs of the node, and those on the same rail.
PeerMask RelayedMoehubLayer::peers(int gpu) const {
  const int node_gpus = context_.system.fabric.gpus_per_node;
  PeerMask mask;
  for (int other = 0; other < context_.plan.gpus(); ++other) {
    if (other / node_gpus == gpu / node_gpus || other % node_gpus == gpu % node_gpus) mask.set(other);
  }
  return mask;
}

std::uint64_t RelayedMoehubLayer::sums_base(int parts) const {
  return kSums + (static_cast<std::uint64_t>(parts) << kSumsStrideLog2);
}

std::int64_t RelayedMoehubLayer::sum_pitch(int parts) const {
  return power_of_two_at_least(parts * layout_.combine.slot_pitch);
}

int RelayedMoehubLayer::sums_tile_base(int parts) const {
  return first_sum_tile_ + (parts - 1) * sums_capacity_;
}

void RelayedMoehubLayer::program_results(int gpu, Hub& hub) {
  RegionSetup relay;
  relay.base = layout_.region_base(relay_region());
  relay.row_bytes = static_cast<int>(layout_.row_bytes);
  relay.capacity_rows = relay_capacity_;
  relay.tile_rows_log2 = 0;
  relay.tile_base = layout_.regions * layout_.tiles_per_region;
  relay.generation = context_.generation;
  relay.sources = peers(gpu);
  program_region_at(hub, relay_region(), relay);

  for (int parts = 1; parts <= context_.plan.top_k(); ++parts) {
    WindowSetup window;
    window.base = sums_base(parts);
    window.bytes = static_cast<std::uint64_t>(sums_capacity_ * sum_pitch(parts));
    window.sources = peers(gpu);
    window.tile_bytes_log2 = log2_of(sum_pitch(parts));
    window.tile_base = sums_tile_base(parts);
    window.tile_count = sums_capacity_;
    window.tile_ready_bytes = window.last_tile_ready_bytes =
        static_cast<std::uint32_t>(parts * layout_.payload_bytes);
    program_window_at(hub, parts - 1, window);
  }
}

void RelayedMoehubLayer::add_result_buffers(int gpu) {
  BufferSpec relay;
  relay.gpu = gpu;
  relay.kind = RowKind::relay;
  relay.base = layout_.region_base(relay_region());
  relay.row_bytes = layout_.row_bytes;
  relay.slot_pitch = relay.group_pitch = to_lines(layout_.row_bytes);
  relay.groups = relay_capacity_;
  relay.hub_places_rows = true;
  relay.owner = relay_region();
  relay.tile_base = layout_.regions * layout_.tiles_per_region;
  relay.tile_count = relay_capacity_;
  relay.groups_per_tile = 1;
  relay_buffers_.push_back(context_.board.add_buffer(relay));

  std::vector<int>& buffers = sum_buffers_.emplace_back(1, -1);
  for (int parts = 1; parts <= context_.plan.top_k(); ++parts) {
    BufferSpec spec;
    spec.gpu = gpu;
    spec.kind = RowKind::combine;
    spec.base = sums_base(parts);
    spec.row_bytes = layout_.payload_bytes;
    spec.slot_pitch = layout_.combine.slot_pitch;
    spec.group_pitch = sum_pitch(parts);
    spec.slots_per_group = parts;
    spec.groups = plan_.sums_of(gpu, parts);
    spec.is_window = true;
    spec.owner = parts - 1;
    spec.tile_base = sums_tile_base(parts);
    spec.tile_count = spec.groups;
    spec.groups_per_tile = 1;
    spec.open_ended = true;
    buffers.push_back(context_.board.add_buffer(spec));
  }
}

void RelayedMoehubLayer::expect_rows() {
  const LayerPlan& plan = context_.plan;
  Scoreboard& board = context_.board;
  const auto expect = [&](RowKind kind, int token, int k, const RelayPlan::Place& place) {
    const RelayPlan::Sum& sum = plan_.sums(place.gpu)[static_cast<std::size_t>(place.sum)];
    board.expect(kind, token, k,
                 sum_buffers_[static_cast<std::size_t>(place.gpu)][static_cast<std::size_t>(sum.parts)],
                 sum.rank * sum.parts + place.part);
  };
  for (int token = 0; token < plan.tokens(); ++token) {
    for (int k = 0; k < plan.top_k(); ++k) {
      if (plan.expert(token, k) == kDroppedChoice) continue;
      const ExpertHome home = plan.home(plan.expert(token, k));
      board.expect(RowKind::dispatch, token, k, buffer_of(home.gpu, home.local));
      expect(RowKind::combine, token, k, plan_.place_of_result(token, k));
    }
    for (const int node : plan_.other_nodes(token)) {
      board.expect(RowKind::relay, token, node, relay_buffer(plan_.relay(token, node)));
      expect(RowKind::relay, token, plan_.nodes() + node, plan_.place_of_partial(token, node));
    }
  }
}

// ---- dispatch ---------------------------------------------------------------------------------------

std::uint64_t RelayedMoehubLayer::address(const RelayPlan::Place& place) const {
  const RelayPlan::Sum& sum = plan_.sums(place.gpu)[static_cast<std::size_t>(place.sum)];
  return sums_base(sum.parts) +
         static_cast<std::uint64_t>(sum.rank * sum_pitch(sum.parts) +
                                    place.part * layout_.combine.slot_pitch);
}

RowStore RelayedMoehubLayer::relay_store(int token, int node, std::int64_t begin,
                                         std::int64_t end) const {
  RowStore store;
  store.header.kind = PacketKind::rowsp;
  store.header.dst = static_cast<std::uint8_t>(plan_.relay(token, node));
  store.header.region = static_cast<std::uint8_t>(relay_region());
  store.header.gen = static_cast<std::uint8_t>(context_.generation);
  store.header.row = static_cast<std::uint32_t>(token);
  store.header.offset = static_cast<std::uint16_t>(begin);
  store.bytes = static_cast<int>(end - begin);
  store.seed = row_seed({RowKind::relay, context_.plan.layer(), static_cast<std::uint32_t>(token), node});
  store.first_word = static_cast<int>(begin / kWordBytes);
  return store;
}

// The row, and its extra column; directly to the experts of the own node, once to every other node.
std::vector<RowStore> RelayedMoehubLayer::stores_of(int token) const {
  const int source = context_.plan.source_of(token);
  std::vector<RowStore> stores;
  for (const int k : plan_.choices_in(token, plan_.node_of(source))) {
    stores.push_back(row_store(token, k, 0, layout_.payload_bytes));
    stores.push_back(row_store(token, k, layout_.payload_bytes, layout_.row_bytes));
    stores.back().header.nop = true;
  }
  for (const int node : plan_.other_nodes(token)) {
    stores.push_back(relay_store(token, node, 0, layout_.payload_bytes));
    stores.push_back(relay_store(token, node, layout_.payload_bytes, layout_.row_bytes));
    for (const int k : plan_.choices_in(token, node)) {  // their way begins here
      context_.board.stored(row_store(token, k, 0, kSectorBytes).seed, source, context_.machine.now());
    }
  }
  return stores;
}

void RelayedMoehubLayer::relay(int gpu, const std::vector<int>& tokens, int sm) {
  std::vector<RowStore> stores;
  for (const int token : tokens) {
    for (const int k : plan_.choices_in(token, plan_.node_of(gpu))) {
      stores.push_back(row_store(token, k, 0, layout_.payload_bytes));
      stores.push_back(row_store(token, k, layout_.payload_bytes, layout_.row_bytes));
      stores.back().header.nop = true;
    }
  }
  store_all(gpu, sm, std::move(stores), relays_pending_[static_cast<std::size_t>(gpu)]);
  changed_.notify(sc_core::SC_ZERO_TIME);
}

void RelayedMoehubLayer::run_gpu(int gpu) {
  constexpr int kBeforeExperts = 1;
  context_.machine.gpu(gpu).scheduler().add(*relays_[static_cast<std::size_t>(gpu)], kBeforeExperts);
  for (int sum = 0; sum < context_.plan.tokens_of(gpu); ++sum) {  // all of whose choices were dropped
    if (plan_.sums(gpu)[static_cast<std::size_t>(sum)].parts == 0) add_group(gpu, sum);
  }
  MoehubLayer::run_gpu(gpu);
}

void RelayedMoehubLayer::rows_sent(int gpu) {
  const auto g = static_cast<std::size_t>(gpu);
  wait_taken(rows_pending(gpu));
  fence(gpu, relay_region(), 1);
  context_.machine.wait_until(changed_, [&] { return relay_closed_[g] && relays_[g]->idle(); });
  wait_taken(relays_pending_[g]);
  fence(gpu, 0, layout_.regions);
}

void RelayedMoehubLayer::on_tile(int gpu, const TileMessage& message) {
  const auto g = static_cast<std::size_t>(gpu);
  if (message.is_window) {  // windows are numbered like regions
    if (message.kind != TileKind::ready) return;
    const int parts = message.owner + 1;
    const int rank = message.tile - sums_tile_base(parts);
    add_group(gpu, sum_of_rank_[g][static_cast<std::size_t>(parts)].at(static_cast<std::size_t>(rank)));
    return;
  }
  if (message.owner != relay_region()) {
    MoehubLayer::on_tile(gpu, message);
    return;
  }
  if (message.kind == TileKind::owner_done) {
    relay_closed_[g] = true;
    changed_.notify(sc_core::SC_ZERO_TIME);
  } else if (message.kind == TileKind::ready) {
    const int slot = message.tile - layout_.regions * layout_.tiles_per_region;
    relays_[g]->add(static_cast<int>(context_.board.row_in(relay_buffer(gpu), slot).token));
    context_.machine.gpu(gpu).poke();
  }
}

// ---- combine ----------------------------------------------------------------------------------------

RowStore RelayedMoehubLayer::result_store(int token, int k, std::int64_t begin,
                                          std::int64_t end) const {
  const RelayPlan::Place place = plan_.place_of_result(token, k);
  RowStore store;
  store.header.kind = PacketKind::st;
  store.header.dst = static_cast<std::uint8_t>(place.gpu);
  store.header.addr = address(place) + static_cast<std::uint64_t>(begin);
  store.bytes = static_cast<int>(end - begin);
  store.seed = row_seed({RowKind::combine, context_.plan.layer(), static_cast<std::uint32_t>(token), k});
  store.first_word = static_cast<int>(begin / kWordBytes);
  return store;
}

RowStore RelayedMoehubLayer::partial_store(int token, int node) const {
  const RelayPlan::Place place = plan_.place_of_partial(token, node);
  RowStore store;
  store.header.kind = PacketKind::st;
  store.header.dst = static_cast<std::uint8_t>(place.gpu);
  store.header.addr = address(place);
  store.bytes = static_cast<int>(layout_.payload_bytes);
  store.seed = row_seed({RowKind::relay, context_.plan.layer(), static_cast<std::uint32_t>(token),
                         plan_.nodes() + node});
  return store;
}

int RelayedMoehubLayer::sums_per_block() const { return kSumsPerBlock; }
int RelayedMoehubLayer::sms_left_free() const { return std::min(kSmsLeftFree, context_.system.gpu.sms / 2); }

Block RelayedMoehubLayer::sum_block(int gpu, const std::vector<int>& sums) const {
  std::int64_t rows = 0;
  bool own = false;
  for (const int s : sums) {
    const RelayPlan::Sum& sum = plan_.sums(gpu)[static_cast<std::size_t>(s)];
    rows += sum.parts + 1;
    own = own || sum.own;
  }
  return timing_.move(own ? Activity::reduce : Activity::relay, rows * layout_.payload_bytes);
}

void RelayedMoehubLayer::sum_done(int gpu, int sum) {
  const RelayPlan::Sum& s = plan_.sums(gpu)[static_cast<std::size_t>(sum)];
  if (s.own) return;
  const RowStore store = partial_store(s.token, plan_.node_of(gpu));
  context_.machine.gpu(gpu).store(sum, {1, [store](int) { return store; }, {}});
}

LayerTimes RelayedMoehubLayer::times() const {
  LayerTimes times = MoehubLayer::times();
  Picoseconds first = kNever;
  Picoseconds last = 0;
  for (int gpu = 0; gpu < context_.plan.gpus(); ++gpu) {
    first = std::min(first, context_.board.first_stored(RowKind::combine, gpu));
    last = std::max(last, context_.board.last_acknowledged(RowKind::relay, gpu));
  }
  times.combine = std::max(times.combine, last - first);
  return times;
}

}  // namespace moehub
