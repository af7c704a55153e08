#include "tests/rtl/dest_queue/environment.hpp"

#include <algorithm>
#include <stdexcept>

namespace moehub::test {
namespace {

bool same(const Packet& a, const Packet& b) {
  return to_string(a.header) == to_string(b.header) && a.strb == b.strb && a.data == b.data;
}

}  // namespace

Environment::Environment(Pins& pins, const Config& config, const Pressure& initial, std::uint64_t seed)
    : pressure{initial}, scoreboard{pins.geometry}, pins_{pins}, config_{config}, random_{seed} {
  const auto lanes = static_cast<std::size_t>(pins.geometry.lanes);
  waiting_.resize(lanes);
  offered_.resize(lanes);
  last_accepted_.resize(lanes);
  tx_before_.resize(lanes);
  loop_before_.resize(lanes);
  credits_.resize(lanes);
  spent_.assign(lanes, std::vector<int>(static_cast<std::size_t>(pins.geometry.peers)));
  Config off = config;
  off.enable = false;
  pins_.configure(off);
  for (int l = 0; l < pins.geometry.lanes; ++l) {
    pins_.set_request(l, nullptr);
    pins_.set_ready(l, false, false);
    pins_.set_credit(l, -1);
  }
  pins_.set_inject(false);
  pins_.reset();
  configure(config);
  run(3);
}

void Environment::configure(const Config& config) {
  config_ = config;
  pins_.configure(config);
  scoreboard.configure(config);
}

void Environment::return_credit(int slice, int peer) {
  credits_[static_cast<std::size_t>(slice)].push_back({cycle_, peer});
}

void Environment::check_stable(std::optional<Packet>& before, bool valid, bool ready,
                               const std::function<Packet()>& read) {
  if (before && !valid) throw std::runtime_error{"valid fell without ready"};
  if (!valid) return;
  const Packet now = read();
  if (before && !same(*before, now)) throw std::runtime_error{"payload changed while it waited"};
  before = ready ? std::nullopt : std::optional{now};
}

void Environment::step() {
  const int lanes = pins_.geometry.lanes;
  std::vector<std::pair<int, Packet>> accepted;
  for (int l = 0; l < lanes; ++l) {
    const auto i = static_cast<std::size_t>(l);
    // Requests. What was offered stays until it is taken.
    if (!offered_[i] && !waiting_[i].empty() && chance(pressure.request)) {
      offered_[i] = waiting_[i].front();
      waiting_[i].pop_front();
    }
    pins_.set_request(l, offered_[i] ? &*offered_[i] : nullptr);
    if (offered_[i] && pins_.request_ready(l)) {
      accepted.emplace_back(l, *offered_[i]);
      last_accepted_[i] = cycle_;
      offered_[i].reset();
    }
    if (pins_.refused(l)) scoreboard.refuse(l, pins_.refusal(l));

    // Packets.
    const bool tx_ready = chance(pressure.tx);
    const bool loop_ready = chance(pressure.loop);
    pins_.set_ready(l, tx_ready, loop_ready);
    check_stable(tx_before_[i], pins_.tx_valid(l), tx_ready, [&] { return pins_.tx(l); });
    check_stable(loop_before_[i], pins_.loop_valid(l), loop_ready, [&] { return pins_.loop(l); });
    if (pins_.loop_valid(l) && loop_ready) {
      const Packet packet = pins_.loop(l);
      scoreboard.leave(l, false, packet);
      if (record) departures.push_back({cycle_, l, false, packet});
    }
    if (pins_.tx_valid(l) && tx_ready) {
      const Packet packet = pins_.tx(l);
      scoreboard.leave(l, true, packet);
      if (record) departures.push_back({cycle_, l, true, packet});
      if (++spent_[i].at(packet.header.dst) > config_.credits)
        throw std::runtime_error{"more packets than credits: " + to_string(packet.header)};
      if (pressure.credit_delay >= 0) {
        const auto delay = static_cast<std::uint64_t>(pressure.credit_delay);
        credits_[i].push_back({cycle_ + 1 + delay + random_() % (2 * delay + 1), packet.header.dst});
      }
    }
    int back = -1;
    if (!credits_[i].empty() && credits_[i].front().due <= cycle_) {
      back = credits_[i].front().peer;
      credits_[i].pop_front();
      if (back < pins_.geometry.peers) --spent_[i][static_cast<std::size_t>(back)];
    }
    pins_.set_credit(l, back);
  }
  const EgressStat s = pins_.stat();
  stat_.requests += s.requests;
  stat_.merges += s.merges;
  stat_.tx_packets += s.tx_packets;
  stat_.loop_packets += s.loop_packets;
  stat_.tx_bytes += s.tx_bytes;
  stat_.fences += s.fences;
  table_errors += pins_.table_error();
  scoreboard.accept_cycle(accepted);
  pins_.tick();
  ++cycle_;
}

void Environment::run(int cycles) {
  for (int i = 0; i < cycles; ++i) step();
}

void Environment::run_until_sent(int limit) {
  const auto waits = [this] {
    for (std::size_t l = 0; l < waiting_.size(); ++l)
      if (!waiting_[l].empty() || offered_[l]) return true;
    return false;
  };
  for (int i = 0; waits(); ++i) {
    if (i == limit) throw std::runtime_error{"requests are not accepted any more"};
    step();
  }
}

void Environment::run_until_idle(int limit) {
  run_until_sent(limit);
  for (int i = 0; pins_.busy() || scoreboard.owes(); ++i) {
    if (i == limit) {
      scoreboard.expect_empty();
      throw std::runtime_error{"busy for ever"};
    }
    step();
  }
  scoreboard.expect_empty();
  for (int i = 0; i < 4 * std::max(pressure.credit_delay, 0) + 40; ++i) {
    step();
    if (pins_.busy()) throw std::runtime_error{"busy again without input"};
  }
  scoreboard.expect_empty();  // nothing came any more
  const auto equal = [](std::int64_t counted, std::int64_t seen, const char* what) {
    if (counted != seen)
      throw std::runtime_error{std::string{"statistics: "} + what + " " + std::to_string(counted) + " instead of " +
                               std::to_string(seen)};
  };
  equal(stat_.requests, scoreboard.stores, "requests");
  equal(stat_.merges, scoreboard.merges, "merges");
  equal(stat_.tx_packets + stat_.loop_packets, scoreboard.packets, "packets");
  equal(stat_.tx_bytes, scoreboard.bytes_on_link, "bytes");
  equal(stat_.fences, scoreboard.fences, "fences");
}

// ---- packets ------------------------------------------------------------------------------------------------
ByteMask byte_range(int first, int count) {
  ByteMask mask{};
  for (int b = first; b < first + count; ++b) mask[static_cast<std::size_t>(b / 64)] |= std::uint64_t{1} << (b % 64);
  return mask;
}

LineData filled(std::uint64_t tag) {
  LineData data{};
  for (int b = 0; b < kLineBytes; ++b) {
    const std::uint64_t value = (tag + static_cast<std::uint64_t>(b) * 29) % 251;
    data[static_cast<std::size_t>(b / 8)] |= value << (8 * (b % 8));
  }
  return data;
}

Packet rowsp(int dst, int region, std::uint32_t row, int line, std::uint64_t tag, const ByteMask& strb) {
  Packet packet;
  packet.header.kind = PacketKind::rowsp;
  packet.header.dst = static_cast<std::uint8_t>(dst);
  packet.header.region = static_cast<std::uint8_t>(region);
  packet.header.gen = 5;
  packet.header.row = row;
  packet.header.offset = static_cast<std::uint16_t>(line * kLineBytes);
  packet.strb = strb;
  packet.data = filled(tag);
  return packet;
}

Packet st(int dst, std::uint64_t line_address, std::uint64_t tag, const ByteMask& strb) {
  Packet packet;
  packet.header.kind = PacketKind::st;
  packet.header.dst = static_cast<std::uint8_t>(dst);
  packet.header.addr = line_address * kLineBytes;
  packet.strb = strb;
  packet.data = filled(tag);
  return packet;
}

Packet fence(int first_region, int regions, int gen) {
  Packet packet;
  packet.header.kind = PacketKind::fence;
  packet.header.region = static_cast<std::uint8_t>(first_region);
  packet.header.row = static_cast<std::uint32_t>(regions);
  packet.header.gen = static_cast<std::uint8_t>(gen);
  return packet;
}

Packet with_nop(Packet packet) {
  packet.header.nop = true;
  return packet;
}

}  // namespace moehub::test
