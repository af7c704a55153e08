// How a model lies on the GPUs of a system: where experts are, and who holds a token.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace moehub {

/// Where experts lie: in contiguous blocks, dealt round robin, or packed so that GPUs have equal loads.
inline constexpr std::array<std::string_view, 3> kExpertPlacements = {"contiguous", "round-robin",
                                                                      "balanced"};

struct PlacementConfig {
  std::string experts = "contiguous";  ///< one of kExpertPlacements
  int redundant_experts = 0;           ///< copies of busy experts, of a layer over all GPUs; balanced only
  int attention_tp = 1;                ///< GPUs that compute the attention of a token together
};

}  // namespace moehub
