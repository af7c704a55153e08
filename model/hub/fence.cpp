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
      bank_(static_cast<std::size_t>(params.regions)) {}

// A word that is read with wrong check bits is replaced by a marked one, and written with the right ones of now.
void Fence::meet(Word& met, EventLog& events) {
  if (met.wrong_check) {
    events.table_error();
    met.marked = true;
  }
  met.wrong_check = inject_;
  inject_ = false;
}

void Fence::count_row(bool bank, int peer, int region, EventLog& events) {
  if (region >= params_.regions) return;
  ++counters_[index(bank, peer, region)];
  meet(word(bank, peer, region), events);
}

Fence::Outcome Fence::step(const Inputs& in, const HubConfig& config, EventLog& events) {
  Outcome outcome;
  const int& before_fence = entries_[epoch_ ? 0 : 1];
  switch (state_) {
    case State::idle:
      if (in.waiting == nullptr || !in.lanes_empty) break;
      request_ = *in.waiting;
      request_.src = static_cast<std::uint8_t>(config.self);
      epoch_ = !epoch_;
      region_ = request_.region;
      regions_left_ = static_cast<int>(request_.row);
      for (int r = region_; r < region_ + regions_left_; ++r) {
        bank_[static_cast<std::size_t>(r)] = !bank(r);
      }
      word_ = 0;
      state_ = State::drain;
      outcome.taken = true;
      break;
    case State::drain:
      if (before_fence == 0) state_ = State::settle;
      break;
    case State::settle:
      if (in.counted) state_ = regions_left_ == 0 ? State::flush : State::read;
      break;
    case State::read:
      if (!asked_) {
        asked_ = true;
      } else {
        asked_ = false;
        Word& met = word(!bank(region_), word_, region_);
        meet(met, events);
        refused_ = met.marked;
        met.marked = false;
        peer_ = word_;
        state_ = State::send;
      }
      break;
    case State::send:
      if (config.peers.test(peer_) && !in.report_taken) break;
      counters_[index(!bank(region_), peer_, region_)] = 0;
      peer_ += words_;
      if (peer_ < params_.peers) break;
      state_ = State::read;
      if (++word_ < words_) break;
      word_ = 0;
      ++region_;
      if (--regions_left_ == 0) state_ = State::flush;
      break;
    case State::flush:
      if (before_fence > 0) break;
      state_ = State::idle;
      outcome.complete = true;
      break;
  }
  return outcome;
}

std::optional<Fence::Report> Fence::report(const HubConfig& config) const {
  if (state_ != State::send || !config.peers.test(peer_)) return std::nullopt;
  Report report;
  report.header.kind = PacketKind::count;
  report.header.src = request_.src;
  report.header.dst = static_cast<std::uint8_t>(peer_);
  report.header.region = static_cast<std::uint8_t>(region_);
  report.header.gen = request_.gen;
  report.header.row = counters_[index(!bank(region_), peer_, region_)];
  report.refused = refused_;
  return report;
}

}  // namespace moehub::ref
