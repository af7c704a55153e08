#include "model/gpu/activity_log.hpp"

#include <algorithm>

namespace moehub {

const char* name_of(Activity activity) {
  constexpr std::array<const char*, kActivities> kNames = {
      "route", "mediation", "sync", "launch", "permute", "dispatch", "gemm1", "activation",
      "gemm2", "combine", "reduce", "relay", "poll", "barrier"};
  return kNames[static_cast<std::size_t>(activity)];
}

void ActivityLog::begin(Activity activity, Picoseconds now) {
  const auto a = static_cast<std::size_t>(activity);
  if (running_[a]++ > 0) return;
  since_[a] = now;
  // A block that starts when the one before ends goes on with its span.
  if (Span& last = last_[a]; last.end == now && last.begin < now) {
    since_[a] = last.begin;
    spans_.erase(std::find_if(spans_.rbegin(), spans_.rend(),
                              [&](const Span& span) {
                                return span.activity == activity && span.end == now;
                              }).base() - 1);
  }
}

void ActivityLog::end(Activity activity, Picoseconds now) {
  const auto a = static_cast<std::size_t>(activity);
  if (--running_[a] > 0 || now <= since_[a]) return;
  last_[a] = {activity, since_[a], now};
  spans_.push_back(last_[a]);
}

void ActivityLog::clear() {
  running_.fill(0);
  last_.fill({});
  spans_.clear();
}

Picoseconds ActivityLog::union_of(std::vector<Span> spans) {
  std::sort(spans.begin(), spans.end(),
            [](const Span& a, const Span& b) { return a.begin < b.begin; });
  Picoseconds total = 0;
  Picoseconds covered = std::numeric_limits<Picoseconds>::min();
  for (const Span& span : spans) {
    const Picoseconds from = std::max(span.begin, covered);
    if (span.end > from) total += span.end - from;
    covered = std::max(covered, span.end);
  }
  return total;
}

}  // namespace moehub
