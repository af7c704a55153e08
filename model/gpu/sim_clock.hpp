// Time of the layer that is being simulated: SystemC's, counted from the layer's start. Modules live
// longer than a layer; what they compute must not depend on what was simulated before.
#pragma once

#include <systemc>

#include "model/base/time.hpp"

namespace moehub {

inline sc_core::sc_time to_sc_time(Picoseconds time) {
  return {static_cast<double>(time), sc_core::SC_PS};
}

class SimClock {
 public:
  Picoseconds now() const {
    return static_cast<Picoseconds>((sc_core::sc_time_stamp() - start_).value() / per_ps_);
  }
  /// Layer time 0 is now.
  void restart() { start_ = sc_core::sc_time_stamp(); }

 private:
  sc_core::sc_time start_;
  sc_core::sc_time::value_type per_ps_ = sc_core::sc_time(1, sc_core::SC_PS).value();
};

}  // namespace moehub
