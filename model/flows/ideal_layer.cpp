#include "model/flows/ideal_layer.hpp"

namespace moehub {

IdealLayer::IdealLayer(const LayerContext& context)
    : OverlappedLayer(context, make_hub_layout(context.system, context.model, context.plan)),
      gpus_routing_(context.plan.gpus()) {
  const LayerPlan& plan = context_.plan;
  tokens_in_region_.resize(static_cast<std::size_t>(plan.gpus() * layout_.regions));
  for (int gpu = 0; gpu < plan.gpus(); ++gpu) {
    std::vector<int>& left = results_left_.emplace_back();
    for (int group = 0; group < groups(gpu); ++group) {
      left.push_back(tokens_in_group(gpu, group) * plan.top_k() *
                     static_cast<int>(layout_.payload_bytes));
    }
  }
}

void IdealLayer::send_rows(int gpu, int first, int end, int) {
  const LayerPlan& plan = context_.plan;
  for (int token = first; token < end; ++token) {
    for (int k = 0; k < plan.top_k(); ++k) {
      const int expert = plan.expert(token, k);
      if (expert == kDroppedChoice) {
        const int group = (token - plan.first_token(gpu)) / layout_.combine.tokens_per_tile;
        int& left = results_left_[static_cast<std::size_t>(gpu)][static_cast<std::size_t>(group)];
        left -= static_cast<int>(layout_.payload_bytes);
        if (left == 0) add_group(gpu, group);
        continue;
      }
      const ExpertHome home = plan.home(expert);
      std::vector<int>& tokens =
          tokens_in_region_[static_cast<std::size_t>(home.gpu * layout_.regions + home.local)];
      tokens.push_back(token);
      const int rows = static_cast<int>(tokens.size());
      if (rows % layout_.tile_rows == 0) {
        add_tile(home.gpu, home.local, rows - layout_.tile_rows, layout_.tile_rows);
      }
    }
  }
}

void IdealLayer::rows_sent(int) {
  if (--gpus_routing_ > 0) return;
  for (int gpu = 0; gpu < context_.plan.gpus(); ++gpu) {
    for (int region = 0; region < layout_.regions; ++region) {
      const int rows = static_cast<int>(
          tokens_in_region_[static_cast<std::size_t>(gpu * layout_.regions + region)].size());
      const int rest = rows % layout_.tile_rows;
      if (rest > 0) add_tile(gpu, region, rows - rest, rest);
      no_more_tiles(gpu, region);
    }
  }
}

bool IdealLayer::send_results(int gpu, const Tile& tile, int column, int) {
  const LayerPlan& plan = context_.plan;
  const std::vector<int>& tokens =
      tokens_in_region_[static_cast<std::size_t>(gpu * layout_.regions + tile.region)];
  const int bytes = static_cast<int>(column_end(column) - column_begin(column));
  for (int i = 0; i < tile.rows; ++i) {
    const int token = tokens[static_cast<std::size_t>(tile.first_slot + i)];
    const int owner = plan.source_of(token);
    const int group = (token - plan.first_token(owner)) / layout_.combine.tokens_per_tile;
    int& left = results_left_[static_cast<std::size_t>(owner)][static_cast<std::size_t>(group)];
    left -= bytes;
    if (left == 0) add_group(owner, group);
  }
  return true;
}

}  // namespace moehub
