// `.csv` routing traces.
#include "model/routing/trace_io.hpp"
#include "tests/fuzz/target.hpp"

namespace moehub::fuzz {
namespace {

const Target csv("csv", [](const std::string& input) {
  const std::string file = file_of("input.csv", input);
  refused_or([&] { use_trace(read_trace(file), file); });
  return true;
});

}  // namespace
}  // namespace moehub::fuzz
