// A grid of runs: a TOML file with the options of `moehub run`, of which lists are axes.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace moehub {

struct SweepPoint {
  std::vector<std::string> values;     ///< one of each axis
  std::vector<std::string> arguments;  ///< of `moehub run`, without --out
  std::string folder;                  ///< its name: "tokens=128,model=mixtral-8x7b"
};

struct Sweep {
  std::vector<std::string> axes;  ///< options ("tokens") and keys of settings ("hub.entries"), in the file's order
  std::vector<SweepPoint> points;  ///< every combination, the last axis fastest
};

/// Throws InputError for an unknown option, a value of the wrong type, an empty list. Values themselves are checked by the
/// runs.
Sweep read_sweep(const std::string& file);

/// Runs what is not there yet, `jobs` at a time, each a process of its own, and writes `out`/sweep.csv. A point counts once
/// its folder has its final name; then its results are whole, and of this program with these files and arguments.
/// Returns the exit status: 0, 1 a check failed, 2 a point was refused (its line is on stderr), 130 interrupted.
int run_sweep(const Sweep& sweep, const std::filesystem::path& out, int jobs);

}  // namespace moehub
