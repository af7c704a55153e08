// A case on hubs of one kind: runs its rounds and says what came of them; throws Wrong at the first mistake.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <tuple>
#include <vector>

#include "model/hub/hub_setup.hpp"
#include "tests/soak/soak_case.hpp"

namespace moehub::soak {

using MakeHub = std::function<std::unique_ptr<Hub>(int spill_latency_cycles)>;

/// What does not depend on the order in which things arrive: the same for RTL and C++ hubs.
struct Outcome {
  // round, GPU, kind, window?, owner, tile, count
  std::vector<std::tuple<int, int, int, bool, int, int, std::uint32_t>> messages;  // sorted
  std::vector<RefusalCounts> refusals;  // [gpu]
  // [gpu]: requests, fences, bytes sent and written, rows allocated and done, tiles ready and cancelled, owners done
  std::vector<std::array<std::uint64_t, 9>> counts;

  std::uint64_t packets = 0;     // that hubs sent, to others and to themselves
  std::uint64_t hub_cycles = 0;  // that were simulated
  std::uint64_t spills = 0, illegal = 0;
};

Outcome run_case(const SoakCase& c, const MakeHub& make);

}  // namespace moehub::soak
