#include "model/routing/routing_spec.hpp"

#include <fmt/format.h>

#include <boost/lexical_cast/try_lexical_convert.hpp>

#include "model/base/input_error.hpp"

namespace moehub {
namespace {
constexpr const char* kKnownSpecs = "uniform, or normal:std=S with S from 0 to 0.125";
}

RoutingSpec parse_routing_spec(const std::string& text, const std::string& place) {
  RoutingSpec spec;
  if (text == "uniform") {
    spec.kind = RoutingSpec::Kind::Uniform;
    return spec;
  }
  const std::string prefix = "normal:std=";
  double& std = spec.std_at_8_experts;
  if (text.compare(0, prefix.size(), prefix) != 0 ||
      !boost::conversion::try_lexical_convert(text.substr(prefix.size()), std) ||
      !(std >= 0.0 && std <= 0.125)) {
    throw InputError(kCommandLine, place, "'" + text + "'", kKnownSpecs);
  }
  return spec;
}

std::string to_string(const RoutingSpec& spec) {
  if (spec.kind == RoutingSpec::Kind::Uniform) return "uniform";
  return fmt::format("normal:std={}", spec.std_at_8_experts);
}

}  // namespace moehub
