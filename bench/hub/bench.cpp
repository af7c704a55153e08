#include "bench/hub/bench.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "model/base/input_error.hpp"
#include "model/routing/trace_io.hpp"

namespace moehub::bench {

namespace {

constexpr double kMostRounding = 5e-4;  // of a rate with three digits

void check_marks(BenchResult& result) {
  const ZeroLoad& z = result.zero_load;
  const ZeroLoad& most = kMostAtZeroLoad;
  const auto latency = [&](const char* what, int cycles, int at_most) {
    if (cycles > at_most) {
      result.failures.push_back(
          fmt::format("zero load: {} takes {} cycles, at most {} are allowed", what, cycles, at_most));
    }
  };
  latency("store to link", z.store_to_link, most.store_to_link);
  latency("link to memory, new row,", z.link_to_memory_new_row, most.link_to_memory_new_row);
  latency("link to memory, known row,", z.link_to_memory_known_row, most.link_to_memory_known_row);
  latency("acknowledgement to tile", z.ack_to_tile, most.ack_to_tile);
  for (const PatternResult& p : result.patterns) {
    const auto rate = [&](const std::optional<Measurement>& m, bool egress, const char* where) {
      if (!m) return;
      const bool alone = &m != &p.both;
      const double measured = egress ? m->egress_rate() : m->ingress_rate();
      if (measured + kMostRounding < p.pattern.mark) {
        result.failures.push_back(
            fmt::format("{}, {}: {:.3f} packets a cycle and lane, at least {:.2f} are asked for",
                        p.pattern.name, where, measured, p.pattern.mark));
      }
      const double gb_per_s = egress ? m->egress_gb_per_s() : m->ingress_gb_per_s();
      if (alone && gb_per_s < p.pattern.mark_gb_per_s) {
        result.failures.push_back(
            fmt::format("{}, {}: {:.0f} GB/s on the link, at least {:.0f} are asked for", p.pattern.name,
                        where, gb_per_s, p.pattern.mark_gb_per_s));
      }
      if (m->errors > 0) {
        result.failures.push_back(fmt::format("{}, {}: {} errors, the first: {}", p.pattern.name, where,
                                              m->errors, m->first_error));
      }
    };
    rate(p.egress, true, "out");
    rate(p.ingress, false, "in");
    rate(p.both, true, "both out");
    rate(p.both, false, "both in");
  }
}

std::vector<Pattern> wanted_patterns(std::vector<Pattern> all, const std::vector<std::string>& names) {
  if (names.empty()) return all;
  std::vector<Pattern> wanted;
  for (const std::string& name : names) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Pattern& p) { return p.name == name; });
    if (found == all.end()) {
      std::string known;
      for (const Pattern& p : all) known += (known.empty() ? "" : ", ") + p.name;
      throw InputError(kCommandLine, "--pattern", name, "one of " + known);
    }
    wanted.push_back(*found);
  }
  return wanted;
}

// Tokens of a file stay on their GPUs, or go to all of them in equal blocks.
Trace routing_of(const Configuration& configuration, const BenchOptions& options) {
  if (options.trace_file.empty()) return made_up_trace(configuration, options.routing, options.seed);
  const int gpus = configuration.params.peers;
  const Trace trace = slice(read_trace(options.trace_file), TraceSlice{}, gpus, options.trace_file);
  const int regions = (trace.num_experts + gpus - 1) / gpus;
  if (regions > configuration.params.regions) {
    throw InputError(options.trace_file, "num_experts", std::to_string(trace.num_experts),
                     fmt::format("at most {} on {} GPUs", configuration.params.regions * gpus, gpus));
  }
  return trace;
}

}  // namespace

PatternResult measure_pattern(const HubFactory& make, const Pattern& pattern, const Cycles& cycles) {
  PatternResult result;
  result.pattern = pattern;
  if (pattern.egress) result.egress = measure(make, pattern, Direction::egress, cycles);
  if (pattern.ingress) result.ingress = measure(make, pattern, Direction::ingress, cycles);
  if (pattern.egress && pattern.ingress) result.both = measure(make, pattern, Direction::both, cycles);
  return result;
}

Parity parity_of(const std::vector<PatternResult>& rtl, const std::vector<PatternResult>& model) {
  Parity parity;
  for (std::size_t i = 0; i < rtl.size(); ++i) {
    const auto compare = [&](const std::optional<Measurement>& a, const std::optional<Measurement>& b,
                             bool egress) {
      if (!a) return;
      const double difference = egress ? std::abs(a->egress_rate() - b->egress_rate())
                                       : std::abs(a->ingress_rate() - b->ingress_rate());
      ++parity.rates;
      if (difference < kMostRounding) ++parity.equal;
      if (difference <= parity.largest) return;
      parity.largest = difference;
      parity.pattern = rtl[i].pattern.name;
    };
    compare(rtl[i].egress, model[i].egress, true);
    compare(rtl[i].ingress, model[i].ingress, false);
    compare(rtl[i].both, model[i].both, true);
    compare(rtl[i].both, model[i].both, false);
  }
  return parity;
}

BenchResult run_bench(const Configuration& configuration, const HubFactory& make, const BenchOptions& options,
                      const std::function<void(const std::string&)>& progress) {
  BenchResult result;
  result.configuration = configuration;
  result.options = options;
  const Trace trace = routing_of(configuration, options);
  progress("zero load");
  result.zero_load = measure_zero_load(make);
  for (const Pattern& pattern :
       wanted_patterns(all_patterns(configuration, trace, options.seed), options.patterns)) {
    progress(pattern.name);
    result.patterns.push_back(measure_pattern(make, pattern, options.cycles));
    const std::vector<Shortfall> shortfalls = shortfalls_of(result.patterns.back());
    result.shortfalls.insert(result.shortfalls.end(), shortfalls.begin(), shortfalls.end());
  }
  if (options.model_runs) {
    progress("C++ hub");
    const HubFactory make_model = [&](int latency) { return make_model_hub(configuration.params, latency); };
    std::vector<PatternResult> model;
    for (const PatternResult& r : result.patterns)
      model.push_back(measure_pattern(make_model, r.pattern, options.cycles));
    result.parity = parity_of(result.patterns, model);
    progress("larger resources");
    result.lifts = lifts_of(configuration, result.patterns, options.cycles);
  }
  check_marks(result);
  return result;
}

}  // namespace moehub::bench
