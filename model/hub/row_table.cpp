#include "model/hub/row_table.hpp"

#include <algorithm>

#include "model/hub/bits.hpp"

namespace moehub::ref {

RowTable::RowTable(const HubParams& params)
    : banks_{params.rat_banks},
      sets_{params.rat_sets},
      ways_{params.rat_ways},
      spill_slots_{params.spill_slots},
      bank_mask_{static_cast<std::uint32_t>(params.rat_banks - 1)},
      bank_bits_{lowest_bit(static_cast<std::uint64_t>(params.rat_banks))},
      rows_(static_cast<std::size_t>(banks_ * sets_ * ways_)),
      next_(static_cast<std::size_t>(banks_ * sets_)),
      wrong_check_(static_cast<std::size_t>(banks_ * sets_)),
      spilled_(static_cast<std::size_t>(banks_ * sets_)) {}

TableRow* RowTable::find(int set, RowKey key) {
  TableRow* way = ways(set);
  for (int w = 0; w < ways_; ++w) {
    if (way[w].valid && way[w].key == key) return &way[w];
  }
  return nullptr;
}

TableRow* RowTable::free_way(int set) {
  TableRow* way = ways(set);
  TableRow* const end = way + ways_;
  TableRow* found = std::find_if(way, end, [](const TableRow& row) { return !row.valid; });
  if (found == end) {
    found = std::find_if(way, end, [](const TableRow& row) { return row.missing == 0; });
  }
  return found == end ? nullptr : found;
}

void RowTable::fill(int set, TableRow& way, const TableRow& row) {
  way = row;
  const auto behind = static_cast<int>(&way - ways(set)) + 1;
  next_[static_cast<std::size_t>(set)] = static_cast<std::uint8_t>(behind == ways_ ? 0 : behind);
}

bool RowTable::is_live(const TableRow& row, const HubConfig& config) {
  const RegionConfig& region = config.regions[static_cast<std::size_t>(region_of(row.key))];
  return row.valid && region.enable && region.gen == ((row.key >> 24) & 0xffU);
}

void RowTable::remove_region(int region) {
  for (TableRow& row : rows_) {
    if (region_of(row.key) == region) row = TableRow{};
  }
}

void RowTable::clear() {
  std::fill(rows_.begin(), rows_.end(), TableRow{});
  std::fill(next_.begin(), next_.end(), std::uint8_t{0});
  std::fill(wrong_check_.begin(), wrong_check_.end(), std::uint8_t{0});
  for (std::vector<TableRow>& list : spilled_) list.clear();
}

}  // namespace moehub::ref
