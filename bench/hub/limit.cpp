// Which resource limits a pattern: from how often which signal was low and which store was full.
#include <fmt/format.h>

#include "bench/hub/bench.hpp"

namespace moehub::bench {

namespace {

struct Limit {
  std::string resource;
  std::string evidence;
};

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

// In this order: what is full because of something that comes first in the list is not the cause.
Limit egress_limit(const PatternResult& result, const Measurement& m) {
  const auto share = [&](std::uint64_t lane_cycles) { return m.per_cycle_and_lane(lane_cycles); };
  const EgressCounts& e = m.egress;
  const double bound = result.pattern.egress_bound;
  if (bound < 1 && m.egress_rate() >= kLineRate * bound) {
    return {result.pattern.bound_by, fmt::format("bound {:.3f}", bound)};
  }
  const double rows = static_cast<double>(e.rows + m.ingress.looped_rows) / m.cycles;
  if (rows > 0.95)
    return {"row counters, which count a row a cycle", fmt::format("{:.2f} rows a cycle", rows)};
  if (share(e.no_credit) > 0.5)
    return {"credits", "none for a waiting line in " + percent(share(e.no_credit))};
  if (m.ingress.looped > 0 && result.egress->egress_rate() >= kLineRate) {
    return {"own ingress, shared by link and loop",
            fmt::format("own entries full in {}, rx not ready in {}", percent(share(e.own_partition_full)),
                        percent(share(m.ingress.not_accepted)))};
  }
  if (share(e.partition_full) > 0.5) {
    return {"merge-buffer entries of a peer", "a peer's are full in " + percent(share(e.partition_full))};
  }
  return {"matching of lanes with slices",
          fmt::format("req not ready in {}, a peer's entries full in {}", percent(share(e.not_accepted)),
                      percent(share(e.partition_full)))};
}

// A place of the window is taken from cycle 1 to cycle 10 of a packet (docs/addr_alloc.md).
constexpr double kPlaceCycles = 10;

Limit ingress_limit(const PatternResult& result, const Measurement& m) {
  const auto share = [&](std::uint64_t lane_cycles) { return m.per_cycle_and_lane(lane_cycles); };
  const IngressCounts& i = m.ingress;
  const HubStatistics& s = m.statistics;
  const double bound = result.pattern.ingress_bound;
  if (bound < 1 && m.ingress_rate() >= kLineRate * bound) {
    return {result.pattern.bound_by, fmt::format("bound {:.3f}", bound)};
  }
  // A row that leaves and comes back keeps its set away for two accesses and what goes with them.
  const double away =
      static_cast<double>(s.rat_spills) * (2 * result.pattern.environment.spill_latency_cycles + 100);
  if (away > 0.5 * (1 - m.ingress_rate()) * m.cycles) {
    return {"sets in spill memory, whose packets fill the windows",
            fmt::format("{} spills, {:.0f} cycles lost by each", s.rat_spills,
                        (1 - m.ingress_rate()) * m.cycles / static_cast<double>(s.rat_spills))};
  }
  if (share(i.not_offered) > 0.1) return {"senders", "none offered in " + percent(share(i.not_offered))};
  if (share(i.ids_full) > 0.5) return {"write identifiers", "all in use in " + percent(share(i.ids_full))};
  if (share(i.ack_waits) > 0.1) {
    return {"tile table", "acknowledgements wait in " + percent(share(i.ack_waits))};
  }
  const double places = m.params.depth / kPlaceCycles;
  const std::string inside = fmt::format("{:.1f} packets in a lane", share(i.inside));
  if (m.ingress_rate() > 0.9 * places) {
    return {"places of the window",
            fmt::format("{} for {:.0f} cycles each, {}", m.params.depth, kPlaceCycles, inside)};
  }
  return {"banks of the row table",
          fmt::format("rx not ready in {}, {}", percent(share(i.not_accepted)), inside)};
}

}  // namespace

std::vector<Shortfall> shortfalls_of(const PatternResult& result) {
  std::vector<Shortfall> found;
  const auto look = [&](const std::optional<Measurement>& m, bool egress, const char* where) {
    if (!m) return;
    const double rate = egress ? m->egress_rate() : m->ingress_rate();
    if (rate >= kLineRate) return;
    const double bound = egress ? result.pattern.egress_bound : result.pattern.ingress_bound;
    const bool alone = &m != &result.both;
    const bool asked_for_less = result.pattern.environment.offer_percent < 100;
    if (bound < 1 && rate >= kLineRate * bound && (asked_for_less || !alone)) return;  // both: as alone
    const Limit limit = egress ? egress_limit(result, *m) : ingress_limit(result, *m);
    found.push_back({result.pattern.name, where, rate, limit.resource, limit.evidence});
  };
  look(result.egress, true, "out");
  look(result.ingress, false, "in");
  look(result.both, true, "both out");
  look(result.both, false, "both in");
  return found;
}

}  // namespace moehub::bench
