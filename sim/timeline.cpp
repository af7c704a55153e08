#include "sim/timeline.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace moehub {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kTracks = kActivities + 1;  // of a flow on a GPU: a track each activity, and links

// Whose work an activity is: thread blocks on SMs, the hub (or a copy loop in its place), or the host's software.
const char* unit_of(Activity activity, bool uses_hubs) {
  switch (activity) {
    case Activity::dispatch:
    case Activity::combine: return uses_hubs ? "hub" : "SMs";
    case Activity::mediation:
    case Activity::sync:
    case Activity::launch:
    case Activity::barrier: return "software";
    default: return "SMs";
  }
}

class Timeline {
 public:
  explicit Timeline(const std::vector<FlowResult>& flows) {
    for (std::size_t f = 0; f < flows.size(); ++f) {
      for (const LayerResult& layer : flows[f].layers) add(flows[f], static_cast<int>(f), layer);
    }
  }
  Json take() { return std::move(events_); }

 private:
  void name(int process, int thread, const char* what, const std::string& text) {
    events_.push_back(
        {{"name", what}, {"ph", "M"}, {"pid", process}, {"tid", thread}, {"args", {{"name", text}}}});
  }

  void add(const FlowResult& flow, int index, const LayerResult& layer) {
    for (std::size_t g = 0; g < layer.spans.size(); ++g) {
      const int gpu = static_cast<int>(g);
      if (gpus_.insert(gpu).second) {
        name(gpu, 0, "process_name", "GPU " + std::to_string(gpu));
        events_.push_back({{"name", "process_sort_index"}, {"ph", "M"}, {"pid", gpu}, {"args", {{"sort_index", gpu}}}});
      }
      for (const Span& span : layer.spans[g]) add_span(flow, index, gpu, layer, span);
      if (g < layer.links.size()) add_links(flow, gpu, layer, layer.links[g]);
    }
  }

  void add_span(const FlowResult& flow, int index, int gpu, const LayerResult& layer, const Span& span) {
    const int thread = index * kTracks + static_cast<int>(span.activity);
    if (tracks_.insert({gpu, thread}).second) {
      name(gpu, thread, "thread_name",
           flow.name + ", " + unit_of(span.activity, flow.uses_hubs) + ": " + name_of(span.activity));
      events_.push_back({{"name", "thread_sort_index"},
                         {"ph", "M"},
                         {"pid", gpu},
                         {"tid", thread},
                         {"args", {{"sort_index", thread}}}});
    }
    events_.push_back({{"name", name_of(span.activity)},
                       {"cat", is_compute(span.activity) ? "compute" : "communication"},
                       {"ph", "X"},
                       {"pid", gpu},
                       {"tid", thread},
                       {"ts", to_us(layer.begin + span.begin)},
                       {"dur", to_us(span.end - span.begin)},
                       {"args", {{"layer", layer.layer}}}});
  }

  // A counter a flow and kind of link: GB/s in each span, where they change.
  void add_links(const FlowResult& flow, int gpu, const LayerResult& layer, const LinkLoad::Gpu& load) {
    const auto counter = [&](const char* what, const std::vector<std::uint32_t>& out,
                             const std::vector<std::uint32_t>& in) {
      std::pair<std::uint32_t, std::uint32_t> before{0, 0};
      const std::size_t spans = std::max(out.size(), in.size());
      for (std::size_t i = 0; i <= spans; ++i) {
        const std::pair<std::uint32_t, std::uint32_t> now{i < out.size() ? out[i] : 0, i < in.size() ? in[i] : 0};
        if (now == before) continue;
        before = now;
        const double gb_per_s = 1e3 / static_cast<double>(LinkLoad::kSpan);  // of a byte in a span
        events_.push_back({{"name", flow.name + ", links: " + what + " GB/s"},
                           {"ph", "C"},
                           {"pid", gpu},
                           {"ts", to_us(layer.begin + static_cast<Picoseconds>(i) * LinkLoad::kSpan)},
                           {"args", {{"out", now.first * gb_per_s}, {"in", now.second * gb_per_s}}}});
      }
    };
    counter("NVLink", load.nvlink_out, load.nvlink_in);
    counter("NIC", load.network_out, load.network_in);
  }

  Json events_ = Json::array();
  std::set<int> gpus_;
  std::set<std::pair<int, int>> tracks_;  // [gpu, thread] that have a name
};

}  // namespace

std::string make_timeline(const std::vector<FlowResult>& flows) {
  return Json{{"displayTimeUnit", "ns"}, {"traceEvents", Timeline(flows).take()}}.dump() + "\n";
}

}  // namespace moehub
