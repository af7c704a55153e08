#include "bench/hub/zero_load.hpp"

#include <algorithm>
#include <stdexcept>

namespace moehub::bench {

namespace {

constexpr int kRowBytes = 2 * kLineBytes;
constexpr int kAttempts = 8;     // a lane
constexpr int kMostWait = 1000;  // cycles

// A hub, and something that happens at its pins while nothing else does.
class Probe {
 public:
  explicit Probe(Hub& hub) : hub_{hub} {
    in_.tx_ready.fill(true);
    in_.write_ready.fill(true);
    in_.tile_ready = true;
  }

  HubInputs& in() { return in_; }
  const HubOutputs& out() const { return hub_.outputs(); }

  void rest(int cycles) {
    for (int i = 0; i < cycles; ++i) hub_.step(in_);
  }
  /// Steps until `accepted` holds before an edge, then, with the inputs that `release` leaves, until
  /// `seen` does: the cycles in between.
  template <class Accepted, class Release, class Seen>
  int cycles_between(Accepted accepted, Release release, Seen seen) {
    wait(accepted);
    hub_.step(in_);
    release();
    return 1 + wait(seen);
  }

 private:
  template <class Condition>
  int wait(Condition condition) {
    for (int i = 0; i < kMostWait; ++i) {
      if (condition()) return i;
      hub_.step(in_);
    }
    throw std::runtime_error("zero load: the hub does not answer");
  }

  Hub& hub_;
  HubInputs in_;
};

Packet line_of_row(int src, int dst, std::uint32_t row, int line) {
  Packet packet;
  packet.header.kind = PacketKind::rowsp;
  packet.header.src = static_cast<std::uint8_t>(src);
  packet.header.dst = static_cast<std::uint8_t>(dst);
  packet.header.gen = 1;
  packet.header.row = row;
  packet.header.offset = static_cast<std::uint16_t>(line * kLineBytes);
  packet.strb = kFullMask;
  return packet;
}

int store_to_link(Probe& probe, std::size_t lane, const Packet& packet) {
  probe.in().req[lane] = &packet;
  return probe.cycles_between(
      [&] { return probe.out().req_ready[lane]; }, [&] { probe.in().req[lane] = nullptr; },
      [&] {
        const auto& tx = probe.out().tx;
        return std::any_of(tx.begin(), tx.end(), [](const Packet* p) { return p != nullptr; });
      });
}

// And the write's identifier, for its acknowledgement.
int link_to_memory(Probe& probe, std::size_t lane, const Packet& packet, int& id) {
  probe.in().rx[lane] = &packet;
  const int cycles =
      probe.cycles_between([&] { return probe.out().rx_ready[lane]; }, [&] { probe.in().rx[lane] = nullptr; },
                           [&] { return probe.out().write[lane] != nullptr; });
  id = probe.out().write[lane]->id;
  return cycles;
}

int ack_to_tile(Probe& probe, std::size_t lane, int id) {
  probe.in().ack[lane] = MemoryAck{id, false};
  return probe.cycles_between([&] { return probe.out().ack_ready[lane]; },
                              [&] { probe.in().ack[lane].reset(); },
                              [&] { return probe.out().tile.has_value(); });
}

void acknowledge(Probe& probe, std::size_t lane, int id) {
  probe.in().ack[lane] = MemoryAck{id, false};
  probe.cycles_between([&] { return probe.out().ack_ready[lane]; }, [&] { probe.in().ack[lane].reset(); },
                       [] { return true; });
}

}  // namespace

// Rows of two lines, each a tile: the second acknowledgement makes it ready.
ZeroLoad measure_zero_load(const HubFactory& make) {
  const std::unique_ptr<Hub> hub = make(Environment{}.spill_latency_cycles);
  const HubParams& params = hub->params();
  RegionSetup region;
  region.base = std::uint64_t{1} << 36;
  region.row_bytes = kRowBytes;
  region.tile_rows_log2 = 0;
  region.capacity_rows = std::min(params.tiles, params.lanes * kAttempts);
  region.generation = 1;
  region.sources = PeerMask::first(params.peers);
  set_up(*hub, Environment{}, {region});
  Probe probe{*hub};
  ZeroLoad longest;
  std::uint32_t row = 0;
  for (int attempt = 0; attempt < region.capacity_rows; ++attempt) {
    const auto lane = static_cast<std::size_t>(attempt % params.lanes);
    const int other = kSelf + 1;
    ++row;
    probe.rest(50 + attempt);  // ages and turns stand differently every time
    longest.store_to_link = std::max(longest.store_to_link,
                                     store_to_link(probe, lane, line_of_row(kSelf, other, row, attempt % 2)));
    probe.rest(50);
    int first = 0;
    int second = 0;
    longest.link_to_memory_new_row =
        std::max(longest.link_to_memory_new_row,
                 link_to_memory(probe, lane, line_of_row(other, kSelf, row, 0), first));
    probe.rest(50);
    longest.link_to_memory_known_row =
        std::max(longest.link_to_memory_known_row,
                 link_to_memory(probe, lane, line_of_row(other, kSelf, row, 1), second));
    probe.rest(50);
    acknowledge(probe, lane, first);
    probe.rest(50);
    longest.ack_to_tile = std::max(longest.ack_to_tile, ack_to_tile(probe, lane, second));
  }
  return longest;
}

}  // namespace moehub::bench
