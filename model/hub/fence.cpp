#include "model/hub/fence.hpp"

namespace moehub::ref {

Fence::Fence(const HubParams& params)
    : params_{params},
      counters_(static_cast<std::size_t>(2 * params.peers * params.regions)),
      bank_(static_cast<std::size_t>(params.regions)) {
  peers_.reserve(static_cast<std::size_t>(params.peers));
}

void Fence::count_row(bool bank, int peer, int region) {
  if (region >= params_.regions) return;
  Counter& counter = counters_[index(bank, peer, region)];
  ++counter.rows;
  if (inject_) counter.bad = true;
  inject_ = false;
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

std::optional<Fence::Report> Fence::report() const {
  if (state_ != State::reporting || next_ >= reports_) return std::nullopt;
  const int peers = static_cast<int>(peers_.size());
  const int region = request_.region + next_ / peers;
  const int peer = peers_[static_cast<std::size_t>(next_ % peers)];
  const Counter& counter = counters_[index(!bank(region), peer, region)];
  Report report;
  report.header.kind = PacketKind::count;
  report.header.src = static_cast<std::uint8_t>(self_);
  report.header.dst = static_cast<std::uint8_t>(peer);
  report.header.region = static_cast<std::uint8_t>(region);
  report.header.gen = request_.gen;
  report.header.row = counter.rows;
  report.bad_parity = counter.bad;
  return report;
}

void Fence::report_taken() {
  const Header header = report()->header;
  counters_[index(!bank(header.region), header.dst, header.region)] = {};
  ++next_;
}

}  // namespace moehub::ref
