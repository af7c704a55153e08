// Records a verilated model that was built with --trace-fst; 1 hub cycle is 1 ns.
#pragma once

#include <memory>
#include <string>

#include "verilated_fst_c.h"

namespace moehub {

class FstWaves {
 public:
  static constexpr bool kAvailable = true;

  template <class Model>
  void open(Model& model, VerilatedContext& context, const std::string& file) {
    if (!fst_) {
      context.traceEverOn(true);
      fst_ = std::make_unique<VerilatedFstC>();
      model.trace(fst_.get(), 99);
    }
    fst_->open(file.c_str());
  }
  // The object goes as well: the one of a loaded hub must not outlive the runtime that came with it.
  void close() {
    if (fst_ && fst_->isOpen()) fst_->close();
    fst_.reset();
  }
  bool recording() const { return fst_ && fst_->isOpen(); }
  void dump(std::uint64_t half_cycle) { fst_->dump(half_cycle * 500); }

 private:
  std::unique_ptr<VerilatedFstC> fst_;
};

}  // namespace moehub
