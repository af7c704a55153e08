#include "tests/rtl/dest_queue/tops.hpp"

#include <stdexcept>

#include "Vtop_dest_queue_l1.h"
#include "Vtop_dest_queue_l2.h"
#include "Vtop_dest_queue_l4.h"
#include "Vtop_dest_queue_l8.h"
#include "Vtop_dest_queue_min.h"

namespace moehub::test {

std::vector<std::string> all_tops() { return {"min", "l1", "l2", "l4", "l8"}; }

// Sizes as in the tops' localparams.
std::unique_ptr<Pins> make_pins(const std::string& name) {
  if (name == "min") return std::make_unique<VerilatedPins<Vtop_dest_queue_min>>(Geometry{1, 2, 2, 1});
  if (name == "l1") return std::make_unique<VerilatedPins<Vtop_dest_queue_l1>>(Geometry{1, 2, 4, 4});
  if (name == "l2") return std::make_unique<VerilatedPins<Vtop_dest_queue_l2>>(Geometry{2, 3, 10, 5});
  if (name == "l4") return std::make_unique<VerilatedPins<Vtop_dest_queue_l4>>(Geometry{4, 8, 64, 16});
  if (name == "l8") return std::make_unique<VerilatedPins<Vtop_dest_queue_l8>>(Geometry{8, 17, 32, 3});
  throw std::invalid_argument{"no such top: " + name};
}

}  // namespace moehub::test
