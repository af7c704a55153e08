#include "model/gpu/store_crossbar.hpp"

#include <algorithm>
#include <cassert>
#include <stdexcept>

namespace moehub {

namespace {

// Bytes [begin, end) of a line.
ByteMask mask_of(std::int64_t begin, std::int64_t end) {
  if (begin == 0 && end == kLineBytes) return kFullMask;
  const auto below = [](std::int64_t n) {  // the n lowest bits, n in 0..64
    return n >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << std::max<std::int64_t>(n, 0)) - 1;
  };
  return {below(end) & ~below(begin), below(end - 64) & ~below(begin - 64)};
}

}  // namespace

StoreCrossbar::StoreCrossbar(int streams, int lanes, int depth)
    : lanes_(lanes), streams_(static_cast<std::size_t>(streams)) {
  if (lanes < 1 || lanes > kMaxLanes || (lanes & (lanes - 1)) != 0) {
    throw std::invalid_argument("StoreCrossbar: lanes must be a power of two, 1 to 8");
  }
  if (depth < 1 || (depth & (depth - 1)) != 0) {
    throw std::invalid_argument("StoreCrossbar: depth must be a power of two");
  }
  for (Stream& stream : streams_) stream.ring.resize(static_cast<std::size_t>(depth));
}

bool StoreCrossbar::has_room(int stream) const {
  const Stream& s = streams_[static_cast<std::size_t>(stream)];
  return s.tail - s.head < s.ring.size();
}

void StoreCrossbar::push(int stream, const RowStore& store, int ticket, Picoseconds now) {
  assert(has_room(stream));
  Stream& s = streams_[static_cast<std::size_t>(stream)];
  Entry& entry = s.at(s.tail);
  entry.store = store;
  entry.ticket = ticket;
  entry.begin = store.header.kind == PacketKind::st
                    ? static_cast<std::int64_t>(store.header.addr)
                    : static_cast<std::int64_t>(store.header.offset);
  entry.first_line = entry.begin / kLineBytes;
  entry.last_line = (entry.begin + std::max(store.bytes, 1) - 1) / kLineBytes;
  entry.lines_left = entry.last_line - entry.first_line + 1;
  entry.start = std::max(now, s.next_start);
  s.next_start = entry.start + entry.lines_left * store.pace_per_line;
  for (int lane = 0; lane < lanes_; ++lane) {
    Cursor& cursor = s.cursor[static_cast<std::size_t>(lane)];
    if (cursor.entry == s.tail) cursor.line = first_line_of_lane(entry, lane);
  }
  ++s.tail;
  ++queued_;
}

// hub_pkg::slice_hash: line ^ row for row-sparse stores, line for ordinary ones, modulo the lanes.
std::int64_t StoreCrossbar::first_line_of_lane(const Entry& entry, int lane) const {
  const std::int64_t low = lanes_ - 1;
  const std::int64_t row =
      entry.store.header.kind == PacketKind::rowsp ? std::int64_t{entry.store.header.row} : 0;
  const std::int64_t line = (entry.first_line & ~low) | ((lane ^ row) & low);
  return line >= entry.first_line ? line : line + lanes_;
}

bool StoreCrossbar::pick(int lane, int stream, Picoseconds now) {
  Stream& s = streams_[static_cast<std::size_t>(stream)];
  Cursor& cursor = s.cursor[static_cast<std::size_t>(lane)];
  if (cursor.entry - s.head > s.ring.size()) {  // behind: nothing of what has left was for this lane
    cursor.entry = s.head;
    if (s.head != s.tail) cursor.line = first_line_of_lane(s.at(s.head), lane);
  }
  while (cursor.entry != s.tail) {
    const Entry& entry = s.at(cursor.entry);
    if (entry.start > now) return false;
    if (cursor.line <= entry.last_line) {
      LaneRegister& reg = registers_[static_cast<std::size_t>(lane)];
      reg.stream = stream;
      reg.entry = cursor.entry;
      make_line(reg.packet, entry, cursor.line);
      cursor.line += lanes_;
      return true;
    }
    ++cursor.entry;
    if (cursor.entry != s.tail) cursor.line = first_line_of_lane(s.at(cursor.entry), lane);
  }
  return false;
}

void StoreCrossbar::make_line(Packet& packet, const Entry& entry, std::int64_t line) const {
  const RowStore& store = entry.store;
  packet.header = store.header;
  packet.last = true;
  if (store.bytes == 0) {
    packet.strb = {};
    return;
  }
  const std::int64_t at = line * kLineBytes;
  if (store.header.kind == PacketKind::st) {
    packet.header.addr = static_cast<std::uint64_t>(at);
  } else {
    packet.header.offset = static_cast<std::uint16_t>(at);
  }
  packet.strb = mask_of(std::max<std::int64_t>(entry.begin - at, 0),
                        std::min<std::int64_t>(entry.begin + store.bytes - at, kLineBytes));
  fill_line(packet.data, store.seed,
            store.first_word + static_cast<int>((at - entry.begin) / kWordBytes));
}

const Packet* StoreCrossbar::offer(int lane, Picoseconds now) {
  LaneRegister& reg = registers_[static_cast<std::size_t>(lane)];
  if (!reg.valid && queued_ > 0) {
    const int streams = static_cast<int>(streams_.size());
    for (int i = 1; i <= streams && !reg.valid; ++i) {
      const int stream = (reg.last_stream + i) % streams;
      reg.valid = pick(lane, stream, now);
    }
  }
  return reg.valid ? &reg.packet : nullptr;
}

void StoreCrossbar::taken(int lane) {
  LaneRegister& reg = registers_[static_cast<std::size_t>(lane)];
  assert(reg.valid);
  reg.valid = false;
  reg.last_stream = reg.stream;
  Stream& s = streams_[static_cast<std::size_t>(reg.stream)];
  Entry& entry = s.at(reg.entry);
  if (--entry.lines_left > 0) return;
  finished_.push_back({reg.stream, entry.ticket});
  --queued_;
  while (s.head != s.tail && s.at(s.head).lines_left == 0) ++s.head;
}

}  // namespace moehub
