#include "model/hub/dest_queue.hpp"

#include <algorithm>

#include "model/hub/bits.hpp"

namespace moehub::ref {

namespace {

void assign_bit(std::array<std::uint64_t, 2>& bits, int index, bool value) {
  std::uint64_t& word = bits[static_cast<std::size_t>(index / 64)];
  const std::uint64_t bit = std::uint64_t{1} << (index % 64);
  word = value ? word | bit : word & ~bit;
}

bool test_bit(const std::array<std::uint64_t, 2>& bits, int index) {
  return ((bits[static_cast<std::size_t>(index / 64)] >> (index % 64)) & 1U) != 0;
}

}  // namespace

DestQueue::DestQueue(const HubParams& params, const HubConfig& config, EventLog& events)
    : params_{params}, config_{config}, events_{events}, fence_{params}, match_{params.lanes} {
  const auto lanes = static_cast<std::size_t>(params.lanes);
  const auto peers = static_cast<std::size_t>(params.peers);
  lanes_.resize(lanes);
  for (Lane& lane : lanes_) lane.queues.assign(lanes, FixedQueue<int>{kSlots});
  slices_.resize(lanes);
  for (Slice& slice : slices_) {
    slice.partitions.assign(peers, EgressPartition{params.entries / params.lanes});
    slice.credits.assign(peers, 0);
  }
  // Every place that can hold a packet: entries, slots of lanes, pipelines of slices, ports.
  const int buffers = params.peers * params.entries + params.lanes * (kSlots + 3 + 2 * kLeaving);
  buffers_.resize(static_cast<std::size_t>(buffers));
  free_.reserve(static_cast<std::size_t>(buffers));
  for (int i = buffers - 1; i >= 0; --i) free_.push_back(i);
}

int DestQueue::take_buffer() {
  const int buffer = free_.back();
  free_.pop_back();
  return buffer;
}

void DestQueue::load_credits() {
  for (Slice& slice : slices_) {
    for (int peer = 0; peer < params_.peers; ++peer) {
      at(slice.credits, peer) = config_.credits;
      assign_bit(slice.credit, peer, config_.credits > 0);
    }
  }
}

// Stages run from the last to the first, so that each sees what the one before it had at the edge.
void DestQueue::step(const HubInputs& in, const std::array<bool, kMaxLanes>& loop_taken) {
  std::array<const Packet*, kMaxLanes> accepted{};
  bool arrives = false;
  for (int l = 0; l < params_.lanes; ++l) {
    const auto lane = static_cast<std::size_t>(l);
    if (in.req[lane] == nullptr || !req_ready(l)) continue;
    accepted[lane] = in.req[lane];
    arrives = true;
  }
  bool report_taken = false;
  if (busy_) {
    for (int l = 0; l < params_.lanes; ++l) {
      const auto lane = static_cast<std::size_t>(l);
      hand_over(l, in.tx_ready[lane], loop_taken[lane]);
    }
    const bool ticks = tick();
    report_taken = grant();  // on the free entries of before
    for (Slice& slice : slices_) {
      if (slice.entries > 0 || slice.pipe[2].valid || slice.chosen >= 0) choose(slice);
      if (ticks) grow_old(slice);
      if (slice.pipe[2].valid) store(slice);
      advance(slice);
    }
  }
  if (busy_) {
    step_fence(report_taken);
    if (rows_waiting_ > 0 || row_busy_) count_rows();
  }
  if (arrives) {
    for (int l = 0; l < params_.lanes; ++l) {
      const auto lane = static_cast<std::size_t>(l);
      if (accepted[lane] != nullptr) accept(l, *accepted[lane]);
    }
  }
  for (int l = 0; l < params_.lanes; ++l) {
    const auto lane = static_cast<std::size_t>(l);
    if (in.credit_peer[lane] >= 0) return_credit(slices_[lane], in.credit_peer[lane]);
  }
  if (busy_ || arrives) {
    closed_ = false;
    for (const Lane& lane : lanes_) closed_ |= lane.has_fence;
    busy_ = entries_ + on_their_way_ + leaving_ + rows_waiting_ > 0 || row_busy_ || fence_.busy() ||
            closed_;
  }
  ++cycle_;
}

// ---- O: packets that leave -------------------------------------------------------------------------

void DestQueue::hand_over(int l, bool link_ready, bool loop_taken) {
  Slice& slice = at(slices_, l);
  slice.link_waits = !slice.to_link.empty() && slice.to_link.front().due < cycle_;
  slice.loop_waits = !slice.to_loop.empty() && slice.to_loop.front().due < cycle_;
  if (const Packet* sent = tx(l); sent != nullptr && link_ready) {
    events_.count(reg::Stat::tx_packets);
    events_.count(reg::Stat::tx_bytes, static_cast<std::uint64_t>(mask_bytes(sent->strb)));
    free_buffer(slice.to_link.front().buffer);
    slice.to_link.pop();
    --leaving_;
  }
  if (loop_taken) {
    events_.count(reg::Stat::loop_packets);
    free_buffer(slice.to_loop.front().buffer);
    slice.to_loop.pop();
    --leaving_;
  }
}

// ---- W: choice of the peer; E: choice of its entry --------------------------------------------------

void DestQueue::choose(Slice& slice) {
  const PeerBits before = slice.eligible;
  const int peer = slice.chosen;
  std::uint32_t eligible = 0;
  bool may = false;
  bool room = false;
  if (peer >= 0) {
    eligible = at(slice.partitions, peer).eligible(config_.policy, fence_.pending()) &
               ~being_written(slice, peer);
    may = eligible != 0 && (slice.chosen_own || test_bit(slice.credit, peer));
    room = side_has_room(slice);
  }
  const bool more = (eligible & (eligible - 1)) != 0;
  const bool sends = may && room;
  if (sends) send(slice, peer, eligible);
  choose_peer(slice, may && !room, more);
  see(slice, before, sends ? peer : -1, more);
}

bool DestQueue::side_has_room(const Slice& slice) const {
  return (slice.chosen_own ? slice.to_loop.empty() : slice.to_link.empty()) && !fence_.holds() &&
         rows_stored(slice) <= kRowsHold;
}

// The entry that a store joins in this cycle does not leave in it.
std::uint32_t DestQueue::being_written(const Slice& slice, int peer) const {
  const Stored& stored = slice.pipe[2];
  if (!stored.valid || stored.lane < 0 || !config_.policy.merge) return 0;
  const Header& h = at(buffers_, stored.buffer).header;
  if (h.dst != peer) return 0;
  const EgressPartition& partition = at(slice.partitions, peer);
  const int newest = partition.newest(egress_line(h));
  return newest >= 0 && partition.merges(newest, h.nop, fence_.epoch()) ? 1U << newest : 0;
}

// What the next choice knows: the entries of this cycle, what has left, and a line that is full now.
void DestQueue::see(Slice& slice, const PeerBits& eligible, int sender, bool more) {
  slice.seen = eligible;
  if (sender >= 0) assign_bit(slice.seen, sender, more);
}

// Rows that stand in the queue; the one that left a cycle ago is still on its way there.
int DestQueue::rows_stored(const Slice& slice) const {
  int stored = slice.rows.size();
  while (stored > 0 && slice.rows.at(stored - 1).due > cycle_) --stored;
  return stored;
}

int DestQueue::next_link_peer(const Slice& slice, const PeerBits& able) const {
  const int turn = slice.chosen >= 0 && !slice.chosen_own ? slice.chosen : slice.served;
  if (!config_.policy.round_robin && turn >= 0 && test_bit(able, turn)) return turn;
  const int from = turn + 1;
  for (int w = from / 64; w < 2; ++w) {
    std::uint64_t word = able[static_cast<std::size_t>(w)];
    if (w == from / 64) word &= ~std::uint64_t{0} << (from % 64);
    if (word != 0) return 64 * w + lowest_bit(word);
  }
  return able[0] != 0 ? lowest_bit(able[0]) : 64 + lowest_bit(able[1]);
}

// The own GPU has a turn between the others, and takes over when the link does not accept. When nobody
// waits the peer of the store that is being written is guessed.
void DestQueue::choose_peer(Slice& slice, bool blocked, bool more) {
  const int self = config_.self;
  PeerBits link = slice.seen;
  if (slice.chosen >= 0 && !more) assign_bit(link, slice.chosen, false);
  const bool own_able = slice.chosen_own && slice.chosen >= 0 ? more : test_bit(link, self);
  for (std::size_t w = 0; w < link.size(); ++w) link[w] &= slice.credit[w];
  assign_bit(link, self, false);
  const bool link_able = (link[0] | link[1]) != 0;
  const bool own_turn =
      own_able && (!link_able || (!slice.loop_waits && (slice.link_waits || !slice.chosen_own)));
  if (blocked && !slice.chosen_own && !own_turn) return;
  int next = -1;
  if (own_turn) {
    next = self;
  } else if (link_able) {
    next = next_link_peer(slice, link);
  } else if (slice.pipe[2].valid) {
    next = at(buffers_, slice.pipe[2].buffer).header.dst;
  }
  if (slice.chosen >= 0 && !slice.chosen_own && !blocked) slice.served = slice.chosen;
  slice.chosen = next;
  slice.chosen_own = next == self;
}

void DestQueue::send(Slice& slice, int peer, std::uint32_t eligible) {
  EgressPartition& partition = at(slice.partitions, peer);
  const int entry = partition.choose(eligible, config_.policy, fence_.pending());
  const int buffer = partition.buffer(entry);
  const Packet& leaving = at(buffers_, buffer);
  if (leaving.header.kind == PacketKind::rowsp && leaving.header.offset == 0 &&
      (leaving.strb[0] & 1U) != 0) {
    slice.rows.push({partition.bank(entry), peer, leaving.header.region, cycle_ + 2});
    ++rows_waiting_;
  }
  fence_.entry_left(partition.epoch(entry));
  partition.remove(entry);
  --slice.entries;
  --entries_;
  ++leaving_;
  refresh(slice, peer);
  if (peer == config_.self) {
    slice.to_loop.push({buffer, cycle_ + 1});
  } else {
    slice.to_link.push({buffer, cycle_ + 1});
    if (--at(slice.credits, peer) == 0) assign_bit(slice.credit, peer, false);
  }
}

// A credit beyond the initial number is a mistake of the user and ignored.
void DestQueue::return_credit(Slice& slice, int peer) {
  if (peer >= params_.peers || at(slice.credits, peer) >= config_.credits) return;
  ++at(slice.credits, peer);
  assign_bit(slice.credit, peer, true);
}

// ---- W: a store reaches its entry -------------------------------------------------------------------

void DestQueue::store(Slice& slice) {
  const Stored stored = slice.pipe[2];
  const Packet& from = at(buffers_, stored.buffer);
  const Header& h = from.header;
  const int peer = h.dst;
  const bool is_report = stored.lane < 0;
  const bool epoch = is_report ? fence_.pending().epoch : fence_.epoch();
  EgressPartition& partition = at(slice.partitions, peer);
  const EgressLine line = egress_line(h);
  const int newest = is_report ? -1 : partition.newest(line);
  --on_their_way_;
  if (!is_report) --slots_used_;
  if (newest >= 0 && config_.policy.merge && partition.merges(newest, h.nop, epoch)) {
    Packet& into = at(buffers_, partition.buffer(newest));
    merge_line(from.data, from.strb, into.data);
    for (std::size_t w = 0; w < into.strb.size(); ++w) into.strb[w] |= from.strb[w];
    if (is_full(into.strb)) {
      partition.set_full(newest);
      assign_bit(slice.seen, peer, true);
    }
    partition.give_back();
    free_buffer(stored.buffer);
    events_.count(reg::Stat::merges);
  } else {
    const bool ranked = config_.policy.row_order && h.kind != PacketKind::st;
    const bool bank = h.kind == PacketKind::rowsp && h.region < params_.regions &&
                      fence_.bank(h.region);
    // Reports have no line: a key that no store has.
    partition.insert({is_report ? ~EgressLine{0} : line, ranked ? h.row : 0, stored.buffer,
                      is_full(from.strb), h.nop, epoch, bank, config_.merge_age == 0,
                      config_.policy.timer && config_.deadline_age == 0, newest});
    if (newest < 0 && (is_full(from.strb) || !config_.policy.merge || partition.is_full())) {
      assign_bit(slice.seen, peer, true);
    }
    if (!is_report) fence_.entry_made(epoch);
    ++slice.entries;
    ++entries_;
  }
  refresh(slice, peer);
}

void DestQueue::advance(Slice& slice) {
  if (slice.pipe[1].valid && slice.pipe[1].lane >= 0) {
    --at(lanes_, slice.pipe[1].lane).used;
  }
  if (slice.pipe[0].valid) {
    const int peer = at(buffers_, slice.pipe[0].buffer).header.dst;
    at(slice.partitions, peer).show_reservation();
    if (at(slice.partitions, peer).is_full()) refresh(slice, peer);
  }
  slice.pipe[2] = slice.pipe[1];
  slice.pipe[1] = slice.pipe[0];
  slice.pipe[0] = slice.granted;
  slice.granted.valid = false;
}

void DestQueue::refresh(Slice& slice, int peer) {
  assign_bit(slice.eligible, peer,
             at(slice.partitions, peer).eligible(config_.policy, fence_.pending()) != 0);
}

void DestQueue::refresh_all() {
  for (Slice& slice : slices_) {
    for (int peer = 0; peer < params_.peers; ++peer) refresh(slice, peer);
  }
}

// The timer runs while there are entries, those included that are being made.
bool DestQueue::tick() {
  bool used = entries_ > 0;
  for (const Slice& slice : slices_) used |= slice.pipe[2].valid;
  tick_cycles_ = used ? tick_cycles_ + 1 : 0;
  if (tick_cycles_ < std::max(config_.tick, 1)) return false;
  tick_cycles_ = 0;
  return true;
}

void DestQueue::grow_old(Slice& slice) {
  if (slice.entries == 0) return;
  for (int peer = 0; peer < params_.peers; ++peer) {
    EgressPartition& partition = at(slice.partitions, peer);
    if (partition.empty()) continue;
    partition.age_entries(config_);
    refresh(slice, peer);
  }
}

// ---- G: lanes and slices are matched ------------------------------------------------------------------

// Returns whether the fence's report was taken.
bool DestQueue::grant() {
  int reporting = -1;
  bool report_taken = false;
  if (fence_.busy()) {
    if (const std::optional<Fence::Report> report = fence_.report(config_)) {
      reporting = report->refused ? -1 : grant_report(*report);
      report_taken = report->refused || reporting >= 0;
      if (report->refused) events_.refuse(egress_place(0), reg::Refuse::table, report->header);
    }
  }
  if (slots_used_ == 0) return report_taken;
  // What is matched is the oldest stores but for those that found no free entry in the cycle before.
  std::array<std::uint32_t, kMaxLanes> free{};  // a lane: slices with a free entry for its oldest store
  for (int l = 0; l < params_.lanes; ++l) {
    Lane& lane = at(lanes_, l);
    if (lane.full != 0) match_.wait_for_entry();
    std::uint32_t full = 0;
    for_each_bit(lane.waiting, [&](int s) {
      const Slice& slice = at(slices_, s);
      const int peer = at(buffers_, at(lane.queues, s).front()).header.dst;
      if (s != reporting && ((lane.full >> s) & 1U) == 0) match_.want(l, s);
      if (at(slice.partitions, peer).has_free()) {
        free[static_cast<std::size_t>(l)] |= 1U << s;
      } else if (!comes_free(slice, peer)) {
        full |= 1U << s;
      }
    });
    lane.full = full;
  }
  match_.match([&](int l, int s) {
    if (((free[static_cast<std::size_t>(l)] >> s) & 1U) == 0) return;
    Lane& lane = at(lanes_, l);
    FixedQueue<int>& queue = at(lane.queues, s);
    const int buffer = queue.front();
    queue.pop();
    if (queue.empty()) lane.waiting &= ~(1U << s);
    Slice& slice = at(slices_, s);
    at(slice.partitions, at(buffers_, buffer).header.dst).reserve();
    slice.granted = {buffer, l, true};
  });
  return report_taken;
}

// In this cycle, as far as is known before it ends.
bool DestQueue::comes_free(const Slice& slice, int peer) const {
  return (slice.chosen == peer && side_has_room(slice)) || being_written(slice, peer) != 0;
}

// A report goes before the lanes of its slice; returns that slice, or -1 when it must wait.
int DestQueue::grant_report(const Fence::Report& report) {
  const Header& h = report.header;
  const int s = h.region % params_.lanes;
  Slice& slice = at(slices_, s);
  EgressPartition& partition = at(slice.partitions, h.dst);
  if (!partition.has_free()) return -1;
  partition.reserve();
  const int buffer = take_buffer();
  at(buffers_, buffer) = Packet{};
  at(buffers_, buffer).header = h;
  slice.granted = {buffer, -1, true};
  fence_.entry_made(fence_.pending().epoch);
  ++on_their_way_;
  return s;
}

// ---- pins -------------------------------------------------------------------------------------------

bool DestQueue::is_store(const Packet& request) const {
  const Header& h = request.header;
  const bool aligned = h.kind == PacketKind::rowsp ? h.offset % kLineBytes == 0
                       : h.kind == PacketKind::st  ? h.addr % kLineBytes == 0
                                                   : false;
  return aligned && (request.strb[0] | request.strb[1]) != 0 && h.dst < params_.peers &&
         config_.peers.test(h.dst);
}

bool DestQueue::is_fence(const Packet& request) const {
  const Header& h = request.header;
  return h.kind == PacketKind::fence &&
         h.region + h.row <= static_cast<std::uint32_t>(params_.regions);
}

void DestQueue::accept(int l, const Packet& request) {
  Lane& lane = at(lanes_, l);
  const bool inside = lane.inside;
  lane.inside = !request.last;
  if (inside) return;
  const bool well_formed = config_.enable && request.last && request.header.rsvd == 0;
  if (well_formed && is_fence(request)) {
    lane.has_fence = true;
    lane.fence = request.header;
    closed_ = true;
    return;
  }
  if (!well_formed || !is_store(request)) {
    Header stamped = request.header;
    stamped.src = static_cast<std::uint8_t>(config_.self);
    events_.refuse(egress_place(l), reg::Refuse::request, stamped);
    return;
  }
  const int buffer = take_buffer();
  Packet& copy = at(buffers_, buffer);
  copy = request;
  Header& h = copy.header;
  h.src = static_cast<std::uint8_t>(config_.self);
  if (h.kind == PacketKind::st) {
    h.region = 0;
    h.gen = 0;
    h.row = 0;
    h.offset = 0;
  } else {
    h.addr = 0;
  }
  const std::uint64_t hash =
      h.kind == PacketKind::st ? h.addr / kLineBytes : (h.offset / kLineBytes) ^ h.row;
  const auto s = static_cast<int>(hash & static_cast<std::uint64_t>(params_.lanes - 1));
  at(lane.queues, s).push(buffer);
  lane.waiting |= 1U << s;
  ++lane.used;
  ++slots_used_;
  ++on_their_way_;
  events_.count(reg::Stat::requests);
}

void DestQueue::step_fence(bool report_taken) {
  if (!closed_ && !fence_.busy()) return;
  const auto waiting = std::find_if(lanes_.begin(), lanes_.end(),
                                    [](const Lane& lane) { return lane.has_fence; });
  Fence::Inputs in;
  in.waiting = waiting == lanes_.end() ? nullptr : &waiting->fence;
  in.lanes_empty = slots_used_ == 0;
  in.counted = rows_waiting_ == 0 && !row_busy_;
  in.report_taken = report_taken;
  const Fence::Outcome outcome = fence_.step(in, config_, events_);
  if (outcome.taken) waiting->has_fence = false;
  if (outcome.complete) events_.count(reg::Stat::fences);
  if (outcome.taken || outcome.complete) refresh_all();
}

// One row a cycle, of the slices in turns.
void DestQueue::count_rows() {
  row_busy_ = false;
  for (int i = 0; i < params_.lanes; ++i) {
    const int l = (next_row_lane_ + i) & (params_.lanes - 1);
    FixedQueue<LeavingRow>& rows = at(slices_, l).rows;
    if (rows.empty() || rows.front().due > cycle_) continue;
    const LeavingRow& row = rows.front();
    fence_.count_row(row.bank, row.peer, row.region, events_);
    rows.pop();
    --rows_waiting_;
    row_busy_ = true;
    next_row_lane_ = (l + 1) & (params_.lanes - 1);
    break;
  }
}

}  // namespace moehub::ref
