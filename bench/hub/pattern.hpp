// The traffic patterns that the bench measures, as data.
#pragma once

#include <string>
#include <vector>

#include "bench/hub/configuration.hpp"
#include "bench/hub/environment.hpp"
#include "bench/hub/rows.hpp"

namespace moehub::bench {

struct Pattern {
  std::string name;
  std::string what;  ///< in a line

  // ---- what the own GPU stores
  RowRules out;
  int streams = 8;          ///< rows that it stores at the same time
  bool interleaved = true;  ///< over the lanes

  // ---- what other GPUs send
  RowRules in;
  std::vector<int> sources;
  int rows_at_a_time = 1;  ///< of each

  Environment environment;

  // ---- which directions make sense, and the most packets a cycle and lane that the surroundings allow
  bool egress = true;
  bool ingress = true;
  double egress_bound = 1;
  double ingress_bound = 1;
  std::string bound_by;      ///< what of the surroundings, where a bound is below 1
  bool loops = false;        ///< in both directions at once, the own GPU is one of the destinations
  double mark = 0;           ///< packets a cycle and lane that must be reached; 0: none
  double mark_gb_per_s = 0;  ///< on the link at 1 GHz, in a direction alone
  int times_longer = 1;      ///< measured cycles, where what counts is rare
};

/// All patterns; `trace` drives "recorded" and must outlive them.
std::vector<Pattern> all_patterns(const Configuration& configuration, const Trace& trace, std::uint64_t seed);

/// Routing in the manner of recordings: experts are unequal and consecutive tokens choose the same ones three
/// times as often as independent tokens would. (Recordings of five models, each averaged over its layers:
/// busiest expert 1.5 to 4.3 times the mean, 1.1 to 4.0 times as often.)
inline constexpr const char* kRecordedLike = "zipf:s=0.4,reuse=3";

/// Routing of a configuration's model, as `--routing` of `moehub run` says it. Throws InputError.
Trace made_up_trace(const Configuration& configuration, const std::string& routing, std::uint64_t seed);

}  // namespace moehub::bench
