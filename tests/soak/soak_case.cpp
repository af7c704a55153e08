#include "tests/soak/soak_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace moehub::soak {
namespace {

// Where much goes through in little time more often than where every row is spilled.
const Build* draw_build(Random& random) {
  const int percent = random.between(0, 99);
  const auto index = static_cast<std::size_t>(percent < 20 ? 0 : percent < 45 ? 1 : percent < 55 ? 2 : 3);
  return &builds().at(std::min(index, builds().size() - 1));
}

int draw_stall(Random& random, bool slow) {
  static constexpr int kFew[] = {0, 0, 0, 0, 0, 5, 15, 30};
  static constexpr int kMany[] = {0, 0, 0, 10, 30, 60, 80, 95};
  return slow ? random.one_of(kMany) : random.one_of(kFew);
}

}  // namespace

SoakCase draw_case(std::uint64_t seed, const Build* only) {
  Random random{seed ^ 0x736f616bU};
  SoakCase c;
  c.seed = seed;
  c.build = draw_build(random);
  if (only != nullptr) c.build = only;
  const HubParams& p = c.build->params;
  // Where everything is slow few packets take long; most are sent where it is not.
  const bool slow = random.percent(25);
  c.gpus = random.between(2, p.peers);
  c.setup.peers = PeerMask::first(c.gpus);
  PolicySetup& policy = c.setup.policy;
  for (bool* on : {&policy.merge, &policy.timer, &policy.prio, &policy.full_first, &policy.row_order,
                   &policy.round_robin}) {
    *on = !random.percent(10);
  }
  c.setup.tick_cycles = random.between(1, 40);
  c.setup.merge_age_ticks = random.between(0, 15);
  c.setup.deadline_age_ticks = random.between(0, 15);
  c.setup.credits = slow && random.percent(50) ? random.between(1, 4) : random.between(8, 128);
  const int log2_sets = 31 - __builtin_clz(static_cast<unsigned>(p.rat_sets));
  c.setup.sets_in_use = random.percent(50) ? p.rat_sets : 1 << random.between(0, log2_sets);
  c.spill_latency_cycles = random.between(1, slow ? 200 : 20);
  c.regions = random.between(1, std::min(p.regions, 6));
  c.windows = random.between(0, std::min(p.windows, 3));
  if (!random.percent(40)) {
    Stalls& s = c.stalls;
    for (int* percent : {&s.request, &s.tx, &s.rx, &s.write, &s.ack, &s.tile, &s.clock}) {
      *percent = draw_stall(random, slow);
    }
  }
  c.wire_cycles = random.between(0, slow ? 200 : 20);
  c.wire_spread = random.percent(50) ? 0 : random.between(1, slow ? 400 : 30);
  c.credit_spread = random.percent(50) ? 0 : random.between(1, slow ? 400 : 30);
  c.ack_spread = random.percent(50) ? random.between(0, 5) : random.between(1, slow ? 300 : 20);
  c.reorder = random.percent(60);
  c.reorder_acks = random.percent(60);
  c.rounds = random.between(1, 4);
  c.packets_of_round = slow ? random.between(100, 600) : random.between(1000, 12000);
  if (p.lanes < 4) c.packets_of_round /= p.rat_ways == 1 ? 6 : 2;
  c.open_rows = random.percent(20) ? 64 : random.between(1, 16);
  c.shuffle_row = random.percent(50);
  static constexpr Pieces kPieces[] = {Pieces::lines, Pieces::lines, Pieces::sectors, Pieces::bytes, Pieces::mixed};
  c.pieces = random.one_of(kPieces);
  static constexpr Hot kHots[] = {Hot::nothing, Hot::nothing, Hot::row, Hot::region, Hot::peer, Hot::zipf};
  c.hot = random.one_of(kHots);
  c.illegal_per_mille = random.percent(60) ? 0 : random.between(1, 20);
  c.register_reads_per_mille = random.percent(70) ? 0 : 1;
  static constexpr Fault kFaults[] = {Fault::row_table, Fault::tile_table, Fault::row_counters, Fault::memory};
  if (random.percent(10)) c.fault = random.one_of(kFaults);
  return c;
}

std::string to_text(const SoakCase& c) {
  static constexpr std::array<const char*, 4> kPieces = {"lines", "sectors", "bytes", "mixed pieces"};
  static constexpr std::array<const char*, 5> kHots = {"uniform", "hot row", "hot region", "hot peer", "zipf"};
  static constexpr std::array<const char*, 5> kFaults = {"no fault", "row table check bits", "tile table check bits",
                                                         "row counter check bits", "memory errors"};
  return fmt::format(
      "seed {}: {}, {} GPUs, {} regions, {} windows, {} rounds of {} packets, {}, {}, {} rows open, {} sets, "
      "{} credits, stalls {}/{}/{}/{}/{}/{}/{} %, wires {}+{}, {}, {} per mille illegal, {}",
      c.seed, c.build->name, c.gpus, c.regions, c.windows, c.rounds, c.packets_of_round,
      kPieces.at(static_cast<std::size_t>(c.pieces)), kHots.at(static_cast<std::size_t>(c.hot)), c.open_rows,
      c.setup.sets_in_use, c.setup.credits, c.stalls.request, c.stalls.tx, c.stalls.rx, c.stalls.write, c.stalls.ack,
      c.stalls.tile, c.stalls.clock, c.wire_cycles, c.wire_spread, c.reorder ? "any order" : "lanes in order",
      c.illegal_per_mille, kFaults.at(static_cast<std::size_t>(c.fault)));
}

}  // namespace moehub::soak
