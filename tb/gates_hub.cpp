#include "tb/gates_hub.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace moehub {
namespace {

constexpr const char* kHowTo = "; `make gates` builds it";

std::string library_file() {
  const char* asked = std::getenv("MOEHUB_GATES");
  return asked != nullptr ? asked : MOEHUB_GATES_DIR "/libhub_gates.so";
}

// Loaded once and kept: hubs live in it.
GatesHubMaker load(const std::string& file) {
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw std::invalid_argument(file + ": no hub of gates there" + kHowTo);
  }
  const auto version = reinterpret_cast<GatesHubVersion>(dlsym(library, kGatesHubVersion));
  const auto maker = reinterpret_cast<GatesHubMaker>(dlsym(library, kGatesHubMaker));
  if (version == nullptr || maker == nullptr || version() != kGatesVersion) {
    throw std::invalid_argument(file + ": built for another port of the hub" + kHowTo + " again");
  }
  return maker;
}

}  // namespace

std::unique_ptr<Hub> make_gates_hub(const HubParams& params, int spill_latency_cycles) {
  static const GatesHubMaker maker = load(library_file());
  return std::unique_ptr<Hub>{maker(params, spill_latency_cycles, std::getenv("MOEHUB_SWAP_GATE"))};
}

}  // namespace moehub
