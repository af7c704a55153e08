#include "bench/hub/measure.hpp"

#include <algorithm>

namespace moehub::bench {

namespace {

constexpr int kMostDrainCycles = 200000;

// Uniform traffic in both directions includes the own GPU's share, which takes the loop.
RowRules out_rules(const Pattern& pattern, Direction direction) {
  RowRules rules = pattern.out;
  if (direction == Direction::both && pattern.loops) rules.destinations.push_back(kSelf);
  return rules;
}

void check_statistics(Hub& hub, Ledger& ledger) {
  const RefusalCounts refused = read_refusals(hub);
  if (std::any_of(refused.begin(), refused.end(), [](std::uint32_t count) { return count != 0; })) {
    ledger.wrong("the hub refused a packet");
  }
  if (hub.outputs().irq) ledger.wrong("the hub raised its interrupt");
}

}  // namespace

std::vector<RegionSetup> regions_for(const HubParams& params, const RowRules& rows, const Cycles& cycles) {
  const int row_bytes = bytes_of_row(rows);
  const int tiles = params.tiles / rows.regions;
  // Were all rows of the run to go to one region, with what is stored to the end after the measurement.
  const std::int64_t lines = std::int64_t{2} * (cycles.warm_up + cycles.measured) * params.lanes;
  const std::int64_t most_rows = lines * kLineBytes / row_bytes + 1024;
  RegionSetup region;
  region.row_bytes = row_bytes;
  region.tile_rows_log2 = 0;
  while ((std::int64_t{tiles} << region.tile_rows_log2) < most_rows) ++region.tile_rows_log2;
  region.capacity_rows = std::min(tiles << region.tile_rows_log2, (1 << 20) - 1);
  region.generation = 1;
  region.sources = PeerMask::first(params.peers);
  std::vector<RegionSetup> regions;
  for (int r = 0; r < rows.regions; ++r) {
    region.base = static_cast<std::uint64_t>(r + 1) << 36;
    region.tile_base = r * tiles;
    regions.push_back(region);
  }
  return regions;
}

void set_up(Hub& hub, const Environment& environment, const std::vector<RegionSetup>& regions) {
  HubSetup setup;
  setup.self = kSelf;
  setup.peers = PeerMask::first(hub.params().peers);
  setup.credits = environment.credits;
  setup.sets_in_use = environment.sets_in_use;
  setup.merge_age_ticks = environment.merge_age_ticks;
  enable_hub(hub, setup);
  for (std::size_t r = 0; r < regions.size(); ++r) program_region(hub, static_cast<int>(r), regions[r]);
  write_checked(hub, reg::kIrqEnable, 5);  // refusals and table errors
  wait_initialised(hub);
}

Measurement measure(const HubFactory& make, const Pattern& pattern, Direction direction,
                    const Cycles& asked) {
  const Cycles cycles{asked.warm_up, asked.measured * pattern.times_longer};
  const std::unique_ptr<Hub> hub = make(pattern.environment.spill_latency_cycles);
  const HubParams& params = hub->params();
  const bool out = direction != Direction::ingress;
  const bool in = direction != Direction::egress;
  const std::vector<RegionSetup> regions = regions_for(params, in ? pattern.in : pattern.out, cycles);
  set_up(*hub, pattern.environment, regions);

  Ledger ledger;
  EgressSide egress{params, pattern.environment, ledger};
  IngressSide ingress{params, pattern.environment, regions, ledger};
  SenderOptions options;
  options.lanes = params.lanes;
  options.seed = pattern.environment.seed;
  if (out) {
    options.gpu = kSelf;
    options.streams = pattern.streams;
    options.interleaved = pattern.interleaved;
    egress.add_sender(Sender{options, out_rules(pattern, direction), kSelf, ledger});
  }
  if (in) {
    options.interleaved = true;
    options.streams = pattern.rows_at_a_time;
    for (const int source : pattern.sources) {
      options.gpu = source;
      ingress.add_sender(Sender{options, pattern.in, kSelf, ledger});
    }
  }

  const int end = cycles.warm_up + cycles.measured;
  int quiet = 0;
  for (int i = 0; i < end + kMostDrainCycles && quiet < 4; ++i) {
    if (i == end) {
      egress.stop();
      ingress.stop();
    }
    const auto cycle = static_cast<std::uint64_t>(i);
    const bool count = i >= cycles.warm_up && i < end;
    const HubOutputs& before = hub->outputs();
    HubInputs inputs;
    egress.drive(before, cycle, inputs);
    ingress.drive(before, cycle, inputs);
    egress.moved(before, inputs, cycle, count);
    ingress.moved(before, inputs, cycle, count, egress);
    hub->step(inputs);
    quiet = i > end && !hub->outputs().busy && egress.idle() && ingress.idle() ? quiet + 1 : 0;
  }
  if (quiet < 4) ledger.wrong("traffic did not come to an end");
  ledger.finish();
  ingress.finish();
  check_statistics(*hub, ledger);

  Measurement result;
  result.params = params;
  result.cycles = cycles.measured;
  result.egress = egress.counts();
  result.ingress = ingress.counts();
  result.statistics = read_statistics(*hub);
  result.rows = ledger.rows();
  result.errors = ledger.errors();
  result.first_error = ledger.first_error();
  return result;
}

}  // namespace moehub::bench
