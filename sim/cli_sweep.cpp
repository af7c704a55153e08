// `moehub sweep`.
#include <filesystem>
#include <memory>
#include <thread>

#include "sim/cli.hpp"
#include "sim/parse.hpp"
#include "sim/sweep.hpp"

namespace moehub {
namespace {

struct Arguments {
  std::string spec;
  std::string out;
  std::string jobs;
};

int sweep(const Arguments& arguments, const Simulations& simulations) {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const int jobs = arguments.jobs.empty() ? cores : parse_int(arguments.jobs, "--jobs", 1, 1024);
  const std::filesystem::path out = arguments.out.empty()
                                        ? "build/out" / std::filesystem::path(arguments.spec).stem()
                                        : std::filesystem::path(arguments.out);
  return simulations.sweep(read_sweep(arguments.spec), out, jobs);
}

}  // namespace

void add_sweep_command(CLI::App& program, Action& action, const Simulations& simulations) {
  CLI::App& command = *program.add_subcommand("sweep", "Run every combination of options that a file lists");
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("SPEC", arguments->spec, "TOML file: options of `moehub run`, lists are axes; [set]: keys of --set")
      ->required()
      ->type_name("");
  command.add_option("--jobs", arguments->jobs, "runs at a time [number of cores]")->type_name("N");
  command.add_option("--out", arguments->out, "where results go [build/out/SPEC]")->type_name("DIR");
  command.footer(
      "A folder a point, and sweep.csv with a line a point and flow. Started again, it goes on where it was;\n"
      "points of another program, other files or other options are run again.\n"
      "Exit status: 0; 1 a check failed; 2 a point was refused; 130 interrupted.");
  command.callback([arguments, &action, &simulations] {
    action = [arguments, &simulations] { return sweep(*arguments, simulations); };
  });
}

}  // namespace moehub
