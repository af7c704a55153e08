#include "bench/hub/cost.hpp"

namespace moehub::bench {

namespace {

double log2_up(int n) {
  int bits = 0;
  while ((1 << bits) < n) ++bits;
  return bits;
}

}  // namespace

StoreCost store_cost(const HubParams& p) {
  const double lanes = p.lanes;
  const double peers = p.peers;
  // dest_queue: lines, masks and keys of the entries; ages and order matrix; the lanes' slots.
  const double entries = static_cast<double>(p.entries) / lanes;  // of a (slice, peer)
  double sram = lanes * peers * entries * (1208 + 128 + 51) + lanes * 16 * 1152;
  double flops = lanes * (peers * entries * (12 + log2_up(p.entries / p.lanes) + entries) +
                          peers * (15 + log2_up(p.entries / p.lanes)) + 16 * (52 + lanes * (5 + log2_up(p.peers))));
  // addr_alloc: row table with parity; the lanes' payload, meta data and identifiers; slots, pipeline,
  // contexts.
  const double set_bits = p.rat_ways * 78 + 12;
  sram +=
      p.rat_banks * p.rat_sets * set_bits * 33 / 32 + lanes * (p.depth * (1152 + 227) + p.outstanding * 84);
  flops += lanes * p.depth * (90 + p.depth + lanes) + 3 * lanes * set_bits + p.miss_ctx * set_bits;
  return {sram / 1024, flops / 1000};
}

}  // namespace moehub::bench
