// `.npz` files: bytes that begin as a zip archive does are one; others say what lies in it, so that check sums and
// compression are not in the way: for each array a byte that chooses its name, two of length, its bytes.
#include <algorithm>
#include <array>

#include "model/base/file.hpp"
#include "model/routing/npz.hpp"
#include "model/routing/trace_io.hpp"
#include "tests/fuzz/target.hpp"

namespace moehub::fuzz {
namespace {

constexpr std::array<const char*, 5> kNames = {"expert_ids", "weights", "source_gpu", "meta", "other"};

NpzEntries entries_of(const std::string& input) {
  NpzEntries entries;
  for (std::size_t at = 0; at + 3 <= input.size();) {
    const auto byte = [&](std::size_t i) { return std::size_t{static_cast<unsigned char>(input[at + i])}; };
    const std::size_t bytes = std::min(byte(1) | byte(2) << 8, input.size() - at - 3);
    entries[kNames[byte(0) % kNames.size()]] = input.substr(at + 3, bytes);
    at += 3 + bytes;
  }
  return entries;
}

const Target npz("npz", [](const std::string& input) {
  const std::string file = "input.npz";
  if (input.compare(0, 2, "PK") == 0) {
    write_file(file, input);
  } else {
    write_npz(file, entries_of(input));
  }
  refused_or([&] { use_trace(read_trace(file), file, true); });
  return true;
});

}  // namespace
}  // namespace moehub::fuzz
