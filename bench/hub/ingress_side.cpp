#include "bench/hub/ingress_side.hpp"

#include <algorithm>

namespace moehub::bench {

IngressSide::IngressSide(const HubParams& params, const Environment& environment,
                         const std::vector<RegionSetup>& regions, Ledger& ledger)
    : params_{params},
      environment_{environment},
      regions_{regions},
      ledger_{&ledger},
      tiles_{regions, ledger},
      random_{environment.seed + 2},
      lanes_(static_cast<std::size_t>(params.lanes)) {}

void IngressSide::stop() {
  for (Sender& sender : senders_) sender.stop();
}

bool IngressSide::idle() const {
  return std::all_of(senders_.begin(), senders_.end(), [](const Sender& sender) { return sender.idle(); }) &&
         std::all_of(lanes_.begin(), lanes_.end(),
                     [](const Lane& lane) { return lane.inside == 0 && lane.acks.empty(); });
}

// The sender whose packet waits keeps the lane; else, and then in turn, the one that was drawn.
const Packet* IngressSide::offer(std::size_t l) {
  std::size_t& sender = lanes_[l].sender;
  for (std::size_t tried = 0; tried < senders_.size(); ++tried) {
    if (const Packet* packet = senders_[sender].offer(static_cast<int>(l))) return packet;
    sender = (sender + 1) % senders_.size();
  }
  return nullptr;
}

void IngressSide::drive(const HubOutputs&, std::uint64_t cycle, HubInputs& in) {
  const auto ready = [this] { return static_cast<int>(random_() % 100) < environment_.ready_percent; };
  for (Sender& sender : senders_) sender.fill();
  for (std::size_t l = 0; l < lanes_.size(); ++l) {
    Lane& lane = lanes_[l];
    lane.offers = lane.offers || static_cast<int>(random_() % 100) < environment_.offer_percent;
    if (lane.offers) in.rx[l] = offer(l);
    in.write_ready[l] = ready();
    if (!lane.acks.empty() && lane.acks.front().due <= cycle)
      in.ack[l] = MemoryAck{lane.acks.front().id, false};
  }
  in.tile_ready = ready();
}

void IngressSide::moved(const HubOutputs& out, const HubInputs& in, std::uint64_t cycle, bool count,
                        EgressSide& egress) {
  for (std::size_t l = 0; l < lanes_.size(); ++l) {
    Lane& lane = lanes_[l];
    if (count) count_pressure(l, out, in);
    if (in.ack[l] && out.ack_ready[l]) {
      tiles_.acknowledged(lane.acks.front().addr, lane.acks.front().bytes, cycle);
      lane.acks.pop();
    }
    if (in.write_ready[l] && out.write[l] != nullptr) write(*out.write[l], cycle, count, lane, egress);
    if (in.rx[l] != nullptr && out.rx_ready[l]) {
      const Packet& packet = *in.rx[l];
      ledger_->accepted(packet, cycle);
      ++lane.inside;
      if (count) {
        ++counts_.packets;
        counts_.payload_bytes += static_cast<std::uint64_t>(count_bytes(packet.strb));
        counts_.wire_bytes += static_cast<std::uint64_t>(wire_bytes(packet));
      }
      senders_[lane.sender].taken(static_cast<int>(l));
      lane.offers = false;
      lane.sender = random_() % senders_.size();
    }
  }
  if (out.tile && in.tile_ready) {
    const std::uint64_t latency = tiles_.ready(*out.tile, cycle);
    if (count) counts_.tile_latency_cycles.add(latency);
  }
}

void IngressSide::write(const MemoryWrite& write, std::uint64_t cycle, bool count, Lane& lane,
                        EgressSide& egress) {
  const Ledger::Departure departure = ledger_->written(write.strb, write.data, cycle);
  lane.acks.push({cycle + static_cast<std::uint64_t>(environment_.memory_ack_cycles), write.id,
                  count_bytes(write.strb), write.addr});
  if (departure.row < 0) return;
  const Header& header = ledger_->header(departure.row);
  const bool loop = departure.path == Path::loop;
  if (loop) {
    egress.looped(header, departure.line, departure.line_is_empty);
  } else {
    --lane.inside;
  }
  const RegionSetup& region = regions_[header.region];
  const std::uint64_t address_of_row = write.addr - static_cast<std::uint64_t>(departure.line * kLineBytes);
  const std::uint64_t pitch = row_pitch_bytes(region);
  if (address_of_row < region.base || (address_of_row - region.base) % pitch != 0 ||
      (address_of_row - region.base) / pitch >= static_cast<std::uint64_t>(region.capacity_rows)) {
    ledger_->wrong("a line was written to a place that is not its row's");
  }
  ledger_->placed(departure.row, address_of_row);
  if (!count) return;
  ++counts_.writes;
  if (loop) {
    ++counts_.looped;
    counts_.looped_rows += departure.line == 0 ? 1 : 0;
  } else {
    counts_.latency_cycles.add(departure.latency_cycles);
  }
}

void IngressSide::count_pressure(std::size_t l, const HubOutputs& out, const HubInputs& in) {
  const Lane& lane = lanes_[l];
  counts_.not_offered += in.rx[l] == nullptr ? 1 : 0;
  counts_.not_accepted += in.rx[l] != nullptr && !out.rx_ready[l] ? 1 : 0;
  counts_.memory_waits += out.write[l] != nullptr && !in.write_ready[l] ? 1 : 0;
  counts_.inside += static_cast<std::uint64_t>(lane.inside);
  // An identifier is in use a few cycles longer than its write can be seen from here.
  const int seen_at_most = params_.outstanding - std::max(params_.outstanding / 32, 2);
  counts_.ids_full += static_cast<int>(lane.acks.size()) >= seen_at_most ? 1 : 0;
  counts_.ack_waits += in.ack[l] && !out.ack_ready[l] ? 1 : 0;
}

}  // namespace moehub::bench
