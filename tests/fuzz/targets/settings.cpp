// `--set KEY=VALUE`, one a line: the machine and the model that come out, checked, and experts placed on it.
#include <sstream>

#include "sim/run_arguments.hpp"
#include "tests/fuzz/target.hpp"

namespace moehub::fuzz {
namespace {

const Target settings("settings", [](const std::string& input) {
  RunArguments arguments;
  arguments.tokens = "2";
  std::istringstream lines(input);
  for (std::string line; std::getline(lines, line);) arguments.settings.push_back(line);
  refused_or([&] { parse_run(arguments); });
  return true;
});

}  // namespace
}  // namespace moehub::fuzz
