// The RTL hub keeps the same contract as its reference model.
#include "tb/rtl_hub.hpp"
#include "tests/unit/hub/hub_contract.hpp"

namespace moehub::test {
namespace {

struct DefaultRtl {
  static HubParams params() { return {}; }
  static std::unique_ptr<Hub> make(int spill_latency_cycles) {
    return make_rtl_hub(params(), spill_latency_cycles);
  }
};

MOEHUB_HUB_CONTRACT(Default, DefaultRtl);

}  // namespace
}  // namespace moehub::test
