// Entry of libFuzzer; the target is named by MOEHUB_FUZZ in the environment, which its child processes inherit.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "tests/fuzz/target.hpp"

namespace {

const moehub::fuzz::Target& chosen() {
  static const moehub::fuzz::Target& target = [&]() -> const moehub::fuzz::Target& {
    const char* name = std::getenv("MOEHUB_FUZZ");
    try {
      const moehub::fuzz::Target& found = moehub::fuzz::find_target(name == nullptr ? "" : name);
      moehub::fuzz::enter_scratch_folder();
      return found;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s; MOEHUB_FUZZ names one\n", error.what());
      std::exit(2);
    }
  }();
  return target;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  return chosen()(input) ? 0 : -1;
}
