// The reference model keeps the hub's contract, in three sizes.
#include "tests/unit/hub/hub_contract.hpp"

namespace moehub::test {
namespace {

struct DefaultModel {
  static HubParams params() { return {}; }
  static std::unique_ptr<Hub> make(int spill_latency_cycles) {
    return make_model_hub(params(), spill_latency_cycles);
  }
};

struct SmallModel {
  static HubParams params() {
    HubParams p;
    p.lanes = 1;
    p.peers = 2;
    p.entries = 4;
    p.rat_banks = 2;
    p.rat_sets = 4;
    p.rat_ways = 2;
    p.regions = 4;
    p.windows = 2;
    p.tiles = 16;
    p.depth = 8;
    p.outstanding = 16;
    p.miss_ctx = 2;
    return p;
  }
  static std::unique_ptr<Hub> make(int spill_latency_cycles) {
    return make_model_hub(params(), spill_latency_cycles);
  }
};

struct Nvl72Model {
  static HubParams params() {
    HubParams p;
    p.lanes = 8;
    p.peers = 72;
    p.entries = 32;
    p.rat_sets = 256;
    p.rat_ways = 8;
    p.regions = 256;
    p.tiles = 4096;
    return p;
  }
  static std::unique_ptr<Hub> make(int spill_latency_cycles) {
    return make_model_hub(params(), spill_latency_cycles);
  }
};

MOEHUB_HUB_CONTRACT(Default, DefaultModel);
MOEHUB_HUB_CONTRACT(Small, SmallModel);
MOEHUB_HUB_CONTRACT(Nvl72, Nvl72Model);

}  // namespace
}  // namespace moehub::test
