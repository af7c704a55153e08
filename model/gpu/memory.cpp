#include "model/gpu/memory.hpp"

#include <algorithm>
#include <cassert>
#include <stdexcept>

namespace moehub {

LineMemory::LineMemory(int lanes, int outstanding, Picoseconds latency, double gb_per_s, const FaultConfig& faults,
                       int gpu)
    : latency_(latency),
      gb_per_s_(gb_per_s),
      slack_(transfer_time(64.0 * kLineBytes, gb_per_s)),
      lanes_(static_cast<std::size_t>(lanes)),
      random_(static_cast<std::uint64_t>(faults.seed) + 0x100000000U * static_cast<std::uint64_t>(gpu + 1)),
      ack_spread_(from_ns(faults.ack_spread_ns)),
      error_threshold_(static_cast<std::uint64_t>(faults.write_error_rate * 18446744073709551616.0)) {
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
  Pending pending{std::max(now, busy_until_) + latency_, {tag, bytes, false}, id};
  if (ack_spread_ > 0) pending.due += static_cast<Picoseconds>(random_() % static_cast<std::uint64_t>(ack_spread_));
  if (error_threshold_ > 0) pending.written.error = random_() < error_threshold_;
  // The ring is in the order of acknowledgement. One that is offered stays first: what is written now comes later.
  std::uint32_t place = l.tail++;
  for (; place != l.head && l.at(place - 1).due > pending.due; --place) l.at(place) = l.at(place - 1);
  l.at(place) = pending;
  l.next_due = l.oldest().due;
  ++pending_;
}

std::optional<MemoryAck> LineMemory::ack(int lane, Picoseconds now) const {
  const Lane& l = lanes_[static_cast<std::size_t>(lane)];
  if (l.next_due > now) return std::nullopt;
  return MemoryAck{l.oldest().id, l.oldest().written.error};
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
