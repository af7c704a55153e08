// addr_alloc: packets a cycle and lane that it sustains. The figures are those of docs/addr_alloc.md.
#include <iomanip>

#include "tests/rtl/addr_alloc/alloc_tops.hpp"

namespace moehub::test {
namespace {

struct Load {
  const char* name;
  int sources, rows, min_lines, max_lines, regions;
  double least;  // packets a cycle and lane
};

// Every source sends row after row; the lines of a row go round the lanes as egress slices them, and on each
// lane the sources take turns, as behind a switch.
template <class Params>
double packets_per_cycle_and_lane(const Load& load, std::uint16_t set_mask = 0xffff) {
  Dut<Params> dut{1};
  dut.top->cfg_set_mask_i = set_mask;
  const auto lanes = dut.lanes();
  std::vector<Region> regions(static_cast<std::size_t>(load.regions));
  for (std::size_t r = 0; r < regions.size(); ++r) {
    regions[r].base = 0x100000000U * (r + 1);
    regions[r].row_bytes = static_cast<std::uint32_t>(load.max_lines * kLineBytes);
    regions[r].capacity = 100000;
    dut.init(static_cast<int>(r), regions[r]);
  }
  std::vector<std::vector<std::deque<Packet>>> streams(
      lanes, std::vector<std::deque<Packet>>(static_cast<std::size_t>(load.sources)));
  std::size_t packets = 0;
  for (int s = 0; s < load.sources; ++s) {
    for (int n = 0; n < load.rows; ++n) {
      const auto row = static_cast<std::uint32_t>(s * 4096 + n);
      const auto region = dut.random() % regions.size();
      const int lines =
          load.min_lines +
          static_cast<int>(dut.random() % static_cast<std::uint64_t>(load.max_lines - load.min_lines + 1));
      for (int line = 0; line < lines; ++line) {
        const auto lane = (static_cast<std::uint32_t>(line) ^ row) % lanes;
        streams[lane][static_cast<std::size_t>(s)].push_back(
            row_packet(static_cast<int>(region), regions[region], row, line, s % dut.sizes().peers));
        ++packets;
      }
    }
  }
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    for (bool any = true; any;) {
      any = false;
      for (auto& stream : streams[lane]) {
        if (stream.empty()) continue;
        dut.send(static_cast<int>(lane), stream.front());
        stream.pop_front();
        any = true;
      }
    }
  }
  // From the first packet to where a lane runs dry.
  const std::uint64_t from = dut.top.cycle();
  dut.run_until(
      [&] { return std::any_of(dut.link.begin(), dut.link.end(), [](const auto& q) { return q.empty(); }); });
  const auto cycles = static_cast<double>(dut.top.cycle() - from);
  std::size_t left = 0;
  for (const auto& queue : dut.link) left += queue.size();
  const double rate = static_cast<double>(packets - left) / cycles / static_cast<double>(lanes);
  dut.reference.may_refuse = {Refuse::spill_full};
  dut.finish();
  std::cout << "  " << std::left << std::setw(46) << load.name << std::fixed << std::setprecision(3) << rate
            << " packets a cycle and lane; spills " << dut.totals.spills << "\n";
  EXPECT_GE(rate, load.least) << load.name;
  return rate;
}

TEST(AddrAllocSpeed, FourLanes) {
  std::cout << "4 lanes\n";
  packets_per_cycle_and_lane<Lanes4>(
      {"7 sources, rows of 33..112 lines, 8 regions", 7, 20, 33, 112, 8, 0.98});
  packets_per_cycle_and_lane<Lanes4>(
      {"7 sources, rows of 33..112 lines, one region", 7, 20, 33, 112, 1, 0.98});
  packets_per_cycle_and_lane<Lanes4>({"7 sources, rows of 16 lines, 8 regions", 7, 80, 16, 16, 8, 0.98});
  packets_per_cycle_and_lane<Lanes4>({"one row after the other, 64 lines", 1, 80, 64, 64, 1, 0.98});
  packets_per_cycle_and_lane<Lanes4>({"15 sources, rows of 32 lines, 8 regions", 15, 30, 32, 32, 8, 0.9});
  packets_per_cycle_and_lane<Lanes4>({"7 sources, rows of one line, 8 regions", 7, 500, 1, 1, 8, 0.5});
}

TEST(AddrAllocSpeed, EightLanes) {
  std::cout << "8 lanes\n";
  packets_per_cycle_and_lane<Lanes8>({"7 sources, rows of 33..112 lines, 8 regions", 7, 20, 33, 112, 8, 0.9});
  packets_per_cycle_and_lane<Lanes8>({"7 sources, rows of 16 lines, 8 regions", 7, 80, 16, 16, 8, 0.9});
  packets_per_cycle_and_lane<Lanes8>({"one row after the other, 64 lines", 1, 80, 64, 64, 1, 0.9});
  packets_per_cycle_and_lane<Lanes8>(
      {"71 sources, rows of 33..112 lines, 8 regions", 71, 4, 33, 112, 8, 0.9});
}

TEST(AddrAllocSpeed, OneLane) {
  std::cout << "1 lane, 5 slots, 4 identifiers, memory answers in 20 cycles\n";
  packets_per_cycle_and_lane<Lanes1>({"one row after the other, 32 lines", 1, 60, 32, 32, 1, 0.15});
}

TEST(AddrAllocSpeed, TableOf64Entries) {
  std::cout << "4 lanes, set_mask 0\n";
  packets_per_cycle_and_lane<Lanes4>({"7 sources, rows of 33..112 lines, 8 regions", 7, 20, 33, 112, 8, 0.3},
                                     0);
}

}  // namespace
}  // namespace moehub::test
