// Where a layer's rows lie in the memory of the GPUs, and which tiles the hub is told about.
//
// Every GPU has the same layout, so that a hub can be told about all regions of all peers with one
// fence: with experts that do not divide evenly, some GPUs have a region more than experts.
#pragma once

#include <cstdint>

#include "model/config/model_config.hpp"
#include "model/config/system_config.hpp"
#include "model/flows/layer_plan.hpp"
#include "model/hub/packet.hpp"

namespace moehub {

/// Extra column of a dispatched row, sent as `.nop`: where the result has to go. One sector.
inline constexpr int kSourceBytes = kSectorBytes;

inline constexpr std::int64_t to_lines(std::int64_t bytes) {
  return (bytes + kLineBytes - 1) / kLineBytes * kLineBytes;
}

/// The combine buffer of a token's owner: a group of slots for each token, one for each choice.
struct CombineLayout {
  std::uint64_t base = 0;
  std::int64_t slot_pitch = 0;   ///< bytes of a result, in whole lines
  std::int64_t token_pitch = 0;  ///< bytes; a power of two, at least top_k slots
  int tokens_per_tile = 0;       ///< a power of two
  int tile_base = 0;

  std::uint64_t address(int local_token, int k) const {
    return base + static_cast<std::uint64_t>(local_token * token_pitch + k * slot_pitch);
  }
  int tiles(int tokens) const { return (tokens + tokens_per_tile - 1) / tokens_per_tile; }
};

/// What the moehub flow registers.
struct HubLayout {
  int regions = 0;  ///< of every GPU
  std::int64_t payload_bytes = 0;  ///< of a row, without the extra column
  std::int64_t row_bytes = 0;      ///< with it
  int capacity_rows = 0;           ///< of every region
  int tile_rows = 0;
  int tiles_per_region = 0;
  CombineLayout combine;

  std::uint64_t region_base(int region) const;
  int tile_base(int region) const { return region * tiles_per_region; }
};

/// The capacity of a region is the worst case, all tokens of all GPUs, as far as the hub's tiles
/// allow. Throws InputError when the hub lacks regions, or an expert gets more rows than fit.
HubLayout make_hub_layout(const SystemConfig& system, const ModelConfig& model,
                          const LayerPlan& plan);

/// The receive buffers of the software flows.
struct SoftwareLayout {
  std::int64_t row_bytes = 0;
  std::int64_t slot_pitch = 0;
  std::uint64_t receive_base = 0;
  std::uint64_t padding_base = 0;  ///< what is padded goes to one row
  CombineLayout combine;

  std::uint64_t receive_address(int slot) const {
    return receive_base + static_cast<std::uint64_t>(slot * slot_pitch);
  }
};
SoftwareLayout make_software_layout(const ModelConfig& model, const LayerPlan& plan);

}  // namespace moehub
