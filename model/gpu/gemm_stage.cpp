#include "model/gpu/gemm_stage.hpp"

#include <algorithm>

namespace moehub {

std::int64_t WeightCache::fetch(int gemm, int expert, int column, std::int64_t bytes) {
  const std::int64_t key = (std::int64_t{gemm} << 48) | (std::int64_t{expert} << 24) | column;
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  if (found != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, found);
    return 0;
  }
  entries_.push_front({key, bytes});
  used_ += bytes;
  while (used_ > capacity_ && entries_.size() > 1) {
    used_ -= entries_.back().bytes;
    entries_.pop_back();
  }
  return bytes;
}

GemmStage::GemmStage(int gemm, Activity activity, const GemmTiming& timing, int experts,
                     WeightCache& cache, BlockDone done)
    : gemm_(gemm),
      activity_(activity),
      timing_(timing),
      experts_(static_cast<std::size_t>(experts)),
      cache_(cache),
      done_(std::move(done)) {}

void GemmStage::add_tile(int expert, int tile, int rows) {
  Expert& e = experts_[static_cast<std::size_t>(expert)];
  e.tiles.push_back({tile, rows, column_tiles()});
  ++e.unfinished;
  const auto t = static_cast<std::size_t>(tile);
  if (progress_.size() <= t) progress_.resize(t + 1);
  progress_[t] = {expert, column_tiles()};
}

void GemmStage::choose_expert(const std::function<bool(int)>& may_run) {
  current_ = -1;
  std::size_t most = 0;
  for (std::size_t e = 0; e < experts_.size(); ++e) {
    if (experts_[e].tiles.size() > most && may_run(static_cast<int>(e))) {
      most = experts_[e].tiles.size();
      current_ = static_cast<int>(e);
    }
  }
}

std::optional<Block> GemmStage::next(Picoseconds) {
  return next_of([](int) { return true; });
}

std::optional<Block> GemmStage::next_of(const std::function<bool(int)>& may_run) {
  if (current_ < 0 || !may_run(current_)) choose_expert(may_run);
  if (current_ < 0) return std::nullopt;
  Expert& expert = experts_[static_cast<std::size_t>(current_)];
  Tile& tile = expert.tiles[expert.position];
  Block block = timing_.block(
      activity_, tile.rows, cache_.fetch(gemm_, current_, expert.column, timing_.weight_bytes()));
  block.item = tile.id;
  block.part = expert.column;
  --tile.columns_left;
  if (++expert.position == expert.tiles.size()) {
    expert.position = 0;
    expert.column = (expert.column + 1) % column_tiles();
    const auto through = [](const Tile& t) { return t.columns_left == 0; };
    expert.tiles.erase(std::remove_if(expert.tiles.begin(), expert.tiles.end(), through),
                       expert.tiles.end());
    if (expert.tiles.empty()) current_ = -1;
  }
  return block;
}

bool GemmStage::finished(const Block& block, Picoseconds now) {
  Progress& progress = progress_[static_cast<std::size_t>(block.item)];
  if (--progress.columns_left == 0) {
    --experts_[static_cast<std::size_t>(progress.expert)].unfinished;
  }
  return done_(block.item, block.part, block.sm, now);
}

}  // namespace moehub
