// Whole files in and out, with errors in plain words.
#pragma once

#include <string>

namespace moehub {

/// The bytes of a file. Throws InputError when it cannot be read.
std::string read_file(const std::string& file);
/// Writes a file, making its directory where needed. Throws InputError when it cannot.
void write_file(const std::string& file, const std::string& bytes);

}  // namespace moehub
