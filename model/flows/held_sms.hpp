// SMs that a kernel keeps for itself: copy loops, pollers.
#pragma once

#include "model/flows/machine.hpp"
#include "model/gpu/kernel.hpp"

namespace moehub {

class HeldSms {
 public:
  /// Of a GPU's program: waits until the kernel's blocks have their SMs. With none (a NIC, a copy engine)
  /// only the log shows the activity.
  HeldSms(Machine& machine, int gpu, Activity activity, int sms);
  /// The blocks are through.
  void leave();

 private:
  Machine& machine_;
  Gpu& gpu_;
  Activity activity_;
  sc_core::sc_event started_;
  ResidentKernel kernel_;
};

}  // namespace moehub
