// A sweep's TOML file.
#include "sim/sweep.hpp"
#include "tests/fuzz/target.hpp"

namespace moehub::fuzz {
namespace {

const Target sweep("sweep", [](const std::string& input) {
  const std::string file = file_of("sweep.toml", input);
  refused_or([&] { read_sweep(file); });
  return true;
});

}  // namespace
}  // namespace moehub::fuzz
