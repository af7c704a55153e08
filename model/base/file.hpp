// Whole files in and out, with errors in plain words.
#pragma once

#include <string>
#include <vector>

namespace moehub {

/// The bytes of a file. Throws InputError when it cannot be read.
std::string read_file(const std::string& file);
/// Whether there is such a folder, or something of the name at all; no name, however odd, is an error.
bool is_folder(const std::string& path);
bool is_there(const std::string& path);
/// Paths of what lies in a folder, sorted. Throws InputError when it cannot be read.
std::vector<std::string> files_in(const std::string& folder);
/// Writes a file, making its directory where needed. Throws InputError when it cannot.
void write_file(const std::string& file, const std::string& bytes);

}  // namespace moehub
