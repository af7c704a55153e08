#include "model/hub/addr_alloc.hpp"

#include <algorithm>

#include "model/hub/bits.hpp"
#include "model/hub/packet_check.hpp"

namespace moehub::ref {

namespace {

// What the ring of writes remembers of a header: fields that the kind does not use read 0.
Header used_fields(Header header) {
  if (header.kind == PacketKind::st) {
    header.region = 0;
    header.gen = 0;
    header.row = 0;
    header.offset = 0;
  } else {
    header.addr = 0;
  }
  return header;
}

}  // namespace

AddrAlloc::AddrAlloc(const HubParams& params, const HubConfig& config, EventLog& events,
                     int spill_latency_cycles)
    : params_{params},
      config_{config},
      events_{events},
      lanes_(index(params.lanes), IngressLane{params}),
      lookup_{params, config, events, lanes_, spill_latency_cycles} {}

// ---- outputs ----------------------------------------------------------------------------------------

// A packet leaves its input register when the window, and for a report its queue, has room.
bool AddrAlloc::takes(const IngressLane& lane) const {
  if (!(lane.from_link.valid || lane.from_loop.valid) || !lane.has_room() || !open()) return false;
  const IngressLane::Input& input = takes_loop(lane) ? lane.from_loop : lane.from_link;
  if (lane.buffer(input.buffer).header.kind != PacketKind::count) return true;
  const bool pending = lane.filling >= 0 &&
                       lane.buffer(lane.slot(lane.filling).buffer).header.kind == PacketKind::count;
  return lane.reports.size() + (pending ? 1 : 0) < IngressLane::kReports;
}

void AddrAlloc::show_ready() {
  const bool is_open = open();
  for (int l = 0; l < params_.lanes; ++l) {
    const IngressLane& lane = lanes_[index(l)];
    Ready& ready = ready_[index(l)];
    ready.leaves_register = takes(lane);
    ready.from_loop = takes_loop(lane);
    ready.rx = is_open && (!lane.from_link.valid || (ready.leaves_register && !ready.from_loop));
    ready.loop = is_open && (!lane.from_loop.valid || (ready.leaves_register && ready.from_loop));
  }
}

const MemoryWrite* AddrAlloc::write(int l) const {
  const IngressLane& lane = lanes_[index(l)];
  if (lane.writes.empty() || lane.writes.front().due > cycle_) return nullptr;
  return &lane.buffer(lane.writes.front().buffer).write;
}

const Ack* AddrAlloc::ack(int l) const {
  const IngressLane& lane = lanes_[index(l)];
  return lane.acks.empty() ? nullptr : &lane.acks.front();
}

// Lanes take turns; a report that is offered stays until it is taken.
int AddrAlloc::report_lane() const {
  if (reports_ == 0) return -1;
  if (offered_lane_ >= 0) return offered_lane_;
  for (int i = 0; i < params_.lanes; ++i) {
    const int l = (report_turn_ + i) & (params_.lanes - 1);
    if (!lanes_[index(l)].reports.empty()) return l;
  }
  return -1;
}

const Report* AddrAlloc::report() const {
  const int lane = report_lane();
  return lane < 0 ? nullptr : &lanes_[index(lane)].reports.front();
}

// ---- one edge: stages run from the last to the first, each sees what the one before it had ----------

void AddrAlloc::step(const Inputs& in) {
  bool arrives = false;
  for (int l = 0; l < params_.lanes; ++l) {
    arrives |= (in.pins->rx[index(l)] != nullptr && rx_ready(l)) || in.loop[index(l)] != nullptr ||
               in.pins->ack[index(l)].has_value();
  }
  if (!busy_ && !arrives) {
    ++cycle_;
    if (shown_open_ != open()) show_ready();
    shown_open_ = open();
    return;
  }
  if (init_.state != Init::State::idle) step_init();
  take_acks(in);
  next_report(in.report_taken);
  for (int l = 0; l < params_.lanes; ++l) {
    IngressLane& lane = lanes_[index(l)];
    hand_over(lane, write(l) != nullptr && in.pins->write_ready[index(l)]);
    issue(l);
  }
  lookup_.nominate(cycle_);
  lookup_.finish(cycle_);
  lookup_.step_contexts(cycle_);
  for (int l = 0; l < params_.lanes; ++l) {
    const Packet* link = rx_ready(l) ? in.pins->rx[index(l)] : nullptr;
    enter(lanes_[index(l)], ready_[index(l)], link, in.loop[index(l)]);
  }
  ++cycle_;
  busy_ = !is_idle();
  show_ready();
  shown_open_ = open();
}

// ---- acknowledgements -------------------------------------------------------------------------------

void AddrAlloc::take_acks(const Inputs& in) {
  for (int l = 0; l < params_.lanes; ++l) {
    IngressLane& lane = lanes_[index(l)];
    const std::optional<MemoryAck>& ack = in.pins->ack[index(l)];
    const bool taken = ack.has_value() && !lane.acks.full();
    const auto ring = static_cast<std::uint64_t>(params_.outstanding);
    if (in.ack_taken[index(l)]) {
      lane.outstanding[index(lane.ack_ids[0])].done = true;
      lane.ack_ids[0] = lane.ack_ids[1];
      lane.acks.pop();
    }
    if (taken) {
      IngressLane::Outstanding& write = lane.outstanding[index(ack->id)];
      if (!ack->error && write.counted) {
        lane.ack_ids[index(lane.acks.size())] = ack->id;
        lane.acks.push(write.ack);
      } else {
        write.done = true;
        if (ack->error) events_.refuse(memory_place(l), reg::Refuse::memory, used_fields(write.header));
      }
    }
    while (lane.settled < lane.issued && lane.outstanding[lane.settled % ring].done) {
      lane.outstanding[lane.settled++ % ring].done = false;
    }
  }
}

// ---- I, A1, A2, W -----------------------------------------------------------------------------------

void AddrAlloc::hand_over(IngressLane& lane, bool write_taken) {
  if (write_taken) {
    const int buffer = lane.writes.front().buffer;
    events_.count(reg::Stat::wr_bytes,
                  static_cast<std::uint64_t>(mask_bytes(lane.buffer(buffer).write.strb)));
    lane.free_buffer(buffer);
    lane.writes.pop();
  }
  if (lane.writes.empty()) return;
  IngressLane::Leaving& next = lane.writes.front();
  if (next.holds_slot && next.due <= cycle_ + 1) {
    next.holds_slot = false;
    lane.release(next.slot);
  }
}

void AddrAlloc::issue(int l) {
  IngressLane& lane = lanes_[index(l)];
  const int s = lane.oldest(lane.done);
  if (s < 0) return;
  const Slot& slot = lane.slot(s);
  if (slot.cause != reg::Refuse::none) {
    events_.refuse(ingress_place(l), slot.cause, lane.buffer(slot.buffer).header);
    lane.free_buffer(slot.buffer);
    lane.release(s);
  } else {
    const auto ring = static_cast<std::uint64_t>(params_.outstanding);
    if (lane.writes.full() || lane.issued - lane.settled == ring) return;
    IngressBuffer& buffer = lane.buffer(slot.buffer);
    const auto id = static_cast<int>(lane.issued++ % ring);
    lane.outstanding[index(id)] = {false, slot.counted, slot.ack, buffer.header};
    buffer.write.id = id;
    lane.writes.push({slot.buffer, s, true, cycle_ + IngressLane::kWrites});
  }
  lane.done &= ~slot_bit(s);
}

// ---- R, C -------------------------------------------------------------------------------------------

void AddrAlloc::check(IngressLane& lane) {
  Slot& slot = lane.slot(lane.filling);
  const SlotMask bit = slot_bit(lane.filling);
  const IngressBuffer& packet = lane.buffer(slot.buffer);
  const Header& h = packet.header;
  check_packet(params_, config_, packet, slot);
  if (slot.cause != reg::Refuse::none) {
    lane.done |= bit;
  } else if (h.kind == PacketKind::rowsp) {
    const RowKey key = row_key(h.region, h.gen, h.row);
    lane.keys[index(lane.filling)] = key;
    slot.set = lookup_.set(key);
    lane.waiting |= bit;
  } else if (h.kind == PacketKind::st) {
    lane.buffer(slot.buffer).write.addr = h.addr;
    lane.done |= bit;
  } else {
    lane.reports.push({h.src, h.region, h.row});
    ++reports_;
    lane.free_buffer(slot.buffer);
    lane.release(lane.filling);
  }
  lane.filling = -1;
}

void AddrAlloc::enter(IngressLane& lane, const Ready& ready, const Packet* link, const Packet* loop) {
  int claimed = -1;
  if (ready.leaves_register) {
    IngressLane::Input& input = ready.from_loop ? lane.from_loop : lane.from_link;
    claimed = lane.claim();
    lane.slot(claimed).buffer = input.buffer;
    input.valid = false;
    lane.loop_turn = !ready.from_loop;
    events_.count(reg::Stat::rx_packets);
  }
  if (lane.filling >= 0) check(lane);
  lane.filling = claimed;
  if (link != nullptr) {
    if (!lane.dropping) lane.from_link = {true, lane.store(*link)};
    lane.dropping = !link->last;
  }
  if (loop != nullptr) lane.from_loop = {true, lane.store(*loop)};
}

void AddrAlloc::next_report(bool taken) {
  const int lane = report_lane();
  if (taken) {
    lanes_[index(lane)].reports.pop();
    --reports_;
    report_turn_ = (lane + 1) & (params_.lanes - 1);
  }
  offered_lane_ = taken ? -1 : lane;
}

// ---- initialisation ---------------------------------------------------------------------------------

void AddrAlloc::start_init(bool is_window, int owner) {
  init_ = {};
  init_.state = Init::State::draining;
  init_.is_window = is_window;
  init_.owner = owner;
  busy_ = true;
}

void AddrAlloc::start_flush() {
  init_ = {};
  init_.state = Init::State::draining;
  init_.flush = true;
  busy_ = true;
}

// No packet of the owner is in a window, and all writes that were issued by then are settled.
bool AddrAlloc::owner_gone() {
  bool gone = true;
  for (IngressLane& lane : lanes_) {
    if (init_.flush) {
      gone &= lane.claimed == 0;
      continue;
    }
    gone &= lane.reports.empty();
    for_each_bit(lane.claimed, [&](int s) {
      const Slot& slot = lane.slot(s);
      const Header& h = lane.buffer(slot.buffer).header;
      const bool is_owner = init_.is_window ? slot.ack.is_window && slot.ack.owner == init_.owner
                                            : h.kind != PacketKind::st && h.region == init_.owner;
      gone &= !is_owner;
    });
  }
  if (!gone || init_.flush) return gone;
  if (!init_.snapshot) {
    for (int l = 0; l < params_.lanes; ++l) init_.issued[index(l)] = lanes_[index(l)].issued;
    init_.snapshot = true;
  }
  for (int l = 0; l < params_.lanes; ++l) gone &= lanes_[index(l)].settled >= init_.issued[index(l)];
  return gone;
}

void AddrAlloc::step_init() {
  switch (init_.state) {
    case Init::State::idle: break;
    case Init::State::draining:
      if (!owner_gone()) break;
      if (!init_.flush && (init_.is_window || !lookup_.gave_rows(init_.owner))) {
        init_.state = Init::State::idle;
        break;
      }
      if (!init_.flush) lookup_.clear_pointer(init_.owner);
      lookup_.stop(false, true);
      init_.state = Init::State::contexts;
      break;
    case Init::State::contexts:
      if (!lookup_.contexts_idle()) break;
      lookup_.stop(true, true);
      init_.cycles = params_.rat_sets + 5;
      init_.state = Init::State::walking;
      break;
    case Init::State::walking:
      if (--init_.cycles > 0) break;
      if (init_.flush) {
        lookup_.clear();
      } else {
        lookup_.remove_region(init_.owner);
      }
      lookup_.stop(false, false);
      init_.state = Init::State::idle;
      break;
  }
}

bool AddrAlloc::is_idle() const {
  if (initialising() || lookup_.busy()) return false;
  return std::all_of(lanes_.begin(), lanes_.end(), [](const IngressLane& lane) {
    return lane.claimed == 0 && !lane.from_link.valid && !lane.from_loop.valid &&
           lane.reports.empty() && lane.writes.empty() && lane.acks.empty();
  });
}

bool AddrAlloc::waits() const {
  return std::any_of(lanes_.begin(), lanes_.end(),
                     [](const IngressLane& lane) { return lane.issued != lane.settled; });
}

}  // namespace moehub::ref
