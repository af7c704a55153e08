// Fences of the egress: which stores lie before one, how many rows each (peer, region) was sent since
// its last report, and the reports that follow.
//
//   idle    a fence waits at a lane and no lane holds a store: epoch and banks flip
//   drain   entries of the old epoch leave first
//   settle  nothing leaves until the rows that left are counted
//   read    counters of up to 8 peers of a region are read
//   send    a report for each enabled one, as an entry of the old epoch; a refusal if the word was bad
//   flush   until the reports have left
//
// Each region has two banks of counters; a fence flips only those of its own regions.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/hub/egress_partition.hpp"
#include "model/hub/event_log.hpp"
#include "model/hub/hub_config.hpp"
#include "model/hub/port.hpp"

namespace moehub::ref {

class Fence {
 public:
  explicit Fence(const HubParams& params);

  bool busy() const { return state_ != State::idle; }
  bool holds() const { return state_ == State::settle; }  // nothing may leave
  bool epoch() const { return epoch_; }                   // of a store that gets its entry now
  bool bank(int region) const { return bank_[static_cast<std::size_t>(region)]; }
  PendingFence pending() const { return {busy(), !epoch_}; }

  // Entries of the merge buffers; a report is one too, from when it is on its way.
  void entry_made(bool epoch) { ++entries_[epoch ? 1 : 0]; }
  void entry_left(bool epoch) { --entries_[epoch ? 1 : 0]; }

  // A row's byte 0 is counted for `peer`.
  void count_row(bool bank, int peer, int region, EventLog& events);

  struct Inputs {
    const Header* waiting = nullptr;  // a fence, at a lane
    bool lanes_empty = false;         // no store without an entry
    bool counted = false;             // no row waits to be counted
    bool report_taken = false;        // report() has become an entry, or was refused
  };
  struct Outcome {
    bool taken = false;    // the fence that waited; what may leave has changed
    bool complete = false;
  };
  Outcome step(const Inputs& in, const HubConfig& config, EventLog& events);

  // What is to be sent or refused now.
  struct Report {
    Header header;
    bool refused = false;  // for its counter's check bits
  };
  std::optional<Report> report(const HubConfig& config) const;

  void inject_wrong_check() { inject_ = true; }

 private:
  enum class State { idle, drain, settle, read, send, flush };

  // Counters lie in words of up to 8 peers, with check bits of their own: peer p is in word p mod `words_` of its
  // region. What is wrong with a word is wrong with all of them.
  struct Word {
    bool wrong_check = false;
    bool marked = false;  // a wrong word was met and replaced: no report of these peers
  };
  std::size_t index(bool bank, int peer, int region) const {
    return static_cast<std::size_t>(((bank ? 1 : 0) * params_.peers + peer) * params_.regions +
                                    region);
  }
  Word& word(bool bank, int peer, int region) {
    return words_of_[static_cast<std::size_t>(((bank ? 1 : 0) * words_ + peer % words_) *
                                                  params_.regions + region)];
  }
  void meet(Word& met, EventLog& events);

  const HubParams params_;
  const int words_;                    // of a region
  std::vector<std::uint32_t> counters_;
  std::vector<Word> words_of_;
  std::vector<bool> bank_;   // a region
  int entries_[2] = {0, 0};  // an epoch
  State state_ = State::idle;
  Header request_;
  int region_ = 0;         // being reported
  int regions_left_ = 0;   // that one included
  int word_ = 0;
  int peer_ = 0;
  bool asked_ = false;     // the word is being read
  bool refused_ = false;   // it was bad
  bool epoch_ = false;
  bool inject_ = false;
};

}  // namespace moehub::ref
