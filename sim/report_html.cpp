#include "sim/report_html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace moehub {

namespace {

constexpr int kWidth = 860;
constexpr int kLeft = 110;  // of the drawing; names stand before it
constexpr int kBar = 22;

const char* colour_of(Activity activity) {
  constexpr std::array<const char*, kActivities> kColours = {
      "#8c6bb1", "#d94801", "#a63603", "#7f2704", "#fd8d3c", "#fdae6b", "#2171b5",
      "#9ecae1", "#08519c", "#fdd0a2", "#41ab5d", "#fee6ce", "#dd1c77", "#bdbdbd"};
  return kColours[static_cast<std::size_t>(activity)];
}

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

std::string svg(int height, const std::string& body) {
  return fmt::format("<svg viewBox=\"0 0 {} {}\" width=\"{}\" height=\"{}\" role=\"img\">{}</svg>\n",
                     kWidth, height, kWidth, height, body);
}

std::string rectangle(double x, double y, double width, double height, const char* colour,
                      const std::string& title) {
  return fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\">"
      "<title>{}</title></rect>",
      x, y, std::max(width, 0.5), height, colour, escape(title));
}

std::string label(double x, double y, const std::string& text, const char* anchor = "start") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>", x, y, anchor,
                     escape(text));
}

// Compute, then what communication adds to it.
std::string time_bars(const std::vector<FlowResult>& flows) {
  double longest = 1;
  for (const FlowResult& flow : flows) longest = std::max(longest, to_us(flow.times.layer));
  const double scale = (kWidth - kLeft - 90) / longest;
  std::string body;
  double y = 0;
  for (const FlowResult& flow : flows) {
    const double compute = to_us(flow.times.compute) * scale;
    const double exposed = to_us(flow.times.exposed()) * scale;
    body += label(kLeft - 8, y + 16, flow.name, "end");
    body += rectangle(kLeft, y, compute, kBar, colour_of(Activity::gemm1),
                      fmt::format("compute {:.1f} us", to_us(flow.times.compute)));
    body += rectangle(kLeft + compute, y, exposed, kBar, colour_of(Activity::mediation),
                      fmt::format("exposed {:.1f} us", to_us(flow.times.exposed())));
    body += label(kLeft + compute + exposed + 6, y + 16,
                  fmt::format("{:.1f} us", to_us(flow.times.layer)));
    y += kBar + 8;
  }
  return svg(static_cast<int>(y), body);
}

// One GPU's first layer under each flow, on a common scale.
std::string gpu_timeline(const std::vector<FlowResult>& flows, std::size_t gpu) {
  double longest = 1;
  for (const FlowResult& flow : flows) {
    if (!flow.layers.empty()) longest = std::max(longest, to_us(flow.layers[0].times.layer));
  }
  const double scale = (kWidth - kLeft - 10) / longest;
  constexpr double kRow = 11;
  std::string body;
  double y = 0;
  for (const FlowResult& flow : flows) {
    if (flow.layers.empty() || flow.layers[0].spans.size() <= gpu) continue;
    body += label(0, y + 10, flow.name);
    for (int a = 0; a < kActivities; ++a) {
      const auto activity = static_cast<Activity>(a);
      bool any = false;
      for (const Span& span : flow.layers[0].spans[gpu]) {
        if (span.activity != activity) continue;
        any = true;
        body += rectangle(kLeft + to_us(span.begin) * scale, y,
                          to_us(span.end - span.begin) * scale, kRow - 2, colour_of(activity),
                          fmt::format("{} {:.1f} to {:.1f} us", name_of(activity), to_us(span.begin),
                                      to_us(span.end)));
      }
      if (any) y += kRow;
    }
    y += 12;
  }
  return svg(static_cast<int>(y), body);
}

std::string legend() {
  std::string text = "<p class=\"legend\">";
  for (int a = 0; a < kActivities; ++a) {
    const auto activity = static_cast<Activity>(a);
    text += fmt::format("<span><i style=\"background:{}\"></i>{}</span> ", colour_of(activity),
                        name_of(activity));
  }
  return text + "</p>\n";
}

std::string expert_bars(const FlowResult& flow) {
  const std::uint64_t most =
      std::max<std::uint64_t>(*std::max_element(flow.rows_by_expert.begin(), flow.rows_by_expert.end()), 1);
  const double width = static_cast<double>(kWidth) / static_cast<double>(flow.rows_by_expert.size());
  constexpr double kHeight = 120;
  std::string body;
  for (std::size_t e = 0; e < flow.rows_by_expert.size(); ++e) {
    const double height =
        kHeight * static_cast<double>(flow.rows_by_expert[e]) / static_cast<double>(most);
    body += rectangle(width * static_cast<double>(e), kHeight - height, std::max(width - 1, 0.5), height,
                      colour_of(Activity::gemm1),
                      fmt::format("expert {}: {} rows", e, flow.rows_by_expert[e]));
  }
  return svg(static_cast<int>(kHeight), body);
}

}  // namespace

std::string make_report(const RunOptions& options, const RunResult& result, const std::string& table) {
  std::string page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>MoE-Hub: {0} on "
      "{1}</title>\n<style>body{{font:14px sans-serif;max-width:900px;margin:2em auto;color:#222}}"
      "pre{{background:#f6f6f6;padding:1em;overflow-x:auto;font-size:12px}}"
      "text{{font:12px sans-serif}}.legend span{{margin-right:1em}}"
      ".legend i{{display:inline-block;width:.9em;height:.9em;margin-right:.3em}}</style></head>\n"
      "<body><h1>{0} on {1}</h1>\n<pre>{2}</pre>\n",
      escape(options.model.name), escape(options.system.name), escape(table));
  page += "<h2>Time of the layers: compute, and exposed communication</h2>\n" + time_bars(result.flows);
  const int first = result.flows.empty() || result.flows[0].layers.empty()
                        ? options.first_layer
                        : result.flows[0].layers[0].layer;
  page += fmt::format("<h2>GPU 0 in layer {}</h2>\n", first) + legend() + gpu_timeline(result.flows, 0);
  if (const FlowResult* hub = result.hub_flow()) {
    page += "<h2>Rows by expert</h2>\n" + expert_bars(*hub);
  }
  return page + "</body></html>\n";
}

}  // namespace moehub
