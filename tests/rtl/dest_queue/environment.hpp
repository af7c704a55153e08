// What surrounds dest_queue: request ports with a list of packets each, links with credits, loops.
//
// step() is one clock cycle. Everything that moves is shown to the scoreboard; handshakes, credits and
// statistics are checked on the way.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "tests/rtl/dest_queue/scoreboard.hpp"

namespace moehub::test {

// Chances in percent, drawn anew every cycle and lane.
struct Pressure {
  int request = 100;  // a waiting packet is offered
  int tx = 100;       // the link accepts
  int loop = 100;
  int credit_delay = 8;  // cycles until a credit comes back, up to three times as long at random; -1: by hand
};

struct Departure {
  std::uint64_t cycle;
  int slice;
  bool on_link;
  Packet packet;
};

class Environment {
 public:
  Environment(Pins& pins, const Config& config, const Pressure& initial = {}, std::uint64_t seed = 0);

  void configure(const Config& config);
  void send(int lane, const Packet& packet) { waiting_[static_cast<std::size_t>(lane)].push_back(packet); }
  void return_credit(int slice, int peer);  // with credit_delay -1; also of a peer that is none

  void step();
  void run(int cycles);
  void run_until_sent(int limit = 20000);  // all requests accepted
  void run_until_idle(int limit = 20000);  // and everything has left; checks what must hold then

  std::uint64_t cycle() const { return cycle_; }
  std::uint64_t last_accepted(int lane) const { return last_accepted_[static_cast<std::size_t>(lane)]; }
  std::size_t waiting(int lane) const { return waiting_[static_cast<std::size_t>(lane)].size(); }
  std::mt19937_64& random() { return random_; }

  Pressure pressure;
  Scoreboard scoreboard;
  std::vector<Departure> departures;  // filled when `record`
  bool record = true;
  int table_errors = 0;

 private:
  bool chance(int percent) { return static_cast<int>(random_() % 100) < percent; }
  void check_stable(std::optional<Packet>& before, bool valid, bool ready, const std::function<Packet()>& read);

  Pins& pins_;
  Config config_;
  std::mt19937_64 random_;
  std::uint64_t cycle_ = 0;
  std::vector<std::deque<Packet>> waiting_;
  std::vector<std::optional<Packet>> offered_;
  std::vector<std::uint64_t> last_accepted_;
  std::vector<std::optional<Packet>> tx_before_, loop_before_;
  struct Credit {
    std::uint64_t due;
    int peer;
  };
  std::vector<std::deque<Credit>> credits_;  // on their way back, by slice
  std::vector<std::vector<int>> spent_;      // [slice][peer]
  EgressStat stat_;
};

// ---- packets ------------------------------------------------------------------------------------------------
ByteMask byte_range(int first, int count);
LineData filled(std::uint64_t tag);  // 128 bytes that differ from those of any other tag modulo 251

Packet rowsp(int dst, int region, std::uint32_t row, int line, std::uint64_t tag, const ByteMask& strb = kFullMask);
Packet st(int dst, std::uint64_t line_address, std::uint64_t tag, const ByteMask& strb = kFullMask);
Packet fence(int first_region, int regions, int gen = 7);
Packet with_nop(Packet packet);

}  // namespace moehub::test
