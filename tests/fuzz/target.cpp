#include "tests/fuzz/target.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "model/base/file.hpp"
#include "model/routing/profile_io.hpp"
#include "model/routing/trace_io.hpp"
#include "model/routing/trace_text.hpp"
#include "sim/cli.hpp"
#include "sim/trace_table.hpp"

namespace moehub::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr int kGpus = 8;

std::vector<const Target*>& registered() {
  static std::vector<const Target*> all;
  return all;
}

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (fs::temp_directory_path() / "moehub-fuzz-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch folder");
    path_ = name;
    fs::current_path(path_);
  }
  ~ScratchFolder() {
    std::error_code error;
    fs::current_path("/", error);
    fs::remove_all(path_, error);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

 private:
  fs::path path_;
};

// What is printed goes into a string, as long as this lives.
class Captured {
 public:
  explicit Captured(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
  ~Captured() { stream_.rdbuf(before_); }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::ostream& stream_;
  std::streambuf* before_;
};

bool same(const Trace& a, const Trace& b) {
  return a.layers == b.layers && a.tokens == b.tokens && a.top_k == b.top_k && a.num_experts == b.num_experts &&
         a.expert_ids == b.expert_ids && a.weights == b.weights && a.model == b.model && a.source == b.source;
}

// `read` gives the trace as it was written.
void comes_back(const Trace& trace, const std::function<Trace()>& read) {
  try {
    Trace again = read();
    complete(again, 0, "again");
    if (!same(trace, again)) wrong("another trace comes back");
  } catch (const InputError& error) {
    wrong(std::string("a trace that was written is refused: ") + error.what());
  }
}

}  // namespace

Target::Target(const char* name, Use use) : name_(name), use_(use) { registered().push_back(this); }

std::vector<const Target*> targets() {
  std::vector<const Target*> all = registered();
  std::sort(all.begin(), all.end(), [](const Target* a, const Target* b) { return a->name() < b->name(); });
  return all;
}

const Target& find_target(const std::string& name) {
  for (const Target* target : registered()) {
    if (target->name() == name) return *target;
  }
  throw std::runtime_error("no fuzz target '" + name + "'");
}

void enter_scratch_folder() { static const ScratchFolder folder; }

std::string file_of(const char* name, const std::string& bytes) {
  write_file(name, bytes);
  return name;
}

void refused_or(const std::function<void()>& use) {
  try {
    use();
  } catch (const InputError&) {
  }
}

void use_trace(const Trace& trace, const std::string& file, bool as_npz) {
  const auto last = std::max_element(trace.source_gpu.begin(), trace.source_gpu.end());
  if (last == trace.source_gpu.end() || *last < kGpus) trace_table(trace, kGpus, true);
  refused_or([&] { profile_json(profile_of(trace, file)); });
  refused_or([&] { slice(trace, {}, kGpus, file); });
  comes_back(trace, [&] { return parse_csv(csv_text(trace), "again.csv"); });
  comes_back(trace, [&] { return parse_jsonl(jsonl_text(trace), "again.jsonl"); });
  if (!as_npz) return;
  write_trace(trace, "again.npz");
  comes_back(trace, [&] { return read_trace("again.npz"); });
  if (read_trace("again.npz").source_gpu != trace.source_gpu) wrong("other source GPUs come back");
}

void wrong(const std::string& what) {
  std::fprintf(stderr, "WRONG: %s\n", what.c_str());
  std::abort();
}

void command_line(std::vector<std::string> words, bool may_fail) {
  std::vector<const char*> argv = {"moehub"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  const Simulations none = {[](const RunOptions&) { return 0; },
                            [](const Sweep&, const fs::path&, int) { return 0; }};
  int status = 0;
  std::string errors;
  {
    const Captured out(std::cout);
    const Captured err(std::cerr);
    status = run_command_line(static_cast<int>(argv.size()), argv.data(), none);
    errors = err.text();
  }
  const auto lines = std::count(errors.begin(), errors.end(), '\n');
  if (status == 0 || (may_fail && status == 1 && lines == 0)) return;
  if (status == 2 && lines == 1 && errors.back() == '\n') return;
  wrong("exit status " + std::to_string(status) + ": " + errors);
}

}  // namespace moehub::fuzz
