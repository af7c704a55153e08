# Verilog to C++ libraries.
#
#   moehub_verilate(<target> PREFIX <class> TOP <module> SOURCES <file>... [TRACE]
#                   [OPT_FAST <flags>] [OPT_SLOW <flags>] [ARGS <verilator arguments>...])
#
# gives a library <target> that brings its header's folder and the runtime along.
# Verilator's own verilate() runs Verilator while CMake configures, one module after the other, and compiles
# the runtime once a library. Here all of it happens in the build: modules in parallel, each only when a file
# that it really reads has changed, and a broken module breaks what needs it and nothing else.
# Modules are looked up by file name in the folders of MOEHUB_RTL (rtl/, or a copy of it) and, for tops of tests that
# check the properties of the proofs, in tb/formal/; so a file holds the module it is named after.

set(MOEHUB_RTL ${PROJECT_SOURCE_DIR}/rtl CACHE PATH "The RTL under test; scripts/mutate makes a copy that holds mutants")

file(GLOB packages CONFIGURE_DEPENDS ${MOEHUB_RTL}/*_pkg.sv)  # shared ones before those of a unit
file(GLOB unit_packages CONFIGURE_DEPENDS ${MOEHUB_RTL}/*/*_pkg.sv)
list(APPEND packages ${unit_packages})
file(GLOB_RECURSE folders CONFIGURE_DEPENDS LIST_DIRECTORIES true ${MOEHUB_RTL}/*)
list(FILTER folders EXCLUDE REGEX "/[^/]*\\.[^/]*$")
list(TRANSFORM folders PREPEND -I)
file(GLOB waivers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/rtl/*.vlt)
set(MOEHUB_RTL_ARGS -I${MOEHUB_RTL} ${folders} -I${PROJECT_SOURCE_DIR}/tb/formal ${waivers} ${packages})
if(NOT MOEHUB_RTL STREQUAL "${PROJECT_SOURCE_DIR}/rtl")   # tops of tests include files by their place beside rtl/
  list(APPEND MOEHUB_RTL_ARGS -I${PROJECT_SOURCE_DIR}/rtl)
endif()

cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
set(MOEHUB_VERILATE_JOBS ${cores} CACHE STRING "Compilers at a time for one verilated module")

# Verilator's runtime, once for all; an assertion that fails in RTL becomes a C++ exception (tb/runtime).
set(runtime_sources verilated.cpp verilated_threads.cpp verilated_fst_c.cpp)
if(MOEHUB_COVERAGE)
  list(APPEND runtime_sources verilated_cov.cpp)
endif()
list(TRANSFORM runtime_sources PREPEND ${VERILATOR_ROOT}/include/)
list(APPEND runtime_sources
  ${PROJECT_SOURCE_DIR}/tb/runtime/assertion_failure.cpp ${PROJECT_SOURCE_DIR}/tb/runtime/mutant.cpp)
add_library(verilated_runtime STATIC ${runtime_sources})
target_include_directories(verilated_runtime SYSTEM
  PUBLIC ${VERILATOR_ROOT}/include ${VERILATOR_ROOT}/include/vltstd)
target_include_directories(verilated_runtime PUBLIC ${PROJECT_SOURCE_DIR})
target_compile_definitions(verilated_runtime PRIVATE
  VL_USER_STOP VL_USER_FATAL VM_COVERAGE=$<BOOL:${MOEHUB_COVERAGE}> VM_SC=0 VM_TRACE=1 VM_TRACE_FST=1 VM_TRACE_VCD=0)
target_link_libraries(verilated_runtime PUBLIC Threads::Threads ZLIB::ZLIB)

function(moehub_verilate target)
  cmake_parse_arguments(arg "TRACE" "PREFIX;TOP;OPT_FAST;OPT_SLOW" "SOURCES;ARGS" ${ARGN})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}.verilated)
  set(archive ${folder}/${arg_PREFIX}__ALL.a)
  if(arg_TRACE)
    list(APPEND arg_ARGS --trace-fst --trace-structs)
  endif()
  if(MOEHUB_COVERAGE)
    list(APPEND arg_ARGS --coverage-line --coverage-toggle --coverage-user)
  endif()
  string(JOIN " " flags -std=c++17 -ffp-contract=off ${MOEHUB_SANITIZE_FLAGS})

  add_custom_command(
    OUTPUT ${archive}
    BYPRODUCTS ${folder}/${arg_PREFIX}.h
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND ${VERILATOR_BIN} --cc --prefix ${arg_PREFIX} --top-module ${arg_TOP} --Mdir ${folder} -MMD
      -O3 --x-assign fast --x-initial fast --assert -Wno-lint -Wno-style ${arg_ARGS} ${MOEHUB_RTL_ARGS} ${arg_SOURCES}
    # Verilator lists what it read for each file that it wrote; Ninja wants the list for the archive.
    COMMAND sed "s|^[^:]*:|${archive}:|" ${folder}/${arg_PREFIX}__ver.d > ${folder}/${arg_PREFIX}.depfile
    # Not a part of an outer make: the number of jobs is this one's own.
    COMMAND ${CMAKE_COMMAND} -E env --unset=MAKEFLAGS --unset=MFLAGS --unset=MAKELEVEL
      ${GNU_MAKE} -s -C ${folder} -f ${arg_PREFIX}.mk -j${MOEHUB_VERILATE_JOBS} ${arg_PREFIX}__ALL.a
      CXX=${CMAKE_CXX_COMPILER} OBJCACHE=${CMAKE_CXX_COMPILER_LAUNCHER} VERILATOR_ROOT=${VERILATOR_ROOT}
      OPT_FAST=${arg_OPT_FAST} OPT_SLOW=${arg_OPT_SLOW} USER_CPPFLAGS=${flags} > ${folder}/make.log
    DEPENDS ${VERILATOR_BIN}
    DEPFILE ${folder}/${arg_PREFIX}.depfile
    COMMENT "Verilating ${arg_TOP} and compiling ${arg_PREFIX}"
    VERBATIM)
  add_custom_target(${target}_archive DEPENDS ${archive})

  # An imported archive, not a path: CMake then knows that the runtime comes after it on the link line.
  file(MAKE_DIRECTORY ${folder})
  add_library(${target} STATIC IMPORTED GLOBAL)
  add_dependencies(${target} ${target}_archive)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${archive})
  target_include_directories(${target} INTERFACE ${folder})
  target_link_libraries(${target} INTERFACE verilated_runtime)
endfunction()
