// What the units of the reference model tell the registers in one cycle: counts and refusals.
#pragma once

#include <array>
#include <cstdint>

#include "model/hub/packet.hpp"
#include "model/hub/registers.hpp"

namespace moehub::ref {

// Refusals of a cycle have a place each, as the inputs of hub_regs: egress, ingress and memory of
// lane 0, the same of lane 1, ..., flow_sched last. The lowest place is the first to be captured.
inline constexpr int kMaxRefusals = 3 * kMaxLanes + 1;
constexpr int egress_place(int lane) { return 3 * lane; }
constexpr int ingress_place(int lane) { return 3 * lane + 1; }
constexpr int memory_place(int lane) { return 3 * lane + 2; }
constexpr int flow_place(int lanes) { return 3 * lanes; }

struct Refusal {
  int place = 0;
  reg::Refuse cause = reg::Refuse::none;
  Header header;
};

class EventLog {
 public:
  void count(reg::Stat stat, std::uint64_t n = 1) { stats_[static_cast<std::size_t>(stat)] += n; }
  void refuse(int place, reg::Refuse cause, const Header& header) {
    refusals_[static_cast<std::size_t>(refused_++)] = {place, cause, header};
    if (cause == reg::Refuse::table) table_error_ = true;
  }
  void table_error() { table_error_ = true; }

  // For the registers.
  std::uint64_t total(reg::Stat stat) const { return stats_[static_cast<std::size_t>(stat)]; }
  void clear_totals() { stats_.fill(0); }
  int refused() const { return refused_; }
  const Refusal& refusal(int i) const { return refusals_[static_cast<std::size_t>(i)]; }
  bool has_table_error() const { return table_error_; }
  void end_of_cycle() {
    refused_ = 0;
    table_error_ = false;
  }

 private:
  std::array<std::uint64_t, static_cast<std::size_t>(reg::Stat::count)> stats_{};
  std::array<Refusal, kMaxRefusals> refusals_{};
  int refused_ = 0;
  bool table_error_ = false;
};

}  // namespace moehub::ref
