// The soak: case after case until so many packets went through RTL hubs, each case on C++ hubs too.
//
// Exit status: 0 nothing was lost; 1 a case failed, and the command that repeats it is printed; 2 bad usage.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/soak/referee.hpp"
#include "tests/soak/rig.hpp"
#include "tests/support/faulty_hub.hpp"

namespace moehub::soak {
namespace {

std::atomic<bool> interrupted{false};

struct Sum {
  std::uint64_t cases = 0, packets = 0, hub_cycles = 0, spills = 0, illegal = 0, faults = 0;
  void add(const SoakCase& c, const Outcome& o) {
    ++cases;
    packets += o.packets;
    hub_cycles += o.hub_cycles;
    spills += o.spills;
    illegal += o.illegal;
    faults += c.fault != Fault::none ? 1 : 0;
  }
};

constexpr std::array<const char*, 8> kBroken = {"drop_packet", "duplicate_packet", "flip_byte",  "wrong_address",
                                                "drop_tile",   "early_tile",       "repeat_tile", "stuck"};

// The case's RTL hubs; the first one with a fault at its pins, to see that it is found.
MakeHub rtl_hubs(const SoakCase& c, const std::string& broken) {
  if (broken.empty()) return c.build->make_rtl;
  const auto fault = static_cast<test::Fault>(std::find(kBroken.begin(), kBroken.end(), broken) - kBroken.begin());
  return [&c, fault, gpu = 0](int spill_latency) mutable -> std::unique_ptr<Hub> {
    std::unique_ptr<Hub> hub = c.build->make_rtl(spill_latency);
    if (gpu++ > 0) return hub;
    constexpr int kOccasion = 20;
    return std::make_unique<test::FaultyHub>(std::move(hub), fault, kOccasion);
  };
}

// What is wrong with the case; nothing when all is well.
std::optional<std::string> try_case(const SoakCase& c, const std::string& broken, Outcome& rtl) {
  const char* hub = "RTL";
  try {
    rtl = run_case(c, rtl_hubs(c, broken));
    if (c.fault != Fault::none) return std::nullopt;  // what is hit depends on the order
    hub = "C++ hub";
    const Outcome model =
        run_case(c, [&](int spill_latency) { return make_model_hub(c.build->params, spill_latency); });
    if (rtl.messages != model.messages) return "RTL and C++ hubs sent different messages";
    if (c.illegal_per_mille == 0 && rtl.refusals != model.refusals) return "RTL and C++ hubs refused differently";
    if (rtl.counts != model.counts) return "RTL and C++ hubs counted differently";
    return std::nullopt;
  } catch (const std::exception& error) {  // Wrong, an assertion of the RTL
    return fmt::format("{}: {}", hub, error.what());
  }
}

// Null: any.
const Build* find_build(const std::string& name) {
  for (const Build& build : builds()) {
    if (build.name == name) return &build;
  }
  return nullptr;
}

std::string to_table(const std::map<std::string, Sum>& sums, double cpu_s) {
  std::string text = fmt::format("{:<10}{:>8}{:>12}{:>14}{:>10}{:>10}{:>8}\n", "hub", "cases", "packets", "hub cycles",
                                 "refused", "spills", "faults");
  Sum all;
  for (const auto& [name, s] : sums) {
    text += fmt::format("{:<10}{:>8}{:>12}{:>14}{:>10}{:>10}{:>8}\n", name, s.cases, s.packets, s.hub_cycles, s.illegal,
                        s.spills, s.faults);
    all.cases += s.cases;
    all.packets += s.packets;
  }
  return text + fmt::format("{} packets in {} cases, nothing lost; {:.0f} packets a second of one core\n", all.packets,
                            all.cases, static_cast<double>(all.packets) / std::max(cpu_s, 1e-3));
}

int run(int argc, char** argv) {
  double packets = 1e6;
  std::uint64_t seed = 1;
  std::string config;
  std::string broken;
  bool verbose = false;
  CLI::App program{
      "Random cases on RTL hubs and C++ hubs until so many packets went through the RTL; see docs/verification.md"};
  program.add_option("--packets", packets, "that RTL hubs send [1e6]")->check(CLI::PositiveNumber);
  program.add_option("--seed", seed, "of the first case; each case has one more [1]");
  std::vector<std::string> names;
  for (const Build& build : builds()) names.push_back(build.name);
  program.add_option("--config", config, "only this hub")->check(CLI::IsMember(names));
  program.add_option("--broken", broken, "first hub of each case gets this fault, which must be found")
      ->check(CLI::IsMember(std::vector<std::string>(kBroken.begin(), kBroken.end())));
  program.add_flag("--verbose", verbose, "a line a case");
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : 2;
  }
  const Build* only = find_build(config);
  std::signal(SIGINT, [](int) { interrupted = true; });
  std::signal(SIGTERM, [](int) { interrupted = true; });
  const std::clock_t start = std::clock();
  const auto cpu_s = [&] { return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC; };
  std::map<std::string, Sum> sums;
  std::uint64_t done = 0;
  auto shown = std::chrono::steady_clock::now();
  for (; static_cast<double>(done) < packets && !interrupted; ++seed) {
    const SoakCase c = draw_case(seed, only);
    Outcome rtl;
    if (const std::optional<std::string> wrong = try_case(c, broken, rtl)) {
      fmt::print("{}\nFAILED {}\nreplay: make soak SEED={} PACKETS=1{}\n", to_text(c), *wrong, seed,
                 only == nullptr ? "" : fmt::format(" ARGS=\"--config {}\"", config));
      return 1;
    }
    sums[c.build->name].add(c, rtl);
    if (verbose) {
      fmt::print("{}: {} packets, {:.1f} hub cycles each\n", to_text(c), rtl.packets,
                 static_cast<double>(rtl.hub_cycles) / static_cast<double>(rtl.packets));
    }
    done += rtl.packets;
    const auto now = std::chrono::steady_clock::now();
    if (isatty(fileno(stderr)) != 0 && now - shown > std::chrono::seconds(1)) {
      shown = now;
      fmt::print(stderr, "\r\033[K{} of {:.0f} packets, seed {}, {:.0f} packets/s", done, packets, seed,
                 static_cast<double>(done) / std::max(cpu_s(), 1e-3));
    }
  }
  if (isatty(fileno(stderr)) != 0) fmt::print(stderr, "\r\033[K");
  fmt::print("{}{}", interrupted ? "interrupted; what was done:\n" : "", to_table(sums, cpu_s()));
  return 0;
}

}  // namespace
}  // namespace moehub::soak

int main(int argc, char** argv) { return moehub::soak::run(argc, argv); }
