// Row allocation table of the reference model: (region, generation, RowID) to LocalRowID and the bytes
// still missing, in banks of sets of ways, with a list in spill memory behind each set.
//
// A row with nothing missing is a tombstone: it answers late duplicates until its way is needed.
#pragma once

#include <cstdint>
#include <vector>

#include "model/hub/hub_config.hpp"
#include "model/hub/port.hpp"

namespace moehub::ref {

using RowKey = std::uint64_t;  // region [39:32], generation [31:24], RowID [23:0]

constexpr RowKey row_key(std::uint8_t region, std::uint8_t gen, std::uint32_t row) {
  return RowKey{region} << 32 | RowKey{gen} << 24 | row;
}
constexpr int region_of(RowKey key) { return static_cast<int>(key >> 32); }

// hub_pkg::rat_hash.
constexpr std::uint32_t rat_hash(RowKey key) {
  const auto x = static_cast<std::uint32_t>((key >> 32) << 24 | (key & 0xffffffU));
  return x ^ (x >> 4) ^ (x >> 9) ^ (x >> 15) ^ (x >> 24);
}

struct TableRow {
  RowKey key = 0;
  std::uint32_t local = 0;
  std::uint32_t missing = 0;  // bytes
  bool valid = false;
};

class RowTable {
 public:
  explicit RowTable(const HubParams& params);

  int bank_of_set(int set) const { return set & static_cast<int>(bank_mask_); }
  int set(RowKey key, int set_mask) const {
    const std::uint32_t hash = rat_hash(key);
    const int in_bank = static_cast<int>(hash >> bank_bits_) & set_mask & (sets_ - 1);
    return in_bank * banks_ + static_cast<int>(hash & bank_mask_);
  }

  bool has_wrong_check(int set) const { return wrong_check_[static_cast<std::size_t>(set)] != 0; }
  TableRow* find(int set, RowKey key);
  TableRow* free_way(int set);  // empty, or else a tombstone; null when there is none
  // `way` of the set was given to a new row, so the next victim is the one behind it.
  void fill(int set, TableRow& way, const TableRow& row);
  TableRow& victim(int set) { return ways(set)[next_[static_cast<std::size_t>(set)]]; }
  // A set's word is written: here an injected error strikes.
  void written(int set) {
    if (inject_) wrong_check_[static_cast<std::size_t>(set)] = 1;
    inject_ = false;
  }
  void inject_wrong_check() { inject_ = true; }

  // The set's list in spill memory. An entry that is not valid, or whose region is disabled or has another
  // generation, is dead: its slot is used again, and dead entries at the end are cut off.
  std::vector<TableRow>& spill_list(int set) { return spilled_[static_cast<std::size_t>(set)]; }
  int spill_slots() const { return spill_slots_; }
  static bool is_live(const TableRow& row, const HubConfig& config);

  void remove_region(int region);  // from the ways; the lists need no clean-up
  void clear();

 private:
  TableRow* ways(int set) { return &rows_[static_cast<std::size_t>(set * ways_)]; }

  const int banks_;
  const int sets_;
  const int ways_;
  const int spill_slots_;
  const std::uint32_t bank_mask_;
  const int bank_bits_;
  std::vector<TableRow> rows_;
  std::vector<std::uint8_t> next_;              // a set: way to replace next
  std::vector<std::uint8_t> wrong_check_;        // a set
  std::vector<std::vector<TableRow>> spilled_;  // a set
  bool inject_ = false;
};

}  // namespace moehub::ref
