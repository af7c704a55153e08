#include "model/base/file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "model/base/input_error.hpp"

namespace moehub {

std::string read_file(const std::string& file) {
  if (std::filesystem::is_directory(file)) {
    throw InputError(file, "", "is a directory", "a file");
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    throw InputError(file, "", std::string("cannot be read (") + std::strerror(errno) + ")",
                     "an existing file");
  }
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  return bytes.str();
}

void write_file(const std::string& file, const std::string& bytes) {
  const std::filesystem::path directory = std::filesystem::path(file).parent_path();
  std::error_code error;
  if (!directory.empty()) std::filesystem::create_directories(directory, error);
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.flush();
  if (!stream) {
    throw InputError(file, "", "cannot be written", "a file in a directory that can be written");
  }
}

}  // namespace moehub
