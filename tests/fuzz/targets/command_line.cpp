// The command line, a word a line; what would be simulated is only parsed and checked. In the working directory there
// are a trace, files of each kind and the summary of a run.
#include <algorithm>
#include <cctype>
#include <sstream>

#include "model/base/file.hpp"
#include "sim/config_io.hpp"
#include "tests/fuzz/target.hpp"

namespace moehub::fuzz {
namespace {

void make_files() {
  write_file("t.csv", "layer,token,expert_0,expert_1\n0,0,1,2\n0,1,7,0\n");
  write_file("s.toml", "[fabric]\ngpus = 2\n");
  write_file("m.toml",
             "name = \"m\"\nhidden = 64\nexpert_ffn = 64\nnum_experts = 8\ntop_k = 2\nlayers = 2\nmoe_layers = 2\n");
  write_file("c.toml", "model = \"m.toml\"\ntokens = 2\nset = [\"hub.tile_rows=4\"]\n");
  write_file("w.toml", "tokens = [1, 2]\n[set]\n\"hub.entries\" = [8, 16]\n");
  write_file("r/summary.json", "{\"schema\": 1}\n");
}

std::size_t longest_number(const std::string& word) {
  std::size_t longest = 0, digits = 0;
  for (const char c : word) {
    digits = std::isdigit(static_cast<unsigned char>(c)) != 0 ? digits + 1 : 0;
    longest = std::max(longest, digits);
  }
  return longest;
}

// Nothing is written elsewhere, and only little is generated: no path, no number beyond 99, no scenario and no recorded
// routing of the project's own.
bool is_little_work(const std::string& word) {
  static const std::vector<std::string> scenarios = known_configs("scenarios");
  return word.find('/') == std::string::npos && word != ".." && longest_number(word) < 3 &&
         (word.find("like:") == std::string::npos || word.find("like:t.csv") != std::string::npos) &&
         std::none_of(scenarios.begin(), scenarios.end(),
                      [&](const std::string& name) { return word.find(name) != std::string::npos; });
}

const Target whole_line("command_line", [](const std::string& input) {
  static const bool made = (make_files(), true);
  static_cast<void>(made);
  std::vector<std::string> words;
  std::istringstream lines(input);
  for (std::string line; std::getline(lines, line);) words.push_back(line.substr(0, line.find('\0')));
  if (!std::all_of(words.begin(), words.end(), is_little_work)) return false;
  const auto given = [&](const std::string& option) {
    return std::any_of(words.begin(), words.end(),
                       [&](const std::string& word) { return word.compare(0, option.size(), option) == 0; });
  };
  const bool generates = given("run") || (given("trace") && given("gen"));
  if (generates && !given("--tokens")) words.insert(words.end(), {"--tokens", "2"});
  if (given("trace") && given("gen") && !given("--layers")) words.insert(words.end(), {"--layers", "1"});
  command_line(words, true);
  return true;
});

}  // namespace
}  // namespace moehub::fuzz
