// The series that the report draws and the tables list.
#pragma once

#include <cstdint>
#include <vector>

#include "model/flows/flow.hpp"

namespace moehub {

/// GB/s of NVLink and NIC together, a point for each LinkLoad::kSpan of a layer; empty where nothing moved.
struct LinkRates {
  std::vector<double> mean_out;    ///< out of a GPU, mean of all
  std::vector<double> busiest_in;  ///< into the GPU that gets most in the layer
};
LinkRates link_rates(const LayerResult& layer);

/// Share of rows that took longer than a time; from all of them down to one in ten thousand.
struct LatencyPoint {
  double us = 0;
  double share_above = 0;
};
std::vector<LatencyPoint> row_latency_curve(const FlowResult& flow);

/// Rows that each GPU's experts, or copies of experts, got, over all layers.
std::vector<std::uint64_t> rows_by_gpu(const FlowResult& flow);

}  // namespace moehub
