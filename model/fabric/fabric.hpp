// NVLink and the NVSwitch planes between the hubs of a node.
//
// Lane l of every hub is a link to plane l mod planes; planes have equal shares of a GPU's bandwidth, and
// the lanes of one plane equal shares of that. On a link a packet takes its flits' time (wire_bytes, plus
// what longer headers add) and then the flight time. A plane has a virtual output queue for each (lane,
// source, destination): nothing blocks behind a packet for another GPU. Each output serves the queues of
// its destination in turns, as long as the destination's receive buffer has room. Two credit loops make
// both queues lossless:
//
//   source hub --- link --> [VOQ] --- link --> [receive buffer] --> destination hub
//        ^-- credit (peer) --'  ^-- credit --------'
//
// Packets of one row use all lanes and may overtake each other. Link-level CRC and replay have their
// place in `Link::transmit`: a replayed packet occupies the link again and arrives later.
//
// Time: the fabric is asked once a hub cycle and works in picoseconds inside it, so rates do not
// round to cycles. Cost of a cycle: O(lanes x GPUs); of a packet: one copy, then indices.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/base/ring_queue.hpp"
#include "model/base/time.hpp"
#include "model/config/system_config.hpp"
#include "model/fabric/packet_pool.hpp"

namespace moehub {

class Fabric {
 public:
  Fabric(const FabricConfig& config, int gpus, int lanes, Picoseconds cycle);

  /// Once a cycle, before anything else: what is due by `now` arrives, outputs send.
  void advance(Picoseconds now);

  // ---- transmit side of a hub
  bool can_send(int gpu, int lane, Picoseconds now) const;
  /// Throws std::logic_error when the hub has no credit or names a GPU that is not there.
  void send(int gpu, int lane, const Packet& packet, Picoseconds now);
  /// A credit that has come back: its peer, or -1.
  int credit(int gpu, int lane, Picoseconds now) const;
  void take_credit(int gpu, int lane);

  // ---- receive side
  const Packet* received(int gpu, int lane, Picoseconds now) const;
  void take_received(int gpu, int lane, Picoseconds now);

  /// Packets or credits under way.
  bool busy() const { return pool_.in_use() > 0 || credits_under_way_ > 0; }
  /// Whether a GPU has anything to take now.
  bool has_input(int gpu, Picoseconds now) const;

  std::uint64_t packets() const { return packets_; }
  std::uint64_t wire_bytes() const { return wire_bytes_; }
  /// What is held where, for the report of a hang.
  std::string state() const;

 private:
  // A packet on its way: what the switch needs to know, so that it need not look into the packet.
  struct Flight {
    Picoseconds arrive = 0;
    PacketIndex packet = 0;
    std::uint16_t dst = 0;
    std::uint16_t flits = 0;
  };
  struct Credit {
    Picoseconds arrive = 0;
    int peer = 0;
  };
  // One direction between a GPU and a plane.
  struct Link {
    Picoseconds free_at = 0;
    RingQueue<Flight> flights;

    void transmit(Flight flight, Picoseconds start, Picoseconds duration, Picoseconds travel) {
      free_at = start + duration;
      flight.arrive = free_at + travel;
      flights.push(flight);
    }
  };
  struct Output {  // of a plane, to one GPU on one lane
    Link link;
    int turn = 0;  // source served last
    int waiting = 0;
    int room = 0;  // receive buffer, in packets
    std::vector<RingQueue<Flight>> voq;  // by source
    RingQueue<Picoseconds> room_returns;
  };

  std::size_t index(int gpu, int lane) const {
    return static_cast<std::size_t>(lane) * static_cast<std::size_t>(gpus_) +
           static_cast<std::size_t>(gpu);
  }
  void arrive_at_switch(int gpu, int lane, Picoseconds now);
  void serve(int dst, int lane, Picoseconds now);

  int gpus_;
  int lanes_;
  Picoseconds cycle_;
  Picoseconds flight_;
  Picoseconds transit_;
  int extra_header_flits_;
  std::vector<Picoseconds> duration_;  // by flits
  std::size_t voq_credits_;

  PacketPool pool_;
  std::vector<Link> up_;                   // [lane][gpu] to the plane
  std::vector<Output> down_;               // [lane][gpu] from the plane
  std::vector<RingQueue<Credit>> returns_;  // [lane][gpu] VOQ credits on their way to the source
  std::size_t credits_under_way_ = 0;
  std::uint64_t packets_ = 0;
  std::uint64_t wire_bytes_ = 0;
};

}  // namespace moehub
