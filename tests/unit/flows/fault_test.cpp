// A run notices what goes wrong in a hub: each fault fails the check that it should, a standstill ends
// with an error that names what waits, and the machine is fit for the next flow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/faulty_hub.hpp"
#include "tests/support/machine.hpp"

namespace moehub {
namespace {

using test::Fault;
using test::FaultyHub;
using test::SmallRun;

FlowResult run_with(Fault fault, int nth) {
  SmallRun run;
  run.wrap = [=](std::unique_ptr<Hub> hub, int gpu) -> std::unique_ptr<Hub> {
    if (gpu != 1) return hub;
    return std::make_unique<FaultyHub>(std::move(hub), fault, nth);
  };
  return run.run("moehub");
}

void expect_unharmed() {
  SmallRun run;
  EXPECT_TRUE(run.run("moehub").check.ok()) << "the machine is fit for the next flow";
}

struct Case {
  const char* name;
  Fault fault;
  int nth;
  std::uint64_t CheckResult::*counter;
};

class FlowFault : public testing::TestWithParam<Case> {};

TEST_P(FlowFault, IsNoticed) {
  const Case& c = GetParam();
  const FlowResult result = run_with(c.fault, c.nth);
  EXPECT_FALSE(result.check.ok() && !result.failure);
  EXPECT_GT(result.check.*c.counter, 0U);
  expect_unharmed();
}

INSTANTIATE_TEST_SUITE_P(
    Faults, FlowFault,
    testing::Values(
        Case{"PacketOfARowDropped", Fault::drop_packet, 50, &CheckResult::rows_lost},
        Case{"ByteFlipped", Fault::flip_byte, 100, &CheckResult::bytes_wrong},
        Case{"WrongAddress", Fault::wrong_address, 100, &CheckResult::bytes_wrong},
        Case{"TileLost", Fault::drop_tile, 1, &CheckResult::tiles_missing},
        Case{"TileEarly", Fault::early_tile, 0, &CheckResult::tiles_early},
        Case{"TileTwice", Fault::repeat_tile, 1, &CheckResult::tiles_early}),
    [](const auto& fault) { return fault.param.name; });

TEST(FlowFaultTest, ADuplicateIsRefusedByTheHub) {
  const FlowResult result = run_with(Fault::duplicate_packet, 50);
  EXPECT_FALSE(result.check.ok());
  EXPECT_EQ(result.check.refused[static_cast<std::size_t>(reg::Refuse::excess)] +
                result.check.rows_duplicated,
            1U);
  expect_unharmed();
}

TEST(FlowFaultTest, AStandstillNamesWhatWaits) {
  const FlowResult result = run_with(Fault::stuck, 20);
  ASSERT_TRUE(result.failure);
  EXPECT_THAT(*result.failure, testing::HasSubstr("GPU 1"));
  EXPECT_THAT(*result.failure, testing::HasSubstr("stores at its port"));
  EXPECT_FALSE(result.check.ok());
  expect_unharmed();
}

TEST(FlowFaultTest, AnInterruptKeepsWhatIsComplete) {
  SmallRun run;
  run.layers = 8;
  int asked = 0;
  run.interrupted = [&asked] { return ++asked > 3; };
  const FlowResult result = run.run("moehub");
  EXPECT_TRUE(result.interrupted);
  EXPECT_FALSE(result.failure);
  EXPECT_GT(result.layers.size(), 0U);
  EXPECT_LT(result.layers.size(), 8U);
  EXPECT_TRUE(result.check.ok()) << "the layers that are complete are right";
  expect_unharmed();
}

}  // namespace
}  // namespace moehub
