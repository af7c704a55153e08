// The crossbar: every byte of every store once, on its lane, in the order of its stream; nothing is
// lost when the hub holds back.
#include "model/gpu/store_crossbar.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/support/seed.hpp"

namespace moehub {
namespace {

RowStore rowsp(std::uint32_t row, int offset, int bytes) {
  RowStore store;
  store.header.kind = PacketKind::rowsp;
  store.header.row = row;
  store.header.offset = static_cast<std::uint16_t>(offset);
  store.bytes = bytes;
  store.seed = row_seed({RowKind::dispatch, 0, row, 0});
  store.first_word = offset / kWordBytes;
  return store;
}

RowStore st(std::uint64_t addr, int bytes, std::uint32_t token) {
  RowStore store;
  store.header.kind = PacketKind::st;
  store.header.addr = addr;
  store.bytes = bytes;
  store.seed = row_seed({RowKind::combine, 0, token, 0});
  return store;
}

TEST(StoreCrossbar, LinesGoRoundTheLanes) {
  StoreCrossbar crossbar(1, 4, 2);
  crossbar.push(0, rowsp(6, 0, 8 * kLineBytes), 9, 0);
  for (int round = 0; round < 2; ++round) {
    for (int lane = 0; lane < 4; ++lane) {
      const Packet* packet = crossbar.offer(lane, 0);
      ASSERT_NE(packet, nullptr);
      const int line = packet->header.offset / kLineBytes;
      EXPECT_EQ((line ^ 6) & 3, lane) << "slice_hash is line ^ row";
      EXPECT_EQ(packet->strb, kFullMask);
      crossbar.taken(lane);
    }
  }
  ASSERT_EQ(crossbar.finished().size(), 1U);
  EXPECT_EQ(crossbar.finished()[0].ticket, 9);
  EXPECT_TRUE(crossbar.idle());
}

TEST(StoreCrossbar, OrdinaryStoresGoByAddress) {
  StoreCrossbar crossbar(1, 4, 2);
  crossbar.push(0, st(5 * kLineBytes, kLineBytes, 1), 0, 0);
  EXPECT_EQ(crossbar.offer(0, 0), nullptr);
  ASSERT_NE(crossbar.offer(1, 0), nullptr);
  EXPECT_EQ(crossbar.offer(1, 0)->header.addr, 5U * kLineBytes);
}

TEST(StoreCrossbar, PiecesOfALineKeepTheirPlace) {
  StoreCrossbar crossbar(1, 1, 2);
  crossbar.push(0, rowsp(0, 96, 96), 0, 0);
  const Packet* packet = crossbar.offer(0, 0);
  ASSERT_NE(packet, nullptr);
  EXPECT_EQ(packet->header.offset, 0);
  EXPECT_EQ(packet->strb, (ByteMask{0, 0xffffffff00000000}));
  EXPECT_EQ(packet->data[12], payload_word(row_seed({RowKind::dispatch, 0, 0, 0}), 12));
  crossbar.taken(0);
  packet = crossbar.offer(0, 0);
  ASSERT_NE(packet, nullptr);
  EXPECT_EQ(packet->header.offset, 128);
  EXPECT_EQ(packet->strb, (ByteMask{~std::uint64_t{0}, 0}));
  EXPECT_EQ(packet->data[0], payload_word(row_seed({RowKind::dispatch, 0, 0, 0}), 16));
}

TEST(StoreCrossbar, AFenceIsOnePacketWithoutBytes) {
  StoreCrossbar crossbar(1, 4, 2);
  RowStore fence;
  fence.header.kind = PacketKind::fence;
  fence.header.row = 3;
  crossbar.push(0, fence, 0, 0);
  ASSERT_NE(crossbar.offer(0, 0), nullptr);
  EXPECT_EQ(crossbar.offer(0, 0)->strb, ByteMask{});
  crossbar.taken(0);
  EXPECT_TRUE(crossbar.idle());
}

TEST(StoreCrossbar, WhatIsOfferedStaysUntilItIsTaken) {
  StoreCrossbar crossbar(2, 1, 2);
  crossbar.push(0, rowsp(1, 0, kLineBytes), 0, 0);
  const Packet first = *crossbar.offer(0, 0);
  crossbar.push(1, rowsp(2, 0, kLineBytes), 1, 0);
  EXPECT_EQ(crossbar.offer(0, 1000)->header.row, first.header.row);
}

TEST(StoreCrossbar, StreamsTakeTurns) {
  StoreCrossbar crossbar(3, 1, 1);
  for (int stream = 0; stream < 3; ++stream) {
    crossbar.push(stream, rowsp(static_cast<std::uint32_t>(stream), 0, 4 * kLineBytes), stream, 0);
  }
  std::map<std::uint32_t, int> lines;
  for (int i = 0; i < 6; ++i) {
    ++lines[crossbar.offer(0, 0)->header.row];
    crossbar.taken(0);
  }
  for (const auto& [row, count] : lines) EXPECT_EQ(count, 2) << "of stream " << row;
  EXPECT_EQ(lines.size(), 3U);
}

TEST(StoreCrossbar, PaceHoldsStoresApart) {
  StoreCrossbar crossbar(1, 1, 2);
  RowStore store = rowsp(1, 0, 2 * kLineBytes);
  store.pace_per_line = 1000;
  crossbar.push(0, store, 0, 500);
  crossbar.push(0, store, 1, 500);
  for (int i = 0; i < 2; ++i) {
    ASSERT_NE(crossbar.offer(0, 500), nullptr);
    crossbar.taken(0);
  }
  EXPECT_EQ(crossbar.offer(0, 2499), nullptr) << "two lines at 1 ns each";
  EXPECT_NE(crossbar.offer(0, 2500), nullptr);
}

TEST(StoreCrossbar, RefusesWhatIsNoPowerOfTwo) {
  EXPECT_THROW(StoreCrossbar(1, 3, 2), std::invalid_argument);
  EXPECT_THROW(StoreCrossbar(1, 0, 2), std::invalid_argument);
  EXPECT_THROW(StoreCrossbar(1, 16, 2), std::invalid_argument);
  EXPECT_THROW(StoreCrossbar(1, 4, 3), std::invalid_argument);
}

// Lanes, streams, depth, share of cycles in which a lane takes.
struct Shape {
  int lanes, streams, depth;
  double ready;
};

class StoreCrossbarRandom : public testing::TestWithParam<Shape> {};

TEST_P(StoreCrossbarRandom, EveryByteOnce) {
  const Shape shape = GetParam();
  for (const std::uint64_t seed : {std::uint64_t{0}, test::random_seed()}) {
    std::mt19937_64 random(seed);
    StoreCrossbar crossbar(shape.streams, shape.lanes, shape.depth);
    std::map<std::pair<std::uint32_t, int>, int> taken;  // (row, sector) -> times
    std::map<std::pair<std::uint32_t, int>, int> stored;
    std::vector<int> finished;
    int pushed = 0;
    for (int cycle = 0; pushed < 400 || !crossbar.idle(); ++cycle) {
      ASSERT_LT(cycle, 100000);
      const int stream = static_cast<int>(random() % static_cast<std::uint64_t>(shape.streams));
      if (pushed < 400 && crossbar.has_room(stream)) {
        const int first = static_cast<int>(random() % 40);
        const int sectors = 1 + static_cast<int>(random() % 20);
        const auto row = static_cast<std::uint32_t>(pushed);
        for (int s = first; s < first + sectors; ++s) ++stored[{row, s}];
        crossbar.push(stream, rowsp(row, first * kSectorBytes, sectors * kSectorBytes), pushed++, 0);
      }
      for (int lane = 0; lane < shape.lanes; ++lane) {
        const Packet* packet = crossbar.offer(lane, 0);
        if (packet == nullptr) continue;
        if (std::uniform_real_distribution<>(0, 1)(random) > shape.ready) continue;
        const int line = packet->header.offset / kLineBytes;
        ASSERT_EQ((static_cast<std::uint32_t>(line) ^ packet->header.row) %
                      static_cast<std::uint32_t>(shape.lanes),
                  static_cast<std::uint32_t>(lane));
        for (int s = 0; s < 4; ++s) {
          const std::uint64_t bits =
              packet->strb[static_cast<std::size_t>(s / 2)] >> (32 * (s % 2)) & 0xffffffffU;
          ASSERT_TRUE(bits == 0 || bits == 0xffffffffU);
          if (bits != 0) ++taken[{packet->header.row, 4 * line + s}];
        }
        crossbar.taken(lane);
      }
      for (const auto& done : crossbar.finished()) finished.push_back(done.ticket);
      crossbar.clear_finished();
    }
    EXPECT_EQ(taken, stored);
    std::sort(finished.begin(), finished.end());
    ASSERT_EQ(finished.size(), 400U);
    for (int i = 0; i < 400; ++i) EXPECT_EQ(finished[static_cast<std::size_t>(i)], i);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, StoreCrossbarRandom,
                         testing::Values(Shape{1, 1, 1, 1.0}, Shape{4, 8, 4, 1.0},
                                         Shape{4, 8, 4, 0.3}, Shape{2, 3, 1, 0.7},
                                         Shape{8, 8, 4, 0.9}));

// Four lanes take four lines a cycle as long as there are rows.
TEST(StoreCrossbar, FillsAllLanesEveryCycle) {
  StoreCrossbar crossbar(8, 4, 4);
  int pushed = 0;
  int lines = 0;
  constexpr int kCycles = 1000;
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    for (int stream = 0; stream < 8; ++stream) {
      while (crossbar.has_room(stream)) {
        crossbar.push(stream, rowsp(static_cast<std::uint32_t>(pushed), 0, 64 * kLineBytes), pushed, 0);
        ++pushed;
      }
    }
    for (int lane = 0; lane < 4; ++lane) {
      if (crossbar.offer(lane, 0) == nullptr) continue;
      crossbar.taken(lane);
      ++lines;
    }
    crossbar.clear_finished();
  }
  EXPECT_EQ(lines, 4 * kCycles);
}

}  // namespace
}  // namespace moehub
