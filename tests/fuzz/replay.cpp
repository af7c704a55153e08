// Takes the files of a folder through a fuzz target: `fuzz_replay TARGET FOLDER`; without arguments it lists the targets.
// A file that fails is the last one named.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "model/base/file.hpp"
#include "tests/fuzz/target.hpp"

int main(int argc, char* argv[]) {
  namespace fs = std::filesystem;
  using Clock = std::chrono::steady_clock;
  if (argc != 3) {
    for (const moehub::fuzz::Target* target : moehub::fuzz::targets()) std::printf("%s\n", target->name().c_str());
    return argc == 1 ? 0 : 2;
  }
  const moehub::fuzz::Target& target = moehub::fuzz::find_target(argv[1]);
  std::vector<std::pair<std::string, std::string>> inputs;  // name, bytes
  for (const fs::directory_entry& entry : fs::directory_iterator(argv[2])) {
    inputs.emplace_back(entry.path().filename().string(), moehub::read_file(entry.path().string()));
  }
  std::sort(inputs.begin(), inputs.end());
  moehub::fuzz::enter_scratch_folder();
  double longest_s = 0;
  for (const auto& [name, bytes] : inputs) {
    std::printf("%s\n", name.c_str());
    std::fflush(stdout);
    const Clock::time_point start = Clock::now();
    target(bytes);
    longest_s = std::max(longest_s, std::chrono::duration<double>(Clock::now() - start).count());
  }
  std::printf("%zu inputs of %s, the longest %.2f s\n", inputs.size(), argv[1], longest_s);
  return 0;
}
