#include "bench/hub/pattern.hpp"

#include <algorithm>

#include "model/base/input_error.hpp"
#include "model/routing/generator.hpp"

namespace moehub::bench {

namespace {

constexpr int kRegions = 8;        // of a GPU, where a pattern says no number
constexpr int kReusePercent = 50;  // see recorded_like_trace
constexpr int kTokensPerGpu = 512;

std::vector<int> other_gpus(const HubParams& params) {
  std::vector<int> gpus;
  for (int gpu = 0; gpu < params.peers; ++gpu) {
    if (gpu != kSelf) gpus.push_back(gpu);
  }
  return gpus;
}

// Four lanes are to carry NVLink 4, eight NVLink 5.
void set_marks(Pattern& pattern, const HubParams& params) {
  if (params.lanes == 4) {
    pattern.mark = 0.98;
    pattern.mark_gb_per_s = 450;
  } else if (params.lanes == 8) {
    pattern.mark = 0.90;
    pattern.mark_gb_per_s = 900;
  }
}

}  // namespace

Trace made_up_trace(const Configuration& configuration, const std::string& routing, std::uint64_t seed) {
  const ModelShape model = model_shape(configuration);
  const int gpus = configuration.params.peers;
  TraceShape shape;
  shape.tokens = kTokensPerGpu * gpus;
  shape.top_k = model.top_k;
  shape.num_experts = model.experts;
  return slice(generate(parse_routing_spec(routing, "--routing"), shape, seed), TraceSlice{}, gpus,
               kCommandLine);
}

std::vector<Pattern> all_patterns(const Configuration& configuration, const Trace& trace,
                                  std::uint64_t seed) {
  const HubParams& params = configuration.params;
  const ModelShape model = model_shape(configuration);
  const std::vector<int> others = other_gpus(params);

  Pattern uniform;
  uniform.name = "uniform";
  uniform.what = "each row to a GPU and region drawn by itself";
  uniform.out.destinations = others;
  uniform.out.regions = std::min(kRegions, params.regions);
  uniform.out.row_bytes = model.row_bytes;
  uniform.in = uniform.out;
  uniform.in.destinations = {kSelf};
  uniform.sources = others;
  uniform.environment.seed = seed;
  if (params.outstanding < 64) uniform.environment.memory_ack_cycles = 2;  // `small` is not made to wait long
  uniform.loops = true;

  std::vector<Pattern> all;
  const auto add = [&](const char* name, const char* what) -> Pattern& {
    all.push_back(uniform);
    all.back().name = name;
    all.back().what = what;
    return all.back();
  };

  set_marks(add("uniform", "each row to a GPU and region drawn by itself"), params);

  Pattern& recorded = add("recorded", "tokens' rows as routed, experts reused, extra column");
  set_marks(recorded, params);
  for (RowRules* rules : {&recorded.out, &recorded.in}) {
    rules->order = RowOrder::traced;
    rules->trace = &trace;
    rules->gpus = params.peers;
    rules->regions = (trace.num_experts + params.peers - 1) / params.peers;
    rules->extra_column = true;
  }

  // What NVLink 4 fills of four lanes, and NVLink 5 of eight: 450 GB/s are 3.1 packets of 144 bytes a ns.
  Pattern at_link_rate = recorded;
  at_link_rate.name = "at link rate";
  at_link_rate.what = "recorded, offered at NVLink's rate: 0.78 a lane";
  at_link_rate.mark = at_link_rate.mark_gb_per_s = 0;
  at_link_rate.environment.offer_percent = 78;
  at_link_rate.egress_bound = at_link_rate.ingress_bound = 0.78;
  at_link_rate.bound_by = "what is offered";
  all.push_back(at_link_rate);

  Pattern& hot_row = add("hot row", "one row of 64 KB after the other on all lanes");
  for (RowRules* rules : {&hot_row.out, &hot_row.in}) {
    rules->order = RowOrder::in_turn;
    rules->row_bytes = 65536;
  }
  hot_row.streams = 1;
  hot_row.sources = {others.back()};

  Pattern& hot_region = add("hot region", "all rows to one region of a GPU");
  hot_region.out.regions = hot_region.in.regions = 1;

  Pattern& hot_peer = add("hot peer", "all rows to one GPU, or from one");
  hot_peer.out.destinations = {others.back()};
  hot_peer.sources = {others.back()};
  hot_peer.loops = false;

  Pattern& sectors = add("sectors", "32-byte stores, a line's four in a row; 32-byte packets in");
  sectors.out.pieces = Pieces::sectors;
  sectors.in.pieces = Pieces::sectors_apart;
  sectors.egress_bound = 0.25;
  sectors.bound_by = "a store of 32 bytes a lane and cycle: four stores make a packet";

  Pattern& partial = add("partial", "only a sector of each line is ever stored");
  partial.out.pieces = Pieces::one_sector;
  partial.ingress = false;

  Pattern& pressure = add("back-pressure", "link and memory ready in 75 % of the cycles, at random");
  pressure.environment.ready_percent = 75;
  pressure.egress_bound = pressure.ingress_bound = 0.75;
  pressure.bound_by = "link and memory";
  pressure.loops = false;

  Pattern& spilling = add("spilling", "row table of one set a bank, at most a quarter of it open");
  spilling.egress = false;
  spilling.times_longer = 4;
  spilling.environment.sets_in_use = 1;
  const std::size_t open_rows = static_cast<std::size_t>(params.rat_banks * params.rat_ways / 4);
  if (open_rows < spilling.sources.size()) spilling.sources.resize(std::max<std::size_t>(open_rows, 1));

  // The receiver's link is shared by all senders, so a credit comes back every (peers - 1) cycles.
  Pattern& incast = add("incast", "all GPUs store to one region of one GPU, 8 rows at a time each");
  incast.out.destinations = {others.back()};
  incast.out.regions = incast.in.regions = 1;
  incast.rows_at_a_time = 8;
  incast.environment.credits = 256;
  incast.environment.credit_interval_cycles = static_cast<int>(others.size());
  incast.egress_bound = 1.0 / static_cast<double>(others.size());
  incast.bound_by = "credits: the receiver's link is shared by all senders";
  incast.loops = false;

  Pattern& short_rows = add("short rows", "rows of one line: every packet is a row of its own");
  short_rows.out.row_bytes = short_rows.in.row_bytes = kLineBytes;

  Pattern& any_lane = add("any lane", "crossbar ports wired to lanes, lines in random order");
  any_lane.out.pieces = Pieces::shuffled;
  any_lane.interleaved = false;
  any_lane.streams = 2 * params.lanes;
  any_lane.ingress = false;

  return all;
}

}  // namespace moehub::bench
