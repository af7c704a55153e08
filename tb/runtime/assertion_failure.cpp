#include "tb/runtime/assertion_failure.hpp"

#include <string>

#include "verilated.h"

namespace {

[[noreturn]] void fail(const char* file, int line, const char* scope, const char* what) {
  Verilated::threadContextp()->gotError(true);
  Verilated::runFlushCallbacks();  // waveforms up to here reach the disk
  throw moehub::AssertionFailure{std::string{file} + ":" + std::to_string(line) + ": " + what +
                                 (*scope != '\0' ? std::string{" in "} + scope : std::string{})};
}

}  // namespace

// Called by verilated code; the runtime leaves them out under VL_USER_STOP and VL_USER_FATAL.
void vl_stop(const char* filename, int linenum, const char* hier) {
  fail(filename, linenum, hier, "assertion failed");
}

void vl_fatal(const char* filename, int linenum, const char* hier, const char* msg) {
  fail(filename, linenum, hier, msg);
}
