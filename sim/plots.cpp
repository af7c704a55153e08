#include "sim/plots.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace moehub {
namespace {

std::uint64_t sum_of(const std::vector<std::uint32_t>& spans) {
  return std::accumulate(spans.begin(), spans.end(), std::uint64_t{0});
}

void add(std::vector<double>& rates, const std::vector<std::uint32_t>& spans, double share) {
  if (rates.size() < spans.size()) rates.resize(spans.size());
  const double gb_per_s = share * 1e3 / static_cast<double>(LinkLoad::kSpan);  // of a byte in a span
  for (std::size_t i = 0; i < spans.size(); ++i) rates[i] += spans[i] * gb_per_s;
}

}  // namespace

LinkRates link_rates(const LayerResult& layer) {
  LinkRates rates;
  std::uint64_t most = 0;
  const LinkLoad::Gpu* busiest = nullptr;
  for (const LinkLoad::Gpu& gpu : layer.links) {
    const double share = 1.0 / static_cast<double>(layer.links.size());
    add(rates.mean_out, gpu.nvlink_out, share);
    add(rates.mean_out, gpu.network_out, share);
    const std::uint64_t in = sum_of(gpu.nvlink_in) + sum_of(gpu.network_in);
    if (in > most) {
      most = in;
      busiest = &gpu;
    }
  }
  if (busiest != nullptr) {
    add(rates.busiest_in, busiest->nvlink_in, 1);
    add(rates.busiest_in, busiest->network_in, 1);
  }
  return rates;
}

std::vector<LatencyPoint> row_latency_curve(const FlowResult& flow) {
  constexpr int kPointsADecade = 20;
  constexpr int kDecades = 4;
  std::vector<LatencyPoint> curve;
  if (flow.row_latency_ns.count() == 0) return curve;
  for (int i = 1; i <= kPointsADecade * kDecades; ++i) {
    const double above = std::pow(10, -static_cast<double>(i) / kPointsADecade);
    curve.push_back({static_cast<double>(flow.row_latency_ns.percentile(1 - above)) / 1e3, above});
  }
  return curve;
}

std::vector<std::uint64_t> rows_by_gpu(const FlowResult& flow) {
  std::vector<std::uint64_t> rows;
  for (const LayerResult& layer : flow.layers) {
    rows.resize(layer.rows_by_gpu.size());
    for (std::size_t gpu = 0; gpu < rows.size(); ++gpu) {
      rows[gpu] += static_cast<std::uint64_t>(layer.rows_by_gpu[gpu]);
    }
  }
  return rows;
}

}  // namespace moehub
