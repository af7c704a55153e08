#include "model/gpu/sm_scheduler.hpp"

#include <algorithm>
#include <stdexcept>

namespace moehub {

SmScheduler::SmScheduler(int sms, double hbm_gb_per_s, ActivityLog& log)
    : sms_(sms), hbm_gb_per_s_(hbm_gb_per_s), log_(log) {
  if (sms < 1) throw std::invalid_argument("SmScheduler: at least one SM");
  for (int sm = 0; sm < sms; ++sm) free_.push(sm);
}

void SmScheduler::add(WorkSource& source, int priority, int leave_free) {
  const auto after = std::find_if(sources_.begin(), sources_.end(),
                                  [&](const Source& s) { return s.priority > priority; });
  sources_.insert(after, {&source, priority, leave_free, std::nullopt});
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
    use_memory(block.hbm_bytes, now);
    if (!block.in_turn) end = std::max(end, now + shared_time(block.hbm_bytes, busy_sms()));
    if (block.in_turn) end = std::max(end, hbm_free_);
  }
  log_.begin(block.activity, now);
  if (block.resident) {
    source.started(block, now);
  } else {
    running_.push({end, started_++, &source, block});
  }
}

Picoseconds SmScheduler::shared_time(std::int64_t bytes, int sms) const {
  return transfer_time(static_cast<double>(bytes) * sms, hbm_gb_per_s_);
}

void SmScheduler::dispatch(Picoseconds now) {
  held_until_ = kNever;
  for (Source& source : sources_) {
    while (free_sms() > source.leave_free && start_next(source, now)) {
    }
  }
}

bool SmScheduler::start_next(Source& source, Picoseconds now) {
  if (!source.held) source.held = source.source->next(now);
  if (!source.held) return false;
  const Block& block = *source.held;
  if (block.in_turn && block.hbm_bytes > 0 && hbm_free_ - now > block.compute) {
    held_until_ = std::min(held_until_, hbm_free_ - block.compute);
    return false;
  }
  start(*source.source, block, now);
  source.held.reset();
  return true;
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

void SmScheduler::leave(const Block& block, Picoseconds now) {
  log_.end(block.activity, now);
  release(block.sm);
}

void SmScheduler::use_memory(std::int64_t bytes, Picoseconds now) {
  hbm_free_ = std::max(hbm_free_, now) + transfer_time(static_cast<double>(bytes), hbm_gb_per_s_);
}

Picoseconds SmScheduler::next_event() const {
  const Picoseconds end = running_.empty() ? kNever : running_.top().end;
  return free_.empty() ? end : std::min(end, held_until_);
}

}  // namespace moehub
