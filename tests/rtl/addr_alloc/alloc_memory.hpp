// Memories behind addr_alloc: device memory of one lane, and spill memory. Latency, order of the responses,
// readiness and errors are the test's to choose.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "model/hub/packet.hpp"

namespace moehub::test {

struct Timing {
  int ready_percent = 100;     // of an address or data channel
  int response_percent = 100;  // that an answer which is due is offered
  int latency_cycles = 20;
  int jitter_cycles = 0;  // answers overtake each other
  int error_percent = 0;
};

using Random = std::mt19937_64;
inline bool chance(Random& random, int percent) { return static_cast<int>(random() % 100) < percent; }

// Answers that become due; one of them is offered and stays offered until it is taken.
template <class T>
class Responses {
 public:
  void add(const T& answer, std::uint64_t now, const Timing& timing, Random& random) {
    std::uint64_t due = now + static_cast<std::uint64_t>(timing.latency_cycles);
    if (timing.jitter_cycles > 0) due += random() % static_cast<std::uint64_t>(timing.jitter_cycles);
    waiting_.emplace(due, answer);
  }
  const std::optional<T>& offer(std::uint64_t now, const Timing& timing, Random& random) {
    if (!offered_ && !waiting_.empty() && waiting_.begin()->first <= now &&
        chance(random, timing.response_percent)) {
      offered_ = waiting_.begin()->second;
      waiting_.erase(waiting_.begin());
    }
    return offered_;
  }
  T take() {
    const T answer = *offered_;
    offered_.reset();
    return answer;
  }
  bool empty() const { return !offered_ && waiting_.empty(); }

 private:
  std::multimap<std::uint64_t, T> waiting_;
  std::optional<T> offered_;
};

// One write as device memory sees it.
struct Write {
  int id = 0;
  std::uint64_t addr = 0;
  ByteMask strb{};
  LineData data{};
};

struct WriteAnswer {
  int id = 0;
  bool error = false;
};

// AW and W of a lane come at different times and are paired in order.
class LaneMemory {
 public:
  std::deque<std::pair<int, std::uint64_t>> addresses;
  std::deque<Write> data;
  Responses<WriteAnswer> answers;

  std::optional<Write> complete() {
    if (addresses.empty() || data.empty()) return std::nullopt;
    Write write = data.front();
    std::tie(write.id, write.addr) = addresses.front();
    addresses.pop_front();
    data.pop_front();
    return write;
  }
  bool idle() const { return addresses.empty() && data.empty() && answers.empty(); }
};

using SpillWord = std::array<std::uint32_t, 4>;

struct SpillBeat {
  int id = 0;
  SpillWord word{};
  bool last = false;
  bool error = false;
};

// Bursts of different identifiers overtake each other and mix; beats of one stay in order.
class SpillMemoryModel {
 public:
  std::deque<std::pair<int, std::uint64_t>> addresses;
  std::deque<SpillWord> data;
  Responses<WriteAnswer> answers;
  std::map<std::uint64_t, SpillWord> words;
  int reads = 0, writes = 0;

  void read(int id, std::uint64_t addr, int beats, std::uint64_t now, const Timing& timing, Random& random) {
    ++reads;
    const bool error = chance(random, timing.error_percent);
    std::deque<SpillBeat>& burst = bursts_[id].second;
    for (int i = 0; i < beats; ++i)
      burst.push_back(
          {id, words[addr + 16U * static_cast<unsigned>(i)], i == beats - 1, error && i == beats / 2});
    bursts_[id].first = now + static_cast<std::uint64_t>(timing.latency_cycles);
  }
  const std::optional<SpillBeat>& beat(std::uint64_t now, const Timing& timing, Random& random) {
    if (!offered_ && chance(random, timing.response_percent)) {
      std::vector<int> due;
      for (const auto& [id, burst] : bursts_) {
        if (!burst.second.empty() && burst.first <= now) due.push_back(id);
      }
      if (!due.empty()) {
        std::deque<SpillBeat>& burst = bursts_[due[random() % due.size()]].second;
        offered_ = burst.front();
        burst.pop_front();
      }
    }
    return offered_;
  }
  void take_beat() { offered_.reset(); }
  void complete(std::uint64_t now, const Timing& timing, Random& random) {
    while (!addresses.empty() && !data.empty()) {
      const bool error = chance(random, timing.error_percent);
      if (!error) words[addresses.front().second] = data.front();
      ++writes;
      answers.add({addresses.front().first, error}, now, timing, random);
      addresses.pop_front();
      data.pop_front();
    }
  }

 private:
  std::map<int, std::pair<std::uint64_t, std::deque<SpillBeat>>> bursts_;
  std::optional<SpillBeat> offered_;
};

}  // namespace moehub::test
