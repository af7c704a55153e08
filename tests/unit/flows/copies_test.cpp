// Software's copies: their rates, what bounds them, and that a wrong one is noticed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "model/flows/megatron_layer.hpp"
#include "tests/support/bare_layer.hpp"

namespace moehub {
namespace {

using test::BareLayer;
using test::SmallRun;

// ---- faults -----------------------------------------------------------------------------------------

// One row goes wrong, with a look at the one before it to the same GPU.
class FaultyMegatron : public MegatronTeLayer {
 public:
  using MegatronTeLayer::MegatronTeLayer;
  std::function<void(Copy& copy, const Copy& before)> fault;

 protected:
  Copy row_copy(const RowMove& row, int destination, int tag) const override {
    const Copy copy = MegatronTeLayer::row_copy(row, destination, tag);
    Copy sent = copy;
    if (++count_ >= 40 && !struck_ && before_.dst == copy.dst && fault) {
      fault(sent, before_);
      struck_ = true;
    }
    before_ = copy;
    return sent;
  }

 private:
  mutable int count_ = 0;
  mutable bool struck_ = false;
  mutable Copy before_;
};

CheckResult check_with(const std::function<void(Copy&, const Copy&)>& fault) {
  BareLayer<FaultyMegatron> layer;
  layer.program().fault = fault;
  layer.run();
  return layer.board().finish();
}

TEST(CopyFault, WithoutOneAllIsWell) { EXPECT_TRUE(check_with({}).ok()); }

TEST(CopyFault, WrongBytesAreNoticed) {
  const CheckResult check = check_with([](Copy& copy, const Copy& before) { copy.seed = before.seed; });
  EXPECT_GT(check.bytes_wrong, 0U);
}

TEST(CopyFault, ARowShiftedInItselfIsNoticed) {
  const CheckResult check = check_with([](Copy& copy, const Copy&) { copy.first_word += 4; });
  EXPECT_GT(check.bytes_wrong, 0U);
}

TEST(CopyFault, AWrongAddressIsNoticed) {
  const CheckResult check = check_with([](Copy& copy, const Copy&) { copy.addr += kLineBytes; });
  EXPECT_GT(check.bytes_wrong, 0U);
  EXPECT_GT(check.rows_lost, 0U);
}

TEST(CopyFault, AnAddressOutsideEveryBufferIsNoticed) {
  const CheckResult check = check_with([](Copy& copy, const Copy&) { copy.addr = 1 << 20; });
  EXPECT_GT(check.bytes_wrong, 0U);
  EXPECT_GT(check.rows_lost, 0U);
}

TEST(CopyFault, ARowTwiceAndAnotherNotAtAllIsNoticed) {
  const CheckResult check = check_with([](Copy& copy, const Copy& before) { copy = before; });
  EXPECT_EQ(check.rows_duplicated, 1U);
  EXPECT_EQ(check.rows_lost, 1U);
}

TEST(CopyFault, ALostRowLeavesItsReceiverWaiting) {
  BareLayer<FaultyMegatron> layer;
  layer.program().fault = [](Copy& copy, const Copy&) { copy.bytes = 0; };
  try {
    layer.run();
    FAIL() << "the layer ended though a row is missing";
  } catch (const HangError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("waits for the all-to-all"));
  }
  EXPECT_GT(layer.board().finish().rows_lost, 1U) << "it, and results that were never computed";
}

// ---- rates ------------------------------------------------------------------------------------------

// Every GPU sends `bytes` to every other one, in loops.
class Flood : public SoftwareLayer {
 public:
  explicit Flood(const LayerContext& context)
      : SoftwareLayer(context, Exchange::Rows::a_choice, Exchange::Rows::a_choice) {}

  int loops = 4;
  double loop_gb_per_s = 1000;
  double gb_per_s = 1000;
  std::int64_t bytes = 4 << 20;
  bool to_itself = false;
  double us = 0;  // until all has come, of the last GPU

  void run_gpu(int gpu) override {
    CopyHost& copies = context_.machine.copies();
    const int pacer = copies.add_pacer(gpu, gb_per_s);
    std::vector<CopyLoop> all;
    for (int i = 0; i < gpus(); ++i) {
      const int peer = (gpu + i) % gpus();
      if ((peer == gpu) != to_itself) continue;
      for (int l = 0; l < loops; ++l) {
        CopyLoop loop;
        loop.count = static_cast<int>(bytes / loops / 8192);
        loop.gb_per_s = loop_gb_per_s;
        loop.make = [this, peer](int) {
          Copy copy = padding_copy(peer, 0);
          copy.bytes = 8192;
          return copy;
        };
        all.push_back(std::move(loop));
      }
    }
    copies.start(gpu, pacer, std::move(all));
    wait_arrival(gpu, 0, to_itself ? bytes : (gpus() - 1) * bytes);
    us = std::max(us, to_us(now()));
  }
};

double flood_gb_per_s(const std::function<void(Flood&)>& change = {},
                      const std::function<void(SystemConfig&)>& system = {}) {
  SmallRun run;
  run.system.fabric.gpus = 8;
  run.model.hidden = 4096;  // a padding row takes 8192 bytes
  if (system) system(run.system);
  BareLayer<Flood> layer(run);
  if (change) change(layer.program());
  layer.run();
  const Flood& flood = layer.program();
  return static_cast<double>(flood.bytes) * (flood.to_itself ? 1 : 7) / flood.us / 1e3;
}

TEST(Copies, ReachWhatTheLinksLeaveForPayload) {
  const double share = flood_gb_per_s() / 200;
  EXPECT_GT(share, 0.80);
  EXPECT_LT(share, 0.83) << "both directions are busy, and it begins and ends";
}

TEST(Copies, ALibraryMayReachLess) {
  EXPECT_NEAR(flood_gb_per_s([](Flood& f) { f.gb_per_s = 100; }), 100, 2);
}

TEST(Copies, ALoopHasItsOwnRate) {
  EXPECT_NEAR(flood_gb_per_s([](Flood& f) { f.loop_gb_per_s = 2; }), 7 * 4 * 2, 2);
  EXPECT_NEAR(flood_gb_per_s([](Flood& f) { f.loops = 1, f.loop_gb_per_s = 8; }), 7 * 8, 2);
}

TEST(Copies, FewCreditsSlowThemDown) {
  const double slow = flood_gb_per_s({}, [](SystemConfig& s) { s.fabric.credits_per_voq = 4; });
  EXPECT_LT(slow, 100);
  EXPECT_GT(slow, 1);
}

TEST(Copies, ToTheOwnGpuTakesNoLink) {
  EXPECT_NEAR(flood_gb_per_s([](Flood& f) { f.to_itself = true, f.loop_gb_per_s = 10; }), 40, 1);
  EXPECT_EQ(test::machine().traffic().wire_bytes(), 0U);
}

TEST(Copies, BetweenNodesANicBoundsThem) {
  // Of 7 peers 4 are in the other node; each GPU's NIC sends to them.
  const double all = flood_gb_per_s({}, [](SystemConfig& s) { s.fabric.gpus_per_node = 4; });
  EXPECT_NEAR(all / 7 * 4, 50, 2.5);
  EXPECT_GT(test::machine().traffic().network_bytes, 8U * 4 * (4 << 20));
}

}  // namespace
}  // namespace moehub
