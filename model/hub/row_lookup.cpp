#include "model/hub/row_lookup.hpp"

#include <algorithm>

namespace moehub::ref {

RowLookup::RowLookup(const HubParams& params, const HubConfig& config, EventLog& events,
                     std::vector<IngressLane>& lanes, int spill_latency_cycles)
    : params_{params},
      config_{config},
      events_{events},
      lanes_{lanes},
      spill_latency_{spill_latency_cycles},
      table_{params},
      last_lookup_(index(params.rat_banks * params.rat_sets)),
      context_of_(index(params.rat_banks * params.rat_sets), std::int8_t{-1}),
      contexts_(index(params.miss_ctx)),
      next_local_(index(params.regions)) {}

// ---- N1, N2: nomination and gathering ---------------------------------------------------------------

void RowLookup::nominate(std::uint64_t cycle) {
  if (wake_) {
    for (IngressLane& lane : lanes_) lane.park = 0;
  }
  wake_ = moved_;
  moved_ = false;
  matched_.fill(0);
  held_.fill(0);
  leaves_.fill(false);
  if (examine(cycle)) {
    elect();
    gather(cycle);
    turn_ = turn_ + 1 == kTurnCycles * params_.lanes ? 0 : turn_ + 1;
  }
  renominate();
}

// Which nominees there are, and what stands in their way.
bool RowLookup::examine(std::uint64_t cycle) {
  bool any = false;
  for (int l = 0; l < params_.lanes; ++l) {
    Nominee& n = nominees_[index(l)];
    const IngressLane& lane = lanes_[index(l)];
    n.valid = lane.nominee >= 0;
    n.wins = false;
    if (!n.valid) continue;
    any = true;
    n.key = lane.keys[index(lane.nominee)];
    n.set = lane.slot(lane.nominee).set;
    n.age = cycle - last_lookup_[index(n.set)];
    n.context = -1;
    n.locked = false;
    if (const int c = context_of_[index(n.set)]; c >= 0) {
      const Context& context = contexts_[index(c)];
      const bool passes = context.state == Context::State::go && context.key == n.key;
      n.context = passes ? c : -1;
      n.locked = !passes;
    }
    n.eligible = !lookups_stopped_ && n.age >= kLockCycles && !n.locked;
  }
  return any;
}

// One winner a bank, in the order of the turn.
void RowLookup::elect() {
  std::array<int, kMaxLanes> banks{};
  int elected = 0;
  const int first = turn_ / kTurnCycles;
  for (int i = 0; i < params_.lanes; ++i) {
    Nominee& n = nominees_[index((first + i) & (params_.lanes - 1))];
    if (!n.valid || !n.eligible) continue;
    const int bank = table_.bank_of_set(n.set);
    const auto end = banks.begin() + elected;
    n.wins = std::find(banks.begin(), end, bank) == end;
    if (n.wins) banks[index(elected++)] = bank;
  }
}

// Every waiting packet of a nominee's row takes part in what becomes of the nominee. Nominees of one row
// are dealt with together; at most one of them has won.
void RowLookup::gather(std::uint64_t cycle) {
  Stage& stage = stages_[cycle % kStages];
  const int turn = turn_ / kTurnCycles;
  for (int l = 0; l < params_.lanes; ++l) {
    const Nominee& first = nominees_[index(l)];
    if (!first.valid) continue;
    int winner = -1;
    bool hold = false;
    std::uint32_t same_row = 0;  // lanes
    for (int m = l; m < params_.lanes; ++m) {
      const Nominee& n = nominees_[index(m)];
      if (!n.valid || n.key != first.key) continue;
      same_row |= 1U << m;
      if (n.wins) winner = m;
      hold |= n.age <= 2 && m != turn && !n.locked;
    }
    const bool dealt_with = winner >= 0 || first.locked;
    const bool before_t4 = first.age <= 3;
    for_each_bit(same_row, [&](int m) {
      nominees_[index(m)].valid = false;
      leaves_[index(m)] = dealt_with || (before_t4 && m != turn);
    });
    apply(first.key, hold, first.locked, winner >= 0 ? &start(stage, winner, cycle) : nullptr);
  }
}

RowLookup::Lookup& RowLookup::start(Stage& stage, int lane, std::uint64_t cycle) {
  const Nominee& n = nominees_[index(lane)];
  Lookup& lookup = stage.lookups[index(stage.count++)];
  lookup.key = n.key;
  lookup.set = n.set;
  lookup.lane = lane;
  lookup.slot = lanes_[index(lane)].nominee;
  lookup.nominee_bytes = lanes_[index(lane)].slot(lookup.slot).bytes;
  lookup.bytes = 0;
  lookup.context = n.context;
  last_lookup_[index(n.set)] = cycle;
  return lookup;
}

void RowLookup::apply(RowKey key, bool hold, bool park, Lookup* lookup) {
  for (int l = 0; l < params_.lanes; ++l) {
    IngressLane& lane = lanes_[index(l)];
    SlotMask same = 0;
    for (SlotMask left = lane.waiting; left != 0; left &= left - 1) {
      if (lane.keys[index(lowest_bit(left))] == key) same |= left & (~left + 1);
    }
    matched_[index(l)] |= same;
    if (hold) held_[index(l)] |= same;
    if (park) lane.park |= same;
    if (lookup == nullptr) continue;
    lookup->members[index(l)] = same;
    lane.park &= ~same;
    lane.waiting &= ~same;
    for_each_bit(same, [&](int s) { lookup->bytes += lane.slot(s).bytes; });
  }
}

// The next nominee; a row that is being asked for is left out.
void RowLookup::renominate() {
  for (int l = 0; l < params_.lanes; ++l) {
    IngressLane& lane = lanes_[index(l)];
    if (lane.nominee < 0 || leaves_[index(l)]) {
      lane.nominee = lane.oldest(lane.waiting & ~lane.hold & ~lane.park & ~matched_[index(l)]);
    }
    lane.hold = held_[index(l)];
  }
}

// ---- T3 ---------------------------------------------------------------------------------------------

void RowLookup::finish(std::uint64_t cycle) {
  Stage& stage = stages_[(cycle + 1) % kStages];  // N2 three cycles ago
  for (int i = 0; i < stage.count; ++i) finish(stage.lookups[index(i)], cycle);
  stage.count = 0;
}

void RowLookup::finish(Lookup& lookup, std::uint64_t cycle) {
  bool vouched = false;
  reg::Refuse verdict = reg::Refuse::none;
  if (lookup.context >= 0) {
    Context& context = contexts_[index(lookup.context)];
    vouched = context.absent;
    verdict = context.refuse;
    context.state = Context::State::idle;
    context_of_[index(context.set)] = -1;
    --active_contexts_;
    moved_ = true;
  }
  if (table_.has_wrong_check(lookup.set)) {
    refuse(lookup, reg::Refuse::table);
    return;
  }
  if (verdict != reg::Refuse::none) {
    refuse(lookup, verdict);
    return;
  }
  if (TableRow* row = table_.find(lookup.set, lookup.key)) {
    serve(lookup, *row, false);
    return;
  }
  TableRow* way = table_.free_way(lookup.set);
  if (way == nullptr || !(vouched || table_.spill_list(lookup.set).empty())) {
    const bool started = start_context(lookup, cycle);
    ask_again(lookup, started || active_contexts_ == params_.miss_ctx || contexts_stopped_);
    return;
  }
  std::uint32_t& next = next_local_[index(region_of(lookup.key))];
  if (next >= region(lookup.key).capacity) {
    refuse(lookup, reg::Refuse::full);
    return;
  }
  events_.count(reg::Stat::rat_allocs);
  table_.fill(lookup.set, *way, {lookup.key, next++, region(lookup.key).row_bytes, true});
  serve(lookup, *way, true);
}

// A row of the table takes the gathered bytes; when they are too many, each packet is judged alone.
void RowLookup::serve(Lookup& lookup, TableRow& row, bool is_new) {
  if (row.missing == 0) {
    refuse(lookup, reg::Refuse::excess);
    return;
  }
  if (lookup.bytes > row.missing) keep_nominee_only(lookup);
  if (lookup.bytes > row.missing) {
    refuse(lookup, reg::Refuse::excess);
    return;
  }
  row.missing -= lookup.bytes;
  table_.written(lookup.set);
  if (row.missing == 0) events_.count(reg::Stat::rows_done);
  const std::uint64_t served = place(lookup, row.local);
  events_.count(reg::Stat::rat_hits, served - (is_new ? 1 : 0));  // all but the one that made the row
}

std::uint64_t RowLookup::place(const Lookup& lookup, std::uint32_t local) {
  const RegionConfig& r = region(lookup.key);
  const std::uint64_t base = r.base + local * r.pitch_bytes();
  const auto tile = static_cast<std::uint16_t>(r.tile_base + (local >> r.tile_rows_log2));
  const auto owner = static_cast<std::uint8_t>(region_of(lookup.key));
  std::uint64_t served = 0;
  for (int l = 0; l < params_.lanes; ++l) {
    IngressLane& lane = lanes_[index(l)];
    const SlotMask members = lookup.members[index(l)];
    for_each_bit(members, [&](int s) {
      Slot& slot = lane.slot(s);
      IngressBuffer& buffer = lane.buffer(slot.buffer);
      buffer.write.addr = base + buffer.header.offset;
      slot.ack = {false, owner, tile, slot.bytes};
      ++served;
    });
    lane.done |= members;
  }
  return served;
}

void RowLookup::refuse(const Lookup& lookup, reg::Refuse cause) {
  if (cause == reg::Refuse::table) events_.table_error();
  for (int l = 0; l < params_.lanes; ++l) {
    IngressLane& lane = lanes_[index(l)];
    for_each_bit(lookup.members[index(l)], [&](int s) { lane.slot(s).cause = cause; });
    lane.done |= lookup.members[index(l)];
  }
}

void RowLookup::ask_again(const Lookup& lookup, bool park) {
  for (int l = 0; l < params_.lanes; ++l) {
    IngressLane& lane = lanes_[index(l)];
    lane.waiting |= lookup.members[index(l)];
    if (park) lane.park |= lookup.members[index(l)];
  }
}

void RowLookup::keep_nominee_only(Lookup& lookup) {
  lookup.members[index(lookup.lane)] &= ~slot_bit(lookup.slot);
  ask_again(lookup, false);
  lookup.members.fill(0);
  lookup.members[index(lookup.lane)] = slot_bit(lookup.slot);
  lookup.bytes = lookup.nominee_bytes;
}

// ---- misses at the spill memory ---------------------------------------------------------------------

// One a cycle. Cycles from T3: two to the read request, `spill_latency_` to the first beat, one a beat,
// one more.
bool RowLookup::start_context(const Lookup& lookup, std::uint64_t cycle) {
  if (contexts_stopped_ || active_contexts_ == params_.miss_ctx || last_start_ == cycle) return false;
  last_start_ = cycle;
  const auto idle = std::find_if(contexts_.begin(), contexts_.end(), [](const Context& context) {
    return context.state == Context::State::idle;
  });
  *idle = {Context::State::reading, lookup.key, lookup.set, cycle + 1, false, reg::Refuse::none};
  const std::size_t entries = table_.spill_list(lookup.set).size();
  if (entries > 0) {
    const std::uint64_t first_beat =
        std::max(cycle + 2 + static_cast<std::uint64_t>(spill_latency_), spill_read_free_);
    spill_read_free_ = first_beat + entries;
    idle->until = spill_read_free_ + 1;
  }
  context_of_[index(lookup.set)] = static_cast<std::int8_t>(idle - contexts_.begin());
  ++active_contexts_;
  return true;
}

void RowLookup::step_contexts(std::uint64_t cycle) {
  if (active_contexts_ == 0) return;
  for (Context& context : contexts_) {
    if (context.state == Context::State::idle || context.state == Context::State::go) continue;
    if (cycle < context.until) continue;
    if (context.state == Context::State::reading) {
      decide(context, cycle);
    } else {
      context.state = Context::State::go;
      moved_ = true;
    }
  }
}

// The row comes back from the list or is known to be new, and a way of the set becomes free for it.
void RowLookup::decide(Context& context, std::uint64_t cycle) {
  std::vector<TableRow>& list = table_.spill_list(context.set);
  const auto live = [this](const TableRow& row) { return RowTable::is_live(row, config_); };
  const auto is_row = [&](const TableRow& row) { return row.key == context.key && live(row); };
  const auto found = std::find_if(list.begin(), list.end(), is_row);
  const auto live_end = std::find_if(list.rbegin(), list.rend(), live).base();
  const auto dead = std::find_if_not(list.begin(), live_end, live);
  TableRow* way = table_.free_way(context.set);
  const bool has_way = way != nullptr;
  const bool is_found = found != list.end();
  bool stores = !has_way;
  if (!is_found && !has_way && dead == live_end && live_end - list.begin() == table_.spill_slots()) {
    context.refuse = reg::Refuse::spill_full;
    context.state = Context::State::writing;
    context.until = cycle;
    return;
  }
  const bool reuses = dead != live_end;
  const auto dead_slot = dead - list.begin();
  list.erase(live_end, list.end());
  if (!has_way) {
    way = &table_.victim(context.set);
    events_.count(reg::Stat::rat_spills);
  }
  if (is_found) {
    events_.count(reg::Stat::rat_fills);
    const TableRow row = *found;
    if (!has_way) {
      *found = *way;
    } else if (found + 1 == list.end()) {
      list.pop_back();
    } else {
      found->valid = false;
      stores = true;
    }
    table_.fill(context.set, *way, row);
  } else {
    context.absent = true;
    if (!has_way) {
      if (list.capacity() == 0) list.reserve(static_cast<std::size_t>(table_.spill_slots()));
      if (reuses) {
        list[static_cast<std::size_t>(dead_slot)] = *way;
      } else {
        list.push_back(*way);
      }
      way->valid = false;
    }
  }
  table_.written(context.set);
  context.state = stores ? Context::State::storing : Context::State::writing;
  context.until = cycle + 1 + (stores ? static_cast<std::uint64_t>(spill_latency_) + 4 : 0);
}

void RowLookup::clear() {
  table_.clear();
  std::fill(next_local_.begin(), next_local_.end(), 0U);
}

}  // namespace moehub::ref
