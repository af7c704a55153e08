// addr_alloc under random traffic, stalls, spills, refusals and initialisations, against the reference.
#include "tests/rtl/addr_alloc/alloc_tops.hpp"

namespace moehub::test {
namespace {

template <class Params>
class Storm {
 public:
  // `crowded`: more open rows than the table and its spill lists may have room for. `error_percent`: of what either memory
  // answers.
  Storm(std::uint64_t seed, bool crowded, int error_percent = 0)
      : dut{seed},
        error_percent_{error_percent},
        regions_{std::min(5, dut.sizes().regions)},
        most_open_{crowded
                       ? 40U
                       : static_cast<std::size_t>(std::min(30, dut.sizes().ways + dut.sizes().spill_slots))} {
    // Part of the table, so that it overflows.
    dut.top->cfg_set_mask_i = static_cast<std::uint16_t>(error_percent == 0 && pick(3) == 0 ? 0xffff : pick(4));
    for (int r = 0; r < regions_; ++r) new_region(r);
    for (int w = 0; w < dut.sizes().windows; ++w) dut.init(w, window(w));
    dut.reference.overwrites = true;
    dut.reference.may_refuse = {Refuse::spill_full, Refuse::full};
    if (error_percent != 0) dut.reference.may_refuse.insert(Refuse::memory);
  }

  void run(int packets) {
    while (made_ < packets) {
      change_timing();
      const int burst = made_ + 50 * dut.sizes().lanes + pick(100 * dut.sizes().lanes);
      while (made_ < burst) traffic();
      if (pick(3) == 0) {
        initialise_one();
      } else if (pick(6) == 0) {
        flush();
      } else {
        dut.run(pick(600));
      }
    }
    dut.finish();
  }

  Dut<Params> dut;

 private:
  struct Open {
    int region = 0;
    std::vector<Packet> left;
  };

  int pick(int below) { return static_cast<int>(dut.random() % static_cast<std::uint64_t>(below)); }
  int lane() { return pick(dut.sizes().lanes); }

  Region region(int index) {
    Region r;
    r.gen = ++gen_ % 256;
    r.base = 0x1'0000'0000 * static_cast<std::uint64_t>(gen_);
    r.row_bytes =
        pick(4) == 0 ? 1 + static_cast<std::uint32_t>(pick(128)) : 1 + static_cast<std::uint32_t>(pick(3000));
    r.capacity = pick(10) == 0 ? 1 + static_cast<std::uint32_t>(pick(20)) : 3000;
    r.tile_rows_log2 = pick(8);
    r.tile_base = 100 * index;
    return r;
  }
  Window window(int index) {
    const std::uint64_t base = 0x4000'0000 + 0x10000U * static_cast<unsigned>(index);
    return {true,         base,        base + 0xff80U - 128U * static_cast<unsigned>(pick(100)),
            pick(4) != 0, 7 + pick(8), 100 * index};
  }
  void new_region(int index) { dut.init(index, region(index)); }

  // A new row: every line in one to three packets, in any order, on any lane.
  void open_row(Open& open) {
    open.region = pick(regions_);
    const Region& r = dut.reference.regions[static_cast<std::size_t>(open.region)];
    const auto row = static_cast<std::uint32_t>(pick(1 << 24));
    for (int line = 0; line < r.lines(); ++line) {
      Packet p = row_packet(open.region, r, row, line, pick(dut.sizes().peers));
      const int bytes = count_bytes(p.strb);
      const int cut = pick(4) == 0 ? 1 + pick(bytes) : bytes;
      p.strb = bytes_mask(0, cut - 1);
      open.left.push_back(p);
      if (cut < bytes) {
        p.strb = bytes_mask(cut, bytes - 1);
        open.left.push_back(p);
      }
    }
    std::shuffle(open.left.begin(), open.left.end(), dut.random);
  }

  void traffic() {
    const int kind = pick(100);
    ++made_;
    if (kind < 4) {
      bad_packet();
    } else if (kind < 20) {
      const Window& w = dut.reference.windows[static_cast<std::size_t>(pick(dut.sizes().windows))];
      const std::uint64_t lines = (w.limit - w.base) / kLineBytes + 1;
      put(store_packet(w.base + kLineBytes * (dut.random() % lines), pick(dut.sizes().peers),
                       bytes_mask(pick(64), 64 + pick(64))));
    } else if (kind < 24) {
      const int r = pick(regions_);
      put(report_packet(r, dut.reference.regions[static_cast<std::size_t>(r)],
                        static_cast<std::uint32_t>(pick(1000)), pick(dut.sizes().peers)));
    } else {
      if (open_.size() < most_open_ && pick(3) == 0) {
        open_.emplace_back();
        open_row(open_.back());
      }
      if (open_.empty()) return;
      const auto which = static_cast<std::size_t>(pick(static_cast<int>(open_.size())));
      Open& open = open_[which];
      for (int n = 1 + pick(8); n > 0 && !open.left.empty(); --n) {
        put(open.left.back());
        open.left.pop_back();
      }
      if (open.left.empty()) open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(which));
    }
  }
  // Link and loop advance at different speeds, so that rows stay open longer: not for the smallest table.
  void put(const Packet& p) {
    const bool is_loop = p.last && pick(4) == 0 && (dut.lanes() > 1 || most_open_ > 30);
    if (is_loop)
      dut.send_loop(lane(), p);
    else
      dut.send(lane(), p);
  }

  void bad_packet() {
    const int r = pick(regions_);
    const Region& region = dut.reference.regions[static_cast<std::size_t>(r)];
    Packet p = row_packet(r, region, static_cast<std::uint32_t>(pick(1 << 24)), 0);
    switch (pick(8)) {
      case 0:
        p.header.gen = static_cast<std::uint8_t>(region.gen + 1 + pick(255));
        break;
      case 1:
        p.header.region = static_cast<std::uint8_t>(regions_ + pick(256 - regions_));
        break;
      case 2:
        p.header.offset = static_cast<std::uint16_t>((region.row_bytes + 127) / 128 * 128);
        break;
      case 3:
        p.header.dst = 1;
        break;
      case 4:
        p.last = false;
        break;
      case 5:
        p.strb = {};
        break;
      case 6:
        p = store_packet(0x3000'0000 + 128U * static_cast<unsigned>(pick(100)));
        break;
      default:
        p.header.rsvd = 1;
        break;
    }
    put(p);
  }

  void change_timing() {
    const auto timing = [&] { return Timing{20 + pick(81), 30 + pick(71), pick(80), pick(60), error_percent_}; };
    dut.memory_timing = timing();
    dut.spill_timing = timing();
    if (dut.lanes() == 1) dut.spill_timing.latency_cycles /= 5;  // nearly every packet needs it
    dut.send_percent = pick(3) == 0 ? 20 + pick(80) : 100;
    dut.ack_percent = pick(3) == 0 ? 20 + pick(80) : 100;
    dut.report_percent = pick(3) == 0 ? 5 + pick(95) : 100;
  }

  // All packets of the region are in, then it starts anew; the others go on.
  void initialise_one() {
    const int index = pick(regions_);
    open_.erase(std::remove_if(open_.begin(), open_.end(), [&](const Open& o) { return o.region == index; }),
                open_.end());
    dut.run_until([&] { return !queued(index); });
    dut.run(60);  // through the checks
    while (dut.top->rx_ready_o == 0) dut.cycle();
    if (dut.idle() || pick(2) == 0) dut.drain();
    if (!dut.idle()) dut.run_until([&] { return reference_quiet(index); });
    new_region(index);
  }
  bool queued(int index) const {
    const auto of_region = [&](const Packet& p) {
      return p.header.kind != PacketKind::st && p.header.region == index;
    };
    for (std::size_t l = 0; l < dut.lanes(); ++l) {
      if (std::any_of(dut.link[l].begin(), dut.link[l].end(), of_region)) return true;
      if (std::any_of(dut.loop[l].begin(), dut.loop[l].end(), of_region)) return true;
    }
    return false;
  }
  // No accepted packet of the region may still be before its checks; those that will not come were refused.
  bool reference_quiet(int index) const {
    std::size_t waiting = 0;
    for (const auto& s : dut.reference.sent) {
      waiting += s.packet.header.region == index && s.packet.header.kind == PacketKind::rowsp && !s.written &&
                 s.cause == Refuse::none;
    }
    for (const auto& r : dut.reference.refusals)
      waiting -= waiting > 0 && r.header.region == index &&
                 (r.cause == Refuse::full || r.cause == Refuse::spill_full || r.cause == Refuse::memory);
    return waiting == 0 && dut.reference.reports.empty();
  }

  void flush() {
    dut.drain();
    open_.clear();
    dut.flush();
    for (int r = 0; r < regions_; ++r) new_region(r);
  }

  int error_percent_;
  int regions_;
  std::size_t most_open_;
  int gen_ = 0;
  int made_ = 0;
  std::vector<Open> open_;
};

template <class Params>
class AddrAllocRandom : public testing::Test {};
using AllSizes = testing::Types<Lanes1, Lanes4, Lanes8>;
TYPED_TEST_SUITE(AddrAllocRandom, AllSizes);

TYPED_TEST(AddrAllocRandom, EverythingAtOnce) {
  for (const auto& [seed, crowded] :
       {std::pair{std::uint64_t{0}, false}, {random_seed(), false}, {random_seed() + 1, true}}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Storm<TypeParam> storm{seed, crowded};
    storm.run(1000 * storm.dut.sizes().lanes);
    const auto& t = storm.dut.totals;
    std::cout << storm.dut.reference.sent.size() << " packets, " << t.allocs << " rows, " << t.spills
              << " spills, " << t.fills << " fills, " << storm.dut.reference.refusals.size() << " refused: ";
    for (int cause = 1; cause < 14; ++cause)
      std::cout << storm.dut.reference.count(static_cast<Refuse>(cause)) << " ";
    std::cout << "\n";
    EXPECT_GT(t.rows_done, 0U);
    EXPECT_GT(storm.dut.reference.refusals.size(), 0U);
    if (this->HasFailure()) return;
  }
}

// Memory and spill memory answer with errors at random: what is missing was refused, and everything else is as it was.
TYPED_TEST(AddrAllocRandom, ErrorsOfBothMemories) {
  for (const std::uint64_t seed : {std::uint64_t{0}, random_seed()}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Storm<TypeParam> storm{seed, false, 4};
    storm.run(700 * storm.dut.sizes().lanes);
    if (this->HasFailure()) return;
    if (seed != 0) continue;
    EXPECT_GT(storm.dut.totals.rows_done, 0U);
    EXPECT_GT(storm.dut.totals.spills, 0U);
    EXPECT_GT(storm.dut.reference.count(Refuse::memory), 0U) << "of the spill memory; the other's are counted apart";
  }
}

}  // namespace
}  // namespace moehub::test
