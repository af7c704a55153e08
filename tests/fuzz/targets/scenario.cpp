// A scenario's TOML file.
#include "sim/scenario.hpp"
#include "tests/fuzz/target.hpp"

namespace moehub::fuzz {
namespace {

const Target scenario("scenario", [](const std::string& input) {
  RunArguments arguments;
  arguments.scenario = file_of("scenario.toml", input);
  refused_or([&] { with_scenario(arguments); });
  return true;
});

}  // namespace
}  // namespace moehub::fuzz
