// Headers as register words, and what the set-up functions say of a mistake.
#include "model/hub/hub_setup.hpp"

#include <gtest/gtest.h>

#include <string>

namespace moehub {
namespace {

Header some_header() {
  Header h;
  h.kind = PacketKind::st;
  h.nop = true;
  h.src = 0x12;
  h.dst = 0x34;
  h.region = 0x56;
  h.gen = 0x78;
  h.row = 0x9abcde;
  h.offset = 0xf180;
  h.addr = 0xfedcba987680;
  h.rsvd = 5;
  return h;
}

TEST(HubSetup, HeadersSurvivePacking) {
  const Header h = unpack_header(pack_header(some_header()));
  EXPECT_EQ(h.kind, PacketKind::st);
  EXPECT_TRUE(h.nop);
  EXPECT_EQ(h.src, 0x12);
  EXPECT_EQ(h.dst, 0x34);
  EXPECT_EQ(h.region, 0x56);
  EXPECT_EQ(h.gen, 0x78);
  EXPECT_EQ(h.row, 0x9abcdeU);
  EXPECT_EQ(h.offset, 0xf180);
  EXPECT_EQ(h.addr, 0xfedcba987680U);
  EXPECT_EQ(h.rsvd, 5);
}

TEST(HubSetup, FieldsLieWhereThePackageHasThem) {
  Header h;
  h.rsvd = 1;
  EXPECT_EQ(pack_header(h)[0], 1U);
  h = {};
  h.addr = 1;
  EXPECT_EQ(pack_header(h)[0], 1U << 3);
  h = {};
  h.kind = PacketKind::rowsp;
  EXPECT_EQ(pack_header(h)[3], 1U << 28) << "kind is on top of 128 bits";
  h = {};
  h.row = 1;
  EXPECT_EQ(pack_header(h)[2], 1U << 3);
}

TEST(HubSetup, AMistakeNamesTheRegister) {
  const auto hub = make_model_hub(HubParams{}, 10);
  RegionSetup region;
  region.base = 0x1000;
  region.row_bytes = 70000;
  region.capacity_rows = 4;
  try {
    program_region(*hub, 2, region);
    FAIL() << "a row of 70000 bytes was taken";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string{error.what()}, "hub register 0x4088 refuses 70000");
  }
}

TEST(HubSetup, ParametersOutOfRangeAreRefused) {
  HubParams params;
  params.lanes = 3;
  EXPECT_THROW(make_model_hub(params, 10), std::invalid_argument);
  params = {};
  params.entries = 4;
  EXPECT_THROW(make_model_hub(params, 10), std::invalid_argument);
  params = {};
  params.rat_banks = 2;
  EXPECT_THROW(make_model_hub(params, 10), std::invalid_argument) << "fewer banks than lanes";
}

}  // namespace
}  // namespace moehub
