// The main program of every test executable.
//
// When a test fails that drives verilated RTL, it is run once more, alone and with the same seed, with
// waveforms on: the file and the command to open it are printed. Recording every passing run would cost
// far more than repeating the few that fail.
//
// main() hands over to SystemC, which calls sc_main(); tests find the repository in MOEHUB_SOURCE and the
// build folder in MOEHUB_BUILD, also when an executable is started by hand.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <sysc/kernel/sc_externs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/support/bench.hpp"
#include "tests/support/seed.hpp"

namespace moehub::test {
namespace {

bool uses_rtl = false;
std::optional<std::uint64_t> drawn_seed;

std::string file_name_of(std::string test) {
  for (char& c : test) {
    if (c == '/' || c == '.') c = '_';
  }
  return test;
}

std::vector<std::string> failed_tests() {
  std::vector<std::string> names;
  const auto& unit = *testing::UnitTest::GetInstance();
  for (int s = 0; s < unit.total_test_suite_count(); ++s) {
    const auto& suite = *unit.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      const auto& info = *suite.GetTestInfo(t);
      if (info.should_run() && info.result()->Failed()) names.push_back(std::string{suite.name()} + "." + info.name());
    }
  }
  return names;
}

// Runs this executable again for one test, quietly; the verdict is already known.
void record(const std::string& test, const std::filesystem::path& waves) {
  std::cout.flush();
  std::fflush(nullptr);  // or the child would print it again
  const pid_t child = fork();
  if (child == 0) {
    setenv("MOEHUB_WAVES", waves.c_str(), 1);
    if (drawn_seed) setenv("MOEHUB_SEED", std::to_string(*drawn_seed).c_str(), 1);
    if (freopen("/dev/null", "w", stdout) == nullptr || freopen("/dev/null", "w", stderr) == nullptr) _exit(1);
    const std::string filter = "--gtest_filter=" + test;
    execl("/proc/self/exe", "test", filter.c_str(), static_cast<char*>(nullptr));
    _exit(1);
  }
  if (child > 0) waitpid(child, nullptr, 0);
}

void record_failures() {
  const auto folder = std::filesystem::path{std::getenv("MOEHUB_BUILD")} / "waves";
  for (const std::string& test : failed_tests()) {
    const auto waves = folder / (std::string{program_invocation_short_name} + "_" + file_name_of(test) + ".fst");
    std::filesystem::create_directories(folder);
    std::filesystem::remove(waves);
    record(test, waves);
    if (std::filesystem::exists(waves)) {
      std::cout << "waveform of " << test << ":\n  gtkwave " << waves.string() << "\n";
    }
  }
}

}  // namespace

std::uint64_t random_seed() {
  if (!drawn_seed) {
    const char* given = std::getenv("MOEHUB_SEED");
    drawn_seed = given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
    std::cout << "seed " << *drawn_seed << " (repeat with MOEHUB_SEED=" << *drawn_seed << ")\n";
  }
  return *drawn_seed;
}

std::string waves_file(int number) {
  uses_rtl = true;
  const char* file = std::getenv("MOEHUB_WAVES");
  if (file == nullptr || testing::Test::HasFailure()) return {};
  return number == 0 ? file : std::string{file} + "." + std::to_string(number) + ".fst";
}

}  // namespace moehub::test

int sc_main(int argc, char* argv[]) {
  testing::InitGoogleTest(&argc, argv);
  const int verdict = RUN_ALL_TESTS();
  using namespace moehub::test;
  if (verdict != 0 && uses_rtl && std::getenv("MOEHUB_WAVES") == nullptr) record_failures();
  return verdict;
}

int main(int argc, char* argv[]) {
  setenv("MOEHUB_SOURCE", MOEHUB_SOURCE, 0);
  setenv("MOEHUB_BUILD", MOEHUB_BUILD, 0);
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
  return sc_core::sc_elab_and_sim(argc, argv);
}
