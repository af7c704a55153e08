// Which mutant of the RTL is in force, for models verilated from the copy that scripts/mutate makes.

#include <cstdlib>

// Imported by the copy's mutation_pkg: the number in MOEHUB_MUTANT, 0 (none) without it.
extern "C" int moehub_mutant() {
  const char* number = std::getenv("MOEHUB_MUTANT");
  return number != nullptr ? std::atoi(number) : 0;
}
