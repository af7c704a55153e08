#include "sim/timeline.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace moehub {

namespace {

using Json = nlohmann::ordered_json;

int thread_of(std::size_t gpu, Activity activity) {
  return static_cast<int>(gpu) * kActivities + static_cast<int>(activity);
}

Json name_event(const char* what, int process, int thread, const std::string& name) {
  return {{"name", what}, {"ph", "M"}, {"pid", process}, {"tid", thread}, {"args", {{"name", name}}}};
}

}  // namespace

std::string make_timeline(const std::vector<FlowResult>& flows) {
  Json events = Json::array();
  for (std::size_t f = 0; f < flows.size(); ++f) {
    const int process = static_cast<int>(f);
    events.push_back(name_event("process_name", process, 0, flows[f].name));
    std::set<std::pair<std::size_t, int>> named;
    for (const LayerResult& layer : flows[f].layers) {
      for (std::size_t gpu = 0; gpu < layer.spans.size(); ++gpu) {
        for (const Span& span : layer.spans[gpu]) {
          const int thread = thread_of(gpu, span.activity);
          if (named.insert({gpu, thread}).second) {
            events.push_back(name_event("thread_name", process, thread,
                                        "GPU " + std::to_string(gpu) + " " + name_of(span.activity)));
            events.push_back({{"name", "thread_sort_index"}, {"ph", "M"}, {"pid", process},
                              {"tid", thread}, {"args", {{"sort_index", thread}}}});
          }
          events.push_back({{"name", name_of(span.activity)},
                            {"cat", is_compute(span.activity) ? "compute" : "communication"},
                            {"ph", "X"},
                            {"pid", process},
                            {"tid", thread},
                            {"ts", to_us(layer.begin + span.begin)},
                            {"dur", to_us(span.end - span.begin)},
                            {"args", {{"layer", layer.layer}}}});
        }
      }
    }
  }
  return Json{{"displayTimeUnit", "ns"}, {"traceEvents", events}}.dump() + "\n";
}

}  // namespace moehub
