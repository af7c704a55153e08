// What one flow put on the links, whoever put it there.
#pragma once

#include <cstdint>
#include <exception>
#include <stdexcept>

namespace moehub {

struct TrafficCounters {
  std::uint64_t hub_cycles = 0;    ///< steps, over all hubs
  std::uint64_t link_parcels = 0;  ///< packets of hubs, or runs of packets of copies
  std::uint64_t nvlink_bytes = 0;  ///< on all links, both directions, acknowledgements included
  std::uint64_t network_bytes = 0; ///< sent by all NICs, with the frames' headers
  std::uint64_t link_replays = 0;  ///< transfers sent again after a bit error
  std::uint64_t lost_credits = 0;
  std::uint64_t write_errors = 0;  ///< writes of hubs that memory answered with an error

  std::uint64_t wire_bytes() const { return nvlink_bytes + network_bytes; }
  TrafficCounters& operator+=(const TrafficCounters& other) {
    hub_cycles += other.hub_cycles;
    link_parcels += other.link_parcels;
    nvlink_bytes += other.nvlink_bytes;
    network_bytes += other.network_bytes;
    link_replays += other.link_replays;
    lost_credits += other.lost_credits;
    write_errors += other.write_errors;
    return *this;
  }
  friend TrafficCounters operator-(TrafficCounters a, const TrafficCounters& b) {
    a.hub_cycles -= b.hub_cycles;
    a.link_parcels -= b.link_parcels;
    a.nvlink_bytes -= b.nvlink_bytes;
    a.network_bytes -= b.network_bytes;
    a.link_replays -= b.link_replays;
    a.lost_credits -= b.lost_credits;
    a.write_errors -= b.write_errors;
    return a;
  }
};

/// Nothing moves any more though the layer is not complete. Says who waits for what.
class HangError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Ends a layer before its time: the user's wish, or a failure elsewhere.
class LayerAborted : public std::exception {};

}  // namespace moehub
