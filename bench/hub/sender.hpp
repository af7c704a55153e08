// A GPU that stores rows as fast as somebody takes their lines: a row generator in front of the crossbar
// of model/gpu, which interleaves the lines of a row over the lanes.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "bench/hub/ledger.hpp"
#include "bench/hub/rows.hpp"
#include "model/gpu/store_crossbar.hpp"

namespace moehub::bench {

struct SenderOptions {
  int gpu = 0;
  int lanes = 4;
  int streams = 8;          ///< rows that are stored at the same time: GPCs, each with a port of the crossbar
  bool interleaved = true;  ///< off: a port is wired to one lane, whatever the line
  std::uint64_t seed = 0;
};

class Sender {
 public:
  /// `self`: the GPU whose hub is measured; decides which way a row goes.
  Sender(const SenderOptions& options, const RowRules& rules, int self, Ledger& ledger);

  /// No new row from now on.
  void stop() { open_ = false; }
  bool idle() const;

  /// At the beginning of a cycle: new rows into the crossbar's queues.
  void fill();
  /// The line that a lane offers, stable until taken; null when there is none.
  const Packet* offer(int lane);
  void taken(int lane);

 private:
  StoreCrossbar& crossbar_of(int lane) {
    return crossbars_[options_.interleaved ? 0 : static_cast<std::size_t>(lane)];
  }
  int port_of(int lane) const { return options_.interleaved ? lane : 0; }
  void start_row(std::deque<RowStore>& waiting);

  SenderOptions options_;
  RowRules rules_;
  int self_;
  Ledger* ledger_;
  RowGenerator generator_;
  std::vector<StoreCrossbar> crossbars_;       // one, or one a lane
  std::vector<std::deque<RowStore>> waiting_;  // a stream: the rest of its row
  bool open_ = true;
};

}  // namespace moehub::bench
