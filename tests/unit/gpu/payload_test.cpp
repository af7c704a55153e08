// Payload words name their row: found again, and different in every byte from other rows'.
#include "model/gpu/payload.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/seed.hpp"

namespace moehub {
namespace {

TEST(Payload, EveryWordTellsItsRowAndPlace) {
  for (const std::uint64_t seed : {std::uint64_t{0}, test::random_seed()}) {
    std::mt19937_64 random(seed);
    for (int i = 0; i < 10000; ++i) {
      RowTag tag;
      tag.kind = random() % 2 == 0 ? RowKind::dispatch : RowKind::combine;
      tag.layer = static_cast<int>(random() % 256);
      tag.token = static_cast<std::uint32_t>(random() % (1U << 24));
      tag.k = static_cast<int>(random() % 256);
      const int word = static_cast<int>(random() % 8192);
      const WordOrigin origin = origin_of(payload_word(row_seed(tag), word));
      ASSERT_TRUE(origin.known);
      ASSERT_EQ(origin.word, word);
      const RowTag found = row_tag(origin.seed);
      ASSERT_EQ(found.kind, tag.kind);
      ASSERT_EQ(found.layer, tag.layer);
      ASSERT_EQ(found.token, tag.token);
      ASSERT_EQ(found.k, tag.k);
    }
  }
}

TEST(Payload, ALineIsItsWords) {
  const RowSeed seed = row_seed({RowKind::combine, 7, 12345, 3});
  LineData line;
  fill_line(line, seed, 48);
  for (int i = 0; i < kLineWords; ++i) {
    EXPECT_EQ(line[static_cast<std::size_t>(i)], payload_word(seed, 48 + i));
  }
  fill_line(line, kZeroRow, 48);
  EXPECT_EQ(line, LineData{});
}

TEST(Payload, StrayWordsAreNotTakenForRows) {
  std::mt19937_64 random(0);
  int known = 0;
  for (int i = 0; i < 100000; ++i) known += origin_of(random()).known ? 1 : 0;
  EXPECT_LT(known, 400) << "9 bits of magic let one word in 512 through";
  EXPECT_FALSE(origin_of(0).known);
}

// A byte taken from the same place of another row, token, choice, layer or kind must be seen.
TEST(Payload, RowsDifferInEveryByte) {
  const RowTag base{RowKind::dispatch, 4, 1000, 1};
  RowTag other_kind = base, other_layer = base, other_token = base, other_k = base;
  other_kind.kind = RowKind::combine;
  other_layer.layer = 5;
  other_token.token = 1001;
  other_k.k = 2;
  for (const RowTag& other : {other_kind, other_layer, other_token, other_k}) {
    int equal[kWordBytes] = {};
    constexpr int kWords = 1024;
    for (int word = 0; word < kWords; ++word) {
      const std::uint64_t difference =
          payload_word(row_seed(base), word) ^ payload_word(row_seed(other), word);
      for (int byte = 0; byte < kWordBytes; ++byte) {
        equal[byte] += (difference >> (8 * byte) & 0xffU) == 0 ? 1 : 0;
      }
    }
    for (const int count : equal) EXPECT_LT(count, kWords / 16);
  }
}

}  // namespace
}  // namespace moehub
