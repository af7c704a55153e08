#include "bench/hub/result_file.hpp"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "model/base/input_error.hpp"

namespace moehub::bench {

namespace {

using Json = nlohmann::ordered_json;

Json latency(const Histogram& h) {
  return {{"count", h.count()},
          {"p50", h.percentile(0.5)},
          {"p99", h.percentile(0.99)},
          {"p999", h.percentile(0.999)},
          {"max", h.max()}};
}

Json egress(const Measurement& m) {
  const EgressCounts& e = m.egress;
  return {{"packets_per_cycle_and_lane", m.egress_rate()},
          {"stores_per_cycle_and_lane", m.per_cycle_and_lane(e.stores)},
          {"gb_per_s", m.egress_gb_per_s()},
          {"payload_bytes", e.payload_bytes},
          {"rows_per_cycle", static_cast<double>(e.rows) / m.cycles},
          {"latency_cycles", latency(e.latency_cycles)},
          {"share_of_lane_cycles",
           {{"req_not_offered", m.per_cycle_and_lane(e.not_offered)},
            {"req_not_ready", m.per_cycle_and_lane(e.not_accepted)},
            {"tx_waits", m.per_cycle_and_lane(e.link_waits)},
            {"partition_full", m.per_cycle_and_lane(e.partition_full)},
            {"own_partition_full", m.per_cycle_and_lane(e.own_partition_full)},
            {"no_credit", m.per_cycle_and_lane(e.no_credit)}}}};
}

Json ingress(const Measurement& m) {
  const IngressCounts& i = m.ingress;
  return {{"packets_per_cycle_and_lane", m.ingress_rate()},
          {"of_these_looped", m.per_cycle_and_lane(i.looped)},
          {"gb_per_s", m.ingress_gb_per_s()},
          {"payload_bytes", i.payload_bytes},
          {"latency_cycles", latency(i.latency_cycles)},
          {"tile_latency_cycles", latency(i.tile_latency_cycles)},
          {"packets_in_a_lane", m.per_cycle_and_lane(i.inside)},
          {"share_of_lane_cycles",
           {{"rx_not_offered", m.per_cycle_and_lane(i.not_offered)},
            {"rx_not_ready", m.per_cycle_and_lane(i.not_accepted)},
            {"memory_waits", m.per_cycle_and_lane(i.memory_waits)},
            {"ids_full", m.per_cycle_and_lane(i.ids_full)},
            {"ack_waits", m.per_cycle_and_lane(i.ack_waits)}}}};
}

Json measurement(const Measurement& m, bool out, bool in) {
  Json json;
  if (out) json["out"] = egress(m);
  if (in) json["in"] = ingress(m);
  const HubStatistics& s = m.statistics;
  json["whole_run"] = {{"rows", m.rows},         {"merges", s.merges},         {"rat_allocs", s.rat_allocs},
                       {"rat_hits", s.rat_hits}, {"rat_spills", s.rat_spills}, {"rat_fills", s.rat_fills},
                       {"errors", m.errors}};
  return json;
}

std::ofstream open(const std::string& file) {
  std::ofstream out{file};
  if (!out) throw InputError(file, "", "", "a file that can be written");
  return out;
}

}  // namespace

void write_json(const BenchResult& result, const std::string& hub, double cpu_s, const std::string& file) {
  const ZeroLoad& z = result.zero_load;
  Json json = {
      {"schema", 1},
      {"configuration", result.configuration.name},
      {"hub", hub},
      {"seed", result.options.seed},
      {"routing", result.options.routing},
      {"trace", result.options.trace_file},
      {"cycles", {{"warm_up", result.options.cycles.warm_up}, {"measured", result.options.cycles.measured}}},
      {"zero_load_cycles",
       {{"store_to_link", z.store_to_link},
        {"link_to_memory_new_row", z.link_to_memory_new_row},
        {"link_to_memory_known_row", z.link_to_memory_known_row},
        {"ack_to_tile", z.ack_to_tile}}},
      {"patterns", Json::array()},
      {"below_line_rate", Json::array()},
      {"lifts", Json::array()},
      {"failures", result.failures},
      {"cpu_s", cpu_s}};
  for (const PatternResult& r : result.patterns) {
    Json pattern = {{"name", r.pattern.name}, {"what", r.pattern.what}, {"mark", r.pattern.mark}};
    if (r.egress) pattern["egress"] = measurement(*r.egress, true, false);
    if (r.ingress) pattern["ingress"] = measurement(*r.ingress, false, true);
    if (r.both) pattern["both"] = measurement(*r.both, true, true);
    json["patterns"].push_back(pattern);
  }
  for (const Shortfall& s : result.shortfalls) {
    json["below_line_rate"].push_back({{"pattern", s.pattern},
                                       {"where", s.where},
                                       {"rate", s.rate},
                                       {"limit", s.limit},
                                       {"evidence", s.evidence}});
  }
  if (result.parity) {
    json["model_parity"] = {{"rates", result.parity->rates},
                            {"equal", result.parity->equal},
                            {"largest_difference", result.parity->largest},
                            {"pattern", result.parity->pattern}};
  }
  for (const Lift& lift : result.lifts) {
    Json steps = Json::array();
    for (const Lift::Step& step : lift.steps) {
      steps.push_back(
          {{"what", step.what}, {"rate", step.rate}, {"sram_kbit", step.sram_kbit}, {"kflops", step.kflops}});
    }
    json["lifts"].push_back({{"pattern", lift.pattern},
                             {"where", lift.egress ? "out" : "in"},
                             {"rate", lift.rate},
                             {"steps", steps}});
  }
  open(file) << json.dump(2) << "\n";
}

void write_csv(const BenchResult& result, const std::string& hub, const std::string& file) {
  std::ofstream out = open(file);
  out << "configuration,hub,pattern,direction,side,packets_per_cycle_and_lane,gb_per_s,p50,p99,p999,max\n";
  for (const PatternResult& r : result.patterns) {
    const auto line = [&](const std::optional<Measurement>& m, const char* direction, bool egress) {
      if (!m) return;
      const Histogram& h = egress ? m->egress.latency_cycles : m->ingress.latency_cycles;
      out << fmt::format("{},{},{},{},{},{:.4f},{:.1f},{},{},{},{}\n", result.configuration.name, hub,
                         r.pattern.name, direction, egress ? "out" : "in",
                         egress ? m->egress_rate() : m->ingress_rate(),
                         egress ? m->egress_gb_per_s() : m->ingress_gb_per_s(), h.percentile(0.5),
                         h.percentile(0.99), h.percentile(0.999), h.max());
    };
    line(r.egress, "egress", true);
    line(r.ingress, "ingress", false);
    line(r.both, "both", true);
    line(r.both, "both", false);
  }
}

}  // namespace moehub::bench
