#include "model/gpu/sm_scheduler.hpp"

#include <algorithm>
#include <stdexcept>

namespace moehub {

SmScheduler::SmScheduler(int sms, double hbm_gb_per_s, ActivityLog& log)
    : sms_(sms), hbm_gb_per_s_(hbm_gb_per_s), log_(log) {
  if (sms < 1) throw std::invalid_argument("SmScheduler: at least one SM");
  for (int sm = 0; sm < sms; ++sm) free_.push(sm);
}

void SmScheduler::add(WorkSource& source, int priority) {
  const auto after = std::find_if(sources_.begin(), sources_.end(),
                                  [&](const Source& s) { return s.priority > priority; });
  sources_.insert(after, {&source, priority});
}

void SmScheduler::remove(const WorkSource& source) {
  sources_.erase(std::remove_if(sources_.begin(), sources_.end(),
                                [&](const Source& s) { return s.source == &source; }),
                 sources_.end());
}

void SmScheduler::start(WorkSource& source, Block block, Picoseconds now) {
  block.sm = free_.top();
  free_.pop();
  Picoseconds end = now + block.compute;
  if (block.hbm_bytes > 0) {
    hbm_free_ = std::max(hbm_free_, now) +
                transfer_time(static_cast<double>(block.hbm_bytes), hbm_gb_per_s_);
    end = std::max(end, hbm_free_);
  }
  log_.begin(block.activity, now);
  running_.push({end, started_++, &source, block});
}

void SmScheduler::dispatch(Picoseconds now) {
  for (const Source& s : sources_) {
    while (!free_.empty()) {
      const std::optional<Block> block = s.source->next(now);
      if (!block) break;
      start(*s.source, *block, now);
    }
  }
}

void SmScheduler::advance(Picoseconds now) {
  while (!running_.empty() && running_.top().end <= now) {
    const Running done = running_.top();
    running_.pop();
    log_.end(done.block.activity, done.end);
    if (done.source->finished(done.block, now)) release(done.block.sm);
  }
  dispatch(now);
}

void SmScheduler::release(int sm) { free_.push(sm); }

Picoseconds SmScheduler::next_event() const {
  return running_.empty() ? kNever : running_.top().end;
}

}  // namespace moehub
