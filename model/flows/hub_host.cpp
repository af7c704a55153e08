#include "model/flows/hub_host.hpp"

#include <stdexcept>
#include <utility>

namespace moehub {

namespace {
// Longer than any timer of a hub and any latency; a hub that is busy for so long without moving
// anything will never move anything.
constexpr std::uint64_t kHangTicks = 100000;
constexpr std::uint64_t kTicksPerLook = 4096;  // at the user's wish to stop
constexpr std::int64_t kWrittenBytes = 8192;    // told together to the memory that thread blocks share

void prefetch(const Packet& packet) {
  constexpr std::size_t kCacheLine = 64;
  const auto* bytes = reinterpret_cast<const char*>(&packet);
  for (std::size_t i = 0; i < sizeof(Packet); i += kCacheLine) __builtin_prefetch(bytes + i);
}
}  // namespace

HubHost::HubHost(sc_core::sc_module_name name, const SimClock& clock, std::vector<HubPort*> ports)
    : sc_module(name), clock_(clock), ports_(std::move(ports)) {
  SC_METHOD(tick);
  sensitive << edge_;
  dont_initialize();
}

void HubHost::install(std::vector<std::unique_ptr<Hub>> hubs) {
  sites_.clear();
  sites_.resize(hubs.size());
  for (std::size_t gpu = 0; gpu < hubs.size(); ++gpu) {
    sites_[gpu].hub = std::move(hubs[gpu]);
    sites_[gpu].port = ports_.at(gpu);
  }
  lanes_ = sites_.empty() ? 0 : sites_.front().hub->params().lanes;
  counters_ = {};
  flow_time_ = 0;
  recording_.reset();
}

void HubHost::restart(const SystemConfig& system, Scoreboard& board, Callbacks callbacks) {
  board_ = &board;
  callbacks_ = std::move(callbacks);
  cycle_ = from_ns(1.0 / system.hub.clock_ghz);
  edge_.cancel();
  asleep_ = true;
  idle_ticks_ = 0;
  if (sites_.empty()) return;
  fabric_.emplace(system, gpus(), lanes_, cycle_);
  packets_ = {};
  for (int gpu = 0; gpu < gpus(); ++gpu) {
    Site& site = sites_[static_cast<std::size_t>(gpu)];
    site.memory.emplace(lanes_, site.hub->params().outstanding,
                        from_ns(system.gpu.memory_write_latency_ns),
                        1e3 * system.gpu.hbm_tb_per_s * system.gpu.hbm_efficiency, system.faults, gpu);
    site.written_bytes = 0;
    site.port->restart(lanes_, [this, gpu](const RowStore& store) {
      if (store.bytes > 0) board_->stored(store.seed, gpu, clock_.now());
      wake();
    });
  }
}

void HubHost::drain(int gpu) {
  HubInputs idle;
  idle.tile_ready = true;
  Hub& h = hub(gpu);
  for (std::uint64_t i = 0; h.outputs().busy || h.outputs().tile; ++i) {
    if (i > kHangTicks) throw HangError("a hub does not come to rest after it was programmed");
    h.step(idle);
  }
}

void HubHost::record(const std::string& file, Picoseconds begin, Picoseconds end) {
  recording_ = Recording{file, begin, end, false};
}

void HubHost::update_recording(Picoseconds now) {
  const bool inside = now >= recording_->begin && now < recording_->end;
  if (inside == recording_->running) return;
  if (inside) {
    if (!hub(0).start_waves(recording_->file)) {
      throw std::runtime_error("this hub cannot record waveforms into " + recording_->file);
    }
    recording_->running = true;
  } else {
    hub(0).stop_waves();
    recording_.reset();
  }
}

void HubHost::wake() {
  if (!asleep_) return;
  asleep_ = false;
  const Picoseconds now = clock_.now();
  const Picoseconds next_edge = (now + cycle_ - 1) / cycle_ * cycle_;
  edge_.notify(to_sc_time(next_edge - now));
}

void HubHost::stop() {
  edge_.cancel();
  asleep_ = true;
  if (recording_ && recording_->running) {
    hub(0).stop_waves();
    recording_.reset();
  }
}

void HubHost::collect() {
  if (!fabric_) return;
  counters_.link_parcels += fabric_->parcels();
  counters_.nvlink_bytes += fabric_->nvlink_bytes();
  counters_.network_bytes += fabric_->network_bytes();
  counters_.link_replays += fabric_->link_faults().replayed();
  counters_.lost_credits += fabric_->link_faults().lost_credits();
}

void HubHost::tick() {
  try {
    const Picoseconds now = clock_.now();
    if (recording_) update_recording(flow_time_ + now);
    ++idle_ticks_;
    fabric_->advance(now);
    bool active = fabric_->busy();
    for (int gpu = 0; gpu < gpus(); ++gpu) active = step_site(gpu, now) || active;
    if (idle_ticks_ > kHangTicks) {
      throw HangError("nothing has moved for " + std::to_string(kHangTicks) + " hub cycles; " +
                      state());
    }
    if (++ticks_ % kTicksPerLook == 0 && callbacks_.interrupted()) throw LayerAborted();
    asleep_ = !active;
    if (!asleep_) edge_.notify(to_sc_time(cycle_));
  } catch (...) {
    callbacks_.on_error(std::current_exception());
  }
}

bool HubHost::has_input(int gpu, Site& site, Picoseconds now) {
  for (int l = 0; l < lanes_; ++l) {
    if (site.memory->ack(l, now) || site.port->crossbar().offer(l, now) != nullptr) return true;
  }
  return fabric_->has_input(gpu, now);
}

// One cycle of one hub: its outputs and what waits at its pins decide what moves; then the edge. A hub
// that says it will not move by itself is not stepped while nothing comes, e.g. while memory works.
// Returns whether the clock must go on for this GPU.
bool HubHost::step_site(int gpu, Picoseconds now) {
  Site& site = sites_[static_cast<std::size_t>(gpu)];
  StoreCrossbar& crossbar = site.port->crossbar();
  LineMemory& memory = *site.memory;
  Fabric& fabric = *fabric_;
  const HubOutputs& out = site.hub->outputs();
  if (!out.busy && !out.tile && !has_input(gpu, site, now)) {
    return !crossbar.idle() || !memory.idle();
  }
  const auto cycle = static_cast<std::uint64_t>(now / cycle_);

  HubInputs in;
  std::array<bool, kMaxLanes> stores{};
  std::array<bool, kMaxLanes> arrivals{};
  std::array<const Parcel*, kMaxLanes> received{};
  bool moved = false;
  for (int l = 0; l < lanes_; ++l) {
    const auto i = static_cast<std::size_t>(l);
    in.req[i] = crossbar.offer(l, now);
    stores[i] = in.req[i] != nullptr && out.req_ready[i];

    received[i] = fabric.received(gpu, l, now);
    in.rx[i] = received[i] != nullptr ? &packets_[received[i]->cargo] : nullptr;
    arrivals[i] = in.rx[i] != nullptr && out.rx_ready[i];
    if (arrivals[i]) board_->received(*in.rx[i], cycle);

    const Packet* packet = out.tx[i];
    in.tx_ready[i] = fabric.can_send(gpu, l, packet != nullptr ? packet->header.dst : gpu, now);
    if (packet != nullptr && in.tx_ready[i]) {
      Parcel parcel;
      parcel.cargo = packets_.put(*packet);
      parcel.dst = packet->header.dst;
      parcel.bytes = static_cast<std::uint32_t>(wire_bytes(*packet));
      parcel.flits = parcel.bytes / kFlitBytes;
      fabric.send(gpu, l, parcel, now);
      moved = true;
    }
    in.credit_peer[i] = fabric.credit(gpu, l, now).peer;
    if (in.credit_peer[i] >= 0) {
      fabric.take_credit(gpu, l, now);
      moved = true;
    }

    in.write_ready[i] = memory.ready(l, now);
    if (out.write[i] != nullptr && in.write_ready[i]) {
      const MemoryWrite& write = *out.write[i];
      memory.write(l, write.id, count_bytes(write.strb), board_->written(gpu, write, cycle), now);
      moved = true;
    }
    in.ack[i] = memory.ack(l, now);
    if (in.ack[i] && out.ack_ready[i]) {
      const LineMemory::Written written = memory.take_ack(l);
      if (written.error) {
        ++counters_.write_errors;
      } else {
        board_->acknowledged(written.tag, now);
      }
      site.written_bytes += written.bytes;
      moved = true;
    }
    moved = moved || stores[i] || arrivals[i];
  }
  in.tile_ready = true;
  const std::optional<TileMessage> tile = out.tile;

  site.hub->step(in);
  ++counters_.hub_cycles;
  if (moved) idle_ticks_ = 0;

  for (int l = 0; l < lanes_; ++l) {
    const auto i = static_cast<std::size_t>(l);
    if (stores[i]) crossbar.taken(l);
    if (!arrivals[i]) continue;
    packets_.release(received[i]->cargo);
    fabric.take_received(gpu, l, now);
    // The next one has long left the caches: it is fetched while the other hubs are stepped.
    if (const Parcel* next = fabric.received(gpu, l, kNever)) prefetch(packets_[next->cargo]);
  }
  site.port->settle();
  if (site.written_bytes >= kWrittenBytes) {
    callbacks_.on_memory(gpu, std::exchange(site.written_bytes, 0));
  }
  if (tile) {
    board_->message(gpu, *tile);
    callbacks_.on_tile(gpu, *tile);
  }
  return true;
}

std::string HubHost::state() const {
  std::string text = fabric_ ? fabric_->state() : std::string();
  for (std::size_t gpu = 0; gpu < sites_.size(); ++gpu) {
    const Site& site = sites_[gpu];
    if (!site.hub->outputs().busy && site.port->crossbar().idle() && site.memory->idle()) continue;
    text += "; GPU " + std::to_string(gpu) + ": hub " +
            (site.hub->outputs().busy ? "busy" : "idle") + ", " +
            std::to_string(site.port->crossbar().queued()) + " stores at its port, " +
            std::to_string(site.memory->pending()) + " writes in memory";
  }
  return text;
}

}  // namespace moehub
