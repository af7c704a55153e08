#include "model/fabric/link_faults.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace moehub {

namespace {
constexpr double kDraws = 18446744073709551616.0;  // 2^64
}

LinkFaults::LinkFaults(const FaultConfig& config, double bits_of_flit)
    : random_(static_cast<std::uint64_t>(config.seed)),
      log_good_(bits_of_flit * std::log1p(-config.bit_error_rate)),
      good_flits_(draw_good_flits()),
      credit_threshold_(static_cast<std::uint64_t>(config.lost_credit_rate * kDraws)),
      plane_(config.plane_down),
      begin_(from_ns(1e3 * config.plane_down_us)),
      end_(from_ns(1e3 * config.plane_up_us)) {}

// Flits before the next wrong one: a geometric distribution.
std::uint64_t LinkFaults::draw_good_flits() {
  if (log_good_ == 0) return std::numeric_limits<std::uint64_t>::max();
  const double uniform = (static_cast<double>(random_() >> 11) + 0.5) / 9007199254740992.0;  // 2^53
  return static_cast<std::uint64_t>(std::log(uniform) / log_good_);
}

Picoseconds LinkFaults::replay(std::uint32_t flits, Picoseconds again) {
  Picoseconds lost = 0;
  while (flits > good_flits_) {
    good_flits_ = draw_good_flits();
    lost += again;
    ++replayed_;
  }
  good_flits_ -= flits;
  return lost;
}

bool LinkFaults::lose_credit() {
  if (random_() >= credit_threshold_) return false;
  ++lost_credits_;
  return true;
}

std::string LinkFaults::state(Picoseconds now) const {
  std::string text;
  if (is_down(now)) text += fmt::format(", plane {} down", plane_);
  if (lost_credits_ > 0) text += fmt::format(", {} credits lost", lost_credits_);
  return text;
}

}  // namespace moehub
