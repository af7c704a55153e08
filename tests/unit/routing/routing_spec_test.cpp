// The text of `--routing`.
#include "model/routing/routing_spec.hpp"

#include <gtest/gtest.h>

#include "tests/support/input_error.hpp"

namespace moehub {
namespace {

RoutingSpec spec_of(const std::string& text) { return parse_routing_spec(text, "--routing"); }

TEST(RoutingSpec, TextToSpecAndBack) {
  for (const char* text :
       {"uniform", "uniform:reuse=2", "normal:std=0.032", "normal:std=0", "normal:std=0.05,reuse=1.5",
        "zipf:s=0", "zipf:s=1.2,reuse=7.3", "hot:experts=2,times=4", "hot:experts=1,times=0.5,reuse=2",
        "pairs:tokens=64", "like:qwen3-30b-a3b-prefill", "like:a/b.json", "like:x:y,z=1"}) {
    EXPECT_EQ(to_string(spec_of(text)), text);
  }
  EXPECT_EQ(to_string(spec_of("normal:reuse=1,std=0.1")), "normal:std=0.1") << "defaults are left out";
}

TEST(RoutingSpec, Values) {
  EXPECT_DOUBLE_EQ(spec_of("normal:std=0.032").coefficient_of_variation(), 0.256);
  EXPECT_DOUBLE_EQ(spec_of("normal:std=0.032").reuse, 1);
  EXPECT_DOUBLE_EQ(spec_of("zipf:s=0.7,reuse=3").zipf_exponent, 0.7);
  EXPECT_DOUBLE_EQ(spec_of("zipf:reuse=3,s=0.7").reuse, 3);
  EXPECT_EQ(spec_of("hot:experts=3,times=2.5").hot_experts, 3);
  EXPECT_DOUBLE_EQ(spec_of("hot:experts=3,times=2.5").hot_times, 2.5);
  EXPECT_EQ(spec_of("like:x").like, "x");
}

TEST(RoutingSpec, WhatIsNotASpecIsRefused) {
  for (const char* text : {"",
                           "zipf",
                           "zipf9",
                           "normal",
                           "normal:",
                           "normal:std",
                           "normal:std=",
                           "normal:std=x",
                           "normal:std=-0.1",
                           "normal:std=0.2",
                           "normal:std=nan",
                           "normal:std=0.03 ",
                           "Uniform",
                           "uniform:",
                           "uniform:std=0.1",
                           "normal:sd=0.1",
                           "normal:std=0.1,",
                           "normal:std=0.1,std=0.1",
                           "normal:std=0.1,reuse=0.5",
                           "normal:reuse=2",
                           "zipf:s=5",
                           "zipf:s=1,times=2",
                           "pairs",
                           "pairs:tokens=0",
                           "pairs:tokens=8,reuse=2",
                           "hot",
                           "hot:experts=2",
                           "hot:times=2",
                           "hot:experts=1.5,times=2",
                           "hot:experts=0,times=2",
                           "hot:experts=2,times=-1",
                           "like",
                           "like:"}) {
    test::expect_input_error([&] { spec_of(text); },
                             {"command line: --routing: '" + std::string(text) + "'"});
  }
  test::expect_input_error([] { spec_of("zipf"); }, {"uniform, normal:std=S, zipf:s=S", "like:FILE"});
  test::expect_input_error([] { spec_of("zipf:s=5"); }, {"s= a number from 0 to 4"});
  test::expect_input_error([] { spec_of("hot:experts=1.5,times=2"); },
                           {"experts= an integer from 1 to 4096"});
  test::expect_input_error([] { spec_of("zipf:s=1,s=1"); }, {"s= once"});
}

}  // namespace
}  // namespace moehub
