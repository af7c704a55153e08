#include "sim/scenario.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "model/base/input_error.hpp"
#include "sim/config_io.hpp"
#include "sim/toml_file.hpp"

namespace moehub {
namespace {

using Fields = std::map<std::string, std::optional<std::string>*>;

Fields fields_of(RunArguments& a) {
  return {{"system", &a.system},   {"model", &a.model},     {"trace", &a.trace},
          {"routing", &a.routing}, {"senders", &a.senders}, {"flow", &a.flows},
          {"hub", &a.hub},         {"gpus", &a.gpus},       {"tokens", &a.tokens},
          {"layers", &a.layers},   {"seed", &a.seed},       {"pass", &a.pass},
          {"about", &a.about},     {"volume_gpus", &a.volume_gpus},
          {"volume_tokens", &a.volume_tokens}};
}

// A value as it would stand on the command line.
std::string text_of(const std::string& file, const std::string& key, const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return fmt::format("{}", *number);
  throw InputError(file, line_place(node.source()) + ": " + key, "another type",
                   "a string or an integer, as after --" + key);
}

std::vector<std::string> settings_of(const std::string& file, const toml::node& node) {
  std::vector<std::string> settings;
  if (const toml::array* array = node.as_array()) {
    for (const toml::node& setting : *array) settings.push_back(text_of(file, "set", setting));
    return settings;
  }
  throw InputError(file, line_place(node.source()) + ": set", "another type",
                   "a list of \"KEY=VALUE\"");
}

}  // namespace

RunArguments with_scenario(RunArguments given) {
  if (!given.scenario) return given;
  const std::string file = find_config("scenarios", *given.scenario, "--scenario");
  const toml::table root = read_toml(file);
  const bool traced = given.trace || given.routing;  // one of the two replaces either
  const Fields fields = fields_of(given);
  for (const auto& [toml_key, node] : root) {
    const std::string key(toml_key.str());
    if (key == "set") {
      const std::vector<std::string> settings = settings_of(file, node);
      given.settings.insert(given.settings.begin(), settings.begin(), settings.end());
      continue;
    }
    const auto field = fields.find(key);
    if (field == fields.end()) {
      std::vector<std::string> known{"set"};
      for (const auto& [name, value] : fields) known.push_back(name);
      throw InputError(file, line_place(toml_key.source()), "unknown key '" + key + "'",
                       fmt::format("one of {}", fmt::join(known, ", ")));
    }
    const std::string text = text_of(file, key, node);
    if (traced && (key == "trace" || key == "routing")) continue;
    if (!*field->second) *field->second = text;
  }
  return given;
}

}  // namespace moehub
