#include "sim/cli.hpp"

#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "model/base/input_error.hpp"
#include "sim/version.hpp"

namespace moehub {
namespace {

constexpr int kCheckFailed = 1;
constexpr int kBadInput = 2;

int fail(std::string line, int status) {
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::cerr << "moehub: error: " << line << '\n';
  return status;
}

// What CLI11 found wrong, in this program's words.
InputError usage_error(const CLI::App& program, const CLI::ParseError& error) {
  const CLI::App* command = &program;
  std::string words = program.get_name();
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
    words += " " + command->get_name();
  }
  const std::string expected = "what `" + words + " --help` lists";
  const std::vector<std::string> unknown = program.remaining(true);
  if (!unknown.empty()) return {kCommandLine, unknown.front(), "not known here", expected};
  return {kCommandLine, "", error.what(), expected};
}

}  // namespace

int run_command_line(int argc, const char* const* argv, const Simulations& simulations) {
  CLI::App program{
      "MoE-Hub RTL: co-simulates Mixture-of-Experts layers on GPUs whose hubs are this project's RTL.",
      "moehub"};
  program.set_version_flag("--version", std::string("moehub ") + kVersion);
  program.require_subcommand(1);
  program.footer(
      "Exit status: 0 all checks held; 1 a check failed; 2 bad usage or bad input.\n"
      "`moehub COMMAND --help` explains a command.");
  Action action;
  add_run_command(program, action, simulations);
  add_trace_command(program, action);
  add_report_command(program, action);
  add_sweep_command(program, action, simulations);
  try {
    program.parse(argc, argv);
    return action();
  } catch (const CLI::Success& success) {  // --help, --version
    return program.exit(success);
  } catch (const CLI::ParseError& error) {
    return fail(usage_error(program, error).what(), kBadInput);
  } catch (const InputError& error) {
    return fail(error.what(), kBadInput);
  } catch (const std::exception& error) {
    return fail(error.what(), kCheckFailed);  // not the user's doing: an assertion of the RTL, ...
  }
}

}  // namespace moehub
