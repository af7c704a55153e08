// A model's TOML file.
#include "sim/config_io.hpp"
#include "tests/fuzz/target.hpp"

namespace moehub::fuzz {
namespace {

const Target model_file("model", [](const std::string& input) {
  const std::string file = file_of("model.toml", input);
  refused_or([&] { load_model(file); });
  return true;
});

}  // namespace
}  // namespace moehub::fuzz
