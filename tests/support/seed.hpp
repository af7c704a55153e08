// Seeds of random tests: 0 and one that differs from run to run and is printed.
#pragma once

#include <cstdint>

namespace moehub::test {

// MOEHUB_SEED of the environment if set, else one number drawn at start-up. Printed once, when first asked for.
std::uint64_t random_seed();

}  // namespace moehub::test
