// The scoreboard is alive: a layer without a fault passes, and each fault is seen and named.
#include "model/check/scoreboard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace moehub {
namespace {

constexpr int kTokens = 6;
constexpr int kTopK = 2;
constexpr int kLayer = 300;  // its low byte counts
constexpr int kRowBytes = 288;  // two lines and a sector
constexpr int kPitch = 384;
constexpr std::uint64_t kRegion = 1 << 20;
constexpr std::uint64_t kWindow = 1 << 24;

// Two GPUs: tokens 0..2 on GPU 0, the rest on GPU 1. Choice 0 goes to region 0 of GPU 1, of which
// the hub places the rows, four to a tile; choice 1 of each token is a result at home, three tokens
// to a tile, of whose two choices the first was dropped.
class Layer {
 public:
  Layer() : board(kLayer, 2, kTokens, kTopK) {
    BufferSpec region;
    region.gpu = 1;
    region.kind = RowKind::dispatch;
    region.base = kRegion;
    region.row_bytes = kRowBytes;
    region.slot_pitch = region.group_pitch = kPitch;
    region.groups = 16;
    region.hub_places_rows = true;
    region.tile_count = 4;
    region.groups_per_tile = 4;
    region_buffer = board.add_buffer(region);
    for (int gpu = 0; gpu < 2; ++gpu) {
      BufferSpec window;
      window.gpu = gpu;
      window.kind = RowKind::combine;
      window.base = kWindow;
      window.row_bytes = 256;
      window.slot_pitch = 256;
      window.group_pitch = 1024;
      window.slots_per_group = kTopK;
      window.groups = 3;
      window.is_window = true;
      window.owner = 2;
      window.tile_base = 8;
      window.tile_count = 1;
      window.groups_per_tile = 3;
      window_buffers[gpu] = board.add_buffer(window);
    }
    for (int token = 0; token < kTokens; ++token) {
      board.expect(RowKind::dispatch, token, 0, region_buffer);
      for (int k = 0; k < kTopK; ++k) {
        board.expect(RowKind::combine, token, k, window_buffers[token / 3], token % 3 * kTopK + k, k == 0);
      }
    }
  }

  static MemoryWrite line(std::uint64_t base, RowSeed seed, int line_index, int row_bytes) {
    MemoryWrite write;
    write.addr = base + static_cast<std::uint64_t>(line_index * kLineBytes);
    fill_line(write.data, seed, line_index * kLineWords);
    const int bytes = std::min(row_bytes - line_index * kLineBytes, kLineBytes);
    write.strb = bytes == kLineBytes ? kFullMask : ByteMask{0xffffffff, 0};
    return write;
  }
  static RowSeed seed(RowKind kind, int token, int k) {
    return row_seed({kind, kLayer, static_cast<std::uint32_t>(token), k});
  }
  void write(int gpu, const MemoryWrite& w, bool acknowledge = true) {
    const std::int64_t tag = board.written(gpu, w, 0);
    if (acknowledge) board.acknowledged(tag, ++now);
  }
  void row(int token, int slot, bool acknowledge_last = true) {
    const RowSeed s = seed(RowKind::dispatch, token, 0);
    board.routed(token, now);
    board.stored(s, token / 3, ++now);
    for (int l = 0; l < 3; ++l) {
      write(1, line(kRegion + static_cast<std::uint64_t>(slot * kPitch), s, l, kRowBytes),
            l < 2 || acknowledge_last);
    }
  }
  void result(int token, int k) {
    const std::uint64_t base =
        kWindow + static_cast<std::uint64_t>(token % 3 * 1024 + k * 256);
    const RowSeed s = k == 0 ? kZeroRow : seed(RowKind::combine, token, k);
    for (int l = 0; l < 2; ++l) write(token / 3, line(base, s, l, 256));
  }
  void message(int gpu, TileKind kind, bool is_window, int tile, int count) {
    TileMessage m;
    m.kind = kind;
    m.is_window = is_window;
    m.owner = is_window ? 2 : 0;
    m.tile = static_cast<std::uint16_t>(tile);
    m.count = static_cast<std::uint32_t>(count);
    board.message(gpu, m);
  }

  // The whole layer as it should be; a test leaves out or changes one step by its name.
  void run(const std::string& skip = "", const std::function<void()>& instead = [] {}) {
    const auto step = [&](const std::string& name, const std::function<void()>& action) {
      if (name == skip) {
        instead();
      } else {
        action();
      }
    };
    for (int t = 0; t < 4; ++t) step("row " + std::to_string(t), [&] { row(t, t); });
    step("tile 0", [&] { message(1, TileKind::ready, false, 0, 4); });
    for (int t = 4; t < 6; ++t) step("row " + std::to_string(t), [&] { row(t, t); });
    step("cancel", [&] { message(1, TileKind::cancel, false, 2, 2); });
    step("tile 1", [&] { message(1, TileKind::ready, false, 1, 2); });
    step("done", [&] { message(1, TileKind::owner_done, false, 0, 6); });
    step("all ready", [&] { message(1, TileKind::all_ready, false, 0, 0); });
    for (int t = 0; t < kTokens; ++t) {
      for (int k = 0; k < kTopK; ++k) {
        step("result " + std::to_string(t) + "." + std::to_string(k), [&] { result(t, k); });
      }
    }
    for (int gpu = 0; gpu < 2; ++gpu) {
      step("window tile", [&] { message(gpu, TileKind::ready, true, 8, 0); });
      step("window done", [&] { message(gpu, TileKind::owner_done, true, 0, 1); });
    }
  }

  Scoreboard board;
  int region_buffer = 0;
  int window_buffers[2] = {};
  Picoseconds now = 0;
};

TEST(Scoreboard, ALayerWithoutFaultPasses) {
  Layer layer;
  layer.run();
  const CheckResult result = layer.board.finish();
  EXPECT_TRUE(result.ok()) << (result.first_errors.empty() ? "" : result.first_errors[0]);
  EXPECT_EQ(result.rows_expected, 6U + 12U);
  EXPECT_EQ(result.rows_delivered, 18U);
  EXPECT_TRUE(result.first_errors.empty());
  EXPECT_EQ(layer.board.row_latency_ns().count(), 6U);
  EXPECT_EQ(layer.board.row_in(layer.region_buffer, 4).token, 4U);
  EXPECT_TRUE(layer.board.delivered(RowKind::dispatch, 5, 0));
}

TEST(Scoreboard, RowsMayComeInAnyOrder) {
  Layer layer;
  layer.run("row 0", [&] { layer.row(4, 0); });
  // Token 4 has taken slot 0, so token 0 takes its place; `run` has stored token 4 a second time.
  EXPECT_GT(layer.board.finish().rows_duplicated, 0U);
  Layer other;
  for (int t = 5; t >= 0; --t) other.row(t, 5 - t);
  EXPECT_EQ(other.board.finish().bytes_wrong, 0U);
}

struct Fault {
  const char* name;
  const char* skip;
  std::function<void(Layer&)> instead;
  std::uint64_t CheckResult::*counter;
  const char* words;
};

class ScoreboardFault : public testing::TestWithParam<Fault> {};

TEST_P(ScoreboardFault, IsSeen) {
  const Fault& fault = GetParam();
  Layer layer;
  layer.run(fault.skip, [&] { fault.instead(layer); });
  const CheckResult result = layer.board.finish();
  EXPECT_FALSE(result.ok());
  EXPECT_GT(result.*fault.counter, 0U);
  EXPECT_THAT(result.first_errors, testing::Contains(testing::HasSubstr(fault.words)));
}

const RowSeed kRow1 = Layer::seed(RowKind::dispatch, 1, 0);
std::uint64_t slot(int index) { return kRegion + static_cast<std::uint64_t>(index * kPitch); }

const Fault kFaults[] = {
    {"RowLost", "row 5", [](Layer&) {}, &CheckResult::rows_lost, "token 5, choice 0 did not arrive"},
    {"PacketLost", "row 1",
     [](Layer& l) {
       for (const int line : {0, 2}) l.write(1, Layer::line(slot(1), kRow1, line, kRowBytes));
     },
     &CheckResult::rows_lost, "did not arrive whole"},
    {"AcknowledgementLost", "row 1", [](Layer& l) { l.row(1, 1, false); }, &CheckResult::rows_lost,
     "did not arrive whole"},
    {"PacketTwice", "row 1",
     [](Layer& l) {
       l.write(1, Layer::line(slot(1), kRow1, 1, kRowBytes));
       l.row(1, 1);
     },
     &CheckResult::rows_duplicated, "has a byte twice"},
    {"PacketAgainAfterTheRow", "tile 0",
     [](Layer& l) {
       l.message(1, TileKind::ready, false, 0, 4);
       l.write(1, Layer::line(slot(1), kRow1, 1, kRowBytes));
     },
     &CheckResult::rows_duplicated, "has a byte twice"},
    {"RowInTwoPlaces", "row 1",
     [](Layer& l) {
       l.row(1, 1);
       l.row(1, 9);
     },
     &CheckResult::rows_duplicated, "two places"},
    {"ByteFlipped", "row 1",
     [](Layer& l) {
       l.write(1, Layer::line(slot(1), kRow1, 0, kRowBytes));
       MemoryWrite w = Layer::line(slot(1), kRow1, 1, kRowBytes);
       w.data[7] ^= std::uint64_t{1} << 40;
       l.write(1, w);
       l.write(1, Layer::line(slot(1), kRow1, 2, kRowBytes));
     },
     &CheckResult::bytes_wrong, "token 1, choice 0 has wrong bytes"},
    {"ByteOfTheLastSectorFlipped", "row 1",
     [](Layer& l) {
       for (const int line : {0, 1}) l.write(1, Layer::line(slot(1), kRow1, line, kRowBytes));
       MemoryWrite w = Layer::line(slot(1), kRow1, 2, kRowBytes);
       w.data[0] ^= 1;
       l.write(1, w);
     },
     &CheckResult::bytes_wrong, "wrong bytes"},
    {"LinesSwapped", "row 1",
     [](Layer& l) {
       for (const int line : {1, 0}) {
         MemoryWrite w = Layer::line(slot(1), kRow1, line, kRowBytes);
         w.addr = slot(1) + static_cast<std::uint64_t>((1 - line) * kLineBytes);
         l.write(1, w);
       }
       l.write(1, Layer::line(slot(1), kRow1, 2, kRowBytes));
     },
     &CheckResult::bytes_wrong, "wrong bytes"},
    {"RowsMixedInASlot", "row 1",
     [](Layer& l) {
       l.write(1, Layer::line(slot(0), kRow1, 0, kRowBytes));
       for (const int line : {1, 2}) l.write(1, Layer::line(slot(1), kRow1, line, kRowBytes));
     },
     &CheckResult::bytes_wrong, "wrong bytes"},
    {"BeyondTheRow", "row 1",
     [](Layer& l) {
       for (const int line : {0, 1}) l.write(1, Layer::line(slot(1), kRow1, line, kRowBytes));
       MemoryWrite w = Layer::line(slot(1), kRow1, 2, kRowBytes);
       w.strb = {0xffffffffff, 0};
       l.write(1, w);
     },
     &CheckResult::bytes_wrong, "wrong bytes"},
    {"OutsideEveryBuffer", "row 1",
     [](Layer& l) {
       l.row(1, 1);
       l.write(1, Layer::line(kRegion + 16 * kPitch, kRow1, 0, kRowBytes));
     },
     &CheckResult::bytes_wrong, "outside every buffer"},
    {"BelowEveryBuffer", "row 1",
     [](Layer& l) {
       l.row(1, 1);
       l.write(1, Layer::line(128, kRow1, 0, kRowBytes));
     },
     &CheckResult::bytes_wrong, "outside every buffer"},
    {"BetweenTheTokensOfAWindow", "result 0.1",
     [](Layer& l) {
       l.result(0, 1);
       l.write(0, Layer::line(kWindow + 512, Layer::seed(RowKind::combine, 0, 1), 0, 256));
     },
     &CheckResult::bytes_wrong, "outside every buffer"},
    {"AnotherGpusMemory", "row 1",
     [](Layer& l) {
       l.row(1, 1);
       l.write(0, Layer::line(slot(1), kRow1, 0, kRowBytes));
     },
     &CheckResult::bytes_wrong, "outside every buffer"},
    {"RowOfAnotherLayer", "row 1",
     [](Layer& l) {
       const RowSeed old = row_seed({RowKind::dispatch, kLayer - 1, 1, 0});
       for (int line = 0; line < 3; ++line) l.write(1, Layer::line(slot(1), old, line, kRowBytes));
     },
     &CheckResult::bytes_wrong, "no row that belongs there"},
    {"Garbage", "row 1",
     [](Layer& l) {
       MemoryWrite w = Layer::line(slot(1), kRow1, 0, kRowBytes);
       w.data.fill(0x1234567890abcdef);
       l.write(1, w);
     },
     &CheckResult::bytes_wrong, "no row that belongs there"},
    {"RowsNotDense", "row 5", [](Layer& l) { l.row(5, 7); }, &CheckResult::rows_sparse, "not dense"},
    {"TileBeforeItsLastByte", "row 3",
     [](Layer& l) {
       l.row(3, 3, false);
     },
     &CheckResult::tiles_early, "before its last byte"},
    {"TileTwice", "tile 0",
     [](Layer& l) {
       l.message(1, TileKind::ready, false, 0, 4);
       l.message(1, TileKind::ready, false, 0, 4);
     },
     &CheckResult::tiles_early, "a second time"},
    {"TileMissing", "tile 0", [](Layer&) {}, &CheckResult::tiles_missing, "never became ready"},
    {"WindowTileMissing", "window tile", [](Layer&) {}, &CheckResult::tiles_missing,
     "never became ready in window 2"},
    {"WindowTileEarly", "result 2.1",
     [](Layer& l) {
       l.message(0, TileKind::ready, true, 8, 0);
       l.result(2, 1);
     },
     &CheckResult::tiles_early, "before its last byte"},
    {"CancelMissing", "cancel", [](Layer&) {}, &CheckResult::tiles_missing, "was not cancelled"},
    {"CancelOfATileWithRows", "cancel",
     [](Layer& l) { l.message(1, TileKind::cancel, false, 1, 3); }, &CheckResult::messages_wrong,
     "cancelled that has rows"},
    {"WrongRowCountOfATile", "tile 1", [](Layer& l) { l.message(1, TileKind::ready, false, 1, 4); },
     &CheckResult::messages_wrong, "wrong number of rows"},
    {"TileThatHasNoRows", "tile 1",
     [](Layer& l) {
       l.message(1, TileKind::ready, false, 1, 2);
       l.message(1, TileKind::ready, false, 3, 4);
     },
     &CheckResult::messages_wrong, "has no rows"},
    {"DoneMissing", "done", [](Layer&) {}, &CheckResult::messages_wrong, "never done"},
    {"DoneWithAWrongCount", "done", [](Layer& l) { l.message(1, TileKind::owner_done, false, 0, 5); },
     &CheckResult::messages_wrong, "wrong count"},
    {"AllReadyMissing", "all ready", [](Layer&) {}, &CheckResult::messages_wrong, "never all ready"},
    {"AllReadyEarly", "row 5",
     [](Layer& l) {
       l.message(1, TileKind::all_ready, false, 0, 0);
       l.row(5, 5);
     },
     &CheckResult::messages_wrong, "all ready too early"},
    {"MessageOfNobody", "done",
     [](Layer& l) {
       l.message(1, TileKind::owner_done, false, 0, 6);
       l.message(0, TileKind::owner_done, false, 0, 6);
     },
     &CheckResult::messages_wrong, "no region or window"},
    {"ZerosMissing", "result 4.0", [](Layer&) {}, &CheckResult::rows_lost, "token 4, choice 0"},
    {"ResultInsteadOfZeros", "result 4.0",
     [](Layer& l) {
       for (int line = 0; line < 2; ++line) {
         l.write(1, Layer::line(kWindow + 1024, Layer::seed(RowKind::combine, 4, 0), line, 256));
       }
     },
     &CheckResult::bytes_wrong, "token 4, choice 0 has wrong bytes"},
    {"ResultsOfTwoTokensSwapped", "result 0.1",
     [](Layer& l) {
       for (int line = 0; line < 2; ++line) {
         l.write(0, Layer::line(kWindow + 256, Layer::seed(RowKind::combine, 1, 1), line, 256));
       }
     },
     &CheckResult::bytes_wrong, "wrong bytes"},
};

INSTANTIATE_TEST_SUITE_P(Faults, ScoreboardFault, testing::ValuesIn(kFaults),
                         [](const auto& fault) { return fault.param.name; });

TEST(Scoreboard, AllReadyOnceButTooEarlyIsAFault) {
  Layer layer;
  for (int token = 0; token < kTokens - 1; ++token) layer.row(token, token);
  layer.message(1, TileKind::all_ready, false, 0, 0);
  layer.row(kTokens - 1, kTokens - 1);
  EXPECT_THAT(layer.board.finish().first_errors, testing::Contains(testing::HasSubstr("too early")));
}

TEST(Scoreboard, RefusalsAreFaults) {
  Layer layer;
  layer.run();
  RefusalCounts counts{};
  counts[static_cast<std::size_t>(reg::Refuse::stale)] = 1;
  layer.board.refused(counts);
  const CheckResult result = layer.board.finish();
  EXPECT_FALSE(result.ok());
  EXPECT_STREQ(name_of(reg::Refuse::stale), "stale");
}

TEST(Scoreboard, MeasuresAPacketFromLinkToMemory) {
  Layer layer;
  Packet packet;
  packet.strb = kFullMask;
  const MemoryWrite write = Layer::line(slot(0), kRow1, 1, kRowBytes);
  packet.data = write.data;
  layer.board.received(packet, 100);
  layer.board.written(1, write, 112);
  EXPECT_EQ(layer.board.ingress_latency_cycles().count(), 1U);
  EXPECT_EQ(layer.board.ingress_latency_cycles().max(), 12U);
}

TEST(Scoreboard, MeasuresARowFromItsRoutingToItsLastAcknowledgement) {
  Layer layer;
  layer.now = 1000000;
  layer.board.routed(1, 500000);
  layer.board.stored(kRow1, 0, 1000000);
  layer.board.stored(kRow1, 0, 1400000);
  for (int l = 0; l < 3; ++l) {
    const std::int64_t tag = layer.board.written(1, Layer::line(slot(0), kRow1, l, kRowBytes), 0);
    layer.board.acknowledged(tag, 2000000 + l * 1000000);
  }
  EXPECT_EQ(layer.board.row_latency_ns().max(), 3500U);
  EXPECT_EQ(layer.board.first_stored(RowKind::dispatch, 0), 1000000);
  EXPECT_EQ(layer.board.last_acknowledged(RowKind::dispatch, 1), 4000000);
}

TEST(Scoreboard, RefusesBuffersWhoseRowsOverlap) {
  Layer layer;
  BufferSpec spec;
  spec.row_bytes = 256;
  spec.slot_pitch = 128;
  spec.group_pitch = 256;
  EXPECT_THROW(layer.board.add_buffer(spec), std::invalid_argument);
}

}  // namespace
}  // namespace moehub
