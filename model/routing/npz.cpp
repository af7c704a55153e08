#include "model/routing/npz.hpp"

#include <zip.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "model/base/file.hpp"
#include "model/base/input_error.hpp"

namespace moehub {
namespace {

constexpr std::size_t kMostBytes = std::size_t{4} << 30;
constexpr const char* kExpectedZip = "a complete NumPy .npz (zip) file";

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};
using Archive = std::unique_ptr<zip_t, Discard>;
using Entry = std::unique_ptr<zip_file_t, CloseEntry>;

std::string zip_message(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

bool take_suffix(std::string& name, const std::string& suffix) {
  if (name.size() < suffix.size() ||
      name.compare(name.size() - suffix.size(), suffix.size(), suffix) != 0) {
    return false;
  }
  name.resize(name.size() - suffix.size());
  return true;
}

// Read piece by piece: the size that a damaged directory claims is not to be trusted.
std::string read_entry(zip_t* archive, zip_uint64_t index, const std::string& file,
                       const std::string& name) {
  const Entry entry(zip_fopen_index(archive, index, 0));
  if (!entry) throw InputError(file, name, zip_strerror(archive), kExpectedZip);
  std::string bytes;
  std::string piece(1 << 20, '\0');
  for (;;) {
    const zip_int64_t count = zip_fread(entry.get(), piece.data(), piece.size());
    if (count < 0) throw InputError(file, name, zip_file_strerror(entry.get()), kExpectedZip);
    if (count == 0) return bytes;
    if (bytes.size() + piece.size() > kMostBytes) {
      throw InputError(file, name, "more than 4 GiB", "an array that fits into memory");
    }
    bytes.append(piece, 0, static_cast<std::size_t>(count));
  }
}

}  // namespace

NpzEntries read_npz(const std::string& file, const std::vector<std::string>& names) {
  const std::string zipped = read_file(file);
  if (zipped.empty()) throw InputError(file, "zip archive", "an empty file", kExpectedZip);
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(zipped.data(), zipped.size(), 0, &error);
  const Archive archive(
      source == nullptr ? nullptr
                        : zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error));
  const std::string message = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (!archive) {
    zip_source_free(source);
    throw InputError(file, "zip archive", message, kExpectedZip);
  }
  NpzEntries entries;
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    const char* stored_name = zip_get_name(archive.get(), index, 0);
    std::string name = stored_name == nullptr ? "" : stored_name;
    if (!take_suffix(name, ".npy") || std::find(names.begin(), names.end(), name) == names.end()) continue;
    std::string bytes = read_entry(archive.get(), index, file, name);
    entries.emplace(std::move(name), std::move(bytes));
  }
  return entries;
}

void write_npz(const std::string& file, const NpzEntries& entries) {
  write_file(file, "");  // makes the directory, and says in plain words when that fails
  int code = 0;
  Archive archive(zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code));
  const auto fail = [&](const std::string& why) {
    throw InputError(file, "", "cannot be written (" + why + ")", "a file that can be written");
  };
  if (!archive) fail(zip_message(code));
  for (const auto& [name, bytes] : entries) {
    zip_source_t* source = zip_source_buffer(archive.get(), bytes.data(), bytes.size(), 0);
    if (source == nullptr) fail(zip_strerror(archive.get()));
    const zip_int64_t index =
        zip_file_add(archive.get(), (name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      zip_source_free(source);
      fail(zip_strerror(archive.get()));
    }
    // A fixed date (1 January 1980), so that equal traces are equal files.
    const auto entry = static_cast<zip_uint64_t>(index);
    zip_set_file_compression(archive.get(), entry, ZIP_CM_DEFLATE, 6);
    zip_file_set_dostime(archive.get(), entry, 0, 0x21, 0);
  }
  if (zip_close(archive.get()) != 0) fail(zip_strerror(archive.get()));
  static_cast<void>(archive.release());  // closed
}

}  // namespace moehub
