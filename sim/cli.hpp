// The command line of the program `moehub`.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>

#include "sim/run_options.hpp"
#include "sim/sweep.hpp"

namespace moehub {

/// What a command line can start, once it has been parsed and checked: run() and run_sweep() of the program; nothing
/// where the command line alone is of interest (tests/fuzz). Both return the exit status.
struct Simulations {
  std::function<int(const RunOptions&)> run;
  std::function<int(const Sweep&, const std::filesystem::path& out, int jobs)> sweep;
};

/// Parses and runs a command line; returns the exit status: 0 all checks held, 1 a check failed,
/// 2 bad usage or bad input, with one line on stderr.
int run_command_line(int argc, const char* const* argv, const Simulations& simulations);

/// What the chosen command does; returns the exit status.
using Action = std::function<int()>;

// Each adds a command that, when it is on the command line, sets `action`; `simulations` must outlive it.
void add_run_command(CLI::App& program, Action& action, const Simulations& simulations);
void add_trace_command(CLI::App& program, Action& action);
void add_report_command(CLI::App& program, Action& action);
void add_sweep_command(CLI::App& program, Action& action, const Simulations& simulations);

}  // namespace moehub
