// The command line of the program `moehub`.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace moehub {

/// Parses and runs a command line; returns the exit status: 0 all checks held, 1 a check failed,
/// 2 bad usage or bad input, with one line on stderr.
int run_command_line(int argc, const char* const* argv);

/// What the chosen command does; returns the exit status.
using Action = std::function<int()>;

// Each adds a command that, when it is on the command line, sets `action`.
void add_run_command(CLI::App& program, Action& action);
void add_trace_command(CLI::App& program, Action& action);
void add_report_command(CLI::App& program, Action& action);
void add_sweep_command(CLI::App& program, Action& action);

}  // namespace moehub
