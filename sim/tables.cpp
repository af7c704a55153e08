#include "sim/tables.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/plots.hpp"
#include "sim/time_split.hpp"

namespace moehub {

std::string layers_csv(const std::vector<FlowResult>& flows) {
  std::string text = "flow,layer,layer_us,dispatch_us,compute_us,combine_us,exposed_comm_us\n";
  for (const FlowResult& flow : flows) {
    for (const LayerResult& layer : flow.layers) {
      const LayerTimes& t = layer.times;
      text += fmt::format("{},{},{:.3f},{:.3f},{:.3f},{:.3f},{:.3f}\n", flow.name, layer.layer,
                          to_us(t.layer), to_us(t.dispatch), to_us(t.compute), to_us(t.combine),
                          to_us(t.exposed()));
    }
  }
  return text;
}

std::string experts_csv(const std::vector<FlowResult>& flows) {
  std::string text = "flow,layer,expert,rows\n";
  for (const FlowResult& flow : flows) {
    for (const LayerResult& layer : flow.layers) {
      for (std::size_t expert = 0; expert < layer.rows_by_expert.size(); ++expert) {
        text += fmt::format("{},{},{},{}\n", flow.name, layer.layer, expert,
                            layer.rows_by_expert[expert]);
      }
    }
  }
  return text;
}

std::string hub_csv(const std::vector<FlowResult>& flows) {
  std::string text = "flow,counter,value\n";
  for (const FlowResult& flow : flows) {
    if (!flow.uses_hubs) continue;
    const HubStatistics& s = flow.hub;
    const std::pair<const char*, std::uint64_t> counters[] = {
        {"requests", s.requests},     {"merges", s.merges},
        {"tx_packets", s.tx_packets}, {"loop_packets", s.loop_packets},
        {"tx_bytes", s.tx_bytes},     {"fences", s.fences},
        {"rx_packets", s.rx_packets}, {"wr_bytes", s.wr_bytes},
        {"rat_hits", s.rat_hits},     {"rat_allocs", s.rat_allocs},
        {"rat_spills", s.rat_spills}, {"rat_fills", s.rat_fills},
        {"rows_done", s.rows_done},   {"acks", s.acks},
        {"tiles_ready", s.tiles_ready}, {"tiles_cancelled", s.tiles_cancelled},
        {"owners_done", s.owners_done}, {"nvlink_bytes", flow.traffic.nvlink_bytes},
        {"network_bytes", flow.traffic.network_bytes}};
    for (const auto& [name, value] : counters) {
      text += fmt::format("{},{},{}\n", flow.name, name, value);
    }
  }
  return text;
}

std::string checks_csv(const std::vector<FlowResult>& flows) {
  std::string text =
      "flow,ok,rows_expected,rows_delivered,rows_lost,rows_duplicated,bytes_wrong,rows_sparse,"
      "tiles_early,tiles_missing,messages_wrong,link_replays,lost_credits,write_errors\n";
  for (const FlowResult& flow : flows) {
    const CheckResult& c = flow.check;
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", flow.name, c.ok() && !flow.failure,
                        c.rows_expected, c.rows_delivered, c.rows_lost, c.rows_duplicated,
                        c.bytes_wrong, c.rows_sparse, c.tiles_early, c.tiles_missing,
                        c.messages_wrong, flow.traffic.link_replays, flow.traffic.lost_credits,
                        flow.traffic.write_errors);
  }
  return text;
}

std::string time_csv(const std::vector<FlowResult>& flows) {
  std::string text = "flow,activity,us\n";
  for (const FlowResult& flow : flows) {
    const TimeSplit split = split_time(flow);
    for (std::size_t a = 0; a < split.size(); ++a) {
      const char* name = a == kActivities ? "idle" : name_of(static_cast<Activity>(a));
      text += fmt::format("{},{},{:.3f}\n", flow.name, name, to_us(split[a]));
    }
  }
  return text;
}

std::string links_csv(const std::vector<FlowResult>& flows) {
  std::string text = "flow,layer,us,mean_out_gb_per_s,busiest_in_gb_per_s\n";
  for (const FlowResult& flow : flows) {
    for (const LayerResult& layer : flow.layers) {
      const LinkRates rates = link_rates(layer);
      const std::size_t spans = std::max(rates.mean_out.size(), rates.busiest_in.size());
      const auto at = [](const std::vector<double>& values, std::size_t i) {
        return i < values.size() ? values[i] : 0;
      };
      for (std::size_t i = 0; i < spans; ++i) {
        text += fmt::format("{},{},{},{:.3f},{:.3f}\n", flow.name, layer.layer,
                            to_us(static_cast<Picoseconds>(i) * LinkLoad::kSpan), at(rates.mean_out, i),
                            at(rates.busiest_in, i));
      }
    }
  }
  return text;
}

std::string latency_csv(const std::vector<FlowResult>& flows) {
  std::string text = "flow,us,share_above\n";
  for (const FlowResult& flow : flows) {
    for (const LatencyPoint& point : row_latency_curve(flow)) {
      text += fmt::format("{},{:.3f},{:.6f}\n", flow.name, point.us, point.share_above);
    }
  }
  return text;
}

}  // namespace moehub
