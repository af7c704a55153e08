// TOML files: their text to a table, with the program's own errors.
#pragma once

#include <toml++/toml.h>

#include <string>

namespace moehub {

/// Throws InputError that names the line.
toml::table read_toml(const std::string& file);
/// "line N", for errors.
std::string line_place(const toml::source_region& source);

}  // namespace moehub
