// The verilated parameter sets.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/rtl/dest_queue/pins.hpp"

namespace moehub::test {

std::unique_ptr<Pins> make_pins(const std::string& name);  // "min", "l1", "l2", "l4", "l8"
std::vector<std::string> all_tops();

}  // namespace moehub::test
