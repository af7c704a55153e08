// One ingress lane of the reference model: input registers, payload buffers, the window of packets
// between acceptance and memory write, and the writes that memory has not acknowledged.
//
// Slots of the window are given and freed in any order; `order` keeps them by age. The state of a slot
// is a bit in one of several sets, as in the RTL, so that the oldest of a kind is found without
// looking at the slots.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/hub/bits.hpp"
#include "model/hub/fixed_queue.hpp"
#include "model/hub/port.hpp"
#include "model/hub/registers.hpp"
#include "model/hub/row_table.hpp"

namespace moehub::ref {

using SlotMask = std::uint64_t;
constexpr SlotMask slot_bit(int slot) { return SlotMask{1} << slot; }

// hub_pkg::ack_t.
struct Ack {
  bool is_window = false;
  std::uint8_t owner = 0;
  std::uint16_t tile = 0;
  std::uint16_t bytes = 0;
};

// hub_pkg::report_t.
struct Report {
  std::uint8_t src = 0;
  std::uint8_t region = 0;
  std::uint32_t rows = 0;
};

// Header and payload of a packet in the lane; the write goes to memory from here.
struct IngressBuffer {
  Header header;
  bool truncated = false;
  MemoryWrite write;
};

struct Slot {
  int buffer = 0;
  int set = 0;
  std::uint16_t bytes = 0;
  reg::Refuse cause = reg::Refuse::none;
  bool counted = false;  // its bytes belong to a tile
  Ack ack;
};

class IngressLane {
 public:
  static constexpr int kReports = 4;
  static constexpr int kWrites = 3;  // A1, A2, W
  static constexpr int kAcks = 2;
  static constexpr int kMaxDepth = 64;

  struct Leaving {
    int buffer = 0;
    int slot = 0;
    bool holds_slot = true;  // until its payload has been read
    std::uint64_t due = 0;   // cycle in which it can be seen
  };
  struct Outstanding {
    bool done = false;
    bool counted = false;
    Ack ack;
    Header header;
  };
  struct Input {
    bool valid = false;
    int buffer = 0;
  };

  explicit IngressLane(const HubParams& params)
      : slots(static_cast<std::size_t>(params.depth)),
        outstanding(static_cast<std::size_t>(params.outstanding)),
        buffers_(static_cast<std::size_t>(params.depth + 2 + kWrites)),
        all_{params.depth == kMaxDepth ? ~SlotMask{0} : slot_bit(params.depth) - 1} {
    for (int i = static_cast<int>(buffers_.size()) - 1; i >= 0; --i) free_.push_back(i);
  }

  // ---- the window
  bool has_room() const { return claimed != all_; }
  int claim() {
    const int slot = lowest_bit(~claimed);
    claimed |= slot_bit(slot);
    order[static_cast<std::size_t>(count++)] = static_cast<std::uint8_t>(slot);
    return slot;
  }
  void release(int slot) {
    claimed &= ~slot_bit(slot);
    std::size_t place = 0;
    while (order[place] != slot) ++place;
    for (--count; place < static_cast<std::size_t>(count); ++place) order[place] = order[place + 1];
  }
  Slot& slot(int index) { return slots[static_cast<std::size_t>(index)]; }
  const Slot& slot(int index) const { return slots[static_cast<std::size_t>(index)]; }
  // Oldest slot of the set, or -1.
  int oldest(SlotMask among) const {
    if (among == 0) return -1;
    for (std::size_t place = 0;; ++place) {
      if (((among >> order[place]) & 1U) != 0) return order[place];
    }
  }

  // ---- payload
  IngressBuffer& buffer(int index) { return buffers_[static_cast<std::size_t>(index)]; }
  const IngressBuffer& buffer(int index) const { return buffers_[static_cast<std::size_t>(index)]; }
  int store(const Packet& packet) {
    const int index = free_.back();
    free_.pop_back();
    IngressBuffer& b = buffer(index);
    b.header = packet.header;
    b.truncated = !packet.last;
    b.write.strb = packet.strb;
    b.write.data = packet.data;
    return index;
  }
  void free_buffer(int index) { free_.push_back(index); }

  Input from_link, from_loop;
  bool loop_turn = false;
  bool dropping = false;  // beats after one without tlast
  int filling = -1;       // slot claimed in the last cycle, checked in this one

  std::vector<Slot> slots;
  std::array<RowKey, kMaxDepth> keys{};  // of the slots, side by side: they are compared all the time
  SlotMask claimed = 0;
  SlotMask waiting = 0;  // for a lookup
  SlotMask hold = 0;     // of these: not in this cycle
  SlotMask park = 0;     // of these: not before a context moves
  SlotMask done = 0;     // may leave
  int nominee = -1;      // slot
  std::array<std::uint8_t, kMaxDepth> order{};
  int count = 0;

  FixedQueue<Report> reports{kReports};
  FixedQueue<Leaving> writes{kWrites};
  std::vector<Outstanding> outstanding;  // ring of write identifiers
  std::uint64_t issued = 0;              // identifiers given; the next is this modulo the ring
  std::uint64_t settled = 0;             // identifiers free again
  FixedQueue<Ack> acks{kAcks};
  std::array<int, kAcks> ack_ids{};      // of `acks`, in the same order

 private:
  std::vector<IngressBuffer> buffers_;
  std::vector<int> free_;
  SlotMask all_;
};

}  // namespace moehub::ref
