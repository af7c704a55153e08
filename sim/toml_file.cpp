#include "sim/toml_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/base/file.hpp"
#include "model/base/input_error.hpp"

namespace moehub {

toml::table read_toml(const std::string& file) {
  try {
    return toml::parse(read_file(file), file);
  } catch (const toml::parse_error& error) {
    std::string found(error.description());
    std::replace(found.begin(), found.end(), '\n', ' ');
    throw InputError(file, line_place(error.source()), found, "TOML");
  }
}

std::string line_place(const toml::source_region& source) { return fmt::format("line {}", source.begin.line); }

}  // namespace moehub
