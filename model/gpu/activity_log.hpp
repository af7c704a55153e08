// When a GPU did what: for each activity the spans of time in which at least one of its thread blocks
// ran. The source of the timeline and of the flows' times.
#pragma once

#include <array>
#include <vector>

#include "model/base/time.hpp"
#include "model/gpu/work.hpp"

namespace moehub {

struct Span {
  Activity activity = Activity::route;
  Picoseconds begin = 0;
  Picoseconds end = 0;
};

class ActivityLog {
 public:
  void begin(Activity activity, Picoseconds now);
  void end(Activity activity, Picoseconds now);
  void add(const Span& span) { spans_.push_back(span); }

  /// Closed spans in the order in which they ended.
  const std::vector<Span>& spans() const { return spans_; }
  void clear();

  /// Time in which anything that `counts` was going on.
  template <class Predicate>
  Picoseconds busy(Predicate counts) const {
    std::vector<Span> chosen;
    for (const Span& span : spans_) {
      if (counts(span.activity)) chosen.push_back(span);
    }
    return union_of(std::move(chosen));
  }

 private:
  static Picoseconds union_of(std::vector<Span> spans);

  std::array<int, kActivities> running_{};
  std::array<Picoseconds, kActivities> since_{};
  std::array<Span, kActivities> last_{};  // closed last
  std::vector<Span> spans_;
};

}  // namespace moehub
