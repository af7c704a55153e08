// A system's TOML file.
#include "sim/config_io.hpp"
#include "tests/fuzz/target.hpp"

namespace moehub::fuzz {
namespace {

const Target system_file("system", [](const std::string& input) {
  const std::string file = file_of("system.toml", input);
  refused_or([&] { validate(load_system(file), file); });
  return true;
});

}  // namespace
}  // namespace moehub::fuzz
