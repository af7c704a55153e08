#include "model/hub/flow_sched.hpp"

#include <algorithm>

namespace moehub::ref {

namespace {

std::uint32_t tiles_of(std::uint32_t rows, int tile_rows_log2) {
  return (rows + (1U << tile_rows_log2) - 1) >> tile_rows_log2;
}

}  // namespace

FlowSched::FlowSched(const HubParams& params, const HubConfig& config, EventLog& events)
    : params_{params},
      config_{config},
      events_{events},
      bank_bits_{lowest_bit(static_cast<std::uint64_t>(4 * params.lanes))},
      lanes_(index(params.lanes)),
      ports_(index(params.lanes)),
      done_{params.regions + params.windows},
      tiles_(index(params.tiles + 4 * params.lanes)),
      owners_(index(params.regions + params.windows)),
      live_(index(params.regions)) {
  closing_.reserve(kClosing);
}

// hub_pkg::tile_swizzle: the bank in the low bits, tiles of a stride spread as well as neighbours.
std::uint16_t FlowSched::swizzle(std::uint32_t tile) const {
  tile &= 0xffffU;
  std::uint32_t fold = 0;
  for (int i = bank_bits_; i < 16; i += bank_bits_) fold ^= tile >> i;
  return static_cast<std::uint16_t>(tile ^ (fold & ((1U << bank_bits_) - 1)));
}

void FlowSched::step(const Inputs& in) {
  ++cycle_;
  bool arrives = in.report != nullptr;
  for (int l = 0; l < params_.lanes; ++l) arrives |= in.ack[index(l)] != nullptr;
  if (!busy_ && !arrives) return;

  if (in.tile_taken) messages_.pop();
  // What arrives for a tile that its lane waits for already goes along if that tile wins now.
  std::array<bool, kMaxLanes> joined{};
  for (int l = 0; l < params_.lanes; ++l) {
    const Ack* ack = in.ack[index(l)];
    if (ack != nullptr) joined[index(l)] = join(lanes_[index(l)], *ack);
  }
  pick();
  Stage& stage2 = stage(2);
  for (int i = 0; i < stage2.count; ++i) count(stage2.lookups[index(i)]);
  stage2.count = 0;
  for (int l = 0; l < params_.lanes; ++l) {
    const Ack* ack = in.ack[index(l)];
    if (ack != nullptr && !joined[index(l)]) add(lanes_[index(l)], *ack);
  }
  if (report_may_) report_turn_ = in.report == nullptr;
  if (in.report != nullptr) take_report(*in.report);
  if (!closing_.empty() && closing_.front().counted && closing_.front().adjusted) {
    closing_.erase(closing_.begin());
  }
  if (init_.active) step_init();
  if (!all_live_done()) all_ready_sent_ = live_done_ = false;
  all_ready_ = all_ready_sent_;
  busy_ = !is_idle();
}

// ---- the next cycle: one message, and one operation on the owners -----------------------------------

// The port shows what is decided in the same cycle, so this is settled in advance.
void FlowSched::settle(bool report_waits) {
  report_may_ = report_waits && closing_.size() < kClosing;
  if (!busy_ && !report_waits) return;
  const bool space = !messages_.full();
  const bool done = !done_.empty();
  const bool stall = done && !space;
  if (done && space) {
    messages_.push(done_.front());
    done_.pop();
    events_.count(reg::Stat::owners_done);
  }
  const bool cancels = settle_cancel(space && !done);
  const bool closes = settle_close(stall);
  bool tile = false;
  if (events_waiting_ > 0) {
    const Event& event = next_event();
    tile = event.ready && space && !done && !cancels;
    const bool owner_takes = !stall && !closes && !report_turn_;
    if (event.ready ? tile && owner_takes : true) settle_event();
  }
  report_ready_ = !stall && !closes && closing_.size() < kClosing && (report_turn_ || !tile);
  if (!all_ready_sent_ && space && !done && !cancels && !tile && live_done_) {
    messages_.push({TileKind::all_ready, false, 0, 0, 0});
    all_ready_sent_ = true;
  }
  live_done_ = !done && all_live_done();  // a cycle behind the done bits
}

// True while the cancellation of a closing region wants the port.
bool FlowSched::settle_cancel(bool port_free) {
  if (closing_.empty() || cycle_ + 1 < closing_.front().due || closing_.front().cancelled) return false;
  Closing& closing = closing_.front();
  const RegionConfig& region = config_.regions[index(closing.region)];
  const std::uint32_t used = tiles_of(owners_[index(closing.region)].rows, region.tile_rows_log2);
  const std::uint32_t rest = tiles_of(region.capacity, region.tile_rows_log2) - used;
  closing.cancelled = rest == 0 || port_free;
  if (rest > 0 && port_free) {
    messages_.push({TileKind::cancel, false, static_cast<std::uint8_t>(closing.region),
                    static_cast<std::uint16_t>(region.tile_base + used), rest});
    events_.count(reg::Stat::tiles_cancelled, rest);
  }
  return rest > 0;
}

// When the cancellation is out the owner learns its number of tiles; true while that is wanted.
bool FlowSched::settle_close(bool stall) {
  if (closing_.empty() || cycle_ + 1 < closing_.front().due) return false;
  Closing& closing = closing_.front();
  if (!closing.cancelled || closing.counted) return false;
  if (!stall) {
    closing.counted = true;
    close_owner(closing);
  }
  return true;
}

void FlowSched::settle_event() {
  const Event event = take_event();
  if (event.ready) {
    const std::uint16_t tile = swizzle(event.who.tile);
    messages_.push({TileKind::ready, event.who.is_window, event.who.owner, tile, event.rows});
    events_.count(reg::Stat::tiles_ready);
    tile_counted(event);
  }
  if (event.broken || event.excess) {
    refuse(event.broken ? reg::Refuse::table : reg::Refuse::excess, event.who);
  }
}

// The ports take turns.
const FlowSched::Event& FlowSched::next_event() {
  while (ports_[index(next_port_)].events.empty()) next_port_ = (next_port_ + 1) & (params_.lanes - 1);
  return ports_[index(next_port_)].events.front();
}

FlowSched::Event FlowSched::take_event() {
  const Event event = next_event();
  Port& port = ports_[index(next_port_)];
  port.events.pop();
  --events_waiting_;
  ++port.room;
  next_port_ = (next_port_ + 1) & (params_.lanes - 1);
  return event;
}

// A refusal names the tile: kind of its packets, region or window, tile in `row`.
void FlowSched::refuse(reg::Refuse cause, const Ack& who) {
  Header header;
  header.kind = who.is_window ? PacketKind::st : PacketKind::rowsp;
  header.region = who.owner;
  header.row = swizzle(who.tile);
  events_.refuse(flow_place(params_.lanes), cause, header);
}

// ---- acknowledgements -------------------------------------------------------------------------------

bool FlowSched::join(Lane& lane, const Ack& ack) {
  events_.count(reg::Stat::acks);
  const std::uint16_t tile = swizzle(ack.tile);
  for (int i = 0; i < lane.count; ++i) {
    Gathered& entry = lane.entries[index(i)];
    if (entry.who.tile != tile) continue;
    entry.bytes += ack.bytes;
    lane.blocked |= entry.bytes >= kGatherLimit;
    return true;
  }
  return false;
}

void FlowSched::add(Lane& lane, const Ack& ack) {
  Gathered& entry = lane.entries[index(lane.count++)];
  ++gathered_;
  entry = {ack, ack.bytes};
  entry.who.tile = swizzle(ack.tile);
}

bool FlowSched::under_way(std::uint16_t tile) const {
  for (const Stage& s : stages_) {
    for (int i = 0; i < s.count; ++i) {
      if (s.lookups[index(i)].who.tile == tile) return true;
    }
  }
  return false;
}

std::uint32_t FlowSched::take_gathered(std::uint16_t tile) {
  std::uint32_t bytes = 0;
  for (Lane& lane : lanes_) {
    for (int i = 0; i < lane.count; ++i) {
      if (lane.entries[index(i)].who.tile != tile) continue;
      bytes += lane.entries[index(i)].bytes;
      std::copy(lane.entries.begin() + i + 1, lane.entries.begin() + lane.count,
                lane.entries.begin() + i);
      --lane.count;
      --gathered_;
      lane.blocked = std::any_of(
          lane.entries.begin(), lane.entries.begin() + lane.count,
          [](const Gathered& entry) { return entry.bytes >= kGatherLimit; });
      break;
    }
  }
  return bytes;
}

// What closing a region or initialising an owner wants to do to a tile; it shares port 0 with lane 0.
std::optional<FlowSched::Lookup> FlowSched::operation() {
  if (!closing_.empty() && cycle_ >= closing_.front().due && !closing_.front().adjusted) {
    const int owner = closing_.front().region;
    const RegionConfig& region = config_.regions[index(owner)];
    const std::uint32_t rows = owners_[index(owner)].rows;
    const std::uint32_t tile_rows = 1U << region.tile_rows_log2;
    if (const std::uint32_t rest = rows & (tile_rows - 1); rest != 0) {
      Lookup lookup;
      lookup.op = Op::subtract;
      lookup.who.owner = static_cast<std::uint8_t>(owner);
      lookup.who.tile = swizzle(region.tile_base + (rows >> region.tile_rows_log2));
      lookup.bytes = (tile_rows - rest) * region.row_bytes;
      lookup.rows = rest;
      return lookup;
    }
    closing_.front().adjusted = true;
  }
  if (init_.active && init_.cycles == 0 && init_.tile < init_.tiles) return init_tile();
  return std::nullopt;
}

void FlowSched::operation_taken() {
  if (!closing_.empty() && cycle_ >= closing_.front().due && !closing_.front().adjusted) {
    closing_.front().adjusted = true;
  } else {
    ++init_.tile;
  }
}

void FlowSched::pick() {
  const std::optional<Lookup> op = closing_.empty() && !init_.active ? std::nullopt : operation();
  if (gathered_ == 0 && !op) return;
  // A lane nominates its oldest entry of the bank class whose turn it is, else its oldest entry.
  const auto classes = static_cast<std::uint32_t>(params_.lanes - 1);
  const bool is_op = op && (op_turn_ || lanes_[0].count == 0);
  std::array<Ack, kMaxLanes> nominees;
  std::uint32_t in_turn = 0;   // lanes
  std::uint32_t in_place = 0;
  for (int l = 0; l < params_.lanes; ++l) {
    const std::uint32_t bit = 1U << l;
    const Lane& lane = lanes_[index(l)];
    if (l == 0 && is_op) {
      nominees[0] = op->who;
      in_turn |= bit;
    } else if (lane.count > 0) {
      const std::uint32_t turn = (turn_ + static_cast<std::uint32_t>(l)) & classes;
      int entry = 0;
      while (entry < lane.count && (lane.entries[index(entry)].who.tile & classes) != turn) ++entry;
      const bool found = entry < lane.count;
      nominees[index(l)] = lane.entries[index(found ? entry : 0)].who;
      (found ? in_turn : in_place) |= bit;
    }
  }
  if (gathered_ > 0) ++turn_;
  std::uint32_t winners = 0;
  std::uint64_t banks = 0;
  const auto elect = [&](std::uint32_t lanes) {
    for_each_bit(lanes, [&](int l) {
      const std::uint16_t tile = nominees[index(l)].tile;
      const std::uint64_t bank = std::uint64_t{1} << (tile & ((1U << bank_bits_) - 1));
      if ((banks & bank) != 0 || ports_[index(l)].room == 0 || under_way(tile)) return;
      banks |= bank;
      winners |= 1U << l;
    });
  };
  elect(in_turn);
  elect(in_place);
  Stage& won = stage(0);
  for_each_bit(winners, [&](int l) {
    const Ack& who = nominees[index(l)];
    Lookup& lookup = won.lookups[index(won.count++)];
    lookup = l == 0 && is_op ? *op : Lookup{Op::acknowledge, who, take_gathered(who.tile), 0, 0};
    lookup.port = l;
    --ports_[index(l)].room;
  });
  const bool op_won = is_op && (winners & 1U) != 0;
  if (op_won) operation_taken();
  if (op) op_turn_ = !op_won;
}

void FlowSched::count(const Lookup& lookup) {
  Tile& tile = tiles_[lookup.who.tile];
  Port& port = ports_[index(lookup.port)];
  if (lookup.op == Op::write) {
    tile = {lookup.bytes, lookup.rows, inject_};
    inject_ = false;
    ++port.room;
    return;
  }
  Event event;
  event.who = lookup.who;
  event.broken = tile.wrong_check;
  if (!event.broken) {
    event.excess = lookup.bytes > tile.missing;
    event.ready = tile.missing != 0 && lookup.bytes >= tile.missing;
    tile.missing -= std::min(tile.missing, lookup.bytes);
    if (lookup.op == Op::subtract) tile.rows = lookup.rows;
    tile.wrong_check = inject_;
    inject_ = false;
    event.rows = tile.rows;
  }
  if (event.broken || event.excess || event.ready) {
    port.events.push(event);
    ++events_waiting_;
  } else {
    ++port.room;
  }
}

// ---- owners: reports, closing, completion -----------------------------------------------------------

void FlowSched::take_report(const Report& report) {
  Owner& owner = owners_[report.region];
  const RegionConfig& config = config_.regions[report.region];
  if (owner.reported.test(report.src) || owner.rows + report.rows > config.capacity) {
    Header header;
    header.kind = PacketKind::count;
    header.src = report.src;
    header.region = report.region;
    header.row = report.rows;
    events_.refuse(flow_place(params_.lanes), reg::Refuse::report, header);
    return;
  }
  owner.reported.set(report.src);
  owner.rows += report.rows;
  bool all_in = true;
  for (std::size_t w = 0; w < config.sources.words.size(); ++w) {
    all_in &= (config.sources.words[w] & ~owner.reported.words[w]) == 0;
  }
  if (all_in) closing_.push_back({report.region, cycle_ + kCloseCycles, false, false, false});
}

void FlowSched::close_owner(const Closing& closing) {
  Owner& owner = owners_[index(closing.region)];
  const RegionConfig& region = config_.regions[index(closing.region)];
  owner.closed = true;
  owner.open += static_cast<std::int32_t>(tiles_of(owner.rows, region.tile_rows_log2));
  if (owner.open < 0) {
    Header header;
    header.kind = PacketKind::count;
    header.region = static_cast<std::uint8_t>(closing.region);
    header.row = owner.rows;
    events_.refuse(flow_place(params_.lanes), reg::Refuse::report, header);
  }
  finish_owner(false, closing.region);
}

void FlowSched::tile_counted(const Event& event) {
  Owner& owner = owner_of(event.who);
  if (owner.closed && owner.open <= 0) refuse(reg::Refuse::report, event.who);
  --owner.open;
  finish_owner(event.who.is_window, event.who.owner);
}

void FlowSched::finish_owner(bool is_window, int number) {
  Owner& owner = owners_[index(is_window ? params_.regions + number : number)];
  if (!owner.closed || owner.open != 0) return;
  owner.done = true;
  done_.push({TileKind::owner_done, is_window, static_cast<std::uint8_t>(number), 0, owner.rows});
}

void FlowSched::set_live(int region, bool live) {
  live_[index(region)] = live;
  busy_ = true;
}

// A region that waits for its initialisation still has the done bit of its old life.
bool FlowSched::all_live_done() const {
  const auto done = [this](std::size_t r) { return owners_[r].done && config_.regions[r].enable; };
  if (undone_ < live_.size() && live_[undone_] && !done(undone_)) return false;
  bool any = false;
  for (std::size_t r = 0; r < live_.size(); ++r) {
    if (!live_[r]) continue;
    undone_ = r;
    if (!done(r)) return false;
    any = true;
  }
  return any;
}

// ---- initialisation ---------------------------------------------------------------------------------

void FlowSched::start_init(bool is_window, int owner) {
  init_ = {true, is_window, owner, 0, 0, 8};
  if (is_window) {
    const WindowConfig& window = config_.windows[index(owner)];
    init_.tiles = window.tiled ? window.tile_count : 0;
  } else {
    const RegionConfig& region = config_.regions[index(owner)];
    init_.tiles = tiles_of(region.capacity, region.tile_rows_log2);
  }
  busy_ = true;
}

FlowSched::Lookup FlowSched::init_tile() const {
  Lookup lookup;
  lookup.op = Op::write;
  lookup.who.is_window = init_.is_window;
  lookup.who.owner = static_cast<std::uint8_t>(init_.owner);
  if (init_.is_window) {
    const WindowConfig& window = config_.windows[index(init_.owner)];
    lookup.who.tile = swizzle(window.tile_base + init_.tile);
    lookup.bytes = init_.tile + 1 == init_.tiles ? window.last_tile_bytes : window.tile_bytes;
  } else {
    const RegionConfig& region = config_.regions[index(init_.owner)];
    lookup.who.tile = swizzle(region.tile_base + init_.tile);
    lookup.bytes = region.row_bytes << region.tile_rows_log2;
    lookup.rows = 1U << region.tile_rows_log2;
  }
  return lookup;
}

void FlowSched::step_init() {
  if (init_.cycles > 0) {
    const auto of_owner = [this](const Gathered& g) {
      return g.who.is_window == init_.is_window && g.who.owner == init_.owner;
    };
    for (const Lane& lane : lanes_) {
      const auto end = lane.entries.begin() + lane.count;
      if (std::any_of(lane.entries.begin(), end, of_owner)) return;
    }
    const bool quiet =
        events_waiting_ == 0 && closing_.empty() && messages_.empty() && done_.empty();
    if (init_.cycles > 1 || quiet) --init_.cycles;
    return;
  }
  if (init_.tile < init_.tiles || stages_busy()) return;
  Owner& owner = owners_[index(init_.is_window ? params_.regions + init_.owner : init_.owner)];
  owner = {};
  if (init_.is_window && init_.tiles > 0) {
    owner.closed = true;
    owner.open = static_cast<std::int32_t>(init_.tiles);
    owner.rows = init_.tiles;
  }
  init_.active = false;
}

bool FlowSched::is_idle() const {
  return messages_.empty() && done_.empty() && events_waiting_ == 0 && !stages_busy() &&
         closing_.empty() && !init_.active &&
         all_live_done() == all_ready_ &&
         std::all_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.count == 0; });
}

}  // namespace moehub::ref
