// sram_1r1w and table_ram: read latency, what a read in the cycle of a write gives, masks, held output, check bits.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <random>
#include <vector>

#include "Vtop_ram.h"
#include "tests/support/bench.hpp"
#include "tests/support/seed.hpp"

namespace moehub::test {
namespace {

constexpr std::uint32_t kDepth = 13;
using Word = std::array<std::uint32_t, 3>;  // 70 bits

class Ram : public testing::Test {
 public:
  Bench<Vtop_ram> bench;

  void drive_write(std::uint32_t addr, const Word& data, unsigned mask = 0xf) {
    bench->we_i = 1;
    bench->waddr_i = static_cast<std::uint8_t>(addr);
    bench->wmask_i = static_cast<std::uint8_t>(mask);
    for (std::size_t i = 0; i < 3; ++i) bench->wdata_i[i] = i == 2 ? data[i] & 0x3f : data[i];
  }
  void write(std::uint32_t addr, const Word& data, unsigned mask = 0xf) {
    drive_write(addr, data, mask);
    bench.tick();
    bench->we_i = 0;
  }
  void read(std::uint32_t addr) {
    bench->re_i = 1;
    bench->raddr_i = static_cast<std::uint8_t>(addr);
    bench.tick();
    bench->re_i = 0;
    bench.settle();
  }
  void fill() {
    for (std::uint32_t a = 0; a < kDepth; ++a) write(a, {a, 0, 0});
  }
};

TEST_F(Ram, RandomAgainstArrays) {
  for (const std::uint64_t seed : {std::uint64_t{0}, random_seed()}) {
    std::mt19937_64 random{seed};
    fill();
    std::array<std::uint32_t, 2> whole{12, 11};
    std::array<std::uint32_t, kDepth> bytes{};
    std::array<Word, kDepth> wide{};
    std::array<bool, kDepth> flipped{};  // top bit, of the tables alone
    for (std::uint32_t a = 0; a < kDepth; ++a) bytes[a] = wide[a][0] = a;
    std::uint32_t whole_out = 0, bytes_out = 0;
    Word wide_out{};
    std::uint32_t flip_out = 0;
    bool has_read = false;
    for (int cycle = 0; cycle < 20000; ++cycle) {
      const bool we = random() % 2 != 0, re = random() % 2 != 0;
      const auto waddr = static_cast<std::uint32_t>(random() % kDepth);
      const auto raddr = random() % 2 != 0 ? waddr : static_cast<std::uint32_t>(random() % kDepth);
      const auto mask = static_cast<unsigned>(random() % 4 == 0 ? 0xf : random() % 16);
      const Word data{static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random() & 0x3f)};
      drive_write(waddr, data, mask);
      bench->we_i = we;
      bench->wflip_i = random() % 2 != 0;
      bench->re_i = re;
      bench->raddr_i = static_cast<std::uint8_t>(raddr);
      if (re) {  // the old word, also of the word written now
        whole_out = whole[raddr % 2];
        bytes_out = bytes[raddr];
        wide_out = wide[raddr];
        flip_out = flipped[raddr] ? 1 : 0;
        has_read = true;
      }
      if (we) {
        if ((mask & 1) != 0) whole[waddr % 2] = data[0];
        for (unsigned b = 0; b < 4; ++b) {
          const std::uint32_t bits = 0xffU << (8 * b);
          if (((mask >> b) & 1) != 0) bytes[waddr] = (bytes[waddr] & ~bits) | (data[0] & bits);
        }
        wide[waddr] = data;
        flipped[waddr] = bench->wflip_i != 0;
      }
      bench.tick();
      if (!has_read) continue;
      ASSERT_EQ(bench->whole_o, whole_out);
      ASSERT_EQ(bench->bytes_o, bytes_out);
      ASSERT_EQ(bench->narrow_o, (wide_out[0] & 0xfffff) ^ flip_out << 19);
      ASSERT_EQ(bench->middle_o, (std::uint64_t{(wide_out[1] & 0xffff) ^ flip_out << 15} << 32 | wide_out[0]));
      for (std::size_t i = 0; i < 2; ++i) ASSERT_EQ(bench->wide_o[i], wide_out[i]);
      ASSERT_EQ(bench->wide_o[2], wide_out[2] ^ flip_out << 5);
      ASSERT_EQ(bench->rerror_o, 0) << "no wrong check bits in a word that was written";
    }
    bench->we_i = bench->re_i = bench->wflip_i = 0;
  }
}

TEST_F(Ram, InjectionSpoilsTheNextWriteOnly) {
  fill();
  bench->inject_i = 1;
  bench.tick();
  bench->inject_i = 0;
  bench.tick(3);  // waits for a write
  write(5, {1, 2, 3});
  write(6, {1, 2, 3});
  read(5);
  EXPECT_EQ(bench->rerror_o, 7) << "each table";
  EXPECT_EQ(bench->wide_o[0], 1U) << "the word itself is well";
  read(6);
  EXPECT_EQ(bench->rerror_o, 0);
  write(5, {1, 2, 3});
  read(5);
  EXPECT_EQ(bench->rerror_o, 0) << "healed by writing";
}

TEST_F(Ram, InjectionInTheCycleOfAWriteSpoilsTheNextOne) {
  fill();
  bench->inject_i = 1;
  write(5, {1, 2, 3});
  bench->inject_i = 0;
  write(6, {1, 2, 3});
  write(7, {1, 2, 3});
  for (const std::uint32_t addr : {5U, 6U, 7U}) {
    read(addr);
    EXPECT_EQ(bench->rerror_o, addr == 6 ? 7 : 0) << "address " << addr;
  }
}

// Bits 0 to 69 are the word, 70 to 85 its check bits.
constexpr unsigned kStoredBits = 86;

class Flips : public Ram {
 public:
  Flips() { fill(); }
  unsigned error_after(const std::vector<unsigned>& bits) {
    write(3, {0x12345678, 0x9abcdef0, 0x2a});
    for (std::size_t i = 0; i < 3; ++i) bench->flip_i[i] = 0;
    for (const unsigned bit : bits) bench->flip_i[bit / 32] ^= 1U << (bit % 32);
    bench->flip_addr_i = 3;
    bench.tick();
    for (std::size_t i = 0; i < 3; ++i) bench->flip_i[i] = 0;
    read(3);
    return bench->rerror_o;
  }
};

TEST_F(Flips, EveryOneAndTwoAreSeen) {
  for (unsigned a = 0; a < kStoredBits; ++a) {
    EXPECT_EQ(error_after({a}), 4U) << "bit " << a;
    for (unsigned b = 0; b < a; ++b) EXPECT_EQ(error_after({a, b}), 4U) << "bits " << a << " and " << b;
  }
}

TEST_F(Flips, ThreeAreSeen) {
  const std::uint64_t seed = random_seed();
  std::mt19937_64 random{seed};
  for (int i = 0; i < 20000; ++i) {
    const auto a = static_cast<unsigned>(random() % kStoredBits);
    const auto b = static_cast<unsigned>(random() % kStoredBits);
    const auto c = static_cast<unsigned>(random() % kStoredBits);
    ASSERT_EQ(error_after({a, b, c}), 4U) << "bits " << a << ", " << b << ", " << c << "; seed " << seed;
  }
}

}  // namespace
}  // namespace moehub::test
