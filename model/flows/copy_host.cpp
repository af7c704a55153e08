#include "model/flows/copy_host.hpp"

#include <algorithm>
#include <utility>

namespace moehub {

namespace {

constexpr Picoseconds kStep = 16000;        // links work in picoseconds inside it
constexpr Picoseconds kCatchUp = 8 * kStep;  // that a loop or a library held up by others may make good
constexpr int kMostPackets = 64;            // of a piece: 8 KiB, the copy of one warp's loop
constexpr std::uint64_t kHangTicks = 100000;  // 1.6 ms without a move, longer than any pause of software
constexpr std::uint64_t kTicksPerLook = 1024;

int lines_of(int bytes) { return (bytes + kLineBytes - 1) / kLineBytes; }

// Header and data flits of a run of packets; a last one that is not full has a byte-enable flit.
std::uint32_t flits_of(int bytes) {
  const int data = (bytes + kFlitBytes - 1) / kFlitBytes;
  return static_cast<std::uint32_t>(data + lines_of(bytes) + (bytes % kLineBytes != 0 ? 1 : 0));
}

}  // namespace

CopyHost::CopyHost(sc_core::sc_module_name name, const SimClock& clock)
    : sc_module(name), clock_(clock) {
  SC_METHOD(tick);
  sensitive << step_event_;
  dont_initialize();
}

void CopyHost::restart(const SystemConfig& system, int gpus, Scoreboard& board,
                       Callbacks callbacks) {
  board_ = &board;
  callbacks_ = std::move(callbacks);
  lanes_ = system.hub.lanes;
  step_ = kStep;
  memory_latency_ = from_ns(system.gpu.memory_write_latency_ns);
  most_packets_ = std::min({kMostPackets, system.fabric.credits_per_voq,
                            system.fabric.receive_buffer_packets});
  sites_.assign(static_cast<std::size_t>(gpus), Site());
  for (Site& site : sites_) {
    site.credits.assign(static_cast<std::size_t>(lanes_ * gpus), system.fabric.credits_per_voq);
    site.parked.resize(site.credits.size());
  }
  fabric_.emplace(system, gpus, lanes_, step_);
  cargo_ = {};
  step_event_.cancel();
  asleep_ = true;
  idle_ticks_ = 0;
}

int CopyHost::add_pacer(int gpu, double gb_per_s) {
  std::vector<Pacer>& pacers = sites_[static_cast<std::size_t>(gpu)].pacers;
  pacers.push_back({gb_per_s, clock_.now()});
  return static_cast<int>(pacers.size()) - 1;
}

void CopyHost::start(int gpu, int pacer, std::vector<CopyLoop> loops) {
  Site& site = sites_[static_cast<std::size_t>(gpu)];
  const Picoseconds now = clock_.now();
  for (CopyLoop& spec : loops) {
    if (spec.count == 0) {
      if (spec.sent) spec.sent();
      continue;
    }
    Loop loop;
    loop.spec = std::move(spec);
    loop.pacer = pacer;
    loop.lane = site.next_lane++ % lanes_;
    loop.next_start = now;
    site.started.push_back(std::move(loop));
  }
  site.next_send = now;
  wake();
}

void CopyHost::wake() {
  if (!asleep_) return;
  asleep_ = false;
  const Picoseconds now = clock_.now();
  const Picoseconds next = (now + step_) / step_ * step_;
  step_event_.notify(to_sc_time(next - now));
}

void CopyHost::stop() {
  step_event_.cancel();
  asleep_ = true;
  for (Site& site : sites_) {
    site.loops.clear();
    site.started.clear();
    for (std::list<Loop>& parked : site.parked) parked.clear();
    site.loops_parked = 0;
  }
}

void CopyHost::collect(TrafficCounters& counters) const {
  if (!fabric_) return;
  counters.link_parcels += fabric_->parcels();
  counters.nvlink_bytes += fabric_->nvlink_bytes();
  counters.network_bytes += fabric_->network_bytes();
  counters.link_replays += fabric_->link_faults().replayed();
  counters.lost_credits += fabric_->link_faults().lost_credits();
}

void CopyHost::tick() {
  try {
    const Picoseconds now = clock_.now();
    fabric_->advance(now);
    bool active = false;
    bool moved = false;
    const int gpus = static_cast<int>(sites_.size());
    for (int gpu = 0; gpu < gpus; ++gpu) {
      moved = receive(gpu, now) || moved;
      moved = deliver(gpu, now) || moved;
    }
    for (int gpu = 0; gpu < gpus; ++gpu) {
      Site& site = sites_[static_cast<std::size_t>(gpu)];
      if (site.next_send < now + step_) send(gpu, now);
      active = active || !site.loops.empty() || !site.started.empty() || site.loops_parked > 0 ||
               !site.deliveries.empty() || !site.local.empty();
    }
    idle_ticks_ = moved ? 0 : idle_ticks_ + 1;
    if (idle_ticks_ > kHangTicks) {
      throw HangError("no copy has moved for " + std::to_string(to_us(kHangTicks * kStep)) +
                      " us; " + state());
    }
    if (++ticks_ % kTicksPerLook == 0 && callbacks_.interrupted()) throw LayerAborted();
    asleep_ = !active && !fabric_->busy();
    if (!asleep_) step_event_.notify(to_sc_time(step_));
  } catch (...) {
    callbacks_.on_error(std::current_exception());
  }
}

bool CopyHost::receive(int gpu, Picoseconds now) {
  Site& site = sites_[static_cast<std::size_t>(gpu)];
  bool moved = false;
  for (int lane = 0; lane < lanes_; ++lane) {
    for (Credit credit = fabric_->credit(gpu, lane, now); credit.peer >= 0;
         credit = fabric_->credit(gpu, lane, now)) {
      const std::size_t credits =
          static_cast<std::size_t>(lane) * sites_.size() + static_cast<std::size_t>(credit.peer);
      site.credits[credits] += credit.packets;
      fabric_->take_credit(gpu, lane, now);
      if (!site.parked[credits].empty()) unpark(site, credits);
      moved = true;
    }
    while (const Parcel* parcel = fabric_->received(gpu, lane, now)) {
      const std::uint32_t cargo = parcel->cargo;
      site.deliveries.push({now + memory_latency_, deliveries_++, cargo_[cargo]});
      cargo_.release(cargo);
      fabric_->take_received(gpu, lane, now);
      moved = true;
    }
  }
  return moved;
}

bool CopyHost::deliver(int gpu, Picoseconds now) {
  Site& site = sites_[static_cast<std::size_t>(gpu)];
  bool moved = false;
  for (;;) {
    CopyArrival arrival;
    if (!site.deliveries.empty() && site.deliveries.front().due <= now) {
      arrival = site.deliveries.front().arrival;
      site.deliveries.pop();
    } else if (!site.local.empty() && site.local.top().due <= now) {
      arrival = site.local.top().arrival;
      site.local.pop();
    } else {
      return moved;
    }
    board_->copied(gpu, arrival.addr, arrival.seed, arrival.first_word, arrival.bytes, now);
    callbacks_.on_memory(gpu, std::int64_t{arrival.memory_passes} * arrival.bytes);
    callbacks_.on_arrival(gpu, arrival);
    moved = true;
  }
}

// Loops for which there are credits now, before all others.
void CopyHost::unpark(Site& site, std::size_t credits) {
  std::list<Loop>& parked = site.parked[credits];
  int left = site.credits[credits];
  auto end = parked.begin();
  for (; end != parked.end() && end->needs <= left; ++end) {
    left -= std::exchange(end->needs, 0);
    --site.loops_parked;
  }
  if (end == parked.begin()) return;
  site.loops.splice(site.loops.begin(), parked, parked.begin(), end);
  site.next_send = std::min(site.next_send, clock_.now());
}

// Loops take turns: one that has sent a piece goes behind the others, one that could not keeps its place, or
// waits aside until credits come back. What keeps a loop from sending stays so for the rest of the step, so
// only those that have sent are asked again.
void CopyHost::send(int gpu, Picoseconds now) {
  Site& site = sites_[static_cast<std::size_t>(gpu)];
  if (!site.started.empty()) {
    site.loops.splice(site.loops.end(), site.started);
    site.loops.sort([](const Loop& a, const Loop& b) { return a.spec.order < b.spec.order; });
  }
  Picoseconds retry = kNever;
  std::vector<std::function<void()>> sent;
  auto it = site.loops.begin();
  for (std::size_t left = site.loops.size(); left > 0;) {
    std::size_t again = 0;
    for (; left > 0; --left) {
      const auto loop = it++;
      if (!send_piece(gpu, *loop, now, retry)) {
        if (loop->needs == 0) continue;
        std::list<Loop>& parked = site.parked[loop->credits];
        parked.splice(parked.end(), site.loops, loop);
        ++site.loops_parked;
      } else if (loop->spec.count > 0) {
        site.loops.splice(site.loops.end(), site.loops, loop);
        ++again;
      } else {
        if (loop->spec.sent) sent.push_back(std::move(loop->spec.sent));
        site.loops.erase(loop);
      }
    }
    left = again;
    it = std::prev(site.loops.end(), static_cast<std::ptrdiff_t>(again));
  }
  site.next_send = retry;
  for (const std::function<void()>& call : sent) call();
}

bool CopyHost::next_copy(int gpu, Loop& loop) {
  loop.copy = loop.spec.make(loop.made++);
  loop.offset = 0;
  if (loop.copy.seed != kZeroRow) board_->stored(loop.copy.seed, gpu, clock_.now());
  return loop.copy.bytes > 0;
}

// The next piece of a loop, if it may leave within this step. `retry`: when it is worth asking again.
bool CopyHost::send_piece(int gpu, Loop& loop, Picoseconds now, Picoseconds& retry) {
  Site& site = sites_[static_cast<std::size_t>(gpu)];
  if (loop.next_start >= now + step_) {
    retry = std::min(retry, loop.next_start);
    return false;
  }
  if (loop.offset >= loop.copy.bytes && !next_copy(gpu, loop)) {
    piece_left(gpu, loop, 0, false, now);
    return true;
  }
  const Copy& copy = loop.copy;
  const int even_share = (lines_of(copy.bytes) + lanes_ - 1) / lanes_;
  const int bytes = std::min(std::min(even_share, most_packets_) * kLineBytes,
                             copy.bytes - loop.offset);
  const CopyArrival arrival{copy.tag, bytes, copy.addr + static_cast<std::uint64_t>(loop.offset),
                        copy.first_word + loop.offset / kWordBytes, copy.seed, loop.spec.memory_passes};
  if (copy.dst == gpu) {
    const Picoseconds start = std::max(loop.next_start, now);
    site.local.push({start + transfer_time(bytes, loop.spec.gb_per_s) + memory_latency_,
                          deliveries_++, arrival});
    piece_left(gpu, loop, bytes, false, now);
    return true;
  }
  const int packets = lines_of(bytes);
  loop.credits = static_cast<std::size_t>(loop.lane) * sites_.size() +
                 static_cast<std::size_t>(copy.dst);
  int& credits = site.credits[loop.credits];
  const bool link = fabric_->same_node(gpu, copy.dst);
  const Pacer& pacer = site.pacers[static_cast<std::size_t>(loop.pacer)];
  if (link && pacer.next_start >= now + step_) {
    retry = std::min(retry, pacer.next_start);
    return false;
  }
  if (credits < packets) {
    loop.needs = packets;
    return false;
  }
  if (!fabric_->can_send(gpu, loop.lane, copy.dst, now)) {
    retry = std::min(retry, now + step_);
    return false;
  }
  credits -= packets;
  Parcel parcel;
  parcel.cargo = cargo_.put(arrival);
  parcel.dst = static_cast<std::uint16_t>(copy.dst);
  parcel.packets = static_cast<std::uint16_t>(packets);
  parcel.flits = flits_of(bytes);
  parcel.request_flits = loop.spec.reads ? static_cast<std::uint32_t>(packets) : 0;
  parcel.bytes = static_cast<std::uint32_t>(bytes);
  fabric_->send(gpu, loop.lane, parcel, now);
  piece_left(gpu, loop, bytes, link, now);
  return true;
}

void CopyHost::piece_left(int gpu, Loop& loop, int bytes, bool link, Picoseconds now) {
  Site& site = sites_[static_cast<std::size_t>(gpu)];
  loop.offset += bytes;
  loop.lane = (loop.lane + 1) % lanes_;
  loop.next_start =
      std::max(loop.next_start, now - kCatchUp) + transfer_time(bytes, loop.spec.gb_per_s);
  if (link) {
    Pacer& pacer = site.pacers[static_cast<std::size_t>(loop.pacer)];
    pacer.next_start =
        std::max(pacer.next_start, now - kCatchUp) + transfer_time(bytes, pacer.gb_per_s);
  }
  callbacks_.on_memory(gpu, bytes);
  if (loop.offset >= loop.copy.bytes && loop.made == loop.spec.count) loop.spec.count = 0;
}

std::string CopyHost::state() const {
  std::string text = fabric_ ? fabric_->state() : std::string();
  for (std::size_t gpu = 0; gpu < sites_.size(); ++gpu) {
    const Site& site = sites_[gpu];
    const std::size_t loops = site.loops.size() + site.loops_parked;
    if (loops == 0 && site.deliveries.empty() && site.local.empty()) continue;
    text += "; GPU " + std::to_string(gpu) + ": " + std::to_string(loops) +
            " copy loops, " + std::to_string(site.deliveries.size() + site.local.size()) + " writes in memory";
  }
  return text;
}

}  // namespace moehub
