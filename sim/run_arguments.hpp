// The options of `moehub run` as text, and their meaning.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/run_options.hpp"

namespace moehub {

/// As given on the command line; absent: the default holds.
struct RunArguments {
  std::optional<std::string> scenario;  ///< a file, or a name in sim/scenarios, that gives what is absent here
  std::optional<std::string> about;     ///< of a scenario: what it stands for, in a line
  std::optional<std::string> system;    ///< dgx-h800
  std::optional<std::string> model;    ///< else that of the trace, or of what is like one, else mixtral-8x7b
  std::optional<std::string> trace;    ///< a file; excludes routing
  std::optional<std::string> routing;  ///< a spec; normal:std=0.032 without a trace
  std::optional<std::string> senders;  ///< "4,1,..": each GPU's share of a generated routing's tokens; else equal
  std::optional<std::string> flows;
  std::optional<std::string> hub;      ///< rtl
  std::optional<std::string> gpus;
  std::optional<std::string> tokens;   ///< per GPU; 512 for a generated routing, else all
  std::optional<std::string> layers;   ///< A:B; 0:1 for a generated routing, else all
  std::optional<std::string> pass;     ///< forward or training
  std::optional<std::string> seed;     ///< 1
  std::optional<std::string> volume_gpus;    ///< "A,B,..", of a scenario: what so many GPUs would move is counted
  std::optional<std::string> volume_tokens;  ///< of each; 4096
  std::optional<std::string> out;      ///< a directory; else build/out/MODEL-ROUTING
  std::optional<std::string> waves;
  std::optional<std::string> waves_window;
  std::vector<std::string> settings;   ///< KEY=VALUE
  bool quiet = false;
};

inline constexpr const char* kDefaultSystem = "dgx-h800";
inline constexpr const char* kDefaultModel = "mixtral-8x7b";
inline constexpr const char* kDefaultRouting = "normal:std=0.032";
inline constexpr int kDefaultTokensPerGpu = 512;

/// Loads, generates and checks everything. Throws InputError.
RunOptions parse_run(const RunArguments& arguments);

}  // namespace moehub
