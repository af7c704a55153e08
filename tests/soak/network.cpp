#include "tests/soak/network.hpp"

#include <fmt/format.h>

#include "tests/soak/referee.hpp"

namespace moehub::soak {

Network::Network(const SoakCase& c, std::uint64_t seed)
    : c_(c), random_(seed), gpus_(static_cast<std::size_t>(c.gpus)) {
  const auto lanes = static_cast<std::size_t>(c.build->params.lanes);
  for (Gpu& gpu : gpus_) {
    gpu.queues.assign(lanes, std::vector<RingQueue<Flying>>(gpus_.size()));
    gpu.offered.resize(lanes);
    gpu.second_beat.assign(lanes, false);
    gpu.credits.resize(lanes);
    gpu.outstanding.assign(lanes, std::vector<int>(gpus_.size(), 0));
  }
}

void Network::start(const Round& round) {
  round_ = &round;
  for (Gpu& gpu : gpus_) gpu.illegal_left = c_.packets_of_round / 20;
}

std::uint64_t Network::sent() const {
  std::uint64_t sum = 0;
  for (const Gpu& gpu : gpus_) sum += gpu.sent;
  return sum;
}

void Network::send(int src, std::size_t lane, const Packet& packet, std::uint64_t cycle) {
  const Header& h = packet.header;
  if (h.src != src || h.dst >= c_.gpus || h.dst == src || !packet.last) {
    throw Wrong(fmt::format("GPU {}: a packet of {} for {} on the link", src, h.src, h.dst));
  }
  if (++at(src).outstanding[lane][h.dst] > c_.setup.credits) {
    throw Wrong(fmt::format("GPU {}: a packet without a credit", src));
  }
  ++at(src).sent;
  ++moving_;
  const std::uint64_t due = cycle + static_cast<std::uint64_t>(c_.wire_cycles) + spread(c_.wire_spread);
  Flying flying{due, static_cast<std::uint8_t>(lane), true, packet};
  if (c_.reorder) {
    at(h.dst).pool.push_back(flying);
  } else {
    at(h.dst).queues[lane][h.src].push(flying);
  }
}

bool Network::take_any(Gpu& gpu, std::size_t lane, std::uint64_t cycle) {
  for (int tried = 0; tried < 4 && !gpu.pool.empty(); ++tried) {
    Flying& flying = gpu.pool[random_.below(gpu.pool.size())];
    if (flying.due > cycle) continue;
    gpu.offered[lane] = flying;
    flying = gpu.pool.back();
    gpu.pool.pop_back();
    return true;
  }
  return false;
}

bool Network::take_in_order(Gpu& gpu, std::size_t lane, std::uint64_t cycle) {
  std::size_t src = random_.below(gpus_.size());
  for (std::size_t tried = 0; tried < gpus_.size(); ++tried, src = (src + 1) % gpus_.size()) {
    RingQueue<Flying>& queue = gpu.queues[lane][src];
    if (queue.empty() || queue.front().due > cycle) continue;
    gpu.offered[lane] = queue.front();
    queue.pop();
    return true;
  }
  return false;
}

// False where the configuration has no packet of the drawn kind.
bool Network::make_illegal(int dst, Flying& flying) {
  Gpu& gpu = at(dst);
  Packet& p = flying.packet;
  Header& h = p.header;
  const RegionSetup& region = round_->regions[static_cast<std::size_t>(dst)][0];
  int friendly = 0;
  while (!region.sources.test(friendly)) ++friendly;
  h.kind = PacketKind::rowsp;
  h.src = static_cast<std::uint8_t>(friendly);
  h.dst = static_cast<std::uint8_t>(dst);
  h.gen = round_->gen;
  h.row = static_cast<std::uint32_t>(random_.bits()) & 0xffffffU;
  p.strb = kFullMask;
  if (region.row_bytes < kLineBytes) p.strb = {1, 0};
  for (std::uint64_t& word : p.data) word = random_.bits();
  reg::Refuse cause = reg::Refuse::malformed;
  switch (random_.below(14)) {
    case 0:
      cause = reg::Refuse::unregistered;
      h.region = static_cast<std::uint8_t>(random_.between(c_.regions, 255));
      break;
    case 1:
      cause = reg::Refuse::stale;
      h.gen = static_cast<std::uint8_t>(h.gen + random_.between(1, 255));
      break;
    case 2:
      cause = reg::Refuse::offset;
      h.offset = static_cast<std::uint16_t>(
          random_.between(static_cast<int>(pitch_of(region)) / kLineBytes, 511) * kLineBytes);
      break;
    case 3: {
      cause = reg::Refuse::source;
      int stranger = 0;
      while (stranger < c_.build->params.peers && region.sources.test(stranger)) ++stranger;
      if (stranger == c_.build->params.peers) return false;
      h.src = static_cast<std::uint8_t>(stranger);
      break;
    }
    case 4:
      cause = reg::Refuse::address;
      h.kind = PacketKind::st;
      h.addr = (random_.bits() & 0xffffffU) * kLineBytes;  // below the first region; windows lie above
      break;
    case 5:
      cause = reg::Refuse::report;
      h.kind = PacketKind::count;
      h.row = static_cast<std::uint32_t>(region.capacity_rows + random_.between(1, 1000));
      p.strb = {};
      break;
    case 6: h.kind = PacketKind::none; break;
    case 7: h.kind = static_cast<PacketKind>(random_.between(4, 15)); break;
    case 8: h.dst = static_cast<std::uint8_t>(dst + random_.between(1, 255)); break;
    case 9: h.offset = static_cast<std::uint16_t>(random_.between(1, 127)); break;
    case 10: p.strb = {}; break;
    case 11: h.rsvd = static_cast<std::uint8_t>(random_.between(1, 7)); break;
    case 12: h.src = static_cast<std::uint8_t>(random_.between(c_.build->params.peers, 255)); break;
    default: p.last = false; break;
  }
  ++gpu.illegal[static_cast<std::size_t>(cause)];
  return true;
}

const Packet* Network::offer(int dst, std::size_t lane, std::uint64_t cycle) {
  Gpu& gpu = at(dst);
  std::optional<Flying>& offered = gpu.offered[lane];
  if (offered) return &offered->packet;
  if (random_.percent(c_.stalls.rx)) return nullptr;
  // Strangers come while there is traffic: a round must end.
  if (gpu.illegal_left > 0 && moving_ > 0 && static_cast<int>(random_.below(1000)) < c_.illegal_per_mille) {
    Flying flying;
    flying.has_credit = false;
    if (make_illegal(dst, flying)) {
      gpu.second_beat[lane] = !flying.packet.last;
      ++gpu.illegal_packets;
      --gpu.illegal_left;
      ++moving_;
      offered = flying;
    }
  }
  if (!offered && !(c_.reorder ? take_any(gpu, lane, cycle) : take_in_order(gpu, lane, cycle))) return nullptr;
  return &offered->packet;
}

void Network::accepted(int dst, std::size_t lane, std::uint64_t cycle) {
  Gpu& gpu = at(dst);
  if (gpu.second_beat[lane]) {
    gpu.second_beat[lane] = false;
    gpu.offered[lane]->packet.last = true;
    return;
  }
  const Flying& taken = *gpu.offered[lane];
  if (taken.has_credit) {  // which stays under way
    ++gpu.received;
    at(taken.packet.header.src).credits[taken.lane].push_back(
        {cycle + static_cast<std::uint64_t>(c_.wire_cycles) + spread(c_.credit_spread), dst});
  } else {
    --moving_;
  }
  gpu.offered[lane].reset();
}

int Network::credit(int src, std::size_t lane, std::uint64_t cycle) {
  std::vector<Credit>& credits = at(src).credits[lane];
  if (credits.empty()) return -1;
  Credit& credit = credits[random_.below(credits.size())];
  if (credit.due > cycle) return -1;
  const int peer = credit.peer;
  credit = credits.back();
  credits.pop_back();
  --at(src).outstanding[lane][static_cast<std::size_t>(peer)];
  --moving_;
  return peer;
}

}  // namespace moehub::soak
