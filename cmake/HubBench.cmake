# The hub bench: a program for each line of rtl/configurations.txt, for each has a verilated hub of its own.
#
#   hub_bench_default   a part of the normal build, for `make test` compares what it prints
#   hub_bench_<name>    built on demand; `hub_bench` is all of them
#
# The default hub is the one of the simulator. The others are compiled for a short build, not for speed.

moehub_library(moehub_bench ${PROJECT_SOURCE_DIR}/bench/hub/*.cpp)
target_link_libraries(moehub_bench PUBLIC moehub_model)

add_custom_target(hub_bench)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/rtl/configurations.txt)
file(STRINGS ${PROJECT_SOURCE_DIR}/rtl/configurations.txt configurations REGEX "^[a-z]")
foreach(line IN LISTS configurations)
  moehub_configuration("${line}" MOEHUB_BENCH_NAME overrides MOEHUB_BENCH_PARAMS)
  if(MOEHUB_BENCH_NAME STREQUAL default)
    set(MOEHUB_BENCH_PREFIX Vhub)
    set(hub vhub)
    set(when)
  else()
    set(MOEHUB_BENCH_PREFIX Vhub_${MOEHUB_BENCH_NAME})
    set(hub vhub_${MOEHUB_BENCH_NAME})
    set(when EXCLUDE_FROM_ALL)
    moehub_verilate(${hub} PREFIX ${MOEHUB_BENCH_PREFIX} TOP hub SOURCES ${PROJECT_SOURCE_DIR}/rtl/hub.sv
      OPT_FAST -O1 OPT_SLOW -O0 ARGS --output-split 20000 ${overrides})
  endif()
  set(made ${PROJECT_BINARY_DIR}/hub_bench/${MOEHUB_BENCH_NAME}.cpp)
  configure_file(${PROJECT_SOURCE_DIR}/bench/hub/configuration.cpp.in ${made} @ONLY)
  set(program hub_bench_${MOEHUB_BENCH_NAME})
  add_executable(${program} ${when} ${PROJECT_SOURCE_DIR}/bench/hub/main.cpp ${made})
  target_link_libraries(${program} PRIVATE moehub_bench ${hub} CLI11::CLI11 moehub_warnings)
  set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/hub_bench)
  add_dependencies(hub_bench ${program})
endforeach()
