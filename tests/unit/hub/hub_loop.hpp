// A few hubs joined by wires, each with a device memory, a crossbar that stores rows and a thread-block
// scheduler that writes down what it is told. Written against the hub's port alone, so that the RTL hub
// and the reference model run the same tests.
//
// A wire is a lane from hub to hub: first in, first out, some cycles long; its end hands a credit back
// when the receiver takes a packet. What the memories and the schedulers see is checked by hub_checks.hpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "model/hub/hub_setup.hpp"
#include "model/hub/port.hpp"

namespace moehub::test {

using HubFactory = std::function<std::unique_ptr<Hub>(int spill_latency_cycles)>;

struct LoopOptions {
  int gpus = 2;
  int wire_cycles = 20;
  int ack_cycles = 25;      // from a write to its acknowledgement, at least
  int ack_spread = 0;       // random extra cycles, so that acknowledgements overtake each other
  int credits = 16;
  int stall_percent = 0;    // of the cycles in which a ready of the environment is low
  int spill_latency_cycles = 40;
  int sets_in_use = 0;
  int merge_age_ticks = 4;
  int deadline_age_ticks = 12;
  int tick_cycles = 16;
  PolicySetup policy;
  std::uint64_t seed = 0;
};

// Bytes of a row: word w of row `row` of `region`, told from every other word of the test.
inline std::uint64_t row_word(int region, std::uint32_t row, int word) {
  std::uint64_t x = static_cast<std::uint64_t>(region + 1) << 48 | std::uint64_t{row} << 16 |
                    static_cast<std::uint64_t>(word);
  x *= 0x9e3779b97f4a7c15U;
  return x ^ (x >> 29);
}

// The mask of bytes [begin, end) of a line.
inline ByteMask mask_of(int begin, int end) {
  ByteMask mask{};
  for (int i = begin; i < end; ++i) {
    mask[static_cast<std::size_t>(i / 64)] |= std::uint64_t{1} << (i % 64);
  }
  return mask;
}

// Store of bytes [begin, end) of a row, which lie in one line.
inline Packet row_store(int dst, int region, int gen, std::uint32_t row, int begin, int end) {
  Packet p;
  const int line = begin / kLineBytes;
  p.header.kind = PacketKind::rowsp;
  p.header.dst = static_cast<std::uint8_t>(dst);
  p.header.region = static_cast<std::uint8_t>(region);
  p.header.gen = static_cast<std::uint8_t>(gen);
  p.header.row = row;
  p.header.offset = static_cast<std::uint16_t>(line * kLineBytes);
  p.strb = mask_of(begin - line * kLineBytes, end - line * kLineBytes);
  for (int w = 0; w < kLineBytes / 8; ++w) {
    p.data[static_cast<std::size_t>(w)] = row_word(region, row, line * kLineBytes / 8 + w);
  }
  return p;
}

// Ordinary store of bytes [begin, end) of the line at `addr`; the data are those of a row.
inline Packet address_store(int dst, std::uint64_t addr, std::uint32_t row, int begin = 0,
                            int end = kLineBytes) {
  Packet p = row_store(dst, 0, 0, row, begin, end);
  p.header = {};
  p.header.kind = PacketKind::st;
  p.header.dst = static_cast<std::uint8_t>(dst);
  p.header.addr = addr;
  return p;
}

inline Packet fence_request(int first_region, int regions, int gen) {
  Packet p;
  p.header.kind = PacketKind::fence;
  p.header.region = static_cast<std::uint8_t>(first_region);
  p.header.row = static_cast<std::uint32_t>(regions);
  p.header.gen = static_cast<std::uint8_t>(gen);
  return p;
}

struct MemoryLine {
  LineData data{};
  ByteMask written{};
  std::uint64_t acked_bytes = 0;
  int rewritten_bytes = 0;  // written more than once
};

struct TileRecord {
  TileMessage message;
  std::uint64_t cycle = 0;
  std::uint64_t acked_bytes = 0;  // of the region's or window's tile, when the message came
};

class HubLoop {
 public:
  HubLoop(const HubFactory& make, const LoopOptions& options) : options_{options}, random_{options.seed} {
    for (int g = 0; g < options.gpus; ++g) {
      sides_.push_back(std::make_unique<Side>());
      side(g).hub = make(options.spill_latency_cycles);
      HubSetup setup;
      setup.self = g;
      setup.peers = PeerMask::first(options.gpus);
      setup.policy = options.policy;
      setup.tick_cycles = options.tick_cycles;
      setup.merge_age_ticks = options.merge_age_ticks;
      setup.deadline_age_ticks = options.deadline_age_ticks;
      setup.credits = options.credits;
      setup.sets_in_use = options.sets_in_use;
      enable_hub(*side(g).hub, setup);
      write_checked(*side(g).hub, reg::kIrqEnable, 7);
    }
    lanes_ = hub(0).params().lanes;
    for (auto& s : sides_) {
      s->requests.resize(static_cast<std::size_t>(lanes_));
      s->wires.resize(static_cast<std::size_t>(lanes_));
      s->credits.resize(static_cast<std::size_t>(lanes_));
      s->acks.resize(static_cast<std::size_t>(lanes_));
    }
  }

  Hub& hub(int gpu) { return *side(gpu).hub; }
  int lanes() const { return lanes_; }
  const std::map<std::uint64_t, MemoryLine>& memory(int gpu) { return side(gpu).memory; }
  const std::vector<TileRecord>& tiles(int gpu) { return side(gpu).tiles; }
  const std::vector<Packet>& sent(int gpu) { return side(gpu).sent; }  // on the link, in order
  const RegionSetup& region(int gpu, int index) { return side(gpu).regions.at(index); }
  std::uint64_t cycle() const { return cycle_; }
  bool irq(int gpu) { return hub(gpu).outputs().irq; }

  void set_region(int gpu, int index, const RegionSetup& setup) {
    side(gpu).regions[index] = setup;
    disable_region(hub(gpu), index, setup.generation);  // it may be a later life of the region
    program_region(hub(gpu), index, setup);
    wait_initialised(hub(gpu));
  }
  // Regions 0.., all of them at once: initialisations wait for each other.
  void set_regions(int gpu, const std::vector<RegionSetup>& setups) {
    for (std::size_t i = 0; i < setups.size(); ++i) {
      const int index = static_cast<int>(i);
      side(gpu).regions[index] = setups[i];
      disable_region(hub(gpu), index, setups[i].generation);
      program_region(hub(gpu), index, setups[i]);
    }
    wait_initialised(hub(gpu));
  }
  void set_window(int gpu, int index, const WindowSetup& setup) {
    side(gpu).windows[index] = setup;
    disable_window(hub(gpu), index);
    program_window(hub(gpu), index, setup);
    wait_initialised(hub(gpu));
  }
  void forget_tiles(int gpu) { side(gpu).tiles.clear(); }
  void forget_memory(int gpu) { side(gpu).memory.clear(); }

  // Links and memories, to hold traffic back or to break it.
  void hold_link(bool hold) { link_held_ = hold; }
  void fail_writes(std::function<bool(int gpu, const MemoryWrite&)> fails) { fails_ = std::move(fails); }

  // A request of a GPU, on a lane; -1: the lane that its line is interleaved to.
  void request(int gpu, const Packet& packet, int lane = -1) {
    const Header& h = packet.header;
    if (lane < 0) {
      lane = static_cast<int>((h.kind == PacketKind::st ? h.addr / kLineBytes
                                                        : h.offset / kLineBytes + h.row) %
                              static_cast<std::uint64_t>(lanes_));
    }
    side(gpu).requests[static_cast<std::size_t>(lane)].push_back(packet);
  }
  // The end of a dispatch: requested when everything that the GPU asked for before has been accepted.
  void fence(int gpu, int first_region, int regions, int gen) {
    side(gpu).fences.push_back(fence_request(first_region, regions, gen));
  }
  // A packet straight onto the wire into `gpu`, as if `src` had sent it.
  void inject(int gpu, int src, Packet packet, int lane = 0) {
    packet.header.src = static_cast<std::uint8_t>(src);
    side(gpu).wires[static_cast<std::size_t>(lane)].push_back({cycle_, packet, false});
  }
  // All lines of a row, full but for the last.
  void store_row(int src, int dst, int region_index, std::uint32_t row) {
    const RegionSetup& setup = region(dst, region_index);
    for (int begin = 0; begin < setup.row_bytes; begin += kLineBytes) {
      const int end = std::min(begin + kLineBytes, setup.row_bytes);
      request(src, row_store(dst, region_index, setup.generation, row, begin, end));
    }
  }

  void step() {
    for (int g = 0; g < options_.gpus; ++g) step_side(g);
    ++cycle_;
  }
  void run(int cycles) {
    for (int i = 0; i < cycles; ++i) step();
  }
  // Until nothing moves; false if it still moves after `max_cycles`.
  bool drain(int max_cycles = 200000) {
    for (int i = 0, quiet = 0; i < max_cycles; ++i) {
      step();
      quiet = idle() ? quiet + 1 : 0;
      if (quiet > 4) return true;
    }
    return false;
  }
  bool idle() {
    for (auto& s : sides_) {
      if (s->hub->outputs().busy || !s->fences.empty()) return false;
      for (std::size_t l = 0; l < static_cast<std::size_t>(lanes_); ++l) {
        if (!s->requests[l].empty() || !s->wires[l].empty() || !s->credits[l].empty() ||
            !s->acks[l].empty()) {
          return false;
        }
      }
    }
    return true;
  }

 private:
  struct OnWire {
    std::uint64_t due = 0;
    Packet packet;
    bool has_credit = true;
  };
  struct Credit {
    std::uint64_t due = 0;
    int peer = 0;
  };
  struct PendingAck {
    std::uint64_t due = 0;
    MemoryAck ack;
    MemoryWrite write;
  };
  struct Side {
    std::unique_ptr<Hub> hub;
    std::vector<std::deque<Packet>> requests;
    std::deque<Packet> fences;
    std::vector<std::deque<OnWire>> wires;  // into this hub
    std::vector<std::deque<Credit>> credits;
    std::vector<std::vector<PendingAck>> acks;
    std::map<std::uint64_t, MemoryLine> memory;
    std::vector<TileRecord> tiles;
    std::vector<Packet> sent;
    std::map<int, RegionSetup> regions;
    std::map<int, WindowSetup> windows;
  };

  Side& side(int gpu) { return *sides_.at(static_cast<std::size_t>(gpu)); }
  bool ready() {
    return options_.stall_percent == 0 ||
           static_cast<int>(random_() % 100) >= options_.stall_percent;
  }

  static bool all_accepted(const Side& s) {
    return std::all_of(s.requests.begin(), s.requests.end(),
                       [](const std::deque<Packet>& lane) { return lane.empty(); });
  }

  void step_side(int g) {
    Side& s = side(g);
    if (!s.fences.empty() && all_accepted(s)) {
      s.requests[cycle_ % static_cast<std::uint64_t>(lanes_)].push_back(s.fences.front());
      s.fences.pop_front();
    }
    const HubOutputs& out = s.hub->outputs();
    HubInputs in;
    std::vector<OnWire> leaving;
    for (std::size_t l = 0; l < static_cast<std::size_t>(lanes_); ++l) {
      step_memory(s, g, l, out, in);
      if (!s.requests[l].empty()) in.req[l] = &s.requests[l].front();
      if (!s.wires[l].empty() && s.wires[l].front().due <= cycle_) {
        in.rx[l] = &s.wires[l].front().packet;
      }
      if (!s.credits[l].empty() && s.credits[l].front().due <= cycle_) {
        in.credit_peer[l] = s.credits[l].front().peer;
      }
      in.tx_ready[l] = !link_held_ && ready();
      if (out.tx[l] != nullptr && in.tx_ready[l]) {
        s.sent.push_back(*out.tx[l]);
        const auto wire = static_cast<std::uint64_t>(options_.wire_cycles);
        side(out.tx[l]->header.dst).wires[l].push_back({cycle_ + wire, *out.tx[l], true});
      }
    }
    in.tile_ready = ready();
    if (out.tile && in.tile_ready) {
      s.tiles.push_back({*out.tile, cycle_, acked_bytes(s, *out.tile)});
    }
    const std::array<bool, kMaxLanes> req_ready = out.req_ready;
    const std::array<bool, kMaxLanes> rx_ready = out.rx_ready;
    s.hub->step(in);
    for (std::size_t l = 0; l < static_cast<std::size_t>(lanes_); ++l) {
      if (in.req[l] != nullptr && req_ready[l]) s.requests[l].pop_front();
      if (in.credit_peer[l] >= 0) s.credits[l].pop_front();
      if (in.rx[l] == nullptr || !rx_ready[l]) continue;
      const OnWire& taken = s.wires[l].front();
      if (taken.has_credit) {
        const auto wire = static_cast<std::uint64_t>(options_.wire_cycles);
        side(taken.packet.header.src).credits[l].push_back({cycle_ + wire, g});
      }
      s.wires[l].pop_front();
    }
  }

  void step_memory(Side& s, int g, std::size_t l, const HubOutputs& out, HubInputs& in) {
    std::vector<PendingAck>& acks = s.acks[l];
    for (std::size_t i = 0; i < acks.size(); ++i) {
      if (acks[i].due > cycle_) continue;
      in.ack[l] = acks[i].ack;
      if (out.ack_ready[l]) {
        if (!acks[i].ack.error) {
          s.memory[acks[i].write.addr].acked_bytes +=
              static_cast<std::uint64_t>(count_bytes(acks[i].write.strb));
        }
        acks.erase(acks.begin() + static_cast<std::ptrdiff_t>(i));
      }
      break;
    }
    in.write_ready[l] = ready();
    if (out.write[l] == nullptr || !in.write_ready[l]) return;
    const MemoryWrite& write = *out.write[l];
    const bool fails = fails_ && fails_(g, write);
    if (!fails) apply(s.memory[write.addr], write);
    std::uint64_t due = cycle_ + static_cast<std::uint64_t>(options_.ack_cycles);
    if (options_.ack_spread > 0) due += random_() % static_cast<std::uint64_t>(options_.ack_spread);
    acks.push_back({due, {write.id, fails}, write});
  }

  static void apply(MemoryLine& line, const MemoryWrite& write) {
    for (std::size_t i = 0; i < kLineBytes; ++i) {
      if (((write.strb[i / 64] >> (i % 64)) & 1U) == 0) continue;
      const int shift = static_cast<int>(8 * (i % 8));
      const std::uint64_t byte = std::uint64_t{0xff} << shift;
      line.data[i / 8] = (line.data[i / 8] & ~byte) | (write.data[i / 8] & byte);
      line.rewritten_bytes += ((line.written[i / 64] >> (i % 64)) & 1U) != 0 ? 1 : 0;
      line.written[i / 64] |= std::uint64_t{1} << (i % 64);
    }
  }

  // Acknowledged bytes in the address range of the tile that a message names.
  static std::uint64_t acked_bytes(const Side& s, const TileMessage& m) {
    if (m.kind != TileKind::ready) return 0;
    std::uint64_t begin = 0;
    std::uint64_t bytes = 0;
    if (m.is_window) {
      const WindowSetup& w = s.windows.at(m.owner);
      bytes = std::uint64_t{1} << w.tile_bytes_log2;
      begin = w.base + static_cast<std::uint64_t>(m.tile - w.tile_base) * bytes;
    } else {
      const RegionSetup& r = s.regions.at(m.owner);
      const auto pitch = static_cast<std::uint64_t>((r.row_bytes + kLineBytes - 1) / kLineBytes * kLineBytes);
      bytes = pitch << r.tile_rows_log2;
      begin = r.base + static_cast<std::uint64_t>(m.tile - r.tile_base) * bytes;
    }
    std::uint64_t acked = 0;
    for (auto it = s.memory.lower_bound(begin); it != s.memory.end() && it->first < begin + bytes; ++it) {
      acked += it->second.acked_bytes;
    }
    return acked;
  }

  LoopOptions options_;
  std::mt19937_64 random_;
  int lanes_ = 0;
  std::vector<std::unique_ptr<Side>> sides_;
  std::function<bool(int, const MemoryWrite&)> fails_;
  bool link_held_ = false;
  std::uint64_t cycle_ = 0;
};

}  // namespace moehub::test
