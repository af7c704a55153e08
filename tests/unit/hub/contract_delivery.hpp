// Contract of every hub, part 1: rows and stores are delivered. Run by hub_contract.hpp.
#pragma once

#include "tests/unit/hub/contract_fixture.hpp"

namespace moehub::test {

template <class T>
class HubDelivery : public ContractFixture<T> {};
TYPED_TEST_SUITE_P(HubDelivery);

TYPED_TEST_P(HubDelivery, RowsLieDenselyInArrivalOrderWithTheirBytes) {
  HubLoop loop = this->loop({});
  for (int g = 0; g < 2; ++g) {
    loop.set_region(g, 0, this->region(0, 640, 40));
    loop.set_region(g, 1, this->region(1, 672, 40));  // the last line is a quarter full
  }
  // Each GPU sends to both, in an order of its own; rows of GPU g have RowIDs from 1000 * g.
  std::map<std::pair<int, int>, std::set<std::uint32_t>> rows;
  for (std::uint32_t i = 0; i < 40; ++i) {
    for (int g = 0; g < 2; ++g) {
      const std::uint32_t row = 1000 * static_cast<std::uint32_t>(g) + (i * 17) % 40;
      const int dst = static_cast<int>(i / 2 + static_cast<std::uint32_t>(g)) % 2;
      const int region = static_cast<int>(i % 2);
      loop.store_row(g, dst, region, row);
      rows[{dst, region}].insert(row);
    }
  }
  for (int g = 0; g < 2; ++g) loop.fence(g, 0, 2, 0);
  ASSERT_TRUE(loop.drain());
  for (int g = 0; g < 2; ++g) {
    for (int r = 0; r < 2; ++r) {
      expect_rows(loop, g, r, rows[{g, r}]);
      expect_region_closed(loop, g, r, static_cast<int>(rows[{g, r}].size()));
    }
    expect_nothing_outside(loop, g, {0, 1});
    EXPECT_EQ(all_ready_messages(loop, g), 1);
    EXPECT_TRUE(loop.hub(g).outputs().all_ready);
    expect_refusals(loop, g, {});
  }
}

TYPED_TEST_P(HubDelivery, SectorsOfALineMergeIntoOnePacket) {
  LoopOptions options;
  options.merge_age_ticks = 15;
  options.deadline_age_ticks = 15;
  HubLoop loop = this->loop(options);
  loop.set_region(1, 0, this->region(0, 512, 8));
  const std::vector<int> order = {2, 0, 3, 1};
  for (std::uint32_t row = 0; row < 4; ++row) {
    for (int line = 0; line < 4; ++line) {
      for (const int sector : order) {
        const int begin = line * kLineBytes + sector * kSectorBytes;
        loop.request(0, row_store(1, 0, 0, row, begin, begin + kSectorBytes));
        loop.run(8);  // even the smallest partition never fills up
      }
    }
  }
  ASSERT_TRUE(loop.drain());
  expect_rows(loop, 1, 0, {0, 1, 2, 3});
  EXPECT_EQ(loop.sent(0).size(), 16U) << "every line must have left as one full packet";
  for (const Packet& packet : loop.sent(0)) EXPECT_EQ(packet.strb, kFullMask);
  const HubStatistics stats = read_statistics(loop.hub(0));
  EXPECT_EQ(stats.requests, 64U);
  EXPECT_EQ(stats.merges, 48U);
  EXPECT_EQ(stats.tx_packets, 16U);
  EXPECT_EQ(stats.tx_bytes, 16U * 128);
}

TYPED_TEST_P(HubDelivery, AnyBytesOfALineMerge) {
  LoopOptions options;
  options.merge_age_ticks = 15;
  HubLoop loop = this->loop(options);
  WindowSetup window = this->window(0, 64 * kLineBytes);
  window.tiled = false;
  loop.set_window(1, 0, window);
  std::mt19937_64 random{3};
  std::map<std::uint32_t, MemoryLine> expected;
  for (std::uint32_t i = 0; i < 32; ++i) {
    // Two stores of one lane: the second one wins the bytes that both have.
    for (const std::uint32_t writer : {2 * i, 2 * i + 1}) {
      Packet p = address_store(1, window.base + i * kLineBytes, writer);
      p.strb = writer % 2 == 0 ? ByteMask{random(), random()} : ByteMask{random() & random(), random()};
      p.strb[0] |= 1;
      loop.request(0, p);
      loop.run(8);
      MemoryLine& line = expected[i];
      for (std::size_t b = 0; b < kLineBytes; ++b) {
        if ((p.strb[b / 64] >> (b % 64) & 1U) == 0) continue;
        const std::uint64_t byte = std::uint64_t{0xff} << (8 * (b % 8));
        line.data[b / 8] = (line.data[b / 8] & ~byte) | (p.data[b / 8] & byte);
        line.written[b / 64] |= std::uint64_t{1} << (b % 64);
      }
    }
  }
  ASSERT_TRUE(loop.drain());
  EXPECT_EQ(read_statistics(loop.hub(0)).merges, 32U);
  for (const auto& [i, line] : expected) {
    const MemoryLine& found = loop.memory(1).at(window.base + i * kLineBytes);
    EXPECT_EQ(found.written, line.written) << "line " << i;
    EXPECT_EQ(found.data, line.data) << "line " << i;
  }
}

TYPED_TEST_P(HubDelivery, WithoutMergingEveryStoreIsAPacket) {
  LoopOptions options;
  options.policy.merge = false;
  HubLoop loop = this->loop(options);
  loop.set_region(1, 0, this->region(0, 256, 8));
  for (std::uint32_t row = 0; row < 3; ++row) {
    for (int begin = 0; begin < 256; begin += kSectorBytes) {
      loop.request(0, row_store(1, 0, 0, row, begin, begin + kSectorBytes));
    }
  }
  ASSERT_TRUE(loop.drain());
  expect_rows(loop, 1, 0, {0, 1, 2});
  EXPECT_EQ(loop.sent(0).size(), 24U);
  EXPECT_EQ(read_statistics(loop.hub(0)).merges, 0U);
}

TYPED_TEST_P(HubDelivery, ThePartialLineWaitsForItsAgeAndThenLeaves) {
  LoopOptions options;
  options.tick_cycles = 50;
  options.merge_age_ticks = 4;
  HubLoop loop = this->loop(options);
  loop.set_region(1, 0, this->region(0, 128, 8));
  loop.request(0, row_store(1, 0, 0, 7, 0, 32));
  loop.run(140);
  EXPECT_TRUE(loop.sent(0).empty()) << "a partial line left before it was old enough";
  ASSERT_TRUE(loop.drain());
  ASSERT_EQ(loop.sent(0).size(), 1U);
  EXPECT_EQ(loop.sent(0)[0].strb, mask_of(0, 32));
}

TYPED_TEST_P(HubDelivery, OverlappingStoresOfALaneKeepTheirOrder) {
  for (const bool merge : {true, false}) {
    LoopOptions options;
    options.policy.merge = merge;
    HubLoop loop = this->loop(options);
    WindowSetup window = this->window(0, 16 * kLineBytes);
    window.tiled = false;
    loop.set_window(1, 0, window);
    // The last write of each byte wins; priorities differ, so that stores cannot simply merge.
    for (std::uint32_t i = 0; i < 8; ++i) {
      Packet p = address_store(1, window.base, i, static_cast<int>(4 * i), 128);
      p.header.nop = i % 2 != 0;
      loop.request(0, p, 0);
    }
    ASSERT_TRUE(loop.drain());
    const MemoryLine& line = loop.memory(1).at(window.base);
    for (int i = 0; i < kLineBytes; ++i) {
      const auto writer = static_cast<std::uint32_t>(std::min(i / 4, 7));
      EXPECT_EQ(line.data[static_cast<std::size_t>(i / 8)] >> (8 * (i % 8)) & 0xffU,
                row_word(0, writer, i / 8) >> (8 * (i % 8)) & 0xffU)
          << "byte " << i << (merge ? "" : ", merging off");
    }
  }
}

TYPED_TEST_P(HubDelivery, NothingIsLostUnderStallsAndScarceCredits) {
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}}) {
    LoopOptions options;
    options.seed = seed;
    options.stall_percent = 60;
    options.credits = 2;
    options.ack_spread = 60;
    HubLoop loop = this->loop(options);
    for (int g = 0; g < 2; ++g) {
      for (int r = 0; r < 3; ++r) loop.set_region(g, r, this->region(r, 384, 30));
    }
    std::mt19937_64 random{seed};
    std::map<std::pair<int, int>, std::set<std::uint32_t>> rows;
    for (std::uint32_t i = 0; i < 30; ++i) {
      for (int g = 0; g < 2; ++g) {
        const int dst = static_cast<int>(random() % 2);
        const int region = static_cast<int>(random() % 3);
        const std::uint32_t row = i + 100 * static_cast<std::uint32_t>(g);
        loop.store_row(g, dst, region, row);
        rows[{dst, region}].insert(row);
      }
    }
    for (int g = 0; g < 2; ++g) loop.fence(g, 0, 3, 0);
    ASSERT_TRUE(loop.drain());
    for (int g = 0; g < 2; ++g) {
      for (int r = 0; r < 3; ++r) {
        expect_rows(loop, g, r, rows[{g, r}]);
        expect_region_closed(loop, g, r, static_cast<int>(rows[{g, r}].size()));
      }
      EXPECT_EQ(all_ready_messages(loop, g), 1);
    }
  }
}

TYPED_TEST_P(HubDelivery, StoresToTheOwnGpuNeverTouchTheLink) {
  HubLoop loop = this->loop({});
  loop.set_region(0, 0, this->region(0, 256, 16));
  std::set<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < 10; ++row) {
    loop.store_row(0, 0, 0, row);
    rows.insert(row);
  }
  ASSERT_TRUE(loop.drain());
  expect_rows(loop, 0, 0, rows);
  EXPECT_TRUE(loop.sent(0).empty());
  const HubStatistics stats = read_statistics(loop.hub(0));
  EXPECT_EQ(stats.tx_packets, 0U);
  EXPECT_EQ(stats.loop_packets, 20U);
  EXPECT_EQ(stats.rx_packets, 20U);
}

TYPED_TEST_P(HubDelivery, HighPriorityLeavesBeforeNopUnlessSwitchedOff) {
  for (const bool prio : {true, false}) {
    LoopOptions options;
    options.policy.prio = prio;
    options.deadline_age_ticks = 15;
    options.tick_cycles = 1000;
    options.credits = 1;
    HubLoop loop = this->loop(options);
    loop.set_region(1, 0, this->region(0, 128, 16));
    loop.hold_link(true);
    // One slice; the first two rows occupy port and queue before the others compete.
    const auto lanes = static_cast<std::uint32_t>(loop.lanes());
    const std::vector<std::pair<std::uint32_t, bool>> order = {{0, true}, {1, true}, {2, true}, {3, false}};
    for (const auto& [row, nop] : order) {
      Packet p = row_store(1, 0, 0, row * lanes, 0, kLineBytes);
      p.header.nop = nop;
      loop.request(0, p, 0);
      loop.run(12);
    }
    loop.run(50);
    loop.hold_link(false);
    ASSERT_TRUE(loop.drain());
    ASSERT_EQ(loop.sent(0).size(), 4U);
    std::size_t high = 0;
    while (loop.sent(0)[high].header.nop) ++high;
    if (prio) {
      EXPECT_LE(high, 1U) << "a .nop store left before the high one that was waiting with it";
    } else {
      EXPECT_EQ(high, 3U) << "without the policy the rows leave in their order";
    }
  }
}

TYPED_TEST_P(HubDelivery, SmallestRowLeavesFirstUnlessSwitchedOff) {
  for (const bool row_order : {true, false}) {
    LoopOptions options;
    options.policy.row_order = row_order;
    options.deadline_age_ticks = 15;
    options.tick_cycles = 1000;
    options.credits = 1;
    HubLoop loop = this->loop(options);
    loop.set_region(1, 0, this->region(0, 128, 16));
    loop.hold_link(true);
    const auto lanes = static_cast<std::uint32_t>(loop.lanes());
    for (const std::uint32_t row : {9U, 8U, 5U, 3U}) {
      loop.request(0, row_store(1, 0, 0, row * lanes, 0, kLineBytes), 0);
      loop.run(12);
    }
    loop.hold_link(false);
    ASSERT_TRUE(loop.drain());
    ASSERT_EQ(loop.sent(0).size(), 4U);
    const std::uint32_t last = loop.sent(0)[3].header.row / lanes;
    // The first has the port already; of the rest the smallest, or the oldest, goes first.
    EXPECT_EQ(loop.sent(0)[1].header.row / lanes, row_order ? 3U : 8U);
    EXPECT_EQ(last, row_order ? 8U : 3U);
  }
}

TYPED_TEST_P(HubDelivery, FullLinesLeaveBeforePartialOnesUnlessSwitchedOff) {
  for (const bool full_first : {true, false}) {
    LoopOptions options;
    options.policy.full_first = full_first;
    options.deadline_age_ticks = 15;
    options.merge_age_ticks = 0;
    options.tick_cycles = 1000;
    options.credits = 1;
    HubLoop loop = this->loop(options);
    loop.set_region(1, 0, this->region(0, 128, 16));
    loop.hold_link(true);
    const auto lanes = static_cast<std::uint32_t>(loop.lanes());
    for (std::uint32_t row = 0; row < 4; ++row) {
      const int end = row == 3 ? kLineBytes : 64;
      loop.request(0, row_store(1, 0, 0, row * lanes, 0, end), 0);
      loop.run(12);
    }
    loop.hold_link(false);
    ASSERT_TRUE(loop.drain());
    ASSERT_EQ(loop.sent(0).size(), 4U);
    EXPECT_EQ(loop.sent(0)[1].header.row / lanes, full_first ? 3U : 1U);
  }
}

TYPED_TEST_P(HubDelivery, StatisticsAddUp) {
  HubLoop loop = this->loop({});
  for (int g = 0; g < 2; ++g) loop.set_region(g, 0, this->region(0, 256, 64));
  std::set<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < 20; ++row) {
    loop.store_row(0, 1, 0, row);
    rows.insert(row);
  }
  for (int g = 0; g < 2; ++g) loop.fence(g, 0, 1, 0);
  ASSERT_TRUE(loop.drain());
  expect_rows(loop, 1, 0, rows);
  const HubStatistics a = read_statistics(loop.hub(0));
  const HubStatistics b = read_statistics(loop.hub(1));
  EXPECT_EQ(a.requests, 40U);
  EXPECT_EQ(a.merges, 0U);
  EXPECT_EQ(a.tx_packets, 41U);  // and a report
  EXPECT_EQ(a.loop_packets, 1U);
  EXPECT_EQ(a.tx_bytes, 40U * 128);
  EXPECT_EQ(a.fences, 1U);
  EXPECT_EQ(b.rx_packets, 42U);  // 40 lines, the other's report, its own one
  EXPECT_EQ(b.wr_bytes, 20U * 256);
  EXPECT_EQ(b.rat_allocs, 20U);
  EXPECT_EQ(b.rat_spills + b.rat_fills, 0U);
  EXPECT_EQ(b.rows_done, 20U);
  EXPECT_EQ(b.acks, 40U);
  EXPECT_EQ(b.owners_done, 1U);
  clear_statistics(loop.hub(1));
  const HubStatistics cleared = read_statistics(loop.hub(1));
  EXPECT_EQ(cleared.rx_packets + cleared.wr_bytes + cleared.acks + cleared.rat_allocs, 0U);
}

REGISTER_TYPED_TEST_SUITE_P(HubDelivery, RowsLieDenselyInArrivalOrderWithTheirBytes,
                            SectorsOfALineMergeIntoOnePacket, AnyBytesOfALineMerge,
                            WithoutMergingEveryStoreIsAPacket,
                            ThePartialLineWaitsForItsAgeAndThenLeaves,
                            OverlappingStoresOfALaneKeepTheirOrder,
                            NothingIsLostUnderStallsAndScarceCredits,
                            StoresToTheOwnGpuNeverTouchTheLink,
                            HighPriorityLeavesBeforeNopUnlessSwitchedOff,
                            SmallestRowLeavesFirstUnlessSwitchedOff,
                            FullLinesLeaveBeforePartialOnesUnlessSwitchedOff, StatisticsAddUp);

}  // namespace moehub::test
