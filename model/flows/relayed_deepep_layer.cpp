#include "model/flows/relayed_deepep_layer.hpp"

#include <algorithm>

namespace moehub {

namespace {
constexpr std::uint64_t kRelayRows = std::uint64_t{1} << 44;
constexpr std::uint64_t kPartials = std::uint64_t{1} << 45;
}  // namespace

RelayedDeepepLayer::RelayedDeepepLayer(const LayerContext& context)
    : DeepepLayer(context), relay_plan_(context.plan, context.system.fabric.gpus_per_node) {
  for (int gpu = 0; gpu < gpus(); ++gpu) {
    auto relay = std::make_unique<Relay>();
    const int node = relay_plan_.node_of(gpu);
    for (const RelayPlan::Sum& sum : relay_plan_.sums(gpu)) {
      if (sum.own) continue;
      relay->tokens.push_back(sum.token);
      relay->row_bytes.push_back(layout_.row_bytes);
      relay->partial_bytes.push_back(static_cast<std::int64_t>(visits(sum.token, node).size()) *
                                     layout_.row_bytes);
    }
    relay->rows = relay->partials = static_cast<int>(relay->tokens.size());
    relays_.push_back(std::move(relay));

    std::vector<int>& slots = slot_of_.emplace_back(static_cast<std::size_t>(plan().tokens()), -1);
    for (int source = 0; source < gpus(); ++source) {
      for (const RowMove& row : rows_.rows(source, gpu)) slots[static_cast<std::size_t>(row.token)] = row.slot;
    }
  }
}

int RelayedDeepepLayer::rank_of(int token, int node) const {
  const int gpu = relay_plan_.relay(token, node);
  const int k = relay_plan_.choices_in(token, node).front();
  return relay_plan_.place_of_result(token, k).sum - plan().tokens_of(gpu);
}

std::vector<RowMove> RelayedDeepepLayer::visits(int token, int node) const {
  std::vector<RowMove> rows;
  const int node_gpus = context_.system.fabric.gpus_per_node;
  for (int gpu = node * node_gpus; gpu < (node + 1) * node_gpus; ++gpu) {
    const int k = first_choice_on(token, gpu);
    if (k != kDroppedChoice) rows.push_back({token, k, gpu});
  }
  return rows;
}

// ---- buffers ----------------------------------------------------------------------------------------

void RelayedDeepepLayer::add_more_buffers(int gpu) {
  BufferSpec spec;
  spec.gpu = gpu;
  spec.kind = RowKind::relay;
  spec.base = kRelayRows;
  spec.row_bytes = layout_.row_bytes;
  spec.slot_pitch = spec.group_pitch = layout_.slot_pitch;
  spec.groups = static_cast<int>(relay_of(gpu).tokens.size());
  relay_buffers_.push_back(context_.board.add_buffer(spec));
  spec.kind = RowKind::combine;
  spec.base = kPartials;
  spec.slots_per_group = context_.system.fabric.gpus_per_node;
  spec.group_pitch = spec.slots_per_group * layout_.slot_pitch;
  partial_buffers_.push_back(context_.board.add_buffer(spec));
}

// A node's sum comes home into the place of the token's first choice there.
void RelayedDeepepLayer::expect_rows() {
  Scoreboard& board = context_.board;
  const int node_gpus = context_.system.fabric.gpus_per_node;
  for (int token = 0; token < plan().tokens(); ++token) {
    const int owner = plan().source_of(token);
    const int first_slot = (token - plan().first_token(owner)) * plan().top_k();
    for (int node = 0; node < relay_plan_.nodes(); ++node) {
      const std::vector<RowMove> rows = visits(token, node);
      if (rows.empty()) continue;
      const bool own = node == relay_plan_.node_of(owner);
      const int relay = relay_plan_.relay(token, node);
      for (const RowMove& row : rows) {
        const int gpu = row.slot;
        board.expect(RowKind::dispatch, token, row.k, receive_buffer(gpu),
                     slot_of_[static_cast<std::size_t>(gpu)][static_cast<std::size_t>(token)]);
        if (own) {
          board.expect(RowKind::combine, token, row.k, combine_buffer(owner), first_slot + row.k);
        } else {
          board.expect(RowKind::combine, token, row.k, partial_buffers_[static_cast<std::size_t>(relay)],
                       rank_of(token, node) * node_gpus + gpu % node_gpus);
        }
      }
      if (own) continue;
      board.expect(RowKind::relay, token, node, relay_buffers_[static_cast<std::size_t>(relay)],
                   rank_of(token, node));
      board.expect(RowKind::relay, token, relay_plan_.nodes() + node, combine_buffer(owner),
                   first_slot + relay_plan_.choices_in(token, node).front());
    }
  }
}

// ---- copies -----------------------------------------------------------------------------------------

// To the relay, or from it home.
Copy RelayedDeepepLayer::relay_copy(int token, int node, bool partial) const {
  const int owner = plan().source_of(token);
  Copy copy;
  copy.bytes = static_cast<int>(layout_.row_bytes);
  copy.seed = row_seed({RowKind::relay, plan().layer(), static_cast<std::uint32_t>(token),
                        partial ? relay_plan_.nodes() + node : node});
  if (partial) {
    copy.dst = owner;
    copy.addr = layout_.combine.address(token - plan().first_token(owner),
                                        relay_plan_.choices_in(token, node).front());
    copy.tag = kCombine;
  } else {
    copy.dst = relay_plan_.relay(token, node);
    copy.addr = kRelayRows + static_cast<std::uint64_t>(rank_of(token, node) * layout_.slot_pitch);
    copy.tag = kRelay;
  }
  return copy;
}

Copy RelayedDeepepLayer::partial_copy(const RowMove& row, int node) const {
  const int node_gpus = context_.system.fabric.gpus_per_node;
  const int place = rank_of(row.token, node) * node_gpus + row.slot % node_gpus;
  Copy copy;
  copy.dst = relay_plan_.relay(row.token, node);
  copy.addr = kPartials + static_cast<std::uint64_t>(place * layout_.slot_pitch);
  copy.bytes = static_cast<int>(layout_.row_bytes);
  copy.seed = row_seed({RowKind::combine, plan().layer(), static_cast<std::uint32_t>(row.token), row.k});
  copy.tag = kPartial;
  return copy;
}

void RelayedDeepepLayer::on_arrival(int gpu, const CopyArrival& arrival) {
  DeepepLayer::on_arrival(gpu, arrival);
  Relay& relay = relay_of(gpu);
  const auto pitch = static_cast<std::uint64_t>(layout_.slot_pitch);
  if (arrival.tag == kRelay) {
    const auto rank = static_cast<std::size_t>((arrival.addr - kRelayRows) / pitch);
    if ((relay.row_bytes[rank] -= arrival.bytes) == 0) pass_on(gpu, static_cast<int>(rank));
  } else if (arrival.tag == kPartial) {
    const auto node_gpus = static_cast<std::uint64_t>(context_.system.fabric.gpus_per_node);
    const auto rank = static_cast<std::size_t>((arrival.addr - kPartials) / pitch / node_gpus);
    if ((relay.partial_bytes[rank] -= arrival.bytes) == 0) send_home(gpu, static_cast<int>(rank));
  }
}

void RelayedDeepepLayer::start(int gpu, CopyLoop loop) {
  Relay& relay = relay_of(gpu);
  ++relay.loops;
  loop.gb_per_s = style(Activity::dispatch).sms * cost().sm_copy_gb_per_s;
  loop.memory_passes = 3;
  loop.sent = [&relay] {
    --relay.loops;
    relay.changed.notify(sc_core::SC_ZERO_TIME);
  };
  context_.machine.copies().start(gpu, relay.pacer, {std::move(loop)});
}

void RelayedDeepepLayer::pass_on(int gpu, int rank) {
  Relay& relay = relay_of(gpu);
  const int token = relay.tokens[static_cast<std::size_t>(rank)];
  std::vector<Copy> copies;
  for (const RowMove& row : visits(token, relay_plan_.node_of(gpu))) {
    const auto slots = slot_of_[static_cast<std::size_t>(row.slot)];
    copies.push_back(row_copy({token, row.k, slots[static_cast<std::size_t>(token)]}, row.slot, kDispatch));
  }
  CopyLoop loop;
  loop.count = static_cast<int>(copies.size());
  loop.make = [copies](int i) { return copies[static_cast<std::size_t>(i)]; };
  --relay.rows;
  start(gpu, std::move(loop));
}

void RelayedDeepepLayer::send_home(int gpu, int rank) {
  Relay& relay = relay_of(gpu);
  const Copy copy = relay_copy(relay.tokens[static_cast<std::size_t>(rank)],
                               relay_plan_.node_of(gpu), true);
  CopyLoop loop;
  loop.count = 1;
  loop.make = [copy](int) { return copy; };
  --relay.partials;
  start(gpu, std::move(loop));
}

// ---- kernels ----------------------------------------------------------------------------------------

// To the GPUs of the own node as within one; and to relays.
std::vector<SoftwareLayer::Message> RelayedDeepepLayer::messages_within(int gpu, bool results) {
  const int node_gpus = context_.system.fabric.gpus_per_node;
  const int node = relay_plan_.node_of(gpu);
  std::vector<Message> messages;
  for (int i = 0; i < node_gpus; ++i) {
    const int peer = node * node_gpus + (gpu + i) % node_gpus;
    const std::vector<RowMove>& rows = results ? results_.rows(peer, gpu) : rows_.rows(gpu, peer);
    const auto make = [this, &rows, peer, results](int index) {
      const RowMove& row = rows[static_cast<std::size_t>(index)];
      return results ? result_copy(row, peer, kCombine) : row_copy(row, peer, kDispatch);
    };
    messages.push_back(message(peer, static_cast<int>(rows.size()), make));
  }
  std::vector<Copy> copies;
  if (results) {
    for (int owner = 0; owner < gpus(); ++owner) {
      if (relay_plan_.node_of(owner) == node) continue;
      for (const RowMove& row : results_.rows(owner, gpu)) {
        copies.push_back(partial_copy({row.token, row.k, gpu}, node));
      }
    }
  } else {
    for (int token = plan().first_token(gpu); token < plan().first_token(gpu + 1); ++token) {
      for (const int other : relay_plan_.other_nodes(token)) {
        copies.push_back(relay_copy(token, other, false));
        for (const RowMove& row : visits(token, other)) {  // their way begins here
          context_.board.stored(row_copy({token, row.k, 0}, row.slot, kDispatch).seed, gpu, now());
        }
      }
    }
  }
  const int count = static_cast<int>(copies.size());
  Message far = message(gpu, count, [copies = std::move(copies)](int i) {
    return copies[static_cast<std::size_t>(i)];
  });
  for (CopyLoop& loop : far.loops) {
    loop.gb_per_s = style(Activity::dispatch).sms * cost().sm_copy_gb_per_s;
  }
  messages.push_back(std::move(far));
  return messages;
}

void RelayedDeepepLayer::finish(int gpu, int Relay::*left) {
  Relay& relay = relay_of(gpu);
  context_.machine.wait_until(relay.changed, [&] { return relay.*left == 0 && relay.loops == 0; });
}

// Forwarders run in the same kernel: a GPU is not through before it has passed everything on.
void RelayedDeepepLayer::run(int gpu, bool results) {
  KernelStyle kernel = style(results ? Activity::combine : Activity::dispatch);
  kernel.rendezvous = false;
  Relay& relay = relay_of(gpu);
  if (relay.pacer < 0) relay.pacer = context_.machine.copies().add_pacer(gpu, kernel.gb_per_s);
  std::int64_t rows = 0;
  if (results) {
    for (int token = plan().first_token(gpu); token < plan().first_token(gpu + 1); ++token) {
      rows += static_cast<std::int64_t>(visits(token, relay_plan_.node_of(gpu)).size() +
                                        relay_plan_.other_nodes(token).size());
    }
  } else {
    rows = rows_.rows_to(gpu);
  }
  barrier(gpu);
  run_collective(gpu, results ? kCombine : kDispatch, kernel, messages_within(gpu, results),
                 rows * layout_.row_bytes);
  finish(gpu, results ? &Relay::partials : &Relay::rows);
}

void RelayedDeepepLayer::dispatch(int gpu) {
  doing(gpu, "the dispatch kernel");
  launch(gpu);
  run(gpu, false);
}

void RelayedDeepepLayer::combine(int gpu) {
  doing(gpu, "the combine kernel");
  launch(gpu);
  spend(gpu, Activity::mediation, cost().deepep_combine_notify_us);
  run(gpu, true);
  mark_results_home();
}

}  // namespace moehub
