// The hub bench as a whole: marks that do not hold are failures, larger resources and their cost, the text.
#include "bench/hub/bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "bench/hub/cost.hpp"
#include "bench/hub/table.hpp"
#include "model/base/input_error.hpp"

namespace moehub::bench {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

BenchResult run(const HubParams& params, const std::vector<std::string>& patterns) {
  BenchOptions options;
  options.patterns = patterns;
  options.cycles = {1500, 2000};
  const HubFactory make = [&](int spill_latency) { return make_model_hub(params, spill_latency); };
  return run_bench({"tried", params}, make, options, [](const std::string&) {});
}

TEST(HubBench, AHubThatIsTooSmallMissesItsMarks) {
  HubParams params;
  EXPECT_THAT(run(params, {"uniform", "recorded"}).failures, IsEmpty());
  params.entries = 8;
  const BenchResult result = run(params, {"uniform"});
  ASSERT_THAT(result.failures, Not(IsEmpty()));
  EXPECT_THAT(result.failures.front(), AllOf(HasSubstr("uniform, out"), HasSubstr("at least 0.98")));
  EXPECT_THAT(to_text(result, "model"), HasSubstr("FAILED uniform, out"));
}

TEST(HubBench, LargerResourcesAreTriedForWhatFallsShort) {
  const BenchResult result = run({}, {"partial", "hot region"});
  ASSERT_EQ(result.lifts.size(), 1U);
  const Lift& lift = result.lifts.front();
  EXPECT_EQ(lift.pattern, "partial");
  ASSERT_FALSE(lift.steps.empty());
  EXPECT_EQ(lift.steps.front().what, "entries x 2");
  EXPECT_GT(lift.steps.front().rate, lift.rate + 0.1);
  EXPECT_GT(lift.steps.front().sram_kbit, 0);
  ASSERT_TRUE(result.parity);
  EXPECT_EQ(result.parity->rates, 5);
  EXPECT_EQ(result.parity->equal, 5) << "the model against itself";
}

TEST(HubBench, CostIsThatOfTheUnitPages) {
  HubParams params;
  HubParams larger = params;
  larger.entries *= 2;
  EXPECT_NEAR(store_cost(larger).sram_kbit - store_cost(params).sram_kbit, 694, 1);  // docs/dest_queue.md
}

TEST(HubBench, AnUnknownPatternIsRefusedWithThoseThatAreKnown) {
  try {
    run({}, {"hot potato"});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("hot potato"), HasSubstr("hot peer, sectors")));
  }
}

TEST(HubBench, TextIsTheSameEveryTimeAndFitsOnAPage) {
  const std::string text = to_text(run({}, {}), "model");
  EXPECT_EQ(text, to_text(run({}, {}), "model"));
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 120U) << line;
    EXPECT_FALSE(!line.empty() && line.back() == ' ') << line;
  }
}

}  // namespace
}  // namespace moehub::bench
