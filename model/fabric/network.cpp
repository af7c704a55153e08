#include "model/fabric/network.hpp"

#include <algorithm>

namespace moehub {

Network::Network(const SystemConfig& system, int gpus, int lanes, Picoseconds cycle)
    : gpus_(gpus),
      node_gpus_(system.fabric.gpus_per_node),
      lanes_(lanes),
      cycle_(cycle),
      same_rail_(from_ns(system.network.same_rail_ns)),
      cross_rail_(from_ns(system.network.cross_rail_ns)),
      host_(from_ns(system.network.gpu_to_nic_ns)),
      gb_per_s_(system.network.gb_per_s_per_direction),
      frame_bytes_(static_cast<std::uint32_t>(system.network.frame_bytes)),
      frame_header_bytes_(static_cast<std::uint32_t>(system.network.frame_header_bytes)),
      nics_(static_cast<std::size_t>(gpus)),
      returns_(static_cast<std::size_t>(gpus * lanes)),
      arrivals_(static_cast<std::size_t>(gpus * lanes)) {
  for (Nic& nic : nics_) {
    nic.queues.resize(static_cast<std::size_t>(gpus));
    nic.window = std::int64_t{1024} * system.network.window_kb;
  }
}

void Network::advance(Picoseconds now) {
  if (queued_ == 0) return;
  for (Nic& receiver : nics_) {
    while (!receiver.window_returns.empty() && receiver.window_returns.front().arrive <= now) {
      receiver.window += receiver.window_returns.front().credit.packets;
      receiver.window_returns.pop();
    }
  }
  for (int gpu = 0; gpu < gpus_; ++gpu) serve(gpu, now);
}

void Network::send(int gpu, int lane, const Parcel& parcel, Picoseconds now) {
  Nic& nic = nics_[static_cast<std::size_t>(gpu)];
  nic.queues[parcel.dst].push({{now + host_, parcel}, lane});
  ++nic.waiting;
  ++queued_;
  ++parcels_;
}

// The destination that the NIC goes on with, if one has something and room for it.
bool Network::choose(Nic& nic, Picoseconds now) const {
  for (int i = 0; i <= gpus_; ++i) {
    // i = 0 keeps the open frame; a full turn comes back to the destination that it was for.
    const int destination = (nic.turn + i) % gpus_;
    if (i == 0 && nic.frame_left == 0) continue;
    const RingQueue<Waiting>& queue = nic.queues[static_cast<std::size_t>(destination)];
    if (queue.empty() || queue.front().flight.arrive >= now + cycle_) continue;
    const Nic& receiver = nics_[static_cast<std::size_t>(destination)];
    if (receiver.window < queue.front().flight.parcel.bytes) continue;
    if (i > 0) nic.frame_left = 0;
    nic.turn = destination;
    return true;
  }
  return false;
}

void Network::serve(int gpu, Picoseconds now) {
  Nic& nic = nics_[static_cast<std::size_t>(gpu)];
  while (nic.waiting > 0 && nic.send_free_at < now + cycle_) {
    if (!choose(nic, now)) return;
    RingQueue<Waiting>& queue = nic.queues[static_cast<std::size_t>(nic.turn)];
    const Waiting next = queue.front();
    queue.pop();
    --nic.waiting;
    --queued_;
    const Parcel& parcel = next.flight.parcel;
    Nic& receiver = nics_[parcel.dst];
    receiver.window -= parcel.bytes;

    std::uint32_t bytes = parcel.bytes;
    const Picoseconds ready = std::max(nic.send_free_at, next.flight.arrive);
    if (ready > nic.send_free_at) nic.frame_left = 0;  // idle meanwhile: the frame has left
    std::uint32_t to_send = parcel.bytes;
    while (to_send > nic.frame_left) {
      to_send -= nic.frame_left;
      bytes += frame_header_bytes_;
      nic.frame_left = frame_bytes_;
    }
    nic.frame_left -= to_send;

    const Picoseconds duration = transfer_time(bytes, gb_per_s_);
    nic.send_free_at = ready + duration;
    wire_bytes_ += bytes;
    receiver.receive_free_at =
        std::max(receiver.receive_free_at, ready + latency(gpu, parcel.dst)) + duration;
    arrivals_[index(parcel.dst, next.lane)].push({receiver.receive_free_at, parcel});
    returns_[index(gpu, next.lane)].push({nic.send_free_at + host_, {parcel.dst, parcel.packets}});
    ++credits_under_way_;
  }
}

void Network::take_received(int gpu, int lane, Picoseconds now) {
  RingQueue<Flight>& flights = arrivals_[index(gpu, lane)];
  const int bytes = static_cast<int>(flights.front().parcel.bytes);
  flights.pop();
  nics_[static_cast<std::size_t>(gpu)].window_returns.push({now + same_rail_, {gpu, bytes}});
  --parcels_;
}

std::string Network::state() const {
  return std::to_string(queued_) + " packets at NICs, " + std::to_string(parcels_ - queued_) +
         " on the way from them or not taken";
}

}  // namespace moehub
