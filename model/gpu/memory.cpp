#include "model/gpu/memory.hpp"

#include <algorithm>
#include <cassert>
#include <stdexcept>

namespace moehub {

LineMemory::LineMemory(int lanes, int outstanding, Picoseconds latency, double gb_per_s)
    : latency_(latency),
      gb_per_s_(gb_per_s),
      slack_(transfer_time(64.0 * kLineBytes, gb_per_s)),
      lanes_(static_cast<std::size_t>(lanes)) {
  if (outstanding < 1 || (outstanding & (outstanding - 1)) != 0) {
    throw std::invalid_argument("LineMemory: outstanding must be a power of two");
  }
  for (Lane& lane : lanes_) lane.ring.resize(static_cast<std::size_t>(outstanding));
}

bool LineMemory::ready(int lane, Picoseconds now) const {
  const Lane& l = lanes_[static_cast<std::size_t>(lane)];
  return l.tail - l.head < l.ring.size() && busy_until_ <= now + slack_;
}

void LineMemory::write(int lane, int id, int bytes, std::int64_t tag, Picoseconds now) {
  Lane& l = lanes_[static_cast<std::size_t>(lane)];
  assert(l.tail - l.head < l.ring.size());
  busy_until_ = std::max(busy_until_, now) + transfer_time(bytes, gb_per_s_);
  l.ring[l.tail & (l.ring.size() - 1)] = {std::max(now, busy_until_) + latency_, {tag, bytes}, id};
  if (l.head == l.tail++) l.next_due = l.oldest().due;
  ++pending_;
}

std::optional<MemoryAck> LineMemory::ack(int lane, Picoseconds now) const {
  const Lane& l = lanes_[static_cast<std::size_t>(lane)];
  if (l.next_due > now) return std::nullopt;
  return MemoryAck{l.oldest().id, false};
}

LineMemory::Written LineMemory::take_ack(int lane) {
  Lane& l = lanes_[static_cast<std::size_t>(lane)];
  assert(l.head != l.tail);
  --pending_;
  const Written written = l.oldest().written;
  l.next_due = ++l.head == l.tail ? kNever : l.oldest().due;
  return written;
}

}  // namespace moehub
