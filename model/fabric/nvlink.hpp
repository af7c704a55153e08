// NVLink and the NVSwitch planes between the GPUs of a node; nodes have switches of their own.
//
// Lane l of every GPU is a link to plane l mod planes; planes have equal shares of a GPU's bandwidth, and
// the lanes of one plane equal shares of that. A plane has a virtual output queue for each (lane, source,
// destination): nothing blocks behind a parcel for another GPU. Each output serves the queues of its
// destination in turns, as long as the destination's receive buffer has room. Two credit loops make both
// queues lossless:
//
//   source --- link --> [VOQ] --- link --> [receive buffer] --> destination
//     ^-- credit (peer) --'  ^-- credit --------'
//
// What a link spends besides payload: a header flit a packet, a byte-enable flit for a partial line (both
// in Parcel::flits); of every frame the bytes for sequence number, CRC and error correction; and, for the
// packets that come from the other end, a flit of acknowledgement and credit for every `packets_per_ack`
// of them. For full lines that leaves 0.833 of the line rate one way and 0.828 with both ways busy.
//
// Parcels of one row use all lanes and may overtake each other. A parcel of several packets is passed on
// as its packets come in (its first one decides when the next link may start), and is received when its
// last one is there.
//
// What goes wrong, if anything: link_faults.hpp.
//
// Time: asked once a cycle, works in picoseconds inside it, so rates do not round to cycles. Cost of a
// cycle: O(lanes x GPUs).
#pragma once

#include <string>
#include <vector>

#include "model/config/system_config.hpp"
#include "model/fabric/link_faults.hpp"
#include "model/fabric/parcel.hpp"
#include "model/hub/packet.hpp"

namespace moehub {

class Nvlink {
 public:
  Nvlink(const FabricConfig& config, const FaultConfig& faults, int gpus, int lanes, Picoseconds cycle);

  /// Once a cycle, before anything else: what is due by `now` arrives, outputs send.
  void advance(Picoseconds now);

  /// Whether the link of a lane is free before the next cycle.
  bool can_send(int gpu, int lane, Picoseconds now) const {
    return up_[index(gpu, lane)].free_at < now + cycle_;
  }
  /// `parcel.dst` is another GPU of the same node. A parcel without a credit throws std::logic_error
  /// when it reaches the switch.
  void send(int gpu, int lane, const Parcel& parcel, Picoseconds now);
  /// The credit that comes back next; null when none has arrived.
  const CreditFlight* credit(int gpu, int lane, Picoseconds now) const {
    return first_arrived(returns_[index(gpu, lane)], now);
  }
  void take_credit(int gpu, int lane) {
    returns_[index(gpu, lane)].pop();
    --credits_under_way_;
  }
  const Flight* received(int gpu, int lane, Picoseconds now) const {
    return first_arrived(down_[index(gpu, lane)].link.flights, now);
  }
  void take_received(int gpu, int lane, Picoseconds now);

  bool busy() const { return parcels_ > 0 || credits_under_way_ > 0; }
  /// What GPUs have sent to their switches: flits, acknowledgements among them, in frames.
  std::uint64_t wire_bytes() const {
    return static_cast<std::uint64_t>(static_cast<double>(sent_flits_ * kFlitBytes) * framing_);
  }
  const LinkFaults& faults() const { return faults_; }
  std::string state() const;

 private:
  // One direction between a GPU and a plane.
  struct Link {
    Picoseconds free_at = 0;
    int unacknowledged = 0;  // packets of the other direction
    RingQueue<Flight> flights;
  };
  struct Output {  // of a plane, to one GPU on one lane
    Link link;
    int turn = 0;  // source (within the node) served last
    int waiting = 0;
    int room = 0;  // receive buffer, in packets
    struct Queue {
      RingQueue<Flight> flights;
      int packets = 0;
    };
    std::vector<Queue> voq;  // by source within the node
    RingQueue<CreditFlight> room_returns;
  };

  std::size_t index(int gpu, int lane) const {
    return static_cast<std::size_t>(lane) * static_cast<std::size_t>(gpus_) +
           static_cast<std::size_t>(gpu);
  }
  Picoseconds duration(std::uint32_t flits) const {
    return flits < durations_.size() ? durations_[flits]
                                     : std::llround(static_cast<double>(flits) * ps_per_flit_);
  }
  // Time to send flits on a link, and again where a bit is wrong.
  Picoseconds transfer(std::uint32_t flits);
  void freeze(int plane, Picoseconds now, Picoseconds until);
  void arrive_at_switch(int gpu, int lane, Picoseconds now);
  void serve(int dst, int lane, Picoseconds now);
  int acknowledge(Link& reverse, int packets, Picoseconds now) const;
  void request(Link& reverse, std::uint32_t flits, Picoseconds now) const;

  int gpus_;
  int node_gpus_;
  int lanes_;
  int extra_header_flits_;
  int packets_per_ack_;
  int voq_credits_;
  int planes_;
  Picoseconds cycle_;
  Picoseconds flight_;
  Picoseconds transit_;
  double framing_;  // bytes of a frame for each byte of flits
  double ps_per_flit_;
  std::vector<Picoseconds> durations_;  // by flits, of one packet

  std::vector<Link> up_;                          // [lane][gpu] to the plane
  std::vector<Output> down_;                      // [lane][gpu] from the plane
  std::vector<RingQueue<CreditFlight>> returns_;  // [lane][gpu] VOQ credits on their way to the source
  std::size_t parcels_ = 0;
  std::size_t credits_under_way_ = 0;
  std::uint64_t sent_flits_ = 0;
  Picoseconds now_ = 0;
  LinkFaults faults_;
  bool was_down_ = false;
};

}  // namespace moehub
