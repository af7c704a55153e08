#include "Vhub_traced.h"
#include "tb/rtl_hub.hpp"
#include "tb/rtl_hub_pins.hpp"
#include "verilated_fst_c.h"

namespace moehub {
namespace {

// Records a verilated model into an FST file; 1 hub cycle is 1 ns.
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
  void close() {
    if (fst_ && fst_->isOpen()) fst_->close();
  }
  bool recording() const { return fst_ && fst_->isOpen(); }
  void dump(std::uint64_t half_cycle) { fst_->dump(half_cycle * 500); }

 private:
  std::unique_ptr<VerilatedFstC> fst_;
};

}  // namespace

std::unique_ptr<Hub> make_traced_rtl_hub(const HubParams& params, int spill_latency_cycles) {
  return std::make_unique<RtlHub<Vhub_traced, FstWaves>>(params, spill_latency_cycles);
}

}  // namespace moehub
