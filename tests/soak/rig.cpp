#include "tests/soak/rig.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tests/soak/network.hpp"
#include "tests/soak/referee.hpp"
#include "tests/soak/source.hpp"

namespace moehub::soak {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

class Rig {
 public:
  Rig(const SoakCase& c, const MakeHub& make)
      : c_(c), plan_(c.seed), random_(c.seed ^ 0x726967U), network_(c, c.seed ^ 0x6e6574U) {
    for (int g = 0; g < c.gpus; ++g) {
      hubs_.push_back(make(c.spill_latency_cycles));
      sources_.emplace_back(c, g, c.seed * 1000 + at(g));
      referees_.emplace_back(c, g);
      HubSetup setup = c.setup;
      setup.self = g;
      enable_hub(*hubs_.back(), setup);
    }
    memory_.resize(hubs_.size(), std::vector<MemoryLane>(lanes_));
    access_.assign(hubs_.size(), Access::none);
    failed_writes_.assign(hubs_.size(), 0);
    expected_.assign(hubs_.size(), {});
  }

  Outcome run() {
    for (int number = 0; number < c_.rounds; ++number) {
      round_number_ = number;
      const Round round = draw_round(c_, number, plan_);
      run_round(round);
    }
    finish();
    return std::move(outcome_);
  }

 private:
  struct Ack {
    std::uint64_t due = 0;
    std::uint64_t addr = 0;
    int bytes = 0;
    MemoryAck ack;
  };
  struct MemoryLane {
    std::vector<Ack> acks;         // not yet taken
    std::size_t offered = kNoAck;  // of them; stays until it is taken
  };
  enum class Access { none, read, inject };  // of registers
  static constexpr std::size_t kNoAck = ~std::size_t{0};
  static constexpr std::uint64_t kHang = 300000;  // cycles without a handshake

  void run_round(const Round& round) {
    OpenRows open(c_);
    network_.start(round);
    for (int g = 0; g < c_.gpus; ++g) {
      program(g, round);
      referees_[at(g)].start(round, open);
      sources_[at(g)].start(round, open);
      expect_reports_of_strangers(g, round);
    }
    round_ = &round;
    reports_ += static_cast<std::uint64_t>(c_.gpus * c_.regions);
    // At once, or as soon as nothing waits at the hub after some time.
    inject_at_ = !round.faulty ? ~std::uint64_t{0} : cycle_ + (random_.percent(70) ? 0 : random_.below(2000));
    for (int quiet = 0; quiet < 4; ++cycle_) {
      for (int g = 0; g < c_.gpus; ++g) {
        if (!random_.percent(c_.stalls.clock)) step(g);
      }
      if (cycle_ >= inject_at_ && c_.fault != Fault::memory) access_[0] = Access::inject;
      quiet = idle() ? quiet + 1 : 0;
      if (cycle_ - moved_ > kHang) throw Wrong(hang());
    }
    check_round(round);
  }

  void program(int g, const Round& round) {
    Hub& hub = *hubs_[at(g)];
    for (int r = 0; r < c_.regions; ++r) {
      disable_region(hub, r, round.gen);
      program_region(hub, r, round.regions[at(g)][at(r)]);
    }
    for (int w = 0; w < c_.windows; ++w) {
      disable_window(hub, w);
      program_window(hub, w, round.windows[at(g)][at(w)]);
    }
    wait_initialised(hub);
  }

  // Every GPU reports to all that take part, those that do not want to hear of it included.
  void expect_reports_of_strangers(int g, const Round& round) {
    for (const RegionSetup& region : round.regions[at(g)]) {
      for (int src = 0; src < c_.gpus; ++src) {
        if (!region.sources.test(src)) ++expected_[at(g)][at(static_cast<int>(reg::Refuse::source))];
      }
    }
  }

  // The hub is clocked meanwhile, without inputs: so only while none waits, for valid must not fall.
  void access_registers(int g) {
    if (c_.register_reads_per_mille > 0 && access_[at(g)] == Access::none &&
        static_cast<int>(random_.below(1000)) < c_.register_reads_per_mille) {
      access_[at(g)] = Access::read;
    }
    if (access_[at(g)] == Access::none) return;
    for (std::size_t l = 0; l < lanes_; ++l) {
      if (sources_[at(g)].offers(l) || network_.offers(g, l) || memory_[at(g)][l].offered != kNoAck) return;
    }
    Hub& hub = *hubs_[at(g)];
    if (access_[at(g)] == Access::read) {
      read_checked(hub, random_.percent(50) ? reg::kStatus : reg::kIrqStatus);
    } else {
      const std::uint32_t bit = c_.fault == Fault::row_table ? 8U : c_.fault == Fault::tile_table ? 16U : 32U;
      write_checked(hub, reg::kCtrl, 1U | bit);
      inject_at_ = ~std::uint64_t{0};
    }
    access_[at(g)] = Access::none;
  }

  void step(int g) {
    Hub& hub = *hubs_[at(g)];
    access_registers(g);
    const HubOutputs& out = hub.outputs();
    HubInputs in;
    bool any = false;
    for (std::size_t l = 0; l < lanes_; ++l) {
      in.req[l] = sources_[at(g)].offer(l);
      in.rx[l] = network_.offer(g, l, cycle_);
      in.credit_peer[l] = network_.credit(g, l, cycle_);
      in.tx_ready[l] = !random_.percent(c_.stalls.tx);
      in.write_ready[l] = !random_.percent(c_.stalls.write);
      MemoryLane& memory = memory_[at(g)][l];
      offer_ack(memory);
      if (memory.offered != kNoAck) in.ack[l] = memory.acks[memory.offered].ack;
      any = any || in.req[l] != nullptr || in.rx[l] != nullptr || in.credit_peer[l] >= 0 || in.ack[l].has_value();
    }
    in.tile_ready = !random_.percent(c_.stalls.tile);
    if (!any && !out.busy) return;  // it rests
    for (std::size_t l = 0; l < lanes_; ++l) before_the_edge(g, l, out, in);
    if (out.tile && in.tile_ready) {
      const TileMessage& m = *out.tile;
      referees_[at(g)].tile(m);
      outcome_.messages.emplace_back(round_number_, g, static_cast<int>(m.kind), m.is_window, m.owner, m.tile, m.count);
      moved_ = cycle_;
    }
    const std::array<bool, kMaxLanes> req_ready = out.req_ready;
    const std::array<bool, kMaxLanes> rx_ready = out.rx_ready;
    hub.step(in);
    for (std::size_t l = 0; l < lanes_; ++l) {
      if (in.req[l] != nullptr && req_ready[l]) {
        sources_[at(g)].accepted(l);
        moved_ = cycle_;
      }
      if (in.rx[l] != nullptr && rx_ready[l]) {
        network_.accepted(g, l, cycle_);
        moved_ = cycle_;
      }
    }
  }

  void before_the_edge(int g, std::size_t l, const HubOutputs& out, const HubInputs& in) {
    if (in.ack[l] && out.ack_ready[l]) {
      MemoryLane& memory = memory_[at(g)][l];
      std::vector<Ack>& acks = memory.acks;
      Ack& ack = acks[memory.offered];
      memory.offered = kNoAck;
      if (!ack.ack.error) referees_[at(g)].acknowledged(ack.addr, ack.bytes);
      if (c_.reorder_acks) {
        ack = acks.back();
        acks.pop_back();
      } else {
        acks.erase(acks.begin());
      }
      moved_ = cycle_;
    }
    if (out.tx[l] != nullptr && in.tx_ready[l]) {
      network_.send(g, l, *out.tx[l], cycle_);
      moved_ = cycle_;
    }
    if (out.write[l] != nullptr && in.write_ready[l]) {
      const MemoryWrite& write = *out.write[l];
      const bool fails = round_->faulty && c_.fault == Fault::memory && g == 0 && random_.percent(1);
      if (fails) {
        ++failed_writes_[at(g)];
      } else {
        referees_[at(g)].write(write);
      }
      const std::uint64_t due = cycle_ + random_.below(at(c_.ack_spread) + 1);
      memory_[at(g)][l].acks.push_back({due, write.addr, count_bytes(write.strb), {write.id, fails}});
      moved_ = cycle_;
    }
  }

  void offer_ack(MemoryLane& memory) {
    if (memory.offered != kNoAck || memory.acks.empty() || random_.percent(c_.stalls.ack)) return;
    const std::size_t chosen = c_.reorder_acks ? random_.below(memory.acks.size()) : 0;
    if (memory.acks[chosen].due <= cycle_) memory.offered = chosen;
  }

  bool idle() const {
    if (!network_.idle()) return false;
    for (int g = 0; g < c_.gpus; ++g) {
      if (hubs_[at(g)]->outputs().busy || !sources_[at(g)].done()) return false;
      if (access_[at(g)] != Access::none) return false;
      for (const MemoryLane& memory : memory_[at(g)]) {
        if (!memory.acks.empty()) return false;
      }
    }
    return true;
  }

  std::string hang() const {
    std::string text = fmt::format("nothing moves since cycle {}: packets and credits are {}under way", moved_,
                                   network_.idle() ? "not " : "");
    for (int g = 0; g < c_.gpus; ++g) {
      text += fmt::format("; GPU {}: hub {}, requests {}", g, hubs_[at(g)]->outputs().busy ? "busy" : "at rest",
                          sources_[at(g)].done() ? "accepted" : "waiting");
    }
    return text;
  }

  void check_round(const Round& round) {
    std::vector<RefusalCounts> refusals;
    bool reports_lost = false;
    for (int g = 0; g < c_.gpus; ++g) {
      refusals.push_back(read_refusals(*hubs_[at(g)]));
      reports_lost = reports_lost || (round.faulty && c_.fault == Fault::row_counters &&
                                      count(refusals.back(), reg::Refuse::table) > 0);
    }
    for (int g = 0; g < c_.gpus; ++g) {
      Referee::Allowed allowed;
      const bool table = round.faulty && count(refusals[at(g)], reg::Refuse::table) > 0;
      allowed.lost_rows = (table && c_.fault == Fault::row_table) || failed_writes_[at(g)] > 0;
      allowed.lost_tiles = table && c_.fault == Fault::tile_table;
      allowed.open_ends = reports_lost;
      referees_[at(g)].finish(allowed, sources_);
      check_refusals(g, refusals[at(g)], table, reports_lost);
    }
    outcome_.refusals = refusals;
  }

  static std::uint32_t count(const RefusalCounts& counts, reg::Refuse cause) {
    return counts[at(static_cast<int>(cause))];
  }

  void check_refusals(int g, const RefusalCounts& found, bool table, bool reports_lost) const {
    for (int cause = 0; cause < kRefusalCauses; ++cause) {
      std::uint64_t wanted = expected_[at(g)][at(cause)] + network_.illegal(g)[at(cause)];
      if (cause == static_cast<int>(reg::Refuse::request)) wanted += sources_[at(g)].illegal();
      if (cause == static_cast<int>(reg::Refuse::memory)) wanted += failed_writes_[at(g)];
      if (cause == static_cast<int>(reg::Refuse::table) && table) continue;
      if (reports_lost && cause == static_cast<int>(reg::Refuse::source) && found[at(cause)] <= wanted) continue;
      if (found[at(cause)] == wanted) continue;
      throw Wrong(fmt::format("GPU {}: {} refusals of cause {}, not {}", g, found[at(cause)], cause, wanted));
    }
  }

  // The hub's own counters against what was seen at its ports.
  void finish() {
    for (int g = 0; g < c_.gpus; ++g) {
      const HubStatistics s = read_statistics(*hubs_[at(g)]);
      const auto same = [&](const char* what, std::uint64_t counted, std::uint64_t seen) {
        if (counted != seen) throw Wrong(fmt::format("GPU {}: the hub counted {} {}, not {}", g, counted, what, seen));
      };
      const Source& source = sources_[at(g)];
      const Referee& referee = referees_[at(g)];
      same("requests", s.requests, source.stores());
      same("fences", s.fences, source.fences());
      same("packets sent", s.tx_packets, network_.sent(g));
      same("tiles ready", s.tiles_ready, referee.tiles_ready());
      same("owners done", s.owners_done, referee.owners_done());
      outcome_.packets += s.tx_packets + s.loop_packets;
      outcome_.hub_cycles += hubs_[at(g)]->cycle();
      outcome_.spills += s.rat_spills;
      outcome_.illegal += network_.illegal_packets(g) + source.illegal();
      if (c_.fault != Fault::none) continue;
      same("packets received", s.rx_packets, network_.received(g) + network_.illegal_packets(g) + s.loop_packets);
      same("bytes written", s.wr_bytes, referee.written_bytes());
      same("rows done", s.rows_done, referee.rows_done());
      same("rows allocated", s.rat_allocs, referee.rows_done());
      same("packets and merges", s.tx_packets + s.loop_packets + s.merges, s.requests + reports_);
      // A byte that is written over leaves once or twice, as it happens.
      const bool each_byte_once = c_.reorder || c_.windows == 0;
      outcome_.counts.push_back({s.requests, s.fences, each_byte_once ? s.tx_bytes : 0,
                                 each_byte_once ? s.wr_bytes : 0, s.rat_allocs, s.rows_done, s.tiles_ready,
                                 s.tiles_cancelled, s.owners_done});
    }
    std::sort(outcome_.messages.begin(), outcome_.messages.end());
  }

  const SoakCase& c_;
  Random plan_, random_;
  Network network_;
  const std::size_t lanes_ = at(c_.build->params.lanes);
  std::vector<std::unique_ptr<Hub>> hubs_;
  std::vector<Source> sources_;
  std::vector<Referee> referees_;
  std::vector<std::vector<MemoryLane>> memory_;  // [gpu][lane]
  std::vector<Access> access_;                   // that waits
  std::vector<std::uint32_t> failed_writes_;
  std::vector<std::array<std::uint64_t, kRefusalCauses>> expected_;
  const Round* round_ = nullptr;
  int round_number_ = 0;
  std::uint64_t reports_ = 0;  // of each GPU
  std::uint64_t cycle_ = 0, moved_ = 0, inject_at_ = ~std::uint64_t{0};
  Outcome outcome_;
};

}  // namespace

Outcome run_case(const SoakCase& c, const MakeHub& make) { return Rig(c, make).run(); }

}  // namespace moehub::soak
