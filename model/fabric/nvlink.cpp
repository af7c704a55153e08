#include "model/fabric/nvlink.hpp"

#include <algorithm>
#include <stdexcept>

namespace moehub {

Nvlink::Nvlink(const FabricConfig& config, const FaultConfig& faults, int gpus, int lanes,
               Picoseconds cycle)
    : gpus_(gpus),
      node_gpus_(std::min(config.gpus_per_node, gpus)),
      lanes_(lanes),
      extra_header_flits_(config.header_flits - 1),
      packets_per_ack_(config.packets_per_ack),
      voq_credits_(config.credits_per_voq),
      planes_(config.planes),
      cycle_(cycle),
      flight_(from_ns(config.gpu_to_switch_ns)),
      transit_(from_ns(config.switch_transit_ns)),
      framing_(static_cast<double>(config.frame_bytes) /
               (config.frame_bytes - config.frame_overhead_bytes)),
      up_(static_cast<std::size_t>(gpus * lanes)),
      down_(static_cast<std::size_t>(gpus * lanes)),
      returns_(static_cast<std::size_t>(gpus * lanes)),
      faults_(faults, 8 * kFlitBytes * framing_) {
  const int lanes_of_a_plane = (lanes + config.planes - 1) / config.planes;
  const double lane_gb_per_s = config.gb_per_s_per_direction / config.planes / lanes_of_a_plane;
  ps_per_flit_ = kFlitBytes * framing_ / lane_gb_per_s * 1e3;
  constexpr int kMostFlits = 2 + kLineBytes / kFlitBytes;
  for (int flits = 0; flits <= kMostFlits + extra_header_flits_; ++flits) {
    durations_.push_back(std::llround(flits * ps_per_flit_));
  }
  for (Output& output : down_) {
    output.voq.resize(static_cast<std::size_t>(node_gpus_));
    output.room = config.receive_buffer_packets;
  }
}

void Nvlink::advance(Picoseconds now) {
  now_ = now;
  if (!was_down_ && faults_.is_down(now)) {
    was_down_ = true;
    freeze(faults_.plane(), now, faults_.end());
  }
  if (parcels_ == 0) return;
  for (int lane = 0; lane < lanes_; ++lane) {
    for (int gpu = 0; gpu < gpus_; ++gpu) arrive_at_switch(gpu, lane, now);
    for (int gpu = 0; gpu < gpus_; ++gpu) serve(gpu, lane, now);
  }
}

Picoseconds Nvlink::transfer(std::uint32_t flits) {
  const Picoseconds time = duration(flits);
  return time + faults_.replays(flits, time + 2 * flight_);
}

// Everything on the links of a plane is sent again when it is back; what waits in its queues stays there.
void Nvlink::freeze(int plane, Picoseconds now, Picoseconds until) {
  const auto hold = [&](Link& link) {
    link.free_at = std::max(link.free_at, now) + until - now;
    for (std::size_t i = 0; i < link.flights.size(); ++i) {
      if (link.flights[i].arrive > now) link.flights[i].arrive += until - now;
    }
  };
  const auto hold_credits = [&](RingQueue<CreditFlight>& credits) {
    for (std::size_t i = 0; i < credits.size(); ++i) {
      if (credits[i].arrive > now) credits[i].arrive += until - now;
    }
  };
  for (int lane = 0; lane < lanes_; ++lane) {
    if (lane % planes_ != plane) continue;
    for (int gpu = 0; gpu < gpus_; ++gpu) {
      hold(up_[index(gpu, lane)]);
      hold(down_[index(gpu, lane)].link);
      hold_credits(down_[index(gpu, lane)].room_returns);
      hold_credits(returns_[index(gpu, lane)]);
    }
  }
}

// A flit of acknowledgement and credit for some packets that came on the other direction of a link.
// Returns how many.
int Nvlink::acknowledge(Link& reverse, int packets, Picoseconds now) const {
  reverse.unacknowledged += packets;
  const int flits = reverse.unacknowledged / packets_per_ack_;
  if (flits == 0) return 0;
  reverse.unacknowledged -= flits * packets_per_ack_;
  reverse.free_at = std::max(reverse.free_at, now) + duration(static_cast<std::uint32_t>(flits));
  return flits;
}

// Reads are asked for on the other direction of both links; what it takes is charged when they are answered.
void Nvlink::request(Link& reverse, std::uint32_t flits, Picoseconds now) const {
  if (flits > 0) reverse.free_at = std::max(reverse.free_at, now) + duration(flits);
}

void Nvlink::arrive_at_switch(int gpu, int lane, Picoseconds now) {
  RingQueue<Flight>& flights = up_[index(gpu, lane)].flights;
  while (!flights.empty() && flights.front().arrive <= now) {
    const Flight flight = flights.front();
    flights.pop();
    Output& output = down_[index(flight.parcel.dst, lane)];
    Output::Queue& queue = output.voq[static_cast<std::size_t>(gpu % node_gpus_)];
    if (queue.packets + flight.parcel.packets > voq_credits_) {
      throw std::logic_error("GPU " + std::to_string(gpu) + " sent to GPU " +
                             std::to_string(flight.parcel.dst) + " without a credit");
    }
    queue.packets += flight.parcel.packets;
    queue.flights.push(flight);
    ++output.waiting;
  }
}

// A parcel starts within this cycle when the link is free before the next one.
void Nvlink::serve(int dst, int lane, Picoseconds now) {
  Output& output = down_[index(dst, lane)];
  while (!output.room_returns.empty() && output.room_returns.front().arrive <= now) {
    output.room += output.room_returns.front().credit.packets;
    output.room_returns.pop();
  }
  const int node_base = dst / node_gpus_ * node_gpus_;
  while (output.waiting > 0 && output.link.free_at < now + cycle_) {
    int turn = output.turn;
    do {
      turn = turn + 1 == node_gpus_ ? 0 : turn + 1;
    } while (output.voq[static_cast<std::size_t>(turn)].flights.empty());
    Output::Queue& queue = output.voq[static_cast<std::size_t>(turn)];
    Flight flight = queue.flights.front();
    if (output.room < flight.parcel.packets) return;
    output.turn = turn;
    queue.flights.pop();
    queue.packets -= flight.parcel.packets;
    --output.waiting;
    output.room -= flight.parcel.packets;
    const int source = node_base + turn;
    Link& link = output.link;
    link.free_at = std::max(link.free_at, flight.arrive) +
                   transfer(flight.parcel.flits + static_cast<std::uint32_t>(
                                flight.parcel.packets * extra_header_flits_));
    flight.arrive = link.free_at + transit_ + flight_;
    link.flights.push(flight);
    request(up_[index(dst, lane)], flight.parcel.request_flits, now);
    sent_flits_ += flight.parcel.request_flits;
    sent_flits_ += static_cast<std::uint64_t>(
        acknowledge(up_[index(dst, lane)], flight.parcel.packets, now));
    if (faults_.loses_credit()) continue;
    returns_[index(source, lane)].push({link.free_at + flight_, {dst, flight.parcel.packets}});
    ++credits_under_way_;
  }
}

void Nvlink::send(int gpu, int lane, const Parcel& parcel, Picoseconds now) {
  const auto flits =
      parcel.flits + static_cast<std::uint32_t>(parcel.packets * extra_header_flits_);
  sent_flits_ += flits;
  ++parcels_;
  Link& link = up_[index(gpu, lane)];
  const Picoseconds start = std::max(link.free_at, now);
  const Picoseconds time = transfer(flits);
  link.free_at = start + time;
  const Picoseconds first_packet = start + time - duration(flits) + duration(flits / parcel.packets);
  link.flights.push({first_packet + flight_, parcel});
  request(down_[index(gpu, lane)].link, parcel.request_flits, now);
  acknowledge(down_[index(gpu, lane)].link, parcel.packets, now);
}

void Nvlink::take_received(int gpu, int lane, Picoseconds now) {
  Output& output = down_[index(gpu, lane)];
  const int packets = output.link.flights.front().parcel.packets;
  output.link.flights.pop();
  output.room_returns.push({now + flight_, {gpu, packets}});
  --parcels_;
}

std::string Nvlink::state() const {
  std::size_t flying = 0;
  std::size_t landed = 0;
  int queued = 0;
  for (const Link& link : up_) flying += link.flights.size();
  for (const Output& output : down_) {
    queued += output.waiting;
    landed += output.link.flights.size();
  }
  return std::to_string(flying) + " packets on the way to a switch, " + std::to_string(queued) +
         " in its queues, " + std::to_string(landed) + " on the way to a GPU or in its buffer" +
         faults_.state(now_);
}

}  // namespace moehub
