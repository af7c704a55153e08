#include "sim/config_io.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>
#include <string_view>

#include "model/base/file.hpp"
#include "model/base/input_error.hpp"
#include "sim/config_keys.hpp"
#include "sim/toml_file.hpp"

namespace moehub {
namespace {

namespace fs = std::filesystem;

std::string text_of(const toml::node& node) {
  std::ostringstream text;
  node.visit([&](const auto& value) { text << value; });
  std::string line = text.str();
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

std::string range_text(const ConfigKey& key, const char* type) {
  return fmt::format("{} from {} to {}", type, key.lowest, key.highest);
}

// Puts a TOML value into the key's field; returns what was expected when it does not fit.
std::optional<std::string> assign(const ConfigKey& key, const toml::node& node) {
  const auto in_range = [&](double value) {
    return std::isfinite(value) && value >= key.lowest && value <= key.highest;
  };
  if (int* const* field = std::get_if<int*>(&key.field)) {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || !in_range(static_cast<double>(*value))) return range_text(key, "an integer");
    **field = static_cast<int>(*value);
  } else if (double* const* field_f = std::get_if<double*>(&key.field)) {
    const auto value = node.is_number() ? node.value<double>() : std::nullopt;
    if (!value || !in_range(*value)) return range_text(key, "a number");
    **field_f = *value;
  } else if (bool* const* field_b = std::get_if<bool*>(&key.field)) {
    const auto value = node.value_exact<bool>();
    if (!value) return "true or false";
    **field_b = *value;
  } else {
    const auto value = node.value_exact<std::string>();
    if (!value || value->empty()) return "a string";
    *std::get<std::string*>(key.field) = *value;
  }
  return std::nullopt;
}

// One file while it is read: walks the tables and hands each value to its key.
class Reader {
 public:
  Reader(const std::string& file, const std::vector<ConfigKey>& keys) : file_(file), keys_(keys) {}

  void read() {
    walk(read_toml(file_), "");
    for (const ConfigKey& key : keys_) {
      if (key.required && seen_.count(key.name) == 0) {
        throw InputError(file_, key.name, "missing", "a line '" + key.name + " = ...'");
      }
    }
  }

 private:
  bool is_section(const std::string& name) const {
    return std::any_of(keys_.begin(), keys_.end(), [&](const ConfigKey& key) {
      return key.name.compare(0, name.size() + 1, name + ".") == 0;
    });
  }

  void walk(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      if (node.is_table() && is_section(name)) {
        walk(*node.as_table(), name + ".");
        continue;
      }
      const auto found = std::find_if(keys_.begin(), keys_.end(),
                                      [&](const ConfigKey& known) { return known.name == name; });
      if (found == keys_.end()) {
        throw InputError(file_, line_place(key.source()), "unknown key '" + name + "'",
                         nearest_key(name, keys_));
      }
      if (const std::optional<std::string> expected = assign(*found, node)) {
        throw InputError(file_, fmt::format("{}: {}", line_place(node.source()), name),
                         text_of(node), *expected);
      }
      seen_.insert(name);
    }
  }

  const std::string& file_;
  const std::vector<ConfigKey>& keys_;
  std::set<std::string> seen_;
};

// Ending of the files of a kind in its folder.
std::string ending_of(const std::string& kind) { return kind == "routing" ? ".json" : ".toml"; }

bool is_file_name(const std::string& kind, const std::string& name) {
  const std::string ending = fs::path(name).extension().string();
  const auto known = [&](std::initializer_list<const char*> endings) {
    return std::find(endings.begin(), endings.end(), ending) != endings.end();
  };
  if (name.find('/') != std::string::npos) return true;
  return kind == "routing" ? known({".json", ".npz", ".npy", ".csv", ".jsonl"}) : known({".toml"});
}

// Folders that hold the project's `sim`: the working directory's, and those above the program.
std::vector<fs::path> config_folders(const std::string& kind) {
  std::vector<fs::path> folders;
  const auto add = [&](const fs::path& root) {
    const fs::path folder = root / "sim" / kind;
    std::error_code error;
    if (fs::is_directory(folder, error)) folders.push_back(folder);
  };
  std::error_code error;
  add(fs::current_path(error));
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  for (fs::path at = program.parent_path(); at.has_relative_path(); at = at.parent_path()) add(at);
  return folders;
}

}  // namespace

std::vector<std::string> known_configs(const std::string& kind) {
  std::set<std::string> names;
  for (const fs::path& folder : config_folders(kind)) {
    for (const std::string& file : files_in(folder.string())) {
      if (fs::path(file).extension() == ending_of(kind)) names.insert(fs::path(file).stem().string());
    }
  }
  return {names.begin(), names.end()};
}

std::string find_config(const std::string& kind, const std::string& name,
                        const std::string& option) {
  if (is_file_name(kind, name)) return name;
  for (const fs::path& folder : config_folders(kind)) {
    const fs::path file = folder / (name + ending_of(kind));
    if (is_there(file.string())) return file.lexically_proximate(fs::current_path()).string();
  }
  throw InputError(
      kCommandLine, option, "'" + name + "'",
      fmt::format("a {} file or one of {} (sim/{})", kind == "routing" ? "trace or statistics" : ".toml",
                  fmt::join(known_configs(kind), ", "), kind));
}

SystemConfig load_system(const std::string& name) {
  SystemConfig system;
  const std::string file = find_config("systems", name, "--system");
  system.name = fs::path(file).stem().string();
  const std::vector<ConfigKey> keys = system_keys(system);
  Reader(file, keys).read();
  return system;
}

ModelConfig load_model(const std::string& name) {
  ModelConfig model;
  const std::string file = find_config("models", name, "--model");
  const std::vector<ConfigKey> keys = model_keys(model);
  Reader(file, keys).read();
  validate(model, file);
  return model;
}

void apply_setting(const std::string& setting, SystemConfig& system, ModelConfig& model) {
  const std::size_t equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw InputError(kCommandLine, "--set", "'" + setting + "'", "KEY=VALUE");
  }
  const std::string name = setting.substr(0, equals);
  const std::string value = setting.substr(equals + 1);

  std::vector<ConfigKey> keys = system_keys(system);
  for (ConfigKey& key : model_keys(model)) {
    key.name = "model." + key.name;
    keys.push_back(std::move(key));
  }
  const auto key = std::find_if(keys.begin(), keys.end(),
                                [&](const ConfigKey& known) { return known.name == name; });
  if (key == keys.end()) {
    throw InputError(kCommandLine, "--set", "unknown key '" + name + "'", nearest_key(name, keys));
  }
  toml::table parsed;
  try {
    parsed = toml::parse("value = " + value);
  } catch (const toml::parse_error&) {
    parsed.insert("value", value);  // a bare word is a string
  }
  if (const std::optional<std::string> expected = assign(*key, *parsed.get("value"))) {
    throw InputError(kCommandLine, "--set " + name, "'" + value + "'", *expected);
  }
}

}  // namespace moehub
