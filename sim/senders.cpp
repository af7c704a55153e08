#include "sim/senders.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <numeric>

#include "model/base/input_error.hpp"
#include "sim/parse.hpp"

namespace moehub {

std::vector<int> parse_senders(const std::string& text, int gpus) {
  constexpr const char* kOption = "--senders";
  std::vector<int> shares;
  for (const std::string& share : parse_list(text, kOption)) {
    shares.push_back(parse_int(share, kOption, 1, 1 << 20));
  }
  if (static_cast<int>(shares.size()) != gpus) {
    throw InputError(kCommandLine, kOption, fmt::format("'{}', {} shares", text, shares.size()),
                     fmt::format("{}, one a GPU", gpus));
  }
  return shares;
}

std::vector<int> source_by_shares(const std::vector<int>& shares, int tokens) {
  const std::int64_t all = std::accumulate(shares.begin(), shares.end(), std::int64_t{0});
  std::vector<int> source;
  source.reserve(static_cast<std::size_t>(tokens));
  std::int64_t sum = 0;
  for (std::size_t gpu = 0; gpu < shares.size(); ++gpu) {
    sum += shares[gpu];
    source.resize(static_cast<std::size_t>(sum * tokens / all), static_cast<int>(gpu));
  }
  return source;
}

}  // namespace moehub
