// `moehub report`: the summary of an earlier run.
#include "tests/fuzz/target.hpp"

namespace moehub::fuzz {
namespace {

const Target report("report", [](const std::string& input) {
  file_of("run/summary.json", input);
  command_line({"report", "run"}, true);
  return true;
});

}  // namespace
}  // namespace moehub::fuzz
