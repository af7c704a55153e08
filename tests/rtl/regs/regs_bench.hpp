// Drives hub_regs: AXI4-Lite accesses in every order of its channels, and the units' side of the
// initialisation handshakes.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <random>

#include "model/hub/registers.hpp"
#include "tests/support/bench.hpp"
#include "tests/support/seed.hpp"

namespace moehub::test {

template <class Top>
class RegsBench {
 public:
  struct Timing {
    int aw = 0, w = 0;     // cycles before the channel is valid
    int response = 0;      // cycles before B or R is ready
    unsigned strobes = 0xf;
  };

  RegsBench() {
    bench->c_wstrb_i = 0xf;
    bench->c_awprot_i = bench->c_arprot_i = 1;
    bench.settle();
  }

  Bench<Top> bench;
  std::mt19937_64 random{0};
  int latency = 0;         // of the last access: last channel to response

  bool chance(int percent) { return static_cast<int>(random() % 100) < percent; }

  // True: OKAY.
  bool write(std::uint32_t addr, std::uint32_t value, Timing t = {}) {
    bool aw_done = false, w_done = false;
    int since = 0;
    for (int cycle = 0; cycle < 200; ++cycle) {
      bench->c_awvalid_i = !aw_done && cycle >= t.aw;
      bench->c_awaddr_i = static_cast<std::uint16_t>(addr);
      bench->c_wvalid_i = !w_done && cycle >= t.w;
      bench->c_wdata_i = value;
      bench->c_wstrb_i = static_cast<std::uint8_t>(t.strobes);
      bench->c_bready_i = 0;
      bench.settle();
      if (bench->c_bvalid_o) {
        EXPECT_TRUE(aw_done && w_done) << "a response before address and data";
        const auto response = bench->c_bresp_o;
        for (int i = 0; i < t.response; ++i) {
          bench.tick();
          EXPECT_TRUE(bench->c_bvalid_o && bench->c_bresp_o == response) << "B must hold until it is taken";
        }
        latency = since;
        bench->c_bready_i = 1;
        bench.tick();
        bench->c_bready_i = 0;
        bench.settle();
        EXPECT_TRUE(response == 0 || response == 2);
        return response == 0;
      }
      if (aw_done && w_done) ++since;
      aw_done |= bench->c_awvalid_i && bench->c_awready_o;
      w_done |= bench->c_wvalid_i && bench->c_wready_o;
      bench.tick();
    }
    ADD_FAILURE() << "no response to a write";
    return false;
  }

  // Offers a write for one cycle; its response is taken whenever it comes. What it does happens a few cycles later.
  void begin_write(std::uint32_t addr, std::uint32_t value) {
    bench->c_awvalid_i = bench->c_wvalid_i = 1;
    bench->c_awaddr_i = static_cast<std::uint16_t>(addr);
    bench->c_wdata_i = value;
    bench->c_wstrb_i = 0xf;
    bench->c_bready_i = 1;
    bench.tick();
    bench->c_awvalid_i = bench->c_wvalid_i = 0;
    bench.settle();
  }
  void end_write() {
    bench.tick(10);
    bench->c_bready_i = 0;
    bench.settle();
  }

  std::optional<std::uint32_t> read(std::uint32_t addr, int response_delay = 0) {
    bool done = false;
    for (int cycle = 0; cycle < 200; ++cycle) {
      bench->c_arvalid_i = !done;
      bench->c_araddr_i = static_cast<std::uint16_t>(addr);
      bench->c_rready_i = 0;
      bench.settle();
      if (bench->c_rvalid_o) {
        const auto value = bench->c_rdata_o;
        const auto response = bench->c_rresp_o;
        for (int i = 0; i < response_delay; ++i) {
          bench.tick();
          EXPECT_TRUE(bench->c_rvalid_o && bench->c_rdata_o == value) << "R must hold until it is taken";
        }
        bench->c_rready_i = 1;
        bench.tick();
        bench->c_rready_i = 0;
        bench.settle();
        EXPECT_TRUE(response == 0 || response == 2);
        if (response != 0) {
          EXPECT_EQ(value, 0U) << "an error carries no data";
          return std::nullopt;
        }
        return value;
      }
      done |= bench->c_arvalid_i && bench->c_arready_o;
      bench.tick();
    }
    ADD_FAILURE() << "no response to a read";
    return std::nullopt;
  }

  void expect(std::uint32_t addr, std::uint32_t value) {
    const auto got = read(addr);
    ASSERT_TRUE(got.has_value()) << "address " << std::hex << addr;
    EXPECT_EQ(*got, value) << "address " << std::hex << addr;
  }

  // Answers the request that waits, of addr_alloc and then of flow_sched, or of the flush.
  void finish_init() {
    wait_init();
    EXPECT_EQ(bench->init_valid_o, 2) << "addr_alloc goes first";
    pulse_init_done(2);
    wait_init();
    EXPECT_EQ(bench->init_valid_o, 1);
    pulse_init_done(1);
    bench.tick(2);
  }
  void wait_init() {
    for (int i = 0; i < 100 && bench->init_valid_o == 0; ++i) bench.tick();
    ASSERT_NE(bench->init_valid_o, 0) << "no initialisation asked for";
  }
  void pulse_init_done(unsigned units) {
    bench->init_done_i = static_cast<std::uint8_t>(units);
    bench.tick();
    bench->init_done_i = 0;
    bench.settle();
  }
  void watch(int index) {
    bench->watch_i = static_cast<std::uint8_t>(index);
    bench.settle();
  }
};

inline std::uint32_t region(int index, std::uint32_t field) {
  return reg::kRegion + 0x40U * static_cast<std::uint32_t>(index) + field;
}
inline std::uint32_t window(int index, std::uint32_t field) {
  return reg::kWindow + 0x40U * static_cast<std::uint32_t>(index) + field;
}
inline std::uint32_t stat(reg::Stat which, int word = 0) {
  return reg::kStat + 8U * static_cast<std::uint32_t>(which) + 4U * static_cast<std::uint32_t>(word);
}

}  // namespace moehub::test
