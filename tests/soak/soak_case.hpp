// What one seed draws: hubs, registers, traffic, stalls, network, faults.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/hub/hub_setup.hpp"
#include "tests/soak/build.hpp"
#include "tests/soak/random.hpp"

namespace moehub::soak {

/// Percent of the cycles in which a port is not offered, or does not take, anything.
struct Stalls {
  int request = 0, tx = 0, rx = 0, write = 0, ack = 0, tile = 0, clock = 0;  // clock: the whole GPU stands still
};

enum class Pieces { lines, sectors, bytes, mixed };           // that a line is stored in
enum class Hot { nothing, row, region, peer, zipf };          // what most rows go to; `row`: few rows, all lanes
enum class Fault { none, row_table, tile_table, row_counters, memory };  // in the last round

struct SoakCase {
  std::uint64_t seed = 0;
  const Build* build = nullptr;
  int gpus = 2;
  HubSetup setup;             ///< of every hub, but for its own number
  int spill_latency_cycles = 40;
  int regions = 1, windows = 0;  // of every GPU
  Stalls stalls;
  int wire_cycles = 0, wire_spread = 0, credit_spread = 0, ack_spread = 0;
  bool reorder = false;       ///< the network; else lanes keep their order, and lines are written over
  bool reorder_acks = false;
  int rounds = 1;
  int packets_of_round = 2000;  ///< about
  int open_rows = 8;            ///< that a GPU stores at the same time
  bool shuffle_row = false;     ///< pieces of a row in any order
  Pieces pieces = Pieces::lines;
  Hot hot = Hot::nothing;
  int illegal_per_mille = 0;    ///< of cycles and lanes
  int register_reads_per_mille = 0;
  Fault fault = Fault::none;
};

SoakCase draw_case(std::uint64_t seed, const Build* only);  // `only`: null for any
std::string to_text(const SoakCase& c);

}  // namespace moehub::soak
