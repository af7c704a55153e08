// What dest_queue owes: every accepted byte leaves once, to its peer, under its key, in order, with the
// last value that was written before it left; every fence ends with the right reports; every bad packet is
// refused once. Knows nothing of the RTL's inside. A broken promise is a std::runtime_error.
//
// Bytes that two lanes write at the same time have no order; tests give overlapping bytes to one lane, and
// consecutive stores to a byte different values.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tests/rtl/dest_queue/pins.hpp"

namespace moehub::test {

class Scoreboard {
 public:
  explicit Scoreboard(const Geometry& geometry);

  void configure(const Config& config) { config_ = config; }
  // Fences of a cycle lie behind the stores of the same cycle.
  void accept_cycle(const std::vector<std::pair<int, Packet>>& beats);
  void refuse(int lane, const Refusal& refusal);
  void leave(int slice, bool on_link, const Packet& packet);
  void expect_table_refusals(int number) { table_refusals_ += number; }

  void expect_empty() const;  // at the end: nothing owed any more
  bool owes() const;

  int stores = 0;
  int merges = 0;  // stores that joined another one's packet
  int packets = 0;
  int reports = 0;
  int fences = 0;  // complete
  std::int64_t bytes_on_link = 0;

 private:
  struct Store {
    int lane;
    Header header;
    int epoch;
    ByteMask left;
    LineData data;
  };
  using LineKey = std::tuple<int, int, int, int, std::uint32_t, int, std::uint64_t>;
  struct Fence {
    Header header;
    int epoch;
    std::set<std::pair<int, int>> owed;  // (peer, region)
  };

  static LineKey key_of(const Header& header);
  bool sendable_store(const Packet& packet) const;
  bool sendable_fence(const Packet& packet) const;
  int slice_of(const Header& header) const;
  void check_behind_stores(int slice, int epoch, const Header& report) const;
  std::uint32_t take_rows(int dst, int region, int epoch);
  void leave_report(int slice, const Header& header);
  void leave_line(const Packet& packet);
  void complete_fences();

  Geometry geometry_;
  Config config_;
  std::map<LineKey, std::list<Store>> lines_;
  std::map<int, int> stores_of_epoch_;                       // not yet left
  std::map<std::pair<int, int>, std::map<int, int>> rows_;   // (peer, region), epoch: rows that left
  std::map<std::pair<int, int>, int> waiting_rows_;          // minus the rows reported before they left
  std::vector<bool> inside_;                                 // a packet of several beats, by lane
  std::vector<std::deque<Header>> refusals_;                 // owed, by lane
  std::deque<Fence> fences_;
  int epoch_ = 0;
  int table_refusals_ = 0;
};

std::string to_string(const Header& header);

}  // namespace moehub::test
