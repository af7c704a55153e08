// A verilated module under test: its own context, clock, reset and, when asked for, a waveform.
//
//   moehub::test::Bench<Vtop_fifo> bench;      // clk_i, rst_ni; reset has been applied
//   bench->push_valid_i = 1;                   // pins of the module
//   bench.settle();                            // outputs that depend on inputs of this cycle
//   bench.tick();                              // one rising edge
//
// A module with `on_o` says by it whether the next edge matters. When it says no, every second edge, roughly, is
// left out, as the hub's clock gates do: all tests of a unit show that it may sleep.
//
// An assertion of the RTL that fails throws out of settle() and tick() and so fails the test.
// The executable records waveforms only when MOEHUB_WAVES names a file (see main.cpp).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#ifdef MOEHUB_TEST_RTL
#include "verilated.h"
#ifdef MOEHUB_TEST_WAVES
#include "verilated_fst_c.h"
#endif
#ifdef MOEHUB_TEST_COVERAGE
#include <unistd.h>

#include "verilated_cov.h"
#endif
#endif

namespace moehub::test {

// File to record to, empty for none; `number` tells benches apart that live at the same time. Marks this
// executable as one whose failures are worth recording. Of several benches in turn the failing one is kept.
std::string waves_file(int number);

#ifdef MOEHUB_TEST_COVERAGE
// A new one for each bench of whatever top.
inline std::string coverage_file() {
  static int written = 0;
  return MOEHUB_TEST_COVERAGE "/" + std::to_string(getpid()) + "-" + std::to_string(written++) + ".dat";
}
#endif

#ifdef MOEHUB_TEST_RTL

template <class Top>
class Bench {
 public:
  static constexpr int kResetCycles = 3;

  Bench() : context_{std::make_unique<VerilatedContext>()} {
    context_->randReset(0);
    top_ = std::make_unique<Top>(context_.get(), "top");
    open_waves(waves_file(alive_++));
    reset();
  }
  ~Bench() {
    Verilated::threadContextp(context_.get());  // a model goes from the context used last, which may be gone
    top_->final();
#ifdef MOEHUB_TEST_WAVES
    if (waves_) waves_->close();
#endif
#ifdef MOEHUB_TEST_COVERAGE
    context_->coveragep()->write(coverage_file().c_str());
#endif
    --alive_;
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  Top* operator->() { return top_.get(); }
  Top& operator*() { return *top_; }

  // Rising edges since the last reset.
  std::uint64_t cycle() const { return cycle_; }

  // Asynchronous reset, released while the clock is low. Inputs keep their values.
  void reset() {
    top_->rst_ni = 0;
    for (int i = 0; i < kResetCycles; ++i) tick();
    top_->rst_ni = 1;
    settle();
    cycle_ = 0;
  }

  // Combinational signals follow the inputs. Never skipped before an edge: assertions look at values as they
  // were when eval() began, so inputs that change together with the clock would be seen next to stale wires.
  void settle() {
    top_->clk_i = 0;
    top_->eval();
  }

  void tick(int cycles = 1) {
    for (int i = 0; i < cycles; ++i) {
      settle();
      dump();
      if (!sleeps(*top_, 0)) {
        top_->clk_i = 1;
        top_->eval();
      }
      dump();
      ++cycle_;
    }
  }

 private:
  // Drawn from the cycle's number, so that edges are left out one at a time and in runs.
  template <class T>
  auto sleeps(T& top, int) const -> decltype(top.on_o, bool{}) {
    return top.rst_ni && !top.on_o && ((cycle_ ^ (cycle_ >> 3) ^ (cycle_ >> 7)) & 1) != 0;
  }
  template <class T>
  bool sleeps(T&, long) const {
    return false;
  }
  void open_waves([[maybe_unused]] const std::string& file) {
#ifdef MOEHUB_TEST_WAVES
    if (file.empty()) return;
    context_->traceEverOn(true);
    waves_ = std::make_unique<VerilatedFstC>();
    top_->trace(waves_.get(), 99);
    waves_->open(file.c_str());
#endif
  }
  void dump() {
#ifdef MOEHUB_TEST_WAVES
    if (waves_) waves_->dump(500 * half_cycle_++);  // a cycle is 1 ns of Verilator's 1 ps
#endif
  }

  static inline int alive_ = 0;

  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Top> top_;
#ifdef MOEHUB_TEST_WAVES
  std::unique_ptr<VerilatedFstC> waves_;
#endif
  std::uint64_t half_cycle_ = 0;
  std::uint64_t cycle_ = 0;
};

#endif  // MOEHUB_TEST_RTL

}  // namespace moehub::test
