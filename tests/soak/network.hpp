// Links between the hubs: packets on their way to a GPU, and credits on their way back.
//
// A lane of a link is a plane. In `reorder`, packets take any time and come out on any lane; otherwise a lane keeps the
// order of what one GPU sent on it. Beside them packets of strangers, which must be refused.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "model/base/ring_queue.hpp"
#include "model/hub/hub_setup.hpp"
#include "model/hub/port.hpp"
#include "tests/soak/round.hpp"

namespace moehub::soak {

class Network {
 public:
  Network(const SoakCase& c, std::uint64_t seed);

  void start(const Round& round);
  /// A packet that a GPU sends; throws Wrong when it has no credit for it.
  void send(int src, std::size_t lane, const Packet& packet, std::uint64_t cycle);
  const Packet* offer(int dst, std::size_t lane, std::uint64_t cycle);
  bool offers(int dst, std::size_t lane) const { return at(dst).offered[lane].has_value(); }
  void accepted(int dst, std::size_t lane, std::uint64_t cycle);
  /// The peer whose credit comes back to a lane of a GPU in this cycle; -1: none.
  int credit(int src, std::size_t lane, std::uint64_t cycle);

  bool idle() const { return moving_ == 0; }
  /// Packets of strangers that a GPU has to refuse, by cause.
  const RefusalCounts& illegal(int dst) const { return at(dst).illegal; }
  std::uint64_t illegal_packets(int dst) const { return at(dst).illegal_packets; }
  std::uint64_t sent(int src) const { return at(src).sent; }
  std::uint64_t sent() const;
  std::uint64_t received(int dst) const { return at(dst).received; }  // of GPUs

 private:
  struct Flying {
    std::uint64_t due = 0;
    std::uint8_t lane = 0;  // that it was sent on
    bool has_credit = true;
    Packet packet;
  };
  struct Credit {
    std::uint64_t due = 0;
    int peer = 0;
  };
  struct Gpu {
    std::vector<Flying> pool;                            // reorder
    std::vector<std::vector<RingQueue<Flying>>> queues;  // [lane][src], else
    std::vector<std::optional<Flying>> offered;          // a lane
    std::vector<bool> second_beat;                       // of a broken packet follows on the lane
    std::vector<std::vector<Credit>> credits;            // [lane], on their way to this GPU
    std::vector<std::vector<int>> outstanding;           // [lane][peer]
    RefusalCounts illegal{};
    int illegal_left = 0;  // of the round
    std::uint64_t illegal_packets = 0, sent = 0, received = 0;
  };

  Gpu& at(int gpu) { return gpus_[static_cast<std::size_t>(gpu)]; }
  const Gpu& at(int gpu) const { return gpus_[static_cast<std::size_t>(gpu)]; }
  bool take_any(Gpu& gpu, std::size_t lane, std::uint64_t cycle);
  bool take_in_order(Gpu& gpu, std::size_t lane, std::uint64_t cycle);
  bool make_illegal(int dst, Flying& flying);
  std::uint64_t spread(int cycles) { return cycles == 0 ? 0 : random_.below(static_cast<std::size_t>(cycles)); }

  const SoakCase& c_;
  Random random_;
  const Round* round_ = nullptr;
  std::vector<Gpu> gpus_;
  std::uint64_t moving_ = 0;  // packets and credits
};

}  // namespace moehub::soak
