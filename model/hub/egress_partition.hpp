// Merge-buffer entries that one slice keeps for one peer, and the order in which they leave.
//
// The RTL keeps an order matrix (who precedes whom); here the same order is a sorted list of entries.
// Sets of entries are bit masks, so that a class of the choice is an AND.
#pragma once

#include <array>
#include <cstdint>

#include "model/hub/hub_config.hpp"

namespace moehub::ref {

// The line of a store, in the space of row-sparse or of ordinary stores.
using EgressLine = std::uint64_t;
EgressLine egress_line(const Header& header);

// Epoch of the stores before a pending fence.
struct PendingFence {
  bool pending = false;
  bool epoch = false;
};

class EgressPartition {
 public:
  static constexpr int kMaxEntries = 32;

  explicit EgressPartition(int entries)
      : all_{entries == kMaxEntries ? ~0U : (1U << entries) - 1U}, free_{entries}, shown_free_{entries} {}

  struct NewEntry {
    EgressLine line = 0;
    std::uint32_t rank = 0;  // RowID, or 0 where the order is by age alone
    int buffer = 0;
    bool full = false;
    bool low_priority = false;
    bool epoch = false;
    bool bank = false;   // of the region's row counters
    bool aged = false;     // with an age limit of 0 ticks
    bool overdue = false;
    int behind = -1;     // entry of the same line that must leave first
  };

  bool empty() const { return valid_ == 0; }
  // An entry is reserved before a store moves towards it. That the last one is reserved shows one stage
  // later, and then makes all entries eligible.
  bool has_free() const { return free_ > 0; }
  bool is_full() const { return shown_free_ == 0; }
  void reserve() { --free_; }
  void show_reservation() { --shown_free_; }
  void give_back() {
    ++free_;
    ++shown_free_;
  }

  // The youngest entry of the line, or -1.
  int newest(EgressLine line) const { return present_[bucket(line)] == 0 ? -1 : find(line); }
  bool merges(int entry, bool low_priority, bool epoch) const;
  void insert(const NewEntry& entry);  // into a reserved entry
  void set_full(int entry) { full_ |= 1U << entry; }
  void remove(int entry);
  int buffer(int entry) const { return buffer_[static_cast<std::size_t>(entry)]; }
  bool epoch(int entry) const { return ((epoch_ >> entry) & 1U) != 0; }
  bool bank(int entry) const { return ((bank_ >> entry) & 1U) != 0; }

  // One tick of the common timer.
  void age_entries(const HubConfig& config);

  // Entries that may leave, as bits.
  std::uint32_t eligible(const Policy& policy, PendingFence fence) const {
    std::uint32_t may_leave = full_ | aged_ | overdue_;
    if (fence.pending) may_leave |= before(fence);
    if (shown_free_ == 0 || !policy.merge) may_leave = ~0U;
    return may_leave & valid_ & ~held_;
  }
  // The one of them that leaves first; `candidates` is not empty.
  int choose(std::uint32_t candidates, const Policy& policy, PendingFence fence) const;

 private:
  // Most lines are not there, which a small table of counts tells without a search.
  static constexpr std::size_t kBuckets = 64;
  static std::size_t bucket(EgressLine line) {
    return static_cast<std::size_t>((line * 0x9e3779b97f4a7c15U) >> 58);
  }
  int find(EgressLine line) const;
  std::uint32_t before(PendingFence fence) const { return fence.epoch ? epoch_ : ~epoch_; }

  std::uint32_t all_;
  int free_;
  int shown_free_;
  std::uint32_t valid_ = 0;
  std::uint32_t full_ = 0;
  std::uint32_t aged_ = 0;     // may leave although partial
  std::uint32_t overdue_ = 0;  // past the deadline
  std::uint32_t low_ = 0;      // .nop
  std::uint32_t epoch_ = 0;
  std::uint32_t bank_ = 0;
  std::uint32_t newest_ = 0;   // of its line
  std::uint32_t held_ = 0;     // another entry of the line must leave first
  int count_ = 0;
  std::array<std::uint8_t, kMaxEntries> order_{};  // first `count_`: entries, first to leave first
  std::array<std::uint8_t, kMaxEntries> age_{};
  std::array<std::uint32_t, kMaxEntries> waiter_{};  // bit of the entry that is held for this one
  std::array<std::uint32_t, kMaxEntries> rank_{};
  std::array<EgressLine, kMaxEntries> line_{};
  std::array<int, kMaxEntries> buffer_{};
  std::array<std::uint8_t, kBuckets> present_{};  // entries by bucket of their line
};

}  // namespace moehub::ref
