#include "sim/parse.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "model/base/input_error.hpp"

namespace moehub {
namespace {

template <typename T>
std::optional<T> number(const std::string& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <typename T>
std::pair<T, T> range(const std::string& text, const std::string& option, const char* expected) {
  const std::size_t colon = text.find(':');
  if (colon != std::string::npos) {
    const std::optional<T> begin = number<T>(text.substr(0, colon));
    const std::optional<T> end = number<T>(text.substr(colon + 1));
    if (begin && end && *begin >= 0 && *begin < *end && *end < static_cast<T>(1 << 30)) {
      return {*begin, *end};
    }
  }
  throw InputError(kCommandLine, option, "'" + text + "'", expected);
}

}  // namespace

int parse_int(const std::string& text, const std::string& option, int lowest, int highest) {
  const std::optional<int> value = number<int>(text);
  if (!value || *value < lowest || *value > highest) {
    throw InputError(kCommandLine, option, "'" + text + "'",
                     fmt::format("an integer from {} to {}", lowest, highest));
  }
  return *value;
}

std::uint64_t parse_seed(const std::string& text, const std::string& option) {
  const std::optional<std::uint64_t> value = number<std::uint64_t>(text);
  if (!value) throw InputError(kCommandLine, option, "'" + text + "'", "an integer of 0 or more");
  return *value;
}

std::pair<int, int> parse_int_range(const std::string& text, const std::string& option) {
  return range<int>(text, option, "A:B with 0 <= A < B, from A up to but without B");
}

std::pair<double, double> parse_time_range(const std::string& text, const std::string& option) {
  return range<double>(text, option, "A:B in us with 0 <= A < B");
}

std::vector<std::string> parse_list(const std::string& text, const std::string& option) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t comma = text.find(',', begin);
    parts.push_back(text.substr(begin, comma - begin));
    if (parts.back().empty()) {
      throw InputError(kCommandLine, option, "'" + text + "'", "names with commas between them");
    }
    if (comma == std::string::npos) return parts;
    begin = comma + 1;
  }
}

}  // namespace moehub
