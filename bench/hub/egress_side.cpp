#include "bench/hub/egress_side.hpp"

#include <algorithm>

namespace moehub::bench {

EgressSide::EgressSide(const HubParams& params, const Environment& environment, Ledger& ledger)
    : params_{params}, environment_{environment}, ledger_{&ledger}, random_{environment.seed + 1} {
  lanes_.resize(static_cast<std::size_t>(params.lanes));
  for (Lane& lane : lanes_) {
    lane.credits.assign(static_cast<std::size_t>(params.peers), environment.credits);
    lane.lines.assign(static_cast<std::size_t>(params.peers), 0);
  }
}

void EgressSide::stop() {
  if (sender_) sender_->stop();
}

bool EgressSide::idle() const {
  return (!sender_ || sender_->idle()) &&
         std::all_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.flying.empty(); });
}

void EgressSide::drive(const HubOutputs&, std::uint64_t cycle, HubInputs& in) {
  if (sender_) sender_->fill();
  for (std::size_t l = 0; l < lanes_.size(); ++l) {
    Lane& lane = lanes_[l];
    lane.offers = lane.offers || static_cast<int>(random_() % 100) < environment_.offer_percent;
    if (sender_ && lane.offers) in.req[l] = sender_->offer(static_cast<int>(l));
    in.tx_ready[l] = static_cast<int>(random_() % 100) < environment_.ready_percent;
    if (!lane.flying.empty() && lane.flying.front().due <= cycle && lane.next_credit <= cycle) {
      in.credit_peer[l] = lane.flying.front().peer;
    }
  }
}

void EgressSide::moved(const HubOutputs& out, const HubInputs& in, std::uint64_t cycle, bool count) {
  for (std::size_t l = 0; l < lanes_.size(); ++l) {
    Lane& lane = lanes_[l];
    if (count) count_pressure(l, out, in);
    if (in.credit_peer[l] >= 0) {
      ++lane.credits[static_cast<std::size_t>(in.credit_peer[l])];
      lane.flying.pop();
      lane.next_credit = cycle + static_cast<std::uint64_t>(environment_.credit_interval_cycles);
    }
    if (in.tx_ready[l] && out.tx[l] != nullptr) {
      const Packet& packet = *out.tx[l];
      const std::size_t peer = packet.header.dst;
      const Ledger::Departure departure = ledger_->sent(packet, cycle);
      if (departure.line_is_empty) --lane.lines[peer];
      if (--lane.credits[peer] < 0) ledger_->wrong("a packet left without a credit");
      lane.flying.push(
          {cycle + static_cast<std::uint64_t>(environment_.credit_flight_cycles), static_cast<int>(peer)});
      if (count) {
        ++counts_.packets;
        counts_.rows += packet.header.offset == 0 ? 1 : 0;
        counts_.payload_bytes += static_cast<std::uint64_t>(count_bytes(packet.strb));
        counts_.wire_bytes += static_cast<std::uint64_t>(wire_bytes(packet));
        counts_.latency_cycles.add(departure.latency_cycles);
      }
    }
    if (in.req[l] != nullptr && out.req_ready[l]) {
      const Header& header = in.req[l]->header;
      if (ledger_->accepted(*in.req[l], cycle))
        ++slice_of(header.row, header.offset / kLineBytes).lines[header.dst];
      if (count) ++counts_.stores;
      sender_->taken(static_cast<int>(l));
      lane.offers = false;
    }
  }
}

void EgressSide::looped(const Header& header, int line, bool line_is_empty) {
  if (line_is_empty) --slice_of(header.row, line).lines[header.dst];
}

void EgressSide::count_pressure(std::size_t l, const HubOutputs& out, const HubInputs& in) {
  const Lane& lane = lanes_[l];
  const int entries = params_.entries / params_.lanes;
  counts_.not_offered += in.req[l] == nullptr ? 1 : 0;
  counts_.not_accepted += in.req[l] != nullptr && !out.req_ready[l] ? 1 : 0;
  counts_.link_waits += out.tx[l] != nullptr && !in.tx_ready[l] ? 1 : 0;
  bool full = false;
  bool starved = false;
  for (std::size_t peer = 0; peer < lane.lines.size(); ++peer) {
    full |= lane.lines[peer] >= entries;
    starved |= lane.lines[peer] > 0 && lane.credits[peer] == 0;
  }
  counts_.partition_full += full ? 1 : 0;
  counts_.own_partition_full += lane.lines[kSelf] >= entries ? 1 : 0;
  counts_.no_credit += starved ? 1 : 0;
}

}  // namespace moehub::bench
