#include "sim/summary.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "sim/time_split.hpp"
#include "sim/whole_model.hpp"

namespace moehub {

namespace {

using Json = nlohmann::ordered_json;

bool complete(const FlowResult& flow, const RunOptions& options) {
  return !flow.failure && static_cast<int>(flow.layers.size()) == options.routing.layers;
}

Json percentiles(const Histogram& histogram) {
  return {{"p50", histogram.percentile(0.5)},
          {"p99", histogram.percentile(0.99)},
          {"p999", histogram.percentile(0.999)},
          {"max", histogram.max()}};
}

// E.g. "contiguous", or "balanced with 8 copies, attention over 4 GPUs".
std::string placement_text(const PlacementConfig& placement) {
  std::string text = placement.experts;
  if (placement.redundant_experts > 0) text += fmt::format(" with {} copies", placement.redundant_experts);
  if (placement.attention_tp > 1) text += fmt::format(", attention over {} GPUs", placement.attention_tp);
  return text;
}

Json config_section(const RunOptions& options) {
  return {{"system", options.system.name},
          {"model", options.model.name},
          {"gpus", options.gpus()},
          {"tokens_per_gpu", options.routing.tokens / options.gpus()},
          {"top_k", options.routing.top_k},
          {"num_experts", options.model.num_experts},
          {"trace", options.routing_name},
          {"scenario", options.scenario.empty() ? Json(nullptr) : Json(options.scenario)},
          {"placement", placement_text(options.system.placement)},
          {"seed", options.seed},
          {"hub", kHubs.at(static_cast<std::size_t>(options.hub))}};
}

// Ratios compare flows that ran the same layers; null where there is nothing to compare with.
Json flow_section(const FlowResult& flow, const RunOptions& options, const RunResult& result) {
  const auto ratio = [&](const FlowResult& one, const FlowResult* other) -> Json {
    if (other == nullptr || !complete(one, options) || !complete(*other, options)) return nullptr;
    if (other->times.layer == 0) return nullptr;
    return to_us(one.times.layer) / to_us(other->times.layer);
  };
  const FlowResult* ideal = result.find("ideal");
  return {{"layer_us", to_us(flow.times.layer)},
          {"dispatch_us", to_us(flow.times.dispatch)},
          {"compute_us", to_us(flow.times.compute)},
          {"combine_us", to_us(flow.times.combine)},
          {"exposed_comm_us", to_us(flow.times.exposed())},
          {"routing_to_gemm1_us", to_us(routing_to_gemm1(flow))},
          {"row_latency_ns", flow.row_latency_ns.count() > 0 ? percentiles(flow.row_latency_ns) : Json(nullptr)},
          {"speedup_of_hub", ratio(flow, result.find("moehub"))},
          {"ideal_fraction", ideal == nullptr ? Json(nullptr) : ratio(*ideal, &flow)}};
}

Json hub_section(const FlowResult& flow, const RunOptions& options) {
  const std::uint64_t packets = flow.hub.tx_packets + flow.hub.loop_packets;
  const double moving_us = to_us(flow.times.dispatch + flow.times.combine);
  const double could_move_bytes =
      moving_us * 1e3 * options.system.fabric.gb_per_s_per_direction * options.gpus();
  const std::uint64_t rows = std::accumulate(flow.rows_by_expert.begin(), flow.rows_by_expert.end(),
                                             std::uint64_t{0});
  const std::uint64_t most =
      *std::max_element(flow.rows_by_expert.begin(), flow.rows_by_expert.end());
  const double mean = static_cast<double>(rows) / static_cast<double>(flow.rows_by_expert.size());
  const auto share = [](double part, double whole) { return whole > 0 ? part / whole : 0.0; };
  return {{"packets", packets},
          {"lines", flow.hub.requests},
          {"payload_bytes", flow.hub.tx_bytes},
          {"wire_bytes", flow.traffic.wire_bytes()},
          {"link_utilisation", share(static_cast<double>(flow.traffic.wire_bytes()), could_move_bytes)},
          {"merge_ratio", share(static_cast<double>(flow.hub.requests),
                                static_cast<double>(packets))},
          {"rat_hits", flow.hub.rat_hits},
          {"rat_allocs", flow.hub.rat_allocs},
          {"rat_spills", flow.hub.rat_spills},
          {"rat_fills", flow.hub.rat_fills},
          {"ingress_latency_cycles", percentiles(flow.ingress_latency_cycles)},
          {"row_latency_ns", percentiles(flow.row_latency_ns)},
          {"rows_by_expert", flow.rows_by_expert},
          {"max_over_mean_load", share(static_cast<double>(most), mean)}};
}

// The whole model; flows that were cut short are left out.
Json pass_section(const RunOptions& options, const RunResult& result) {
  const bool training = options.pass == Pass::Training;
  Json flows = Json::object();
  std::map<std::string, Picoseconds> totals;
  for (std::size_t i = 0; i < result.flows.size(); ++i) {
    const FlowResult& flow = result.flows[i];
    if (!complete(flow, options)) continue;
    if (training && (i >= result.backward.size() || !complete(result.backward[i], options))) continue;
    const PassParts forward = whole_model(options, flow, false);
    const PassParts backward = training ? whole_model(options, result.backward[i], true) : PassParts();
    totals[flow.name] = forward.all() + backward.all();
    flows[flow.name] = {{"attention_us", to_us(forward.attention + backward.attention)},
                        {"dense_us", to_us(forward.dense + backward.dense)},
                        {"shared_us", to_us(forward.shared + backward.shared)},
                        {"moe_us", to_us(forward.moe + backward.moe)},
                        {"forward_us", to_us(forward.all())},
                        {"backward_us", training ? Json(to_us(backward.all())) : Json(nullptr)},
                        {"pass_us", to_us(totals[flow.name])},
                        {"speedup_of_hub", nullptr}};
  }
  if (const auto hub = totals.find("moehub"); hub != totals.end()) {
    for (const auto& [name, total] : totals) flows[name]["speedup_of_hub"] = to_us(total) / to_us(hub->second);
  }
  return {{"kind", training ? "training" : "forward"},
          {"layers", options.model.layers},
          {"moe_layers", options.model.moe_layers},
          {"moe_layers_simulated", options.routing.layers},
          {"sequence", most_tokens(options)},
          {"flows", flows}};
}

Json volume_section(const Volume& volume) {
  return {{"gpus", volume.gpus},
          {"tokens_per_gpu", volume.tokens_per_gpu},
          {"vector_bytes", volume.vector_bytes},
          {"vectors_out", volume.vectors_out()},
          {"bytes_out", volume.bytes_out()},
          {"forward_bytes_out", volume.pass_bytes_out()},
          {"backward_bytes_out", volume.pass_bytes_out()},
          {"vectors_within_node", volume.within_node},
          {"vectors_between_nodes", volume.between_nodes},
          {"crossings_once_a_node", volume.crossings},
          {"passed_on_within_node", volume.passed_on}};
}

Json check_section(const RunOptions& options, const RunResult& result) {
  CheckResult sum;
  for (const FlowResult& flow : result.flows) sum += flow.check;
  for (const FlowResult& flow : result.backward) sum += flow.check;
  Json refused = Json::object();
  for (int cause = 1; cause < static_cast<int>(reg::Refuse::count); ++cause) {
    refused[name_of(static_cast<reg::Refuse>(cause))] = sum.refused[static_cast<std::size_t>(cause)];
  }
  return {{"ok", result.ok(options)},
          {"rows_expected", sum.rows_expected},
          {"rows_delivered", sum.rows_delivered},
          {"rows_lost", sum.rows_lost},
          {"rows_duplicated", sum.rows_duplicated},
          {"bytes_wrong", sum.bytes_wrong},
          {"tiles_early", sum.tiles_early},
          {"tiles_missing", sum.tiles_missing},
          {"refused", refused}};
}

Json host_section(const RunResult& result) {
  double wall_s = 0;
  double cpu_s = 0;  // of flows with hubs
  double packets = 0;
  std::uint64_t hub_cycles = 0;
  for (const std::vector<FlowResult>* flows : {&result.flows, &result.backward}) {
    for (const FlowResult& flow : *flows) {
      wall_s += flow.wall_s;
      if (flow.uses_hubs) cpu_s += flow.cpu_s;
      packets += static_cast<double>(flow.hub.tx_packets + flow.hub.loop_packets);
      hub_cycles += flow.traffic.hub_cycles;
    }
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double per_s = cpu_s > 0 ? 1 / cpu_s : 0;
  return {{"wall_s", wall_s},
          {"hub_cycles", hub_cycles},
          {"hub_cycles_per_s", static_cast<double>(hub_cycles) * per_s},
          {"packets_per_s", packets * per_s},
          {"peak_rss_mb", static_cast<double>(usage.ru_maxrss) / 1024},
          {"ranks", 1}};
}

}  // namespace

const FlowResult* RunResult::find(const std::string& name) const {
  const auto found = std::find_if(flows.begin(), flows.end(),
                                  [&](const FlowResult& flow) { return flow.name == name; });
  return found == flows.end() ? nullptr : &*found;
}

const FlowResult* RunResult::hub_flow() const {
  if (const FlowResult* moehub = find("moehub")) return moehub;
  const auto found = std::find_if(flows.begin(), flows.end(),
                                  [](const FlowResult& flow) { return flow.uses_hubs; });
  return found == flows.end() ? nullptr : &*found;
}

bool RunResult::ok(const RunOptions& options) const {
  const auto held = [&](const FlowResult& flow) { return complete(flow, options) && flow.check.ok(); };
  return flows.size() == options.flows.size() &&
         backward.size() == (options.pass == Pass::Training ? flows.size() : 0) &&
         std::all_of(flows.begin(), flows.end(), held) && std::all_of(backward.begin(), backward.end(), held);
}

nlohmann::ordered_json make_summary(const RunOptions& options, const RunResult& result) {
  Json flows = Json::object();
  for (const FlowResult& flow : result.flows) {
    if (!flow.layers.empty()) flows[flow.name] = flow_section(flow, options, result);
  }
  const FlowResult* hub = result.hub_flow();
  Json summary = {{"schema", 1},
                  {"config", config_section(options)},
                  {"flows", flows},
                  {"hub", hub == nullptr ? Json(nullptr) : hub_section(*hub, options)},
                  {"check", check_section(options, result)},
                  {"host", host_section(result)}};
  if (options.pass != Pass::None) summary["pass"] = pass_section(options, result);
  for (const Volume& volume : options.volumes) summary["volumes"].push_back(volume_section(volume));
  return summary;
}

}  // namespace moehub
