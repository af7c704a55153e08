#include "model/fabric/fabric.hpp"

#include <stdexcept>

namespace moehub {

Fabric::Fabric(const SystemConfig& system, int gpus, int lanes, Picoseconds cycle)
    : gpus_(gpus),
      node_gpus_(system.fabric.gpus_per_node),
      lanes_(lanes),
      nvlink_(system.fabric, system.faults, gpus, lanes, cycle),
      load_(gpus) {
  if (gpus > node_gpus_) network_.emplace(system, gpus, lanes, cycle);
}

void Fabric::advance(Picoseconds now) {
  nvlink_.advance(now);
  if (network_) network_->advance(now);
}

void Fabric::send(int gpu, int lane, const Parcel& parcel, Picoseconds now) {
  if (parcel.dst >= gpus_ || parcel.dst == gpu) {
    throw std::logic_error("GPU " + std::to_string(gpu) + " sent a packet to GPU " +
                           std::to_string(parcel.dst) + " on its link");
  }
  ++parcels_;
  const bool near = same_node(gpu, parcel.dst);
  load_.sent(gpu, !near, near ? parcel.flits * kFlitBytes : parcel.bytes, now);
  if (near) {
    nvlink_.send(gpu, lane, parcel, now);
  } else {
    network_->send(gpu, lane, parcel, now);
  }
}

void Fabric::take_credit(int gpu, int lane, Picoseconds now) {
  if (nvlink_.credit(gpu, lane, now) != nullptr) {
    nvlink_.take_credit(gpu, lane);
  } else {
    network_->take_credit(gpu, lane);
  }
}

void Fabric::take_received(int gpu, int lane, Picoseconds now) {
  const Flight* near = nvlink_.received(gpu, lane, now);
  if (const Flight* far = from_network(gpu, lane, near, now)) {
    load_.received(gpu, true, far->parcel.bytes, now);
    network_->take_received(gpu, lane, now);
  } else {
    load_.received(gpu, false, near->parcel.flits * kFlitBytes, now);
    nvlink_.take_received(gpu, lane, now);
  }
}

bool Fabric::has_input(int gpu, Picoseconds now) const {
  for (int lane = 0; lane < lanes_; ++lane) {
    if (received(gpu, lane, now) != nullptr || credit(gpu, lane, now).peer >= 0) return true;
  }
  return false;
}

std::string Fabric::state() const {
  return nvlink_.state() + (network_ ? "; " + network_->state() : "");
}

}  // namespace moehub
