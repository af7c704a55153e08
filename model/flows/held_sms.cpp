#include "model/flows/held_sms.hpp"

namespace moehub {

HeldSms::HeldSms(Machine& machine, int gpu, Activity activity, int sms)
    : machine_(machine),
      gpu_(machine.gpu(gpu)),
      activity_(activity),
      kernel_(activity, sms, [this] { started_.notify(sc_core::SC_ZERO_TIME); }) {
  if (sms == 0) {
    gpu_.log().begin(activity, machine.now());
    return;
  }
  gpu_.scheduler().add(kernel_, -1);
  gpu_.poke();
  machine.wait_until(started_, [this] { return kernel_.resident(); });
  gpu_.scheduler().remove(kernel_);
}

void HeldSms::leave() {
  if (kernel_.running().empty()) {
    gpu_.log().end(activity_, machine_.now());
    return;
  }
  for (const Block& block : kernel_.running()) gpu_.scheduler().leave(block, machine_.now());
  gpu_.poke();
}

}  // namespace moehub
