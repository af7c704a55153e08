#include "sim/trace_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "model/routing/trace_stats.hpp"

namespace moehub {
namespace {

struct Row {
  const char* what;
  double LayerStats::*value;
  double scale;
  const char* format;
};

constexpr std::array<Row, 7> kRows = {{
    {"load of an expert, max/mean", &LayerStats::expert_max_over_mean, 1, "{:.2f}"},
    {"load of a GPU, max/mean", &LayerStats::gpu_max_over_mean, 1, "{:.2f}"},
    {"std of an expert's share of choices", &LayerStats::share_std, 1, "{:.5f}"},
    {"reuse of experts, over uniform draws", &LayerStats::reuse_over_uniform, 1, "{:.2f}"},
    {"  over draws with the same loads", &LayerStats::reuse_over_same_loads, 1, "{:.2f}"},
    {"distinct GPUs per token", &LayerStats::gpus_per_token, 1, "{:.3f}"},
    {"dropped choices, %", &LayerStats::dropped, 100, "{:.2f}"},
}};

}  // namespace

std::string trace_table(const Trace& trace, int gpus, bool each_layer) {
  const std::vector<LayerStats> stats = trace_stats(trace, gpus);
  std::string text;
  const auto fact = [&](const char* what, const auto& value) {
    text += fmt::format("{:<38}{}\n", what, value);
  };
  fact("model", trace.model.empty() ? "not stated" : trace.model);
  fact("source", trace.source.empty() ? "not stated" : trace.source);
  fact("layers", trace.layers);
  fact("tokens", fmt::format("{}, {} per GPU on {} GPUs", trace.tokens, trace.tokens / gpus, gpus));
  fact("top_k", trace.top_k);
  fact("experts", trace.num_experts);
  fact("weights", trace.weights ? "yes" : "no");
  fact("source GPU of tokens", trace.source_gpu.empty() ? "contiguous equal blocks" : "as recorded");

  text += fmt::format("\n{:<38}{:>10}{:>10}{:>8}\n", "", "mean", "largest", "layer");
  for (const Row& row : kRows) {
    double sum = 0;
    std::size_t largest = 0;
    for (std::size_t layer = 0; layer < stats.size(); ++layer) {
      sum += stats[layer].*row.value;
      if (stats[layer].*row.value > stats[largest].*row.value) largest = layer;
    }
    const auto number = [&](double value) {
      return fmt::format(fmt::runtime(row.format), row.scale * value);
    };
    text += fmt::format("{:<38}{:>10}{:>10}{:>8}\n", row.what,
                        number(sum / static_cast<double>(stats.size())),
                        number(stats[largest].*row.value), largest);
  }
  double mean_std = 0;
  for (const LayerStats& layer : stats) mean_std += layer.share_std;
  mean_std /= static_cast<double>(stats.size());
  text += fmt::format(
      "\nAs --routing normal:std={:.4f} (at 8 experts). Experts all equally likely would give {:.3f} "
      "distinct GPUs per token.\n",
      std_at_8_experts(mean_std, trace.num_experts),
      uniform_gpus_per_token(trace.num_experts, trace.top_k, gpus));

  if (!each_layer) return text;
  text += fmt::format("\n{:>5}{:>12}{:>12}{:>12}{:>9}{:>9}\n", "layer", "expert max", "GPU max", "std",
                      "reuse", "GPUs");
  for (std::size_t layer = 0; layer < stats.size(); ++layer) {
    const LayerStats& s = stats[layer];
    text += fmt::format("{:>5}{:>12.2f}{:>12.2f}{:>12.5f}{:>9.2f}{:>9.3f}\n", layer,
                        s.expert_max_over_mean, s.gpu_max_over_mean, s.share_std, s.reuse_over_uniform,
                        s.gpus_per_token);
  }
  return text;
}

}  // namespace moehub
