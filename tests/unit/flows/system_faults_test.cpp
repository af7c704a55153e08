// Faults of links and memories (FaultConfig): what can be mended is, at the cost of time; what cannot ends in an error that
// says what was lost. Nothing is doubled, wrong or silent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/machine.hpp"

namespace moehub {
namespace {

using test::SmallRun;

class SystemFaults : public testing::TestWithParam<const char*> {
 protected:
  FlowResult run(const FaultConfig& faults) const {
    SmallRun run;
    run.system.faults = faults;
    return run.run(GetParam());
  }
  static void expect_whole(const FlowResult& result) {
    EXPECT_FALSE(result.failure) << *result.failure;
    EXPECT_TRUE(result.check.ok());
  }
  // Incomplete, said so, and what did arrive is right.
  static void expect_only_missing(const FlowResult& result) {
    ASSERT_TRUE(result.failure);
    EXPECT_GT(result.check.rows_lost, 0U);
    EXPECT_EQ(result.check.rows_duplicated + result.check.bytes_wrong + result.check.tiles_early, 0U);
  }
};

TEST_P(SystemFaults, WrongBitsCostTimeOnly) {
  FaultConfig faults;
  faults.bit_error_rate = 2e-5;
  const FlowResult result = run(faults);
  expect_whole(result);
  EXPECT_GT(result.traffic.link_replays, 0U);
  const FlowResult sound = run({});
  EXPECT_EQ(sound.traffic.link_replays, 0U);
  EXPECT_GT(result.times.layer, sound.times.layer);
}

TEST_P(SystemFaults, AreTheSameWithTheSameSeed) {
  FaultConfig faults;
  faults.bit_error_rate = 2e-5;
  const FlowResult one = run(faults);
  EXPECT_EQ(run(faults).times.layer, one.times.layer);
  faults.seed = 2;
  EXPECT_NE(run(faults).traffic.link_replays, one.traffic.link_replays);
}

TEST_P(SystemFaults, APlaneThatComesBackCostsItsTime) {
  const Picoseconds sound = run({}).times.layer;
  FaultConfig faults;
  faults.plane_down = 1;
  faults.plane_up_us = 90;
  const FlowResult result = run(faults);
  expect_whole(result);
  EXPECT_GT(result.times.layer, sound);
}

TEST_P(SystemFaults, SomeLostCreditsAreSurvived) {
  FaultConfig faults;
  faults.lost_credit_rate = 0.02;
  const FlowResult result = run(faults);
  expect_whole(result);
  EXPECT_GT(result.traffic.lost_credits, 0U);
}

INSTANTIATE_TEST_SUITE_P(Flows, SystemFaults, testing::Values("moehub", "megatron-te", "comet"), [](const auto& flow) {
  std::string name = flow.param;
  name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
  return name;
});

class HubFaults : public SystemFaults {};

TEST_P(HubFaults, APlaneThatStaysAwayIsNamed) {
  FaultConfig faults;
  faults.plane_down = 1;
  faults.plane_up_us = 1000;
  const FlowResult result = run(faults);
  expect_only_missing(result);
  EXPECT_THAT(*result.failure, testing::HasSubstr("plane 1 down"));
}

TEST_P(HubFaults, AllCreditsLostIsNamed) {
  FaultConfig faults;
  faults.lost_credit_rate = 0.5;
  SmallRun small;
  small.system.faults = faults;
  small.system.fabric.credits_per_voq = 8;
  const FlowResult result = small.run(GetParam());
  expect_only_missing(result);
  EXPECT_THAT(*result.failure, testing::HasSubstr(std::to_string(result.traffic.lost_credits) + " credits lost"));
}

TEST_P(HubFaults, AcknowledgementsMayBeLateAndInAnyOrder) {
  FaultConfig faults;
  faults.ack_spread_ns = 3000;
  expect_whole(run(faults));
}

TEST_P(HubFaults, AWriteThatFailsIsRefusedAndMissing) {
  FaultConfig faults;
  faults.write_error_rate = 1e-3;
  const FlowResult result = run(faults);
  expect_only_missing(result);
  EXPECT_GT(result.traffic.write_errors, 0U);
  EXPECT_EQ(result.check.refused[static_cast<std::size_t>(reg::Refuse::memory)], result.traffic.write_errors);
}

INSTANTIATE_TEST_SUITE_P(Flows, HubFaults, testing::Values("moehub"));

}  // namespace
}  // namespace moehub
