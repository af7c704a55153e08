// What the fabric carries: a packet of a hub, or several packets of one copy that follow each other.
//
// The fabric knows sizes and destinations only. What a parcel holds is its sender's and receiver's
// business; `cargo` names it.
#pragma once

#include <cstdint>

#include "model/base/ring_queue.hpp"
#include "model/base/time.hpp"

namespace moehub {

struct Parcel {
  std::uint32_t cargo = 0;    ///< the sender's own index
  std::uint16_t dst = 0;      ///< GPU
  std::uint16_t packets = 1;  ///< room that it takes in queues and buffers
  std::uint32_t flits = 0;    ///< on NVLink: headers, byte enables, data
  std::uint32_t request_flits = 0;  ///< on NVLink, the other way: of the reads that it answers
  std::uint32_t bytes = 0;    ///< in frames of the scale-out network, without the frames' own headers
};

/// Room that has become free in the queue of (lane, peer).
struct Credit {
  int peer = -1;  ///< -1: none
  int packets = 0;
};

/// A parcel that arrives at a time known beforehand.
struct Flight {
  Picoseconds arrive = 0;
  Parcel parcel;
};

struct CreditFlight {
  Picoseconds arrive = 0;
  Credit credit;
};

/// The first of a queue, once it has arrived; null before.
template <class T>
const T* first_arrived(const RingQueue<T>& queue, Picoseconds now) {
  return !queue.empty() && queue.front().arrive <= now ? &queue.front() : nullptr;
}

}  // namespace moehub
