// Ctrl-C asks a run to end after what is complete; a second one ends the program at once.
#pragma once

#include <csignal>

namespace moehub {

/// While it lives, SIGINT only sets a flag.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static bool requested();

 private:
  struct sigaction before_ {};
};

}  // namespace moehub
