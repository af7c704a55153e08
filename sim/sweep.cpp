#include "sim/sweep.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <boost/uuid/detail/sha1.hpp>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "model/base/file.hpp"
#include "sim/config_io.hpp"
#include "sim/interrupt.hpp"
#include "sim/progress.hpp"

extern char** environ;

namespace moehub {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kStamp = "point.json";
constexpr const char* kErrors = "stderr.txt";

// Of everything that a result depends on but for its arguments: the program, and the files that it finds by name.
std::string fingerprint() {
  boost::uuids::detail::sha1 hash;
  const auto add = [&hash](const std::string& bytes) { hash.process_bytes(bytes.data(), bytes.size()); };
  add(read_file(fs::read_symlink("/proc/self/exe").string()));
  for (const char* kind : {"systems", "models", "routing", "scenarios"}) {
    for (const std::string& name : known_configs(kind)) add(read_file(find_config(kind, name, kind)));
  }
  boost::uuids::detail::sha1::digest_type digest{};
  hash.get_digest(digest);
  return fmt::format("{:08x}", fmt::join(digest, ""));
}

Json read_json(const fs::path& file) {
  return fs::exists(file) ? Json::parse(read_file(file.string()), nullptr, false) : Json();
}

class Runner {
 public:
  Runner(const Sweep& sweep, fs::path out) : sweep_(sweep), out_(std::move(out)), stamp_(fingerprint()) {}

  fs::path folder(const SweepPoint& point) const { return out_ / point.folder; }
  bool there(const SweepPoint& point) const {
    return read_json(folder(point) / kStamp) == stamp(point);
  }

  void start(const SweepPoint& point) {
    const fs::path part = part_of(point);
    fs::remove_all(part);
    fs::create_directories(part);
    std::vector<std::string> words = {"moehub", "run", "--quiet", "--out", part.string()};
    words.insert(words.end(), point.arguments.begin(), point.arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, (part / kErrors).c_str(), O_CREAT | O_WRONLY, 0644);
    pid_t process = 0;
    const int error = posix_spawn(&process, "/proc/self/exe", &files, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0) throw std::runtime_error(fmt::format("cannot start a run: {}", std::strerror(error)));
    running_[process] = &point;
  }

  // Waits for one to end; returns whether its results count.
  bool finish_one() {
    int status = 0;
    pid_t process = -1;
    while ((process = wait(&status)) < 0 && errno == EINTR) {
    }
    const SweepPoint& point = *running_.at(process);
    running_.erase(process);
    const fs::path part = part_of(point);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (code > 1 || InterruptGuard::requested()) {
      if (!InterruptGuard::requested()) {
        std::cerr << fmt::format("{}: {}", point.folder, read_file((part / kErrors).string()));
        refused_ = true;
      }
      fs::remove_all(part);
      return false;
    }
    fs::remove(part / kErrors);
    write_file((part / kStamp).string(), stamp(point).dump(1) + "\n");
    fs::remove_all(folder(point));
    fs::rename(part, folder(point));
    return true;
  }

  std::size_t running() const { return running_.size(); }
  bool refused() const { return refused_; }

 private:
  fs::path part_of(const SweepPoint& point) const { return out_ / (point.folder + ".part"); }
  Json stamp(const SweepPoint& point) const { return {{"arguments", point.arguments}, {"made_by", stamp_}}; }

  const Sweep& sweep_;
  fs::path out_;
  std::string stamp_;
  std::map<pid_t, const SweepPoint*> running_;
  bool refused_ = false;
};

// A line a point and flow. Returns whether all checks held.
bool write_table(const Sweep& sweep, const Runner& runner, const fs::path& file) {
  constexpr std::array<const char*, 7> kColumns = {"layer_us",   "dispatch_us",     "compute_us",    "combine_us",
                                                   "exposed_comm_us", "speedup_of_hub", "ideal_fraction"};
  const auto quoted = [](const std::string& value) {
    return value.find(',') == std::string::npos ? value : '"' + value + '"';
  };
  std::string text;
  for (const std::string& axis : sweep.axes) text += axis + ",";
  text += fmt::format("flow,{},check_ok\n", fmt::join(kColumns, ","));
  bool ok = true;
  for (const SweepPoint& point : sweep.points) {
    if (!runner.there(point)) continue;
    const Json summary = read_json(runner.folder(point) / "summary.json");
    const bool held = summary["check"]["ok"] == true;
    ok = ok && held;
    for (const auto& flow : summary["flows"].items()) {
      for (const std::string& value : point.values) text += quoted(value) + ",";
      text += flow.key();
      for (const char* column : kColumns) {
        const Json& value = flow.value()[column];
        text += "," + (value.is_number() ? value.dump() : "");
      }
      text += held ? ",true\n" : ",false\n";
    }
  }
  write_file(file.string(), text);
  return ok;
}

}  // namespace

int run_sweep(const Sweep& sweep, const fs::path& out, int jobs) {
  const InterruptGuard guard;
  Runner runner(sweep, out);
  std::vector<const SweepPoint*> missing;
  for (const SweepPoint& point : sweep.points) {
    if (!runner.there(point)) missing.push_back(&point);
  }
  std::size_t there = sweep.points.size() - missing.size();
  {
    Progress progress(false);
    auto next = missing.begin();
    while (runner.running() > 0 || (next != missing.end() && !InterruptGuard::requested())) {
      progress.show(fmt::format("{} of {} points", there, sweep.points.size()));
      if (next != missing.end() && runner.running() < static_cast<std::size_t>(jobs) && !InterruptGuard::requested()) {
        runner.start(**next++);
      } else if (runner.finish_one()) {
        ++there;
      }
    }
  }
  const fs::path table = out / "sweep.csv";
  const bool ok = write_table(sweep, runner, table);
  std::cout << fmt::format("{} of {} points, {}\n", there, sweep.points.size(), table.string());
  if (InterruptGuard::requested()) return 130;
  if (runner.refused()) return 2;
  return ok ? 0 : 1;
}

}  // namespace moehub
