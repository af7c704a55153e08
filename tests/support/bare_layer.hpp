// A layer without a flow around it: the program is the test's.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "tests/support/machine.hpp"

namespace moehub::test {

template <class Program>
class BareLayer {
 public:
  explicit BareLayer(SmallRun run = {}) : run_(std::move(run)) {
    if (run_.routing.layers == 0) run_.draw();
    plan_.emplace(run_.routing, 0, run_.system.fabric.gpus);
    board_.emplace(0, plan_->gpus(), plan_->tokens(), plan_->top_k());
    Machine& machine = test::machine();
    machine.load(run_.system, plan_->gpus(), {});
    machine.begin_layer(*board_, {});
    program_ = std::make_unique<Program>(
        LayerContext{machine, *board_, *plan_, run_.system, run_.model});
    program_->prepare();
  }
  void run() { test::machine().run(*program_); }
  Program& program() { return *program_; }
  Scoreboard& board() { return *board_; }
  const LayerPlan& plan() const { return *plan_; }

 private:
  SmallRun run_;
  std::optional<LayerPlan> plan_;
  std::optional<Scoreboard> board_;
  std::unique_ptr<Program> program_;
};

}  // namespace moehub::test
