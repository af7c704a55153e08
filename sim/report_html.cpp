#include "sim/report_html.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "sim/plots.hpp"
#include "sim/report/embedded.hpp"
#include "sim/time_split.hpp"

namespace moehub {

namespace {

using Json = nlohmann::ordered_json;

// By activity, and idle time.
constexpr std::array<const char*, kActivities + 1> kColours = {
    "#8c6bb1", "#d94801", "#a63603", "#7f2704", "#fd8d3c", "#fdae6b", "#2171b5", "#9ecae1",
    "#08519c", "#fdd0a2", "#41ab5d", "#fee6ce", "#dd1c77", "#bdbdbd", "#f0f0f0"};

std::string escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default: out += c;
    }
  }
  return out;
}

void fill(std::string& page, const std::string& mark, std::string_view text) {
  for (std::size_t at = page.find(mark); at != std::string::npos; at = page.find(mark, at + text.size())) {
    page.replace(at, mark.size(), text);
  }
}

Json activities() {
  Json names = Json::array();
  for (int a = 0; a < kActivities; ++a) names.push_back(name_of(static_cast<Activity>(a)));
  names.push_back("idle");
  return names;
}

Json flow_of(const FlowResult& flow, const Json& summary) {
  const Json& numbers = summary["flows"][flow.name];
  Json split = Json::array();
  for (const Picoseconds time : split_time(flow)) split.push_back(to_us(time));
  Json latency = numbers["row_latency_ns"];
  for (auto& item : latency.items()) item.value() = item.value().get<double>() / 1e3;
  return {{"name", flow.name},
          {"layer_us", numbers["layer_us"]},
          {"compute_us", numbers["compute_us"]},
          {"exposed_us", numbers["exposed_comm_us"]},
          {"speedup_of_hub", numbers["speedup_of_hub"]},
          {"ideal_fraction", numbers["ideal_fraction"]},
          {"row_latency_us", latency},
          {"split_us", split}};
}

// A lane a flow and activity of GPU 0 in its first layer; spans that nearly touch are one.
Json gantt(const std::vector<FlowResult>& flows) {
  constexpr Picoseconds kTouch = 200'000;
  Json lanes = Json::array();
  for (const FlowResult& flow : flows) {
    if (flow.layers.empty() || flow.layers[0].spans.empty()) continue;
    std::vector<Span> spans = flow.layers[0].spans[0];
    std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
    for (int a = 0; a < kActivities; ++a) {
      Json drawn = Json::array();
      Span open;
      const auto close = [&] {
        if (open.end > open.begin) drawn.push_back({a, to_us(open.begin), to_us(open.end)});
      };
      for (const Span& span : spans) {
        if (span.activity != static_cast<Activity>(a)) continue;
        if (open.end > open.begin && span.begin <= open.end + kTouch) {
          open.end = std::max(open.end, span.end);
          continue;
        }
        close();
        open = span;
      }
      close();
      if (drawn.empty()) continue;
      lanes.push_back({{"name", flow.name + " " + name_of(static_cast<Activity>(a))}, {"spans", drawn}});
    }
  }
  return lanes;
}

Json links(const std::vector<FlowResult>& flows) {
  Json all = Json::array();
  for (const FlowResult& flow : flows) {
    if (flow.layers.empty()) continue;
    const LinkRates rates = link_rates(flow.layers[0]);
    if (rates.mean_out.empty()) continue;
    all.push_back({{"name", flow.name}, {"out", rates.mean_out}, {"in", rates.busiest_in}});
  }
  return all;
}

Json latencies(const std::vector<FlowResult>& flows) {
  Json all = Json::array();
  for (const FlowResult& flow : flows) {
    Json points = Json::array();
    for (const LatencyPoint& point : row_latency_curve(flow)) points.push_back({point.us, point.share_above});
    if (!points.empty()) all.push_back({{"name", flow.name}, {"points", points}});
  }
  return all;
}

}  // namespace

std::string make_report(const RunOptions& options, const RunResult& result, const std::string& table) {
  const Json summary = make_summary(options, result);
  Json flows = Json::array();
  for (const FlowResult& flow : result.flows) {
    if (!flow.layers.empty()) flows.push_back(flow_of(flow, summary));
  }
  const bool ran = !result.flows.empty() && !result.flows[0].layers.empty();
  const FlowResult* shown = result.hub_flow() != nullptr ? result.hub_flow()
                            : ran                        ? &result.flows[0]
                                                         : nullptr;
  const bool nodes = options.gpus() > options.system.fabric.gpus_per_node;
  const Json data = {{"flows", flows},
                     {"activities", activities()},
                     {"colours", kColours},
                     {"first_layer", ran ? result.flows[0].layers[0].layer : options.first_layer},
                     {"gantt", gantt(result.flows)},
                     {"latency", latencies(result.flows)},
                     {"link_span_us", to_us(LinkLoad::kSpan)},
                     {"line_rate", options.system.fabric.gb_per_s_per_direction},
                     {"nic_rate", nodes ? Json(options.system.network.gb_per_s_per_direction) : Json(nullptr)},
                     {"links", links(result.flows)},
                     {"rows_by_expert", shown ? Json(shown->rows_by_expert) : Json::array()},
                     {"rows_by_gpu", shown ? Json(rows_by_gpu(*shown)) : Json::array()}};
  std::string text = data.dump();
  fill(text, "</", "<\\/");  // a string must not end the script
  std::string page(embedded::report_page());
  fill(page, "{{title}}", escape(options.model.name + " on " + options.system.name));
  fill(page, "{{table}}", escape(table));
  fill(page, "{{chart}}", embedded::chart_js());
  fill(page, "{{data}}", text);
  return page;
}

}  // namespace moehub
