// Fences of the egress: which stores lie before one, how many rows each (peer, region) was sent since
// its last report, and the reports that follow.
//
//   accept ─▶ closed: inputs shut until every accepted store has its entry; epoch and banks flip
//          ─▶ draining: entries of the old epoch leave first
//          ─▶ reporting: a report for each region asked for and each enabled peer, as an entry of the
//             old epoch; complete when the last one has left
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
  bool inputs_closed() const { return state_ == State::closed; }
  bool epoch() const { return epoch_; }  // of a store that is accepted now
  bool bank(int region) const { return bank_[static_cast<std::size_t>(region)]; }
  PendingFence pending() const { return {state_ == State::draining || state_ == State::reporting, !epoch_}; }

  // Entries of the merge buffers; a report is one too.
  void entry_made(bool epoch) { ++entries_[epoch ? 1 : 0]; }
  void entry_left(bool epoch) { --entries_[epoch ? 1 : 0]; }

  // A row's byte 0 leaves for `peer`.
  void count_row(bool bank, int peer, int region, EventLog& events);

  // A fence request; not while busy. Reports go to the peers that are enabled now.
  void start(const Header& request, const HubConfig& config);
  // Once a cycle, with the stores that are accepted and have no entry yet; true when the fence is complete.
  bool step(int stores_on_their_way);
  bool flipped() const { return flipped_; }  // by the last step: what may leave has changed

  // The next report, until it is taken; while reporting.
  struct Report {
    Header header;
    bool refused = false;  // for its counter's parity
  };
  std::optional<Report> report(EventLog& events);
  void report_taken();

  void inject_parity_error() { inject_ = true; }

 private:
  enum class State { idle, closed, draining, reporting };
  static constexpr int kCountCycles = 4;  // until rows that left are counted

  // Counters lie in words of up to 8 peers, with one parity: peer p is in word p mod `words_` of its
  // region. What is wrong with a word is wrong with all of them.
  struct Word {
    bool bad_parity = false;
    bool marked = false;  // a wrong word was met and replaced: no report of these peers
    bool read = false;    // for the reports of its region
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
  int self_ = 0;
  std::vector<int> peers_;   // of the current fence
  int next_ = 0;             // report, counted over regions and peers
  Report report_;            // that one, once it was asked for
  bool has_report_ = false;
  int reports_ = 0;
  int wait_ = 0;
  bool epoch_ = false;
  bool flipped_ = false;
  bool inject_ = false;
};

}  // namespace moehub::ref
