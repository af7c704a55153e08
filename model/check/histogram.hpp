// Percentiles of whole numbers in little memory: exact below 256, within 1/128 above.
//
// Buckets double their width with every power of two, as in HdrHistogram; a bucket answers with its
// lower edge, the largest value is kept exactly. The same samples give the same answers in any order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace moehub {

class Histogram {
 public:
  void add(std::uint64_t value) {
    ++buckets_[bucket_of(value)];
    ++count_;
    if (value > max_) max_ = value;
  }
  void merge(const Histogram& other);

  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }
  /// Smallest value that at least `share` (0..1] of the samples do not exceed; 0 without samples.
  std::uint64_t percentile(double share) const;

 private:
  static constexpr int kExactBits = 8;
  static constexpr std::size_t kHalf = std::size_t{1} << (kExactBits - 1);
  static constexpr std::size_t kBuckets = (64 - kExactBits) * kHalf + 2 * kHalf;

  static std::size_t bucket_of(std::uint64_t value) {
    int shift = 0;
    while ((value >> shift) >= 2 * kHalf) ++shift;
    return static_cast<std::size_t>(shift) * kHalf + static_cast<std::size_t>(value >> shift);
  }
  static std::uint64_t lower_edge(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace moehub
