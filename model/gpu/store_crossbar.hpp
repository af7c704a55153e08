// The crossbar between a GPU's SMs and its hub, as the hub sees it: up to one line a cycle and lane.
//
// Stores queue per stream (the crossbar port of a GPC, which its SMs share) and are cut into lines
// only when a lane takes them. A line goes to the lane that hub_pkg::slice_hash names, so the lines
// of a row go round the lanes; each lane runs through the stores of a stream in order, at its own
// pace, and takes turns between streams. Cost: a register with one packet a lane, O(streams) a pick;
// nothing is allocated.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/gpu/store.hpp"
#include "model/hub/port.hpp"

namespace moehub {

class StoreCrossbar {
 public:
  /// `depth` is the number of stores that a stream can queue; it and `lanes` are powers of two.
  StoreCrossbar(int streams, int lanes, int depth);

  bool has_room(int stream) const;
  /// `ticket` comes back in `finished()` when the hub has taken the store's last line.
  void push(int stream, const RowStore& store, int ticket, Picoseconds now);

  /// The line that a lane offers; null when it has none. Stable until taken.
  const Packet* offer(int lane, Picoseconds now);
  void taken(int lane);

  /// Stores whose last line was taken since `clear_finished()`.
  struct Finished {
    int stream;
    int ticket;
  };
  const std::vector<Finished>& finished() const { return finished_; }
  void clear_finished() { finished_.clear(); }

  bool idle() const { return queued_ == 0; }
  int queued() const { return queued_; }

 private:
  struct Entry {
    RowStore store;
    int ticket = 0;
    std::int64_t begin = 0;  // byte within the row or the address space
    std::int64_t first_line = 0;
    std::int64_t last_line = 0;
    std::int64_t lines_left = 0;
    Picoseconds start = 0;
  };
  struct Cursor {
    std::uint32_t entry = 0;  // sequence number within the stream
    std::int64_t line = 0;    // next line for this lane
  };
  struct Stream {
    std::vector<Entry> ring;
    std::uint32_t head = 0;  // oldest store with lines left
    std::uint32_t tail = 0;  // one past the youngest
    Picoseconds next_start = 0;
    std::array<Cursor, kMaxLanes> cursor{};

    Entry& at(std::uint32_t seq) { return ring[seq & (ring.size() - 1)]; }
  };
  struct LaneRegister {
    bool valid = false;
    int stream = 0;
    std::uint32_t entry = 0;
    int last_stream = 0;
    Packet packet;
  };

  std::int64_t first_line_of_lane(const Entry& entry, int lane) const;
  bool pick(int lane, int stream, Picoseconds now);
  void make_line(Packet& packet, const Entry& entry, std::int64_t line) const;

  int lanes_;
  std::vector<Stream> streams_;
  std::array<LaneRegister, kMaxLanes> registers_;
  std::vector<Finished> finished_;
  int queued_ = 0;
};

}  // namespace moehub
