#include "model/base/file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "model/base/input_error.hpp"

namespace moehub {

std::string read_file(const std::string& file) {
  if (is_folder(file)) throw InputError(file, "", "is a directory", "a file");
  std::error_code error;
  const std::filesystem::file_type type = std::filesystem::status(file, error).type();
  if (type == std::filesystem::file_type::character || type == std::filesystem::file_type::block) {
    throw InputError(file, "", "is a device", "a file");  // it may have no end
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

bool is_folder(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

bool is_there(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

std::vector<std::string> files_in(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> files;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    files.push_back(at->path().string());
  }
  if (error) throw InputError(folder, "", "cannot be read (" + error.message() + ")", "a folder that can be read");
  std::sort(files.begin(), files.end());
  return files;
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
