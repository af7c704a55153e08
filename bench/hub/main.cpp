// The hub bench: packets a cycle and lane, and latencies, of one configuration of the hub alone.
//
// Exit status: 0 all checks and marks held; 1 one did not; 2 bad usage or input.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <systemc>

#include "bench/hub/bench.hpp"
#include "bench/hub/result_file.hpp"
#include "bench/hub/table.hpp"
#include "model/base/input_error.hpp"

namespace moehub::bench {
namespace {

void show_progress(const std::string& what) {
  if (isatty(fileno(stderr)) != 0) fmt::print(stderr, "\r\033[K{}\r", what);
}

int run(int argc, char** argv) {
  const Configuration configuration = built_configuration();
  BenchOptions options;
  std::string hub = "rtl";
  std::string json;
  std::string csv;
  bool no_model = false;
  CLI::App program{fmt::format("Line rate and latency of the hub, configuration {}", configuration.name)};
  program.add_option("--hub", hub, "rtl (verilated) or model (C++)")
      ->check(CLI::IsMember({"rtl", "model"}))
      ->capture_default_str();
  program.add_option("--pattern", options.patterns, "only this pattern; may be repeated");
  program.add_option("--routing", options.routing, "routing for the pattern `recorded`, as of `moehub run`")
      ->capture_default_str();
  program.add_option("--trace", options.trace_file, "routing trace for the pattern `recorded`");
  program.add_option("--cycles", options.cycles.measured, "measured cycles")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  program.add_option("--warm-up", options.cycles.warm_up, "cycles before")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  program.add_option("--seed", options.seed, "of everything random")->capture_default_str();
  program.add_option("--json", json, "everything that was counted goes here");
  program.add_option("--csv", csv, "rates and latencies go here");
  program.add_flag("--no-model", no_model, "leave out parity with the C++ hub, and larger resources");
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : 2;
  }
  options.model_runs = !no_model && hub == "rtl";
  const HubFactory make = [&](int spill_latency) {
    return hub == "rtl" ? make_built_rtl_hub(spill_latency)
                        : make_model_hub(configuration.params, spill_latency);
  };
  const std::clock_t start = std::clock();
  const BenchResult result = run_bench(configuration, make, options, show_progress);
  const double cpu_s = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  show_progress("");
  fmt::print("{}", to_text(result, hub));
  if (!json.empty()) write_json(result, hub, cpu_s, json);
  if (!csv.empty()) write_csv(result, hub, csv);
  return result.failures.empty() ? 0 : 1;
}

}  // namespace
}  // namespace moehub::bench

int sc_main(int argc, char* argv[]) {
  try {
    return moehub::bench::run(argc, argv);
  } catch (const moehub::InputError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "hub_bench: {}\n", error.what());
    return 1;
  }
}

// SystemC's own main() would print a banner.
int main(int argc, char* argv[]) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}
