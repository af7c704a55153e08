#include "model/routing/routing_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/lexical_cast/try_lexical_convert.hpp>
#include <variant>
#include <vector>

#include "model/base/input_error.hpp"

namespace moehub {
namespace {

struct Parameter {
  const char* name;
  std::variant<double RoutingSpec::*, int RoutingSpec::*> field;
  double lowest;
  double highest;
  bool required;
};

struct KindText {
  const char* name;
  RoutingSpec::Kind kind;
  std::vector<Parameter> parameters;
};

constexpr const char* kLike = "like";

const std::vector<KindText>& kinds() {
  using Kind = RoutingSpec::Kind;
  static const Parameter reuse = {"reuse", &RoutingSpec::reuse, 1, 1000, false};
  static const std::vector<KindText> known = {
      {"uniform", Kind::Uniform, {reuse}},
      {"normal", Kind::Normal, {{"std", &RoutingSpec::std_at_8_experts, 0, 0.125, true}, reuse}},
      {"zipf", Kind::Zipf, {{"s", &RoutingSpec::zipf_exponent, 0, 4, true}, reuse}},
      {"hot",
       Kind::Hot,
       {{"experts", &RoutingSpec::hot_experts, 1, 4096, true},
        {"times", &RoutingSpec::hot_times, 0, 4096, true},
        reuse}},
      {"pairs", Kind::Pairs, {{"tokens", &RoutingSpec::pair_tokens, 1, 1 << 20, true}}},
  };
  return known;
}

// Takes "NAME=VALUE" for one of the kind's parameters; returns what was expected when it does not fit.
std::string take(RoutingSpec& spec, const Parameter& parameter, const std::string& value) {
  double number = 0;
  const bool is_number = boost::conversion::try_lexical_convert(value, number) &&
                         number >= parameter.lowest && number <= parameter.highest;
  if (double RoutingSpec::*const* field = std::get_if<double RoutingSpec::*>(&parameter.field)) {
    if (is_number) {
      spec.** field = number;
      return {};
    }
    return fmt::format("{}= a number from {} to {}", parameter.name, parameter.lowest, parameter.highest);
  }
  if (is_number && boost::conversion::try_lexical_convert(value, spec.*std::get<1>(parameter.field)))
    return {};
  return fmt::format("{}= an integer from {} to {}", parameter.name, parameter.lowest, parameter.highest);
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t comma = text.find(',', begin);
    parts.push_back(text.substr(begin, comma - begin));
    if (comma == std::string::npos) return parts;
    begin = comma + 1;
  }
}

}  // namespace

RoutingSpec parse_routing_spec(const std::string& text, const std::string& place) {
  const auto fail = [&](const std::string& expected) {
    throw InputError(kCommandLine, place, "'" + text + "'", expected);
  };
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  const std::string rest = colon == std::string::npos ? "" : text.substr(colon + 1);
  RoutingSpec spec;
  if (name == kLike && !rest.empty()) {
    spec.kind = RoutingSpec::Kind::Like;
    spec.like = rest;
    return spec;
  }
  const auto kind =
      std::find_if(kinds().begin(), kinds().end(), [&](const KindText& known) { return name == known.name; });
  if (kind == kinds().end()) fail(kRoutingSpecs);
  spec.kind = kind->kind;

  std::vector<std::string> given;
  if (colon != std::string::npos) {
    for (const std::string& part : split(rest)) {
      const std::string key = part.substr(0, part.find('='));
      const auto parameter = std::find_if(kind->parameters.begin(), kind->parameters.end(),
                                          [&](const Parameter& known) { return key == known.name; });
      if (parameter == kind->parameters.end() || key.size() == part.size()) fail(kRoutingSpecs);
      if (std::find(given.begin(), given.end(), key) != given.end()) fail(key + "= once");
      const std::string expected = take(spec, *parameter, part.substr(key.size() + 1));
      if (!expected.empty()) fail(expected);
      given.push_back(key);
    }
  }
  for (const Parameter& parameter : kind->parameters) {
    if (parameter.required && std::find(given.begin(), given.end(), parameter.name) == given.end()) {
      fail(kRoutingSpecs);
    }
  }
  return spec;
}

std::string to_string(const RoutingSpec& spec) {
  if (spec.kind == RoutingSpec::Kind::Like) return fmt::format("{}:{}", kLike, spec.like);
  const auto kind = std::find_if(kinds().begin(), kinds().end(),
                                 [&](const KindText& known) { return spec.kind == known.kind; });
  std::string text = kind->name;
  char separator = ':';
  for (const Parameter& parameter : kind->parameters) {
    const double value =
        std::visit([&](auto field) { return static_cast<double>(spec.*field); }, parameter.field);
    if (!parameter.required && value == parameter.lowest) continue;  // the default
    text += fmt::format("{}{}={}", separator, parameter.name, value);
    separator = ',';
  }
  return text;
}

}  // namespace moehub
