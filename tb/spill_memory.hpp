// Device memory behind the row table's spill port: an AXI4 slave of 16-byte beats.
//
// Addresses and data are taken at once, one a cycle each; the response, or the first beat of a read,
// comes after `latency_cycles`, then a beat a cycle. Reads are answered in order.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>

namespace moehub {

class SpillMemory {
 public:
  using Beat = std::array<std::uint64_t, 2>;

  explicit SpillMemory(int latency_cycles) : latency_{latency_cycles} {}

  struct Response {
    int id = 0;
    Beat data{};
    bool last = false;
  };

  // What the memory offers in this cycle; null when nothing.
  const int* write_response() const { return ready(writes_) ? &writes_.front().id : nullptr; }
  const Response* read_beat() const { return ready(reads_) ? &reads_.front().beat : nullptr; }

  // What was taken and handed over in this cycle, then the edge.
  void pop_write_response() { writes_.pop_front(); }
  void pop_read_beat() { reads_.pop_front(); }
  void take_write_address(int id, std::uint64_t addr) { addresses_.push_back({id, addr}); }
  void take_write_data(const Beat& data) { data_.push_back(data); }
  void take_read(int id, std::uint64_t addr, int beats) {
    std::uint64_t due = cycle_ + static_cast<std::uint64_t>(latency_);
    if (!reads_.empty()) due = std::max(due, reads_.back().due + 1);
    for (int i = 0; i < beats; ++i) {
      const auto found = words_.find(addr + 16U * static_cast<std::uint64_t>(i));
      const Beat data = found == words_.end() ? Beat{} : found->second;
      reads_.push_back({due + static_cast<std::uint64_t>(i), {id, data, i == beats - 1}});
    }
  }
  void edge() {
    ++cycle_;
    while (!addresses_.empty() && !data_.empty()) {
      words_[addresses_.front().addr] = data_.front();
      writes_.push_back({cycle_ + static_cast<std::uint64_t>(latency_), addresses_.front().id});
      addresses_.pop_front();
      data_.pop_front();
    }
  }
  bool idle() const {
    return writes_.empty() && reads_.empty() && addresses_.empty() && data_.empty();
  }

 private:
  struct Address {
    int id;
    std::uint64_t addr;
  };
  struct Write {
    std::uint64_t due;
    int id;
  };
  struct Read {
    std::uint64_t due;
    Response beat;
  };
  template <class Queue>
  bool ready(const Queue& queue) const {
    return !queue.empty() && queue.front().due <= cycle_;
  }

  int latency_;
  std::uint64_t cycle_ = 0;
  std::map<std::uint64_t, Beat> words_;
  std::deque<Address> addresses_;
  std::deque<Beat> data_;
  std::deque<Write> writes_;
  std::deque<Read> reads_;
};

}  // namespace moehub
