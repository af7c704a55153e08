// What readers of JSON ask of a value before they use it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace moehub {

/// The integer that the value is, if it is one from `lowest` to `highest`. (JSON has integers of 64 bits with and without
/// sign, and the library compares one as the other.)
inline std::optional<int> integer_within(const nlohmann::json& value, int lowest, int highest) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT32_MAX) return std::nullopt;
  const auto number = value.get<std::int64_t>();
  if (number < lowest || number > highest) return std::nullopt;
  return static_cast<int>(number);
}

/// The value as an error quotes it. What has lists in it is only named: to print it recurses as deep as its writer likes.
inline std::string quoted(const nlohmann::json& value) {
  const auto is_nested = [](const nlohmann::json& part) { return part.is_structured(); };
  if (std::any_of(value.begin(), value.end(), is_nested)) return value.is_array() ? "lists" : "an object";
  constexpr std::size_t kMost = 80;
  std::string text = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  return text.size() <= kMost ? text : text.substr(0, kMost) + "..";
}

}  // namespace moehub
