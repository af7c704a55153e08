// Everything between the GPUs: NVLink and NVSwitch within a node, NICs and a network between nodes.
#pragma once

#include <optional>
#include <string>

#include "model/fabric/link_load.hpp"
#include "model/fabric/network.hpp"
#include "model/fabric/nvlink.hpp"

namespace moehub {

class Fabric {
 public:
  /// `gpus` of all nodes; nodes have `fabric.gpus_per_node` each. `cycle`: time between two advances.
  Fabric(const SystemConfig& system, int gpus, int lanes, Picoseconds cycle);

  /// Once a cycle, before anything else.
  void advance(Picoseconds now);

  // ---- transmit side of a GPU
  /// Whether a lane can take a parcel for `dst` in this cycle, provided there is a credit.
  bool can_send(int gpu, int lane, int dst, Picoseconds now) const {
    return !same_node(gpu, dst) || nvlink_.can_send(gpu, lane, now);
  }
  /// Throws std::logic_error when the parcel names a GPU that is not there.
  void send(int gpu, int lane, const Parcel& parcel, Picoseconds now);
  /// The room that has come back for (lane, peer); peer -1: none.
  Credit credit(int gpu, int lane, Picoseconds now) const {
    if (const CreditFlight* flight = nvlink_.credit(gpu, lane, now)) return flight->credit;
    const CreditFlight* flight = network_ ? network_->credit(gpu, lane, now) : nullptr;
    return flight != nullptr ? flight->credit : Credit();
  }
  void take_credit(int gpu, int lane, Picoseconds now);

  // ---- receive side
  const Parcel* received(int gpu, int lane, Picoseconds now) const {
    const Flight* near = nvlink_.received(gpu, lane, now);
    if (const Flight* far = from_network(gpu, lane, near, now)) return &far->parcel;
    return near != nullptr ? &near->parcel : nullptr;
  }
  void take_received(int gpu, int lane, Picoseconds now);

  /// Parcels or credits under way.
  bool busy() const { return nvlink_.busy() || (network_ && network_->busy()); }
  /// Whether a GPU has anything to take now.
  bool has_input(int gpu, Picoseconds now) const;
  bool same_node(int a, int b) const { return a / node_gpus_ == b / node_gpus_; }

  std::uint64_t parcels() const { return parcels_; }
  std::uint64_t nvlink_bytes() const { return nvlink_.wire_bytes(); }
  std::uint64_t network_bytes() const { return network_ ? network_->wire_bytes() : 0; }
  const LinkFaults& link_faults() const { return nvlink_.faults(); }
  /// Over time; NVLink's in flits, without frames and acknowledgements.
  const LinkLoad& load() const { return load_; }
  /// What is held where, for the report of a hang.
  std::string state() const;

 private:
  // The network's parcel, if it came before the node's: a choice that does not change while both wait.
  const Flight* from_network(int gpu, int lane, const Flight* near, Picoseconds now) const {
    const Flight* far = network_ ? network_->received(gpu, lane, now) : nullptr;
    return far != nullptr && (near == nullptr || far->arrive < near->arrive) ? far : nullptr;
  }

  int gpus_;
  int node_gpus_;
  int lanes_;
  Nvlink nvlink_;
  std::optional<Network> network_;  // with more nodes than one
  std::uint64_t parcels_ = 0;
  LinkLoad load_;
};

}  // namespace moehub
