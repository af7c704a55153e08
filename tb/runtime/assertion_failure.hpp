// What a verilated model throws out of eval() when an assertion of the RTL fails (or $fatal, $stop is met).
//
// Verilator's default is abort(), which loses the name of the test and every object's destructor.
#pragma once

#include <stdexcept>

namespace moehub {

struct AssertionFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace moehub
