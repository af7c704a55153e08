// What a larger resource does for the patterns that fall short: the C++ hub, which can be built in any size,
// with one thing changed at a time.
#include <algorithm>

#include "bench/hub/bench.hpp"
#include "bench/hub/cost.hpp"

namespace moehub::bench {

namespace {

enum class When { egress, lookups, spills };

struct Change {
  const char* what;
  When when;  // it can make a difference
  void (*apply)(HubParams&, Environment&);
};

const Change kChanges[] = {
    {"entries x 2", When::egress,
     [](HubParams& p, Environment&) { p.entries = std::min(2 * p.entries, 32 * p.lanes); }},
    {"merge age / 4", When::egress, [](HubParams&, Environment& e) { e.merge_age_ticks = 1; }},
    {"banks x 2, sets / 2", When::lookups,
     [](HubParams& p, Environment&) {
       p.rat_banks *= 2;
       p.rat_sets = std::max(p.rat_sets / 2, 1);
     }},
    {"depth x 2", When::lookups, [](HubParams& p, Environment&) { p.depth = std::min(2 * p.depth, 64); }},
    {"sets in use x 16", When::spills, [](HubParams&, Environment& e) { e.sets_in_use *= 16; }},
    {"depth x 2", When::spills, [](HubParams& p, Environment&) { p.depth = std::min(2 * p.depth, 64); }},
    {"contexts x 2", When::spills,
     [](HubParams& p, Environment&) { p.miss_ctx = std::min(2 * p.miss_ctx, 16); }},
    {"spill latency / 8", When::spills, [](HubParams&, Environment& e) { e.spill_latency_cycles /= 8; }},
};

Lift lift(const Configuration& configuration, const Pattern& pattern, When when, const Cycles& cycles) {
  const bool egress = when == When::egress;
  const auto rate_with = [&](const HubParams& params, const Environment& environment) {
    const HubFactory make = [&](int spill_latency) { return make_model_hub(params, spill_latency); };
    Pattern changed = pattern;
    changed.environment = environment;
    const Measurement m = measure(make, changed, egress ? Direction::egress : Direction::ingress, cycles);
    return egress ? m.egress_rate() : m.ingress_rate();
  };
  const StoreCost cost = store_cost(configuration.params);
  Lift result{pattern.name, egress, rate_with(configuration.params, pattern.environment), {}};
  for (const Change& change : kChanges) {
    if (change.when != when) continue;
    HubParams params = configuration.params;
    Environment environment = pattern.environment;
    change.apply(params, environment);
    const StoreCost larger = store_cost(params);
    result.steps.push_back({change.what, rate_with(params, environment), larger.sram_kbit - cost.sram_kbit,
                            larger.kflops - cost.kflops});
  }
  return result;
}

}  // namespace

std::vector<Lift> lifts_of(const Configuration& configuration, const std::vector<PatternResult>& results,
                           const Cycles& cycles) {
  std::vector<Lift> lifts;
  for (const PatternResult& result : results) {
    const auto look = [&](const std::optional<Measurement>& m, bool egress) {
      if (!m) return;
      const double rate = egress ? m->egress_rate() : m->ingress_rate();
      const double bound = egress ? result.pattern.egress_bound : result.pattern.ingress_bound;
      if (rate >= kLineRate * bound) return;
      const When when = egress ? When::egress : m->statistics.rat_spills > 0 ? When::spills : When::lookups;
      lifts.push_back(lift(configuration, result.pattern, when, cycles));
    };
    look(result.egress, true);
    look(result.ingress, false);
  }
  return lifts;
}

}  // namespace moehub::bench
