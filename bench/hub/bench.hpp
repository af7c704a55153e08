// The whole bench: every pattern in every direction, and what it means.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/hub/measure.hpp"
#include "bench/hub/zero_load.hpp"

namespace moehub::bench {

struct BenchOptions {
  std::vector<std::string> patterns;    ///< only these; empty: all
  std::string routing = kRecordedLike;  ///< for "recorded"
  std::string trace_file;               ///< the same, instead
  Cycles cycles;
  std::uint64_t seed = 0;
  bool model_runs = true;  ///< whether the C++ hub is measured too: parity, and larger resources
};

struct PatternResult {
  Pattern pattern;
  std::optional<Measurement> egress;
  std::optional<Measurement> ingress;
  std::optional<Measurement> both;
};

/// How far the C++ hub is from the RTL hub.
struct Parity {
  int rates = 0;        ///< compared
  int equal = 0;        ///< of these, to three digits
  double largest = 0;   ///< difference
  std::string pattern;  ///< that has it
};

/// A measurement below the line rate, and the resource that limits it.
struct Shortfall {
  std::string pattern;
  std::string where;  ///< "out", "in", "both out", "both in"
  double rate = 0;
  std::string limit;
  std::string evidence;  ///< measured
};

/// A pattern that falls short, with one resource at a time made larger; C++ hub.
struct Lift {
  std::string pattern;
  bool egress = false;
  double rate = 0;  ///< of the C++ hub as configured
  struct Step {
    std::string what;
    double rate = 0;
    double sram_kbit = 0;  ///< more than as configured
    double kflops = 0;
  };
  std::vector<Step> steps;
};

struct BenchResult {
  Configuration configuration;
  BenchOptions options;
  ZeroLoad zero_load;
  std::vector<PatternResult> patterns;
  std::vector<Shortfall> shortfalls;
  std::vector<Lift> lifts;
  std::optional<Parity> parity;
  std::vector<std::string> failures;  ///< checks and marks that did not hold
};

/// `progress` is told which pattern comes next.
BenchResult run_bench(const Configuration& configuration, const HubFactory& make, const BenchOptions& options,
                      const std::function<void(const std::string&)>& progress);

// ---- parts of it
/// Nothing below this is called the line rate, packets a cycle and lane.
inline constexpr double kLineRate = 0.98;

PatternResult measure_pattern(const HubFactory& make, const Pattern& pattern, const Cycles& cycles);
Parity parity_of(const std::vector<PatternResult>& rtl, const std::vector<PatternResult>& model);
std::vector<Shortfall> shortfalls_of(const PatternResult& result);
std::vector<Lift> lifts_of(const Configuration& configuration, const std::vector<PatternResult>& results,
                           const Cycles& cycles);

}  // namespace moehub::bench
