// How busy links are over time: bytes that each GPU sent and received, in equal spans.
#pragma once

#include <cstdint>
#include <vector>

#include "model/base/time.hpp"

namespace moehub {

class LinkLoad {
 public:
  static constexpr Picoseconds kSpan = 1'000'000;  ///< 1 us

  /// Bytes on the wire in each span, as long as the last one with any.
  struct Gpu {
    std::vector<std::uint32_t> nvlink_out;
    std::vector<std::uint32_t> nvlink_in;
    std::vector<std::uint32_t> network_out;
    std::vector<std::uint32_t> network_in;
  };

  explicit LinkLoad(int gpus = 0) : gpus_(static_cast<std::size_t>(gpus)) {}

  void sent(int gpu, bool network, std::uint32_t bytes, Picoseconds now) {
    Gpu& g = gpus_[static_cast<std::size_t>(gpu)];
    add(network ? g.network_out : g.nvlink_out, bytes, now);
  }
  void received(int gpu, bool network, std::uint32_t bytes, Picoseconds now) {
    Gpu& g = gpus_[static_cast<std::size_t>(gpu)];
    add(network ? g.network_in : g.nvlink_in, bytes, now);
  }
  const std::vector<Gpu>& gpus() const { return gpus_; }

 private:
  static void add(std::vector<std::uint32_t>& spans, std::uint32_t bytes, Picoseconds now) {
    const auto span = static_cast<std::size_t>(now / kSpan);
    if (spans.size() <= span) spans.resize(span + 1);
    spans[span] += bytes;
  }

  std::vector<Gpu> gpus_;
};

}  // namespace moehub
