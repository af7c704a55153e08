#include "model/fabric/fabric.hpp"

#include <algorithm>
#include <stdexcept>

namespace moehub {

Fabric::Fabric(const FabricConfig& config, int gpus, int lanes, Picoseconds cycle)
    : gpus_(gpus),
      lanes_(lanes),
      cycle_(cycle),
      flight_(from_ns(config.gpu_to_switch_ns)),
      transit_(from_ns(config.switch_transit_ns)),
      extra_header_flits_(config.header_flits - 1),
      voq_credits_(static_cast<std::size_t>(config.credits_per_voq)),
      up_(static_cast<std::size_t>(gpus * lanes)),
      down_(static_cast<std::size_t>(gpus * lanes)),
      returns_(static_cast<std::size_t>(gpus * lanes)) {
  const int lanes_of_a_plane = (lanes + config.planes - 1) / config.planes;
  const double lane_gb_per_s = config.gb_per_s_per_direction / config.planes / lanes_of_a_plane;
  constexpr int kMostFlits = 2 + kLineBytes / kFlitBytes;
  for (int flits = 0; flits <= kMostFlits + extra_header_flits_; ++flits) {
    duration_.push_back(transfer_time(flits * kFlitBytes, lane_gb_per_s));
  }
  for (Output& output : down_) {
    output.voq.resize(static_cast<std::size_t>(gpus));
    output.room = config.receive_buffer_packets;
  }
}

void Fabric::advance(Picoseconds now) {
  if (pool_.in_use() == 0) return;
  for (int lane = 0; lane < lanes_; ++lane) {
    for (int gpu = 0; gpu < gpus_; ++gpu) arrive_at_switch(gpu, lane, now);
    for (int gpu = 0; gpu < gpus_; ++gpu) serve(gpu, lane, now);
  }
}

void Fabric::arrive_at_switch(int gpu, int lane, Picoseconds now) {
  RingQueue<Flight>& flights = up_[index(gpu, lane)].flights;
  const std::size_t lane_gpus = index(0, lane);
  const auto source = static_cast<std::size_t>(gpu);
  while (!flights.empty() && flights.front().arrive <= now) {
    const Flight flight = flights.front();
    flights.pop();
    Output& output = down_[lane_gpus + flight.dst];
    if (output.voq[source].size() >= voq_credits_) {
      throw std::logic_error("hub of GPU " + std::to_string(source) + " sent to GPU " +
                             std::to_string(flight.dst) + " without a credit");
    }
    output.voq[source].push(flight);
    ++output.waiting;
  }
}

// A packet starts within this cycle when the link is free before the next one.
void Fabric::serve(int dst, int lane, Picoseconds now) {
  Output& output = down_[index(dst, lane)];
  while (!output.room_returns.empty() && output.room_returns.front() <= now) {
    output.room_returns.pop();
    ++output.room;
  }
  while (output.waiting > 0 && output.room > 0 && output.link.free_at < now + cycle_) {
    do {
      output.turn = output.turn + 1 == gpus_ ? 0 : output.turn + 1;
    } while (output.voq[static_cast<std::size_t>(output.turn)].empty());
    RingQueue<Flight>& queue = output.voq[static_cast<std::size_t>(output.turn)];
    const Flight flight = queue.front();
    queue.pop();
    --output.waiting;
    --output.room;
    output.link.transmit(flight, std::max(output.link.free_at, flight.arrive),
                         duration_[flight.flits], transit_ + flight_);
    returns_[index(output.turn, lane)].push({output.link.free_at + flight_, dst});
    ++credits_under_way_;
  }
}

bool Fabric::can_send(int gpu, int lane, Picoseconds now) const {
  return up_[index(gpu, lane)].free_at < now + cycle_;
}

void Fabric::send(int gpu, int lane, const Packet& packet, Picoseconds now) {
  if (packet.header.dst >= gpus_ || packet.header.dst == gpu) {
    throw std::logic_error("hub of GPU " + std::to_string(gpu) + " sent a packet to GPU " +
                           std::to_string(packet.header.dst) + " on its link");
  }
  const int flits = moehub::wire_bytes(packet) / kFlitBytes + extra_header_flits_;
  ++packets_;
  wire_bytes_ += static_cast<std::uint64_t>(flits * kFlitBytes);
  Link& link = up_[index(gpu, lane)];
  link.transmit({0, pool_.put(packet), packet.header.dst, static_cast<std::uint16_t>(flits)},
                std::max(link.free_at, now), duration_[static_cast<std::size_t>(flits)], flight_);
}

int Fabric::credit(int gpu, int lane, Picoseconds now) const {
  const RingQueue<Credit>& queue = returns_[index(gpu, lane)];
  return !queue.empty() && queue.front().arrive <= now ? queue.front().peer : -1;
}

void Fabric::take_credit(int gpu, int lane) {
  returns_[index(gpu, lane)].pop();
  --credits_under_way_;
}

const Packet* Fabric::received(int gpu, int lane, Picoseconds now) const {
  const RingQueue<Flight>& flights = down_[index(gpu, lane)].link.flights;
  return !flights.empty() && flights.front().arrive <= now ? &pool_[flights.front().packet]
                                                           : nullptr;
}

void Fabric::take_received(int gpu, int lane, Picoseconds now) {
  Output& output = down_[index(gpu, lane)];
  pool_.release(output.link.flights.front().packet);
  output.link.flights.pop();
  output.room_returns.push(now + flight_);
}

bool Fabric::has_input(int gpu, Picoseconds now) const {
  for (int lane = 0; lane < lanes_; ++lane) {
    if (received(gpu, lane, now) != nullptr || credit(gpu, lane, now) >= 0) return true;
  }
  return false;
}

std::string Fabric::state() const {
  std::size_t flying = 0;
  std::size_t landed = 0;
  int queued = 0;
  for (const Link& link : up_) flying += link.flights.size();
  for (const Output& output : down_) {
    queued += output.waiting;
    landed += output.link.flights.size();
  }
  return std::to_string(flying) + " packets on the way to a switch, " + std::to_string(queued) +
         " in its queues, " + std::to_string(landed) + " on the way to a GPU or in its buffer";
}

}  // namespace moehub
