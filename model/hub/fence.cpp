#include "model/hub/fence.hpp"

namespace moehub::ref {

namespace {

// Words of up to 8 counters that a region's peers need, rounded up to a power of two.
int words_for(int peers) {
  int words = 1;
  while (8 * words < peers) words *= 2;
  return words;
}

}  // namespace

Fence::Fence(const HubParams& params)
    : params_{params},
      words_{words_for(params.peers)},
      counters_(static_cast<std::size_t>(2 * params.peers * params.regions)),
      words_of_(static_cast<std::size_t>(2 * words_ * params.regions)),
      bank_(static_cast<std::size_t>(params.regions)) {
  peers_.reserve(static_cast<std::size_t>(params.peers));
}

// A word that is read with wrong parity is replaced by a marked one, and written with the parity of now.
void Fence::meet(Word& met, EventLog& events) {
  if (met.bad_parity) {
    events.table_error();
    met.marked = true;
  }
  met.bad_parity = inject_;
  inject_ = false;
}

void Fence::count_row(bool bank, int peer, int region, EventLog& events) {
  if (region >= params_.regions) return;
  ++counters_[index(bank, peer, region)];
  meet(word(bank, peer, region), events);
}

void Fence::start(const Header& request, const HubConfig& config) {
  request_ = request;
  self_ = config.self;
  peers_.clear();
  for (int peer = 0; peer < params_.peers; ++peer) {
    if (config.peers.test(peer)) peers_.push_back(peer);
  }
  next_ = 0;
  reports_ = static_cast<int>(request.row) * static_cast<int>(peers_.size());
  state_ = State::closed;
}

bool Fence::step(int stores_on_their_way) {
  flipped_ = false;
  const int& before_fence = entries_[epoch_ ? 0 : 1];
  switch (state_) {
    case State::idle: break;
    case State::closed:
      if (stores_on_their_way > 0) break;
      epoch_ = !epoch_;
      for (std::uint32_t r = 0; r < request_.row; ++r) {
        std::vector<bool>::reference bank = bank_[request_.region + r];
        bank = !bank;
      }
      wait_ = kCountCycles;
      state_ = State::draining;
      flipped_ = true;
      break;
    case State::draining:
      if (before_fence > 0) break;
      if (wait_-- == 0) state_ = State::reporting;
      break;
    case State::reporting:
      if (next_ < reports_ || before_fence > 0) break;
      state_ = State::idle;
      flipped_ = true;
      return true;
  }
  return false;
}

std::optional<Fence::Report> Fence::report(EventLog& events) {
  if (state_ != State::reporting || next_ >= reports_) return std::nullopt;
  if (has_report_) return report_;
  const int peers = static_cast<int>(peers_.size());
  const int region = request_.region + next_ / peers;
  const int peer = peers_[static_cast<std::size_t>(next_ % peers)];
  const bool bank = !bank_[static_cast<std::size_t>(region)];
  std::uint32_t& rows = counters_[index(bank, peer, region)];
  Word& met = word(bank, peer, region);
  if (!met.read) meet(met, events);
  met.read = true;
  report_ = {};
  report_.header.kind = PacketKind::count;
  report_.header.src = static_cast<std::uint8_t>(self_);
  report_.header.dst = static_cast<std::uint8_t>(peer);
  report_.header.region = static_cast<std::uint8_t>(region);
  report_.header.gen = request_.gen;
  report_.header.row = rows;
  report_.refused = met.marked;
  rows = 0;
  has_report_ = true;
  return report_;
}

void Fence::report_taken() {
  // Behind the region's last peer its words count right again.
  if ((next_ + 1) % static_cast<int>(peers_.size()) == 0) {
    const int region = report_.header.region;
    for (int w = 0; w < words_; ++w) {
      Word& behind = word(!bank(region), w, region);
      behind.marked = false;
      behind.read = false;
    }
  }
  has_report_ = false;
  ++next_;
}

}  // namespace moehub::ref
