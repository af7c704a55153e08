// Bits of the RTL hub's memories flip while rows are under way: what comes of it?
//
// A run has two small hubs, rows of all GPUs for all regions, and one word of one memory of hub 0 in which one or two
// bits flip in some cycle. Its end is one of
//   unharmed   all rows and tiles are right: the word was not used again, or written before
//   reported   something is missing, and the hub refused a packet, with a cause; nothing that was written is wrong
//   silent     something is missing, and no hub said anything; whoever waits for it waits for ever
//   wrong      bytes that are wrong, doubled or in a wrong place, or a tile that was ready too early
// Memories with check bits (docs/architecture.md) must never end silent or wrong. The others are buffers without: what
// becomes of their flips is printed, and is a row of docs/verification.md.
//
// MOEHUB_FLIPS: runs for each memory and number of flips, 12 by default.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "Vhub_open.h"
#include "tb/rtl_hub_pins.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/hub/hub_checks.hpp"
#include "tests/unit/hub/hub_loop.hpp"
#include "verilated.h"
#include "verilated_syms.h"

namespace moehub::test {
namespace {

constexpr int kGpus = 2;
constexpr int kRegions = 2;
constexpr int kRowsOfGpu = 60;  // more than the row table holds: it spills
constexpr int kRowBytes = 320;
constexpr int kPieceBytes = 32;  // lines are merged

// Memories whose words have check bits.
const std::set<std::string> kChecked = {"u_addr_alloc.u_lookup.u_table.u_bank.u_ram", "u_flow_sched.u_tiles.u_table",
                                        "u_flow_sched.u_owners.u_table.u_ram", "u_dest_queue.u_counts.u_ram.u_ram"};

HubParams params() {
  HubParams p;  // CMakeLists.txt builds it so
  p.lanes = 2;
  p.peers = kGpus;
  p.entries = 4;
  p.rat_banks = 4;
  p.rat_sets = 4;
  p.rat_ways = 2;
  p.regions = 4;
  p.windows = 2;
  p.tiles = 32;
  p.depth = 4;
  p.outstanding = 16;
  p.spill_slots = 16;
  p.miss_ctx = 2;
  return p;
}

struct Memory {
  std::string place;  // instances of a generate loop have the same
  std::uint8_t* words = nullptr;
  std::size_t word_bytes = 0;
  int width = 0;
  int depth = 0;

  void flip(int word, int bit) const {
    const std::size_t byte = static_cast<std::size_t>(word) * word_bytes + static_cast<std::size_t>(bit / 8);
    words[byte] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  }
};

// As Verilator stores it: CData, SData, IData, QData or words of 32 bits.
std::size_t word_bytes_of(int width) {
  for (const int bytes : {1, 2, 4, 8}) {
    if (width <= 8 * bytes) return static_cast<std::size_t>(bytes);
  }
  return static_cast<std::size_t>((width + 31) / 32 * 4);
}

std::vector<Memory> memories_of(VerilatedContext& context) {
  std::vector<Memory> found;
  for (const auto& [name, scope] : *context.scopeNameMap()) {
    if (scope->varsp() == nullptr) continue;
    const auto var = scope->varsp()->find("mem");
    if (var == scope->varsp()->end()) continue;
    Memory m;
    m.place = std::regex_replace(std::string{name}, std::regex{"gen_[a-z_]*\\[\\d+\\]\\.|^hub\\.(hub\\.)?"}, "");
    m.words = static_cast<std::uint8_t*>(var->second.datap());
    m.width = var->second.packed().elements();
    m.depth = var->second.unpacked().elements();
    m.word_bytes = word_bytes_of(m.width);
    found.push_back(m);
  }
  return found;
}

enum class End { unharmed, reported, silent, wrong };

class FlipRun {
 public:
  FlipRun(std::uint64_t seed) : random_{seed}, loop_{[this](int latency) { return make(latency); }, options(seed)} {
    for (int g = 0; g < kGpus; ++g)
      for (int r = 0; r < kRegions; ++r) loop_.set_region(g, r, region(r));
    for (int g = 0; g < kGpus; ++g) {
      for (int i = 0; i < kRowsOfGpu; ++i) {
        const auto row = static_cast<std::uint32_t>(1000 * g + i);
        const int dst = static_cast<int>(random_() % kGpus);
        const int r = static_cast<int>(random_() % kRegions);
        rows_[{dst, r}].insert(row);
        for (int begin = 0; begin < kRowBytes; begin += kPieceBytes) {
          loop_.request(g, row_store(dst, r, 1, row, begin, begin + kPieceBytes));
        }
      }
      loop_.fence(g, 0, kRegions, 1);
    }
  }

  const std::vector<Memory>& memories() const { return memories_; }
  std::uint64_t cycles() {
    loop_.drain(kMostCycles);
    return loop_.cycle();
  }

  // Flips `flips` bits of one word of one of the memories at `place` after `cycles`.
  End flip(const std::string& place, int flips, std::uint64_t cycles, std::uint64_t seed) {
    std::mt19937_64 random{seed};
    loop_.run(static_cast<int>(cycles));
    std::vector<Memory> choice;
    std::copy_if(memories_.begin(), memories_.end(), std::back_inserter(choice),
                 [&](const Memory& m) { return m.place == place; });
    const Memory& memory = choice[random() % choice.size()];
    const int word = static_cast<int>(random() % static_cast<std::uint64_t>(memory.depth));
    std::set<int> bits;
    while (static_cast<int>(bits.size()) < flips) {
      bits.insert(static_cast<int>(random() % static_cast<std::uint64_t>(memory.width)));
    }
    for (const int bit : bits) memory.flip(word, bit);
    try {
      loop_.drain(kMostCycles);
    } catch (const std::out_of_range&) {  // a packet for a GPU, or a tile of a region, that is not there
      return End::wrong;
    }
    return judge();
  }

 private:
  static constexpr int kMostCycles = 30000;

  static LoopOptions options(std::uint64_t seed) {
    LoopOptions o;
    o.gpus = kGpus;
    o.stall_percent = 20;
    o.ack_spread = 20;
    o.seed = seed;
    return o;
  }
  static RegionSetup region(int index) {
    RegionSetup r;
    r.base = 0x1000000U * static_cast<std::uint64_t>(index + 1);
    r.row_bytes = kRowBytes;
    r.capacity_rows = kGpus * kRowsOfGpu;
    r.tile_rows_log2 = 3;
    r.tile_base = 15 * index;
    r.generation = 1;
    r.sources = PeerMask::first(kGpus);
    return r;
  }

  // An RTL assertion that a flip breaks is not what a chip does.
  std::unique_ptr<Hub> make(int latency) {
    auto hub = std::make_unique<RtlHub<Vhub_open, NoWaves>>(params(), latency);
    Verilated::threadContextp()->assertOn(false);
    if (memories_.empty()) memories_ = memories_of(*Verilated::threadContextp());
    return hub;
  }

  End judge() {
    bool missing = false;
    bool wrong = false;
    for (int g = 0; g < kGpus; ++g) {
      for (const auto& [addr, line] : loop_.memory(g)) {
        wrong = wrong || addr < region(0).base || addr >= 3 * region(0).base || line.rewritten_bytes != 0;
      }
      for (int r = 0; r < kRegions; ++r) judge_region(g, r, missing, wrong);
    }
    if (wrong) return End::wrong;
    if (!missing) return End::unharmed;
    for (int g = 0; g < kGpus; ++g) {
      const RefusalCounts counts = read_refusals(loop_.hub(g));
      if (std::any_of(counts.begin(), counts.end(), [](std::uint32_t n) { return n > 0; })) return End::reported;
    }
    return End::silent;
  }

  void judge_region(int g, int r, bool& missing, bool& wrong) {
    const RegionSetup setup = region(r);
    const std::set<std::uint32_t>& expected = rows_[{g, r}];
    const auto& memory = loop_.memory(g);
    std::set<std::uint32_t> whole;
    for (int place = 0; place < setup.capacity_rows; ++place) {
      const std::uint64_t addr = setup.base + static_cast<std::uint64_t>(place) * pitch_of(setup);
      std::set<std::uint32_t> candidates;  // rows that every written byte of this place agrees with
      if (!any_written(memory, addr)) continue;
      for (const std::uint32_t row : expected)
        if (agrees(memory, addr, r, row)) candidates.insert(row);
      wrong = wrong || candidates.empty();
      for (const std::uint32_t row : candidates) {
        if (wrong_bytes(memory, addr, r, row, kRowBytes) == 0) wrong = !whole.insert(row).second || wrong;
      }
    }
    missing = missing || whole != expected;
    const auto done = messages(loop_, g, TileKind::owner_done, false, r);
    missing = missing || done.size() != 1;
    std::set<int> tiles;
    for (const TileRecord& t : messages(loop_, g, TileKind::ready, false, r)) {
      wrong = wrong || !tiles.insert(t.message.tile).second ||
              t.acked_bytes != static_cast<std::uint64_t>(t.message.count) * static_cast<std::uint64_t>(kRowBytes);
    }
    missing = missing || tiles.size() != (expected.size() + 7) / 8;
  }

  template <class Visit>
  static bool every_written_byte(const std::map<std::uint64_t, MemoryLine>& memory, std::uint64_t addr, Visit visit) {
    for (int line = 0; line * kLineBytes < kRowBytes; ++line) {
      const auto found = memory.find(addr + static_cast<std::uint64_t>(line * kLineBytes));
      if (found == memory.end()) continue;
      for (std::size_t b = 0; b < kLineBytes; ++b)
        if (((found->second.written[b / 64] >> (b % 64)) & 1U) != 0 &&
            !visit(line * kLineBytes + static_cast<int>(b), found->second.data[b / 8] >> (8 * (b % 8)) & 0xffU)) {
          return false;
        }
    }
    return true;
  }
  static bool any_written(const std::map<std::uint64_t, MemoryLine>& memory, std::uint64_t addr) {
    return !every_written_byte(memory, addr, [](int, std::uint64_t) { return false; });
  }
  static bool agrees(const std::map<std::uint64_t, MemoryLine>& memory, std::uint64_t addr, int region,
                     std::uint32_t row) {
    return every_written_byte(memory, addr, [&](int i, std::uint64_t byte) {
      return i < kRowBytes && byte == (row_word(region, row, i / 8) >> (8 * (i % 8)) & 0xffU);
    });
  }

  std::mt19937_64 random_;
  std::vector<Memory> memories_;  // of hub 0
  std::map<std::pair<int, int>, std::set<std::uint32_t>> rows_;
  HubLoop loop_;
};

TEST(MemoryFlips, CheckBitsAreNeverSilentNorWrong) {
  const char* asked = std::getenv("MOEHUB_FLIPS");
  const int runs = asked != nullptr ? std::atoi(asked) : 12;
  const std::uint64_t seed = random_seed();
  FlipRun golden{seed};
  std::map<std::string, int> widths;
  for (const Memory& m : golden.memories()) widths[m.place] = m.width;
  const std::uint64_t cycles = golden.cycles();
  for (const std::string& name : kChecked) EXPECT_EQ(widths.count(name), 1U) << name << " is not a memory of the hub";

  std::printf("%-44s %5s %5s  %8s %8s %8s %8s\n", "memory", "bits", "flips", "unharmed", "reported", "silent", "wrong");
  std::mt19937_64 random{seed};
  for (const auto& [place, width] : widths) {
    for (const int flips : {1, 2}) {
      std::array<int, 4> ends{};
      for (int i = 0; i < runs; ++i) {
        const std::uint64_t run_seed = random();
        const std::uint64_t at = random() % cycles;
        const End end = FlipRun{seed}.flip(place, flips, at, run_seed);
        ++ends[static_cast<std::size_t>(end)];
        if (kChecked.count(place) != 0) {
          EXPECT_TRUE(end == End::unharmed || end == End::reported)
              << place << ", " << flips << " bits, cycle " << at << ", seeds " << seed << " and " << run_seed;
        }
      }
      std::printf("%-44s %5d %5d  %8d %8d %8d %8d\n", place.c_str(), width, flips, ends[0], ends[1], ends[2], ends[3]);
    }
  }
}

}  // namespace
}  // namespace moehub::test
