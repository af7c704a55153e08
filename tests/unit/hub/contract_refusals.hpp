// Contract of every hub, part 3: what must be refused is dropped whole, counted, captured and reported,
// in the middle of valid traffic, and disturbs nothing. Run by hub_contract.hpp.
#pragma once

#include "tests/unit/hub/contract_fixture.hpp"

namespace moehub::test {

template <class T>
class HubRefusals : public ContractFixture<T> {
 protected:
  using Base = ContractFixture<T>;

  // GPU 0 sends 24 rows to regions 0 and 1 of GPU 1; region 2 is for the damage; window 0 has no tiles.
  struct Scene {
    HubLoop loop;
    WindowSetup window;
    std::set<std::uint32_t> rows;
  };
  static Scene scene(const LoopOptions& options = {}) {
    Scene s{Base::loop(options), Base::window(0, 1024), {}};
    s.window.tiled = false;
    for (int r = 0; r < 2; ++r) s.loop.set_region(1, r, Base::region(r, 384, 32));
    RegionSetup victim = Base::region(2, 300, 16);
    victim.generation = 9;
    victim.sources.clear(1);
    s.loop.set_region(1, 2, victim);
    s.loop.set_window(1, 0, s.window);
    for (std::uint32_t row = 0; row < 12; ++row) s.rows.insert(row);
    return s;
  }
  static void half_of_the_traffic(Scene& s, std::uint32_t from) {
    for (std::uint32_t row = from; row < from + 6; ++row) {
      for (int r = 0; r < 2; ++r) s.loop.store_row(0, 1, r, row);
    }
  }
  // The traffic with `damage` in its middle, then everything that a refusal must and must not do.
  template <class Damage>
  static void run(Scene& s, reg::Refuse cause, std::uint32_t times, Damage damage) {
    half_of_the_traffic(s, 0);
    s.loop.run(25);
    damage();
    half_of_the_traffic(s, 6);
    s.loop.fence(0, 0, 2, 0);
    s.loop.fence(1, 0, 2, 0);
    ASSERT_TRUE(s.loop.drain());
    for (int r = 0; r < 2; ++r) {
      expect_rows(s.loop, 1, r, s.rows);
      expect_region_closed(s.loop, 1, r, 12);
    }
    EXPECT_TRUE(s.loop.irq(1)) << "no interrupt";
    expect_refusals(s.loop, 1, {{cause, times}});
    expect_nothing_outside(s.loop, 1, {0, 1, 2}, {s.window});
  }
  // The capture shows the first of them; freeing it and the status bit ends the interrupt.
  static void expect_capture(HubLoop& loop, int gpu, reg::Refuse cause, const Header& header) {
    const CapturedRefusal captured = read_capture(loop.hub(gpu));
    ASSERT_TRUE(captured.valid);
    EXPECT_EQ(captured.cause, cause);
    EXPECT_EQ(pack_header(captured.header), pack_header(header));
    EXPECT_NE(read_checked(loop.hub(gpu), reg::kStatus) & 8U, 0U);
    free_capture(loop.hub(gpu));
    EXPECT_FALSE(read_capture(loop.hub(gpu)).valid);
    write_checked(loop.hub(gpu), reg::kIrqStatus, 7);
    loop.run(4);
    EXPECT_FALSE(loop.irq(gpu)) << "the interrupt stays although all its causes were cleared";
  }
  static void refuse_packet(Packet packet, reg::Refuse cause, int src = 0) {
    Scene s = scene();
    packet.header.src = static_cast<std::uint8_t>(src);
    run(s, cause, 1, [&] {
      s.loop.inject(1, src, packet);
    });
    expect_capture(s.loop, 1, cause, packet.header);
    EXPECT_TRUE(s.loop.memory(1).lower_bound(s.loop.region(1, 2).base) ==
                s.loop.memory(1).lower_bound(s.loop.region(1, 2).base + 16 * 384))
        << "the refused packet was written";
  }
  static Packet victim_store(std::uint32_t row = 77, int begin = 0, int end = kLineBytes) {
    return row_store(1, 2, 9, row, begin, end);
  }
};
TYPED_TEST_SUITE_P(HubRefusals);

TYPED_TEST_P(HubRefusals, UnregisteredRegion) {
  Packet p = this->victim_store();
  p.header.region = 3;
  this->refuse_packet(p, reg::Refuse::unregistered);
  p.header.region = 255;  // beyond the table, or an entry that was never enabled
  this->refuse_packet(p, reg::Refuse::unregistered);
}

TYPED_TEST_P(HubRefusals, StaleGeneration) {
  Packet p = this->victim_store();
  p.header.gen = 8;
  this->refuse_packet(p, reg::Refuse::stale);
}

TYPED_TEST_P(HubRefusals, OffsetBeyondTheRow) {
  this->refuse_packet(this->victim_store(77, 384, 512), reg::Refuse::offset);
  // The row's last line has 44 bytes: one byte too many is too many.
  this->refuse_packet(this->victim_store(77, 256, 301), reg::Refuse::offset);
}

TYPED_TEST_P(HubRefusals, TheLastByteOfTheRowIsStillInside) {
  auto s = this->scene();
  for (const auto& [begin, end] : {std::pair{0, 128}, {128, 256}, {256, 300}}) {
    s.loop.inject(1, 0, this->victim_store(77, begin, end));
  }
  ASSERT_TRUE(s.loop.drain());
  expect_rows(s.loop, 1, 2, {77});
  expect_refusals(s.loop, 1, {});
}

TYPED_TEST_P(HubRefusals, SourceNotAllowed) {
  this->refuse_packet(this->victim_store(), reg::Refuse::source, 1);
}

TYPED_TEST_P(HubRefusals, AddressOutsideEveryWindow) {
  const WindowSetup window = this->window(0, 1024);
  this->refuse_packet(address_store(1, window.base - 128, 5), reg::Refuse::address);
  this->refuse_packet(address_store(1, window.base + 1024, 5), reg::Refuse::address);
}

TYPED_TEST_P(HubRefusals, SourceNotAllowedInAWindow) {
  auto s = this->scene();
  s.window.sources.clear(0);
  s.loop.set_window(1, 0, s.window);
  const Packet p = address_store(1, s.window.base, 5);
  this->run(s, reg::Refuse::source, 1, [&] { s.loop.inject(1, 0, p); });
}

TYPED_TEST_P(HubRefusals, MalformedPackets) {
  std::vector<Packet> bad(7, this->victim_store());
  bad[0].header.kind = PacketKind::none;
  bad[1].header.kind = PacketKind::fence;
  bad[2].header.dst = 0;
  bad[3].header.offset = 64;
  bad[4].strb = {};
  bad[5].header.rsvd = 1;
  bad[6].header.kind = PacketKind::count;  // with payload
  for (const Packet& p : bad) this->refuse_packet(p, reg::Refuse::malformed);
}

TYPED_TEST_P(HubRefusals, ASourceThatDoesNotExistIsMalformed) {
  auto s = this->scene();
  this->run(s, reg::Refuse::malformed, 1, [&] { s.loop.inject(1, 255, this->victim_store()); });
}

TYPED_TEST_P(HubRefusals, APacketOfSeveralBeatsIsRefusedOnceAndWhole) {
  auto s = this->scene();
  Packet first = this->victim_store();
  Packet last = first;
  first.last = false;
  this->run(s, reg::Refuse::malformed, 1, [&] {
    s.loop.inject(1, 0, first);
    s.loop.inject(1, 0, first);
    s.loop.inject(1, 0, last);
  });
  s.loop.inject(1, 0, this->victim_store(5, 0, 128));
  ASSERT_TRUE(s.loop.drain());
  EXPECT_EQ(s.loop.memory(1).count(s.loop.region(1, 2).base), 1U) << "the lane takes packets again";
}

TYPED_TEST_P(HubRefusals, FullRegion) {
  auto s = this->scene();
  RegionSetup tiny = this->region(2, 128, 2);
  s.loop.set_region(1, 2, tiny);
  this->run(s, reg::Refuse::full, 3, [&] {
    for (std::uint32_t row = 40; row < 45; ++row) s.loop.store_row(0, 1, 2, row);
  });
  EXPECT_EQ(s.loop.memory(1).count(tiny.base + 128), 1U);
  EXPECT_EQ(s.loop.memory(1).count(tiny.base + 256), 0U) << "written behind the region";
}

TYPED_TEST_P(HubRefusals, MoreBytesThanTheRowHas) {
  auto s = this->scene();
  this->run(s, reg::Refuse::excess, 2, [&] {
    for (const auto& [begin, end] : {std::pair{0, 128}, {128, 256}, {256, 300}}) {
      s.loop.inject(1, 0, this->victim_store(77, begin, end));
    }
    s.loop.run(60);
    s.loop.inject(1, 0, this->victim_store(77, 0, 128));
    s.loop.inject(1, 0, this->victim_store(77, 128, 192));
  });
  expect_rows(s.loop, 1, 2, {77});
}

TYPED_TEST_P(HubRefusals, ExcessTogetherWithTheRestOfTheRowIsJudgedPacketByPacket) {
  auto s = this->scene();
  this->run(s, reg::Refuse::excess, 2, [&] {
    // 300 bytes fit; the packets come at once and are looked up together.
    for (int i = 0; i < 2; ++i) {
      for (const auto& [begin, end] : {std::pair{0, 128}, {128, 256}}) {
        s.loop.inject(1, 0, this->victim_store(77, begin, end));
      }
    }
  });
  EXPECT_EQ(read_statistics(s.loop.hub(1)).rows_done, 24U);
}

TYPED_TEST_P(HubRefusals, SecondReportAndTooManyRows) {
  Packet report;
  report.header.kind = PacketKind::count;
  report.header.dst = 1;
  report.header.region = 2;
  report.header.gen = 9;
  report.header.row = 17;  // of 16
  auto s = this->scene();
  this->run(s, reg::Refuse::report, 2, [&] {
    s.loop.inject(1, 0, report);
    report.header.row = 0;
    s.loop.inject(1, 0, report);
    s.loop.inject(1, 0, report);
  });
  expect_region_closed(s.loop, 1, 2, 0);
}

TYPED_TEST_P(HubRefusals, ErrorResponseOfMemory) {
  auto s = this->scene();
  const std::uint64_t place = s.loop.region(1, 2).base + 128;
  s.loop.fail_writes([place](int gpu, const MemoryWrite& w) { return gpu == 1 && w.addr == place; });
  const Packet broken = this->victim_store(77, 128, 256);
  this->run(s, reg::Refuse::memory, 1, [&] {
    for (std::uint32_t row = 77; row < 81; ++row) {
      for (const auto& [begin, end] : {std::pair{0, 128}, {128, 256}, {256, 300}}) {
        s.loop.inject(1, 0, this->victim_store(row, begin, end));
      }
      s.loop.run(40);
    }
  });
  this->expect_capture(s.loop, 1, reg::Refuse::memory, broken.header);
  EXPECT_TRUE(messages(s.loop, 1, TileKind::ready, false, 2).empty())
      << "a tile became ready although a line of it is not in memory";
}

TYPED_TEST_P(HubRefusals, RequestsThatCannotBeSent) {
  std::vector<Packet> bad(7, this->victim_store());
  bad[0].header.kind = PacketKind::count;
  bad[1].header.dst = 255;
  bad[2].header.offset = 32;
  bad[3].strb = {};
  bad[4].header.rsvd = 2;
  bad[5] = address_store(1, 64, 3);
  bad[6] = fence_request(0, 300, 0);
  for (Packet& p : bad) {
    auto s = this->scene();
    s.loop.set_region(0, 0, this->region(0, 128, 8));
    this->half_of_the_traffic(s, 0);
    s.loop.request(0, p, 0);
    this->half_of_the_traffic(s, 6);
    ASSERT_TRUE(s.loop.drain());
    for (int r = 0; r < 2; ++r) expect_rows(s.loop, 1, r, s.rows);
    EXPECT_TRUE(s.loop.irq(0));
    expect_refusals(s.loop, 0, {{reg::Refuse::request, 1}});
    expect_refusals(s.loop, 1, {});
    p.header.src = 0;
    this->expect_capture(s.loop, 0, reg::Refuse::request, p.header);
  }
}

TYPED_TEST_P(HubRefusals, ARequestOfSeveralBeatsIsRefusedOnceAndWhole) {
  auto s = this->scene();
  Packet part = this->victim_store();
  part.last = false;
  s.loop.request(0, part, 0);
  s.loop.request(0, part, 0);
  s.loop.request(0, this->victim_store(), 0);  // ends the broken one
  s.loop.request(0, this->victim_store(3), 0);
  ASSERT_TRUE(s.loop.drain());
  expect_refusals(s.loop, 0, {{reg::Refuse::request, 1}});
  EXPECT_EQ(s.loop.sent(0).size(), 1U);
}

TYPED_TEST_P(HubRefusals, TheFirstRefusalIsCapturedAndLaterOnesAreCounted) {
  auto s = this->scene();
  Packet stale = this->victim_store();
  stale.header.gen = 1;
  stale.header.nop = true;
  Packet outside = address_store(1, 0x123400, 5);
  s.loop.inject(1, 0, stale);
  s.loop.run(40);
  for (int i = 0; i < 4; ++i) s.loop.inject(1, 0, outside);
  ASSERT_TRUE(s.loop.drain());
  expect_refusals(s.loop, 1, {{reg::Refuse::stale, 1}, {reg::Refuse::address, 4}});
  this->expect_capture(s.loop, 1, reg::Refuse::stale, stale.header);
  s.loop.inject(1, 0, outside);
  ASSERT_TRUE(s.loop.drain());
  this->expect_capture(s.loop, 1, reg::Refuse::address, outside.header);
  clear_statistics(s.loop.hub(1));
  expect_refusals(s.loop, 1, {});
}

REGISTER_TYPED_TEST_SUITE_P(HubRefusals, UnregisteredRegion, StaleGeneration, OffsetBeyondTheRow,
                            TheLastByteOfTheRowIsStillInside, SourceNotAllowed,
                            AddressOutsideEveryWindow, SourceNotAllowedInAWindow, MalformedPackets,
                            ASourceThatDoesNotExistIsMalformed,
                            APacketOfSeveralBeatsIsRefusedOnceAndWhole, FullRegion,
                            MoreBytesThanTheRowHas,
                            ExcessTogetherWithTheRestOfTheRowIsJudgedPacketByPacket,
                            SecondReportAndTooManyRows, ErrorResponseOfMemory,
                            RequestsThatCannotBeSent, ARequestOfSeveralBeatsIsRefusedOnceAndWhole,
                            TheFirstRefusalIsCapturedAndLaterOnesAreCounted);

}  // namespace moehub::test
