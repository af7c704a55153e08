#include "model/flows/tile_inputs.hpp"

#include <algorithm>

namespace moehub {

TileInputs::TileInputs(const LayerPlan& plan, const Exchange& exchange, int gpu, int tile_rows,
                       std::int64_t row_bytes)
    : bytes_left_(static_cast<std::size_t>(exchange.rows_to(gpu)), row_bytes),
      tiles_of_(static_cast<std::size_t>(exchange.rows_to(gpu))) {
  std::vector<std::vector<RowMove>> of_expert(static_cast<std::size_t>(plan.experts_on(gpu)));
  for (int i = 0; i < plan.gpus(); ++i) {
    const int source = (gpu - i + plan.gpus()) % plan.gpus();
    for (const RowMove& move : exchange.rows(source, gpu)) {
      for (int k = 0; k < plan.top_k(); ++k) {
        const int expert = plan.expert(move.token, k);
        if (expert == kDroppedChoice || plan.home(expert).gpu != gpu) continue;
        if (exchange.kind() == Exchange::Rows::a_choice && k != move.k) continue;
        of_expert[static_cast<std::size_t>(plan.home(expert).local)].push_back(
            {move.token, k, move.slot});
      }
    }
  }
  for (std::size_t local = 0; local < of_expert.size(); ++local) {
    const std::vector<RowMove>& list = of_expert[local];
    for (std::size_t first = 0; first < list.size(); first += static_cast<std::size_t>(tile_rows)) {
      const int count = static_cast<int>(
          std::min(list.size() - first, static_cast<std::size_t>(tile_rows)));
      const int tile = static_cast<int>(tiles_.size());
      tiles_.push_back({static_cast<int>(local), count});
      missing_.push_back(count);
      first_row_.push_back(static_cast<int>(rows_.size()));
      for (int i = 0; i < count; ++i) {
        const RowMove& row = list[first + static_cast<std::size_t>(i)];
        rows_.push_back(row);
        tiles_of_[static_cast<std::size_t>(row.slot)].push_back(tile);
      }
    }
  }
}

void TileInputs::arrived(int slot, int bytes, std::vector<int>& complete) {
  std::int64_t& left = bytes_left_[static_cast<std::size_t>(slot)];
  left -= bytes;
  if (left != 0) return;
  for (const int tile : tiles_of_[static_cast<std::size_t>(slot)]) {
    if (--missing_[static_cast<std::size_t>(tile)] == 0) complete.push_back(tile);
  }
}

}  // namespace moehub
