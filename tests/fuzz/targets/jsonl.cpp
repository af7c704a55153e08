// `.jsonl` routing traces.
#include "model/routing/trace_io.hpp"
#include "tests/fuzz/target.hpp"

namespace moehub::fuzz {
namespace {

const Target jsonl("jsonl", [](const std::string& input) {
  const std::string file = file_of("input.jsonl", input);
  refused_or([&] { use_trace(read_trace(file), file); });
  return true;
});

}  // namespace
}  // namespace moehub::fuzz
