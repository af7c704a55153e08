#include "model/flows/layout.hpp"

#include <algorithm>

#include "model/base/input_error.hpp"

namespace moehub {

namespace {

// 48-bit addresses: regions, the combine buffer and the software flows' receive buffer far apart.
constexpr std::uint64_t kRegions = std::uint64_t{1} << 40;
constexpr std::uint64_t kRegionStride = std::uint64_t{1} << 36;
constexpr std::uint64_t kCombine = std::uint64_t{1} << 46;
constexpr std::uint64_t kReceive = std::uint64_t{1} << 47;
constexpr std::uint64_t kPadding = kReceive + kCombine;

constexpr int kMostRows = (1 << 20) - 1;  // of a region: hub_pkg::LocalW
constexpr int kTokensPerTile = 4;  // of the combine buffer: one thread block of the reduction

std::int64_t power_of_two_at_least(std::int64_t value) {
  std::int64_t power = 1;
  while (power < value) power *= 2;
  return power;
}

CombineLayout make_combine_layout(const ModelConfig& model, const LayerPlan& plan) {
  CombineLayout combine;
  combine.base = kCombine;
  combine.slot_pitch = to_lines(model.row_bytes());
  combine.token_pitch = power_of_two_at_least(plan.top_k() * combine.slot_pitch);
  combine.tokens_per_tile = kTokensPerTile;
  return combine;
}

int most_tokens_of_a_gpu(const LayerPlan& plan) {
  int most = 0;
  for (int gpu = 0; gpu < plan.gpus(); ++gpu) most = std::max(most, plan.tokens_of(gpu));
  return most;
}

}  // namespace

std::uint64_t HubLayout::region_base(int region) const {
  return kRegions + static_cast<std::uint64_t>(region) * kRegionStride;
}

HubLayout make_hub_layout(const SystemConfig& system, const ModelConfig& model,
                          const LayerPlan& plan) {
  HubLayout layout;
  layout.regions = plan.max_experts_on_a_gpu();
  layout.payload_bytes = model.row_bytes();
  layout.row_bytes = model.row_bytes() + kSourceBytes;
  layout.tile_rows = system.hub.tile_rows;
  if (layout.regions > system.hub.regions) {
    throw InputError(system.name, "hub.regions", std::to_string(system.hub.regions),
                     "at least " + std::to_string(layout.regions) +
                         ", one for each expert of a GPU");
  }

  // The combine buffer gets up to a quarter of the tiles, the regions share the rest.
  layout.combine = make_combine_layout(model, plan);
  const int tokens = most_tokens_of_a_gpu(plan);
  while (layout.combine.tiles(tokens) > std::max(system.hub.tiles / 4, 1)) {
    layout.combine.tokens_per_tile *= 2;
  }
  const int left = system.hub.tiles - layout.combine.tiles(tokens);
  const int worst_case = std::max(plan.tokens(), 1);
  layout.tiles_per_region = std::min((worst_case + layout.tile_rows - 1) / layout.tile_rows,
                                     left / layout.regions);
  if (layout.tiles_per_region < 1) {
    throw InputError(system.name, "hub.tiles", std::to_string(system.hub.tiles),
                     "one for each region and the combine buffer's");
  }
  layout.capacity_rows =
      std::min({worst_case, layout.tiles_per_region * layout.tile_rows, kMostRows});
  layout.combine.tile_base = layout.regions * layout.tiles_per_region;
  for (int expert = 0; expert < plan.num_experts(); ++expert) {
    if (plan.rows_of(expert) > layout.capacity_rows) {
      throw InputError(system.name, "hub.tiles", std::to_string(system.hub.tiles),
                       "enough for the " + std::to_string(plan.rows_of(expert)) +
                           " rows of expert " + std::to_string(expert) +
                           " (or larger hub.tile_rows)");
    }
  }
  return layout;
}

SoftwareLayout make_software_layout(const ModelConfig& model, const LayerPlan& plan) {
  SoftwareLayout layout;
  layout.row_bytes = model.row_bytes();
  layout.slot_pitch = to_lines(model.row_bytes());
  layout.receive_base = kReceive;
  layout.padding_base = kPadding;
  layout.combine = make_combine_layout(model, plan);
  return layout;
}

}  // namespace moehub
