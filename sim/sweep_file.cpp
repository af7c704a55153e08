// The file of a sweep.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "model/base/input_error.hpp"
#include "sim/sweep.hpp"
#include "sim/toml_file.hpp"

namespace moehub {
namespace {

constexpr std::array<std::string_view, 13> kOptions = {"scenario", "system", "model", "trace",  "routing", "senders", "flow",
                                                       "hub",      "gpus",   "tokens", "layers", "pass",    "seed"};

constexpr std::size_t kMostPoints = 100000;

struct Axis {
  std::string name;
  bool setting;
  std::vector<std::string> values;
  std::size_t line;
};

std::string place(const toml::source_region& source, const std::string& key) {
  return line_place(source) + ": " + key;
}

std::string text_of(const std::string& file, const std::string& key, const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return fmt::format("{}", *number);
  if (const auto number = node.value_exact<double>()) return fmt::format("{}", *number);
  if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
  throw InputError(file, place(node.source(), key), "another type", "a string, number or boolean, or a list of them");
}

Axis axis_of(const std::string& file, const toml::key& key, const toml::node& node, bool setting) {
  Axis axis{std::string(key.str()), setting, {}, key.source().begin.line};
  if (const toml::array* list = node.as_array()) {
    for (const toml::node& value : *list) axis.values.push_back(text_of(file, axis.name, value));
    if (axis.values.empty()) throw InputError(file, place(node.source(), axis.name), "an empty list", "a value or more");
  } else {
    axis.values.push_back(text_of(file, axis.name, node));
  }
  return axis;
}

// tomlplusplus sorts the keys of a table; people wrote them in an order.
std::vector<Axis> read_axes(const std::string& file, const toml::table& root) {
  std::vector<Axis> axes;
  for (const auto& [key, node] : root) {
    if (key.str() == "set") {
      const toml::table* settings = node.as_table();
      if (settings == nullptr) throw InputError(file, place(node.source(), "set"), "another type", "a table [set]");
      for (const auto& [name, value] : *settings) axes.push_back(axis_of(file, name, value, true));
    } else if (std::find(kOptions.begin(), kOptions.end(), key.str()) != kOptions.end()) {
      axes.push_back(axis_of(file, key, node, false));
    } else {
      throw InputError(file, line_place(key.source()),
                       "unknown key '" + std::string(key.str()) + "'",
                       fmt::format("one of {}, or [set]", fmt::join(kOptions, ", ")));
    }
  }
  std::stable_sort(axes.begin(), axes.end(), [](const Axis& a, const Axis& b) { return a.line < b.line; });
  return axes;
}

// What a file system and a shell like.
std::string in_file_name(std::string value) {
  const auto plain = [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '+'; };
  std::replace_if(value.begin(), value.end(), [&](char c) { return !plain(static_cast<unsigned char>(c)); }, '_');
  return value;
}

// Every point has a folder of its own, whose name a file system takes.
void check_folders(const Sweep& sweep, const std::string& file) {
  constexpr std::size_t kLongest = 240;  // of 255, with room for ".part"
  std::set<std::string> folders;
  for (const SweepPoint& point : sweep.points) {
    if (point.folder.size() > kLongest) {
      throw InputError(file, "", fmt::format("a point named '{}..'", point.folder.substr(0, 40)),
                       fmt::format("names of at most {} letters", kLongest));
    }
    if (!folders.insert(point.folder).second) {
      throw InputError(file, "", fmt::format("two points named '{}'", point.folder), "values that differ in letters and digits");
    }
  }
}

}  // namespace

Sweep read_sweep(const std::string& file) {
  const toml::table root = read_toml(file);
  const std::vector<Axis> axes = read_axes(file, root);
  Sweep sweep;
  sweep.points.emplace_back();
  for (const Axis& axis : axes) {
    const bool varies = axis.values.size() > 1;
    if (sweep.points.size() > kMostPoints / axis.values.size()) {
      throw InputError(file, fmt::format("line {}: {}", axis.line, axis.name),
                       fmt::format("{} times {} points", sweep.points.size(), axis.values.size()),
                       fmt::format("at most {} in all", kMostPoints));
    }
    if (varies) sweep.axes.push_back(axis.name);
    std::vector<SweepPoint> next;
    for (const SweepPoint& before : sweep.points) {
      for (const std::string& value : axis.values) {
        SweepPoint& point = next.emplace_back(before);
        point.arguments.push_back(axis.setting ? "--set" : "--" + axis.name);
        point.arguments.push_back(axis.setting ? axis.name + "=" + value : value);
        if (!varies) continue;
        point.values.push_back(value);
        point.folder += (point.folder.empty() ? "" : ",") + axis.name + "=" + in_file_name(value);
      }
    }
    sweep.points = std::move(next);
  }
  if (sweep.axes.empty()) sweep.points.front().folder = "point";
  check_folders(sweep, file);
  return sweep;
}

}  // namespace moehub
