#include "sim/time_split.hpp"

#include <algorithm>

namespace moehub {
namespace {

constexpr std::array<Activity, kActivities> kOrder = {
    Activity::gemm1,    Activity::gemm2,   Activity::activation, Activity::route,     Activity::reduce,
    Activity::dispatch, Activity::combine, Activity::relay,      Activity::permute,   Activity::mediation,
    Activity::sync,     Activity::launch,  Activity::poll,       Activity::barrier};

struct Edge {
  Picoseconds at = 0;
  Activity activity = Activity::route;
  int change = 0;
};

}  // namespace

TimeSplit split_time(const std::vector<Span>& spans, Picoseconds layer) {
  std::vector<Edge> edges;
  for (const Span& span : spans) {
    edges.push_back({std::min(span.begin, layer), span.activity, 1});
    edges.push_back({std::min(span.end, layer), span.activity, -1});
  }
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.at < b.at; });
  std::array<int, kActivities> active{};
  TimeSplit split{};
  Picoseconds since = 0;
  const auto count_until = [&](Picoseconds now) {
    const auto first = std::find_if(kOrder.begin(), kOrder.end(), [&](Activity a) {
      return active[static_cast<std::size_t>(a)] > 0;
    });
    split[first == kOrder.end() ? kActivities : static_cast<std::size_t>(*first)] += now - since;
    since = now;
  };
  for (const Edge& edge : edges) {
    count_until(edge.at);
    active[static_cast<std::size_t>(edge.activity)] += edge.change;
  }
  count_until(layer);
  return split;
}

TimeSplit split_time(const FlowResult& flow) {
  TimeSplit sum{};
  for (const LayerResult& layer : flow.layers) {
    TimeSplit of_layer{};
    for (const std::vector<Span>& spans : layer.spans) {
      const TimeSplit split = split_time(spans, layer.times.layer);
      for (std::size_t i = 0; i < split.size(); ++i) of_layer[i] += split[i];
    }
    const auto gpus = static_cast<Picoseconds>(std::max<std::size_t>(layer.spans.size(), 1));
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += of_layer[i] / gpus;
  }
  return sum;
}

Picoseconds routing_to_gemm1(const FlowResult& flow) {
  Picoseconds sum = 0;
  for (const LayerResult& layer : flow.layers) {
    Picoseconds last = 0;
    for (const std::vector<Span>& spans : layer.spans) {
      for (const Span& span : spans) {
        if (span.activity == Activity::gemm1) last = std::max(last, span.end);
      }
    }
    sum += last;
  }
  return sum;
}

}  // namespace moehub
