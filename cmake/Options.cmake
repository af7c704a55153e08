# Language, optimisation, warnings and sanitizers.

set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, RelWithDebInfo or Debug" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

# Results are the same bits on every machine: no -march=native, and no fused multiply-add where the
# compiler would otherwise choose it by itself (aarch64).
add_compile_options(-ffp-contract=off)

set(MOEHUB_SANITIZE "" CACHE STRING "Sanitizers for all C++ code, e.g. address,undefined")
if(MOEHUB_SANITIZE)
  set(MOEHUB_SANITIZE_FLAGS -fsanitize=${MOEHUB_SANITIZE} -fno-omit-frame-pointer -g1)
  add_compile_options(${MOEHUB_SANITIZE_FLAGS})
  add_link_options(-fsanitize=${MOEHUB_SANITIZE})
endif()

option(MOEHUB_COVERAGE "Tests of the RTL count lines, branches and toggles; scripts/coverage.py reads them" OFF)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

# Linked (privately) by everything that is written here; libraries and verilated code are not ours to warn about.
add_library(moehub_warnings INTERFACE)
target_compile_options(moehub_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
