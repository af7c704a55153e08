#include "model/hub/egress_partition.hpp"

#include "model/hub/bits.hpp"

namespace moehub::ref {

EgressLine egress_line(const Header& header) {
  if (header.kind == PacketKind::st) return header.addr / kLineBytes | EgressLine{1} << 63;
  return EgressLine{header.region} << 41 | EgressLine{header.gen} << 33 |
         EgressLine{header.row} << 9 | EgressLine{header.offset} / kLineBytes;
}

int EgressPartition::find(EgressLine line) const {
  for (std::uint32_t left = valid_ & newest_; left != 0; left &= left - 1) {
    const int entry = lowest_bit(left);
    if (line_[static_cast<std::size_t>(entry)] == line) return entry;
  }
  return -1;
}

// An entry past its deadline takes nothing more, so that a line that is written for ever leaves.
bool EgressPartition::merges(int entry, bool low_priority, bool epoch) const {
  const std::uint32_t bit = 1U << entry;
  return ((low_ & bit) != 0) == low_priority && ((epoch_ & bit) != 0) == epoch &&
         (overdue_ & bit) == 0;
}

void EgressPartition::insert(const NewEntry& entry) {
  const int slot = lowest_bit(~valid_ & all_);
  const auto index = static_cast<std::size_t>(slot);
  const std::uint32_t bit = 1U << slot;
  const auto assign = [bit](std::uint32_t& set, bool value) {
    set = value ? set | bit : set & ~bit;
  };
  assign(valid_, true);
  assign(full_, entry.full);
  assign(low_, entry.low_priority);
  assign(epoch_, entry.epoch);
  assign(bank_, entry.bank);
  assign(aged_, entry.aged);
  assign(overdue_, entry.overdue);
  assign(newest_, true);
  assign(held_, entry.behind >= 0);
  if (entry.behind >= 0) {
    waiter_[static_cast<std::size_t>(entry.behind)] = bit;
    newest_ &= ~(1U << entry.behind);
  }
  waiter_[index] = 0;
  age_[index] = 0;
  rank_[index] = entry.rank;
  line_[index] = entry.line;
  buffer_[index] = entry.buffer;
  ++present_[bucket(entry.line)];
  // After everything of an equal or smaller rank.
  int place = count_++;
  while (place > 0 && rank_[order_[static_cast<std::size_t>(place - 1)]] > entry.rank) {
    order_[static_cast<std::size_t>(place)] = order_[static_cast<std::size_t>(place - 1)];
    --place;
  }
  order_[static_cast<std::size_t>(place)] = static_cast<std::uint8_t>(slot);
}

void EgressPartition::remove(int entry) {
  std::size_t place = 0;
  while (order_[place] != entry) ++place;
  --count_;
  for (const auto end = static_cast<std::size_t>(count_); place < end; ++place) {
    order_[place] = order_[place + 1];
  }
  give_back();
  valid_ &= ~(1U << entry);
  held_ &= ~waiter_[static_cast<std::size_t>(entry)];
  --present_[bucket(line_[static_cast<std::size_t>(entry)])];
}

void EgressPartition::age_entries(const HubConfig& config) {
  if (valid_ == 0) return;
  for_each_bit(valid_, [&](int entry) {
    std::uint8_t& age = age_[static_cast<std::size_t>(entry)];
    if (age < 15) ++age;
    if (age >= config.merge_age) aged_ |= 1U << entry;
    if (config.policy.timer && age >= config.deadline_age) overdue_ |= 1U << entry;
  });
}

int EgressPartition::choose(std::uint32_t candidates, const Policy& policy,
                            PendingFence fence) const {
  const auto prefer = [&candidates](std::uint32_t chosen) {
    if ((candidates & chosen) != 0) candidates &= chosen;
  };
  prefer(overdue_);
  if (fence.pending) prefer(before(fence));
  if (policy.prio) prefer(~low_);
  if (policy.full_first) prefer(full_);
  for (int place = 0;; ++place) {
    const int entry = order_[static_cast<std::size_t>(place)];
    if (((candidates >> entry) & 1U) != 0) return entry;
  }
}

}  // namespace moehub::ref
