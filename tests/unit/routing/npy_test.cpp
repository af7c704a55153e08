// NumPy arrays: every type, both orders, strings, and every way in which a header can be wrong.
#include "model/routing/npy.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "tests/support/input_error.hpp"

namespace moehub {
namespace {

using test::expect_input_error;

// A .npy file with a header written out in full, as NumPy or another tool might write it.
std::string npy(const std::string& header, const std::string& data, int version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += '\0';
  const std::size_t size = header.size() + 1;
  bytes += static_cast<char>(size & 0xff);
  bytes += static_cast<char>(size >> 8);
  if (version > 1) bytes += std::string(2, '\0');
  return bytes + header + "\n" + data;
}

template <typename T>
std::string bytes_of(std::initializer_list<T> values) {
  std::string bytes;
  for (const T value : values) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return bytes;
}

template <typename T>
std::vector<std::int64_t> read_integers(const std::string& descr, std::initializer_list<T> values) {
  const std::string header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" +
                             std::to_string(values.size()) + ",), }";
  return npy_integers(parse_npy(npy(header, bytes_of(values)), "f", "a"), "f", "a");
}

TEST(Npy, EveryIntegerTypeIsRead) {
  using V = std::vector<std::int64_t>;
  EXPECT_EQ(read_integers<std::int8_t>("|i1", {-1, 127}), (V{-1, 127}));
  EXPECT_EQ(read_integers<std::uint8_t>("|u1", {0, 255}), (V{0, 255}));
  EXPECT_EQ(read_integers<std::int16_t>("<i2", {-1, 300}), (V{-1, 300}));
  EXPECT_EQ(read_integers<std::uint16_t>("<u2", {0, 65535}), (V{0, 65535}));
  EXPECT_EQ(read_integers<std::int32_t>("<i4", {-1, 70000}), (V{-1, 70000}));
  EXPECT_EQ(read_integers<std::uint32_t>("<u4", {4294967295u}), (V{4294967295}));
  EXPECT_EQ(read_integers<std::int64_t>("<i8", {-1, 1ll << 40}), (V{-1, 1ll << 40}));
  EXPECT_EQ(read_integers<std::uint64_t>("<u8", {~0ull}),
            (V{std::numeric_limits<std::int64_t>::max()}))
      << "what does not fit must stay out of range";
}

TEST(Npy, FortranOrderGivesTheSameElementsAsCOrder) {
  const std::string data = bytes_of<std::int16_t>({0, 3, 1, 4, 2, 5});  // [[0,1,2],[3,4,5]]
  const NpyArray array =
      parse_npy(npy("{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }", data), "f", "a");
  EXPECT_EQ(npy_integers(array, "f", "a"), (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5}));
  const NpyArray cube = parse_npy(npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2, 2)}",
                                      std::string("\0\4\2\6\1\5\3\7", 8)),
                                  "f", "a");
  EXPECT_EQ(npy_integers(cube, "f", "a"), (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(Npy, EveryFloatTypeIsRead) {
  const auto read = [](const std::string& descr, const std::string& data, const char* shape) {
    const std::string header =
        "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + "}";
    return npy_floats(parse_npy(npy(header, data), "f", "a"), "f", "a");
  };
  EXPECT_EQ(read("<f4", bytes_of<float>({0.25f, -3.5f}), "(2,)"), (std::vector<float>{0.25f, -3.5f}));
  EXPECT_EQ(read("<f8", bytes_of<double>({0.1}), "(1,)"), (std::vector<float>{0.1f}));
  // float16: 1, -2, 0.333252, largest 65504, smallest subnormal 2^-24, -0.
  const std::vector<float> halves = read(
      "<f2", bytes_of<std::uint16_t>({0x3c00, 0xc000, 0x3555, 0x7bff, 0x0001, 0x8000}), "(6,)");
  EXPECT_EQ(halves, (std::vector<float>{1, -2, 0.333251953125f, 65504, 5.9604644775390625e-8f, -0.f}));
  EXPECT_GT(read("<f2", bytes_of<std::uint16_t>({0x7c00}), "(1,)")[0], 1e30f) << "infinity";
}

TEST(Npy, StringsAreReadWithoutTheirPadding) {
  const auto text = [](const std::string& header, const std::string& data) {
    return npy_text(parse_npy(npy(header, data), "f", "meta"), "f", "meta");
  };
  EXPECT_EQ(text("{'descr': '|S5', 'fortran_order': False, 'shape': ()}", std::string("abc\0\0", 5)),
            "abc");
  EXPECT_EQ(text("{'descr': '<U3', 'fortran_order': False, 'shape': (1,)}",
                 bytes_of<std::uint32_t>({'h', 0xe9, 0})),
            "h\xc3\xa9");
  EXPECT_EQ(text("{'descr': '<U2', 'fortran_order': False, 'shape': ()}",
                 bytes_of<std::uint32_t>({0x20ac, 0x1f642})),
            "\xe2\x82\xac\xf0\x9f\x99\x82");
}

TEST(Npy, HeadersOfEveryVersionKeyOrderAndLength) {
  const std::string data = bytes_of<std::int16_t>({7});
  for (const int version : {1, 2, 3}) {
    const NpyArray array = parse_npy(
        npy("{'shape': (1,), 'fortran_order': False, 'descr': '<i2'}", data, version), "f", "a");
    EXPECT_EQ(npy_integers(array, "f", "a"), std::vector<std::int64_t>{7});
  }
  for (int padding = 0; padding < 300; ++padding) {  // bit 7 of the length set and clear
    const std::string header = "{'descr':'<i2','fortran_order':False,'shape':(1,)}" +
                               std::string(static_cast<std::size_t>(padding), ' ');
    EXPECT_EQ(npy_integers(parse_npy(npy(header, data), "f", "a"), "f", "a")[0], 7) << padding;
  }
}

TEST(Npy, WhatIsWrittenIsAlignedAndReadBack) {
  const NpyArray ids = npy_from_int16({1, -1, 300, 4, 5, 6}, {1, 2, 3});
  const std::string bytes = npy_bytes(ids);
  EXPECT_EQ((bytes.size() - ids.data.size()) % 64, 0u) << "NumPy aligns the data";
  const NpyArray read = parse_npy(bytes, "f", "a");
  EXPECT_EQ(read.shape, ids.shape);
  EXPECT_EQ(read.dtype(), "<i2");
  EXPECT_EQ(npy_integers(read, "f", "a"), (std::vector<std::int64_t>{1, -1, 300, 4, 5, 6}));
  for (const std::string text : {"", "{\"model\": \"x\"}", "h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x99\x82"}) {
    EXPECT_EQ(npy_text(parse_npy(npy_bytes(npy_from_text(text)), "f", "m"), "f", "m"), text);
  }
}

TEST(Npy, DamageIsNamed) {
  const std::string good = npy_bytes(npy_from_int32({1, 2, 3, 4}, {4}));
  for (std::size_t size = 0; size < good.size(); ++size) {
    expect_input_error([&] { parse_npy(good.substr(0, size), "f.npy", "expert_ids"); },
                       {"f.npy: expert_ids"});
  }
  const std::string data(64, '\0');
  const auto refuse = [&](const std::string& header, const std::string& part) {
    expect_input_error([&] { parse_npy(npy(header, data), "f", "a"); }, {"f: a", part});
  };
  refuse("{'descr': '>i4', 'fortran_order': False, 'shape': (4,)}", "big-endian");
  refuse("{'descr': '|O', 'fortran_order': False, 'shape': (4,)}", "'|O'");
  refuse("{'descr': '<c8', 'fortran_order': False, 'shape': (4,)}", "'<c8'");
  refuse("{'descr': [('x', '<i4')], 'fortran_order': False, 'shape': (4,)}", "structured");
  refuse("{'descr': '<i4', 'fortran_order': Maybe, 'shape': (4,)}", "fortran_order");
  refuse("{'descr': '<i4', 'fortran_order': False}", "incomplete");
  refuse("{'descr': '<i4', 'fortran_order': False, 'shape': (4,), 'more': 1}", "more");
  refuse("{'descr': '<i4', 'fortran_order': False, 'shape': (-4,)}", "no number");
  refuse("{'descr': '<i4', 'fortran_order': False, 'shape': (4", "header");
  refuse("", "header");
  refuse("{'descr': '<i8', 'fortran_order': False, 'shape': (999999999999, 999999999999, 9)}",
         "bytes of data");
  refuse("{'descr': '<i8', 'fortran_order': False, 'shape': (99999999999999999,)}", "15 digits");
}

TEST(Npy, TheWrongKindIsRefused) {
  const NpyArray floats = npy_from_float({1.f}, {1});
  const NpyArray integers = npy_from_int32({1}, {1});
  expect_input_error([&] { npy_integers(floats, "f", "expert_ids"); }, {"f: expert_ids: dtype <f4"});
  expect_input_error([&] { npy_floats(integers, "f", "weights"); }, {"f: weights: dtype <i4"});
  expect_input_error([&] { npy_text(integers, "f", "meta"); }, {"f: meta: dtype <i4"});
}

}  // namespace
}  // namespace moehub
