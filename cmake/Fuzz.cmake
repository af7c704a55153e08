# Parsers of the program under sanitizers, behind the fuzz targets of tests/fuzz/targets:
#
#   fuzz_replay   saved inputs, one after the other; a part of the normal build, for `make test` runs it
#   fuzzer        libFuzzer, with MOEHUB_FUZZ=ON and clang (`make fuzz`)
#
# Compiled for the test without optimisation, for the inputs are few and small.
option(MOEHUB_FUZZ "Build the fuzzer; needs clang" OFF)

file(GLOB parsers CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/model/base/*.cpp ${PROJECT_SOURCE_DIR}/model/config/*.cpp
  ${PROJECT_SOURCE_DIR}/model/routing/*.cpp ${PROJECT_SOURCE_DIR}/sim/cli*.cpp ${PROJECT_SOURCE_DIR}/sim/config_*.cpp
  ${PROJECT_SOURCE_DIR}/tests/fuzz/targets/*.cpp)
foreach(name IN ITEMS
    expert_placement generated_routing parse report_table run_arguments scenario senders sweep_file toml_file
    trace_table volume)
  list(APPEND parsers ${PROJECT_SOURCE_DIR}/sim/${name}.cpp)
endforeach()
list(APPEND parsers ${PROJECT_SOURCE_DIR}/model/flows/flow_names.cpp ${PROJECT_SOURCE_DIR}/tests/fuzz/target.cpp)

function(moehub_fuzz_program name sanitizers optimisation)
  add_executable(${name} ${ARGN} ${parsers})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${optimisation} -g1 -fno-omit-frame-pointer -D_GLIBCXX_ASSERTIONS
    -fsanitize=${sanitizers} -fno-sanitize-recover=all)
  target_link_options(${name} PRIVATE -fsanitize=${sanitizers})
  target_link_libraries(${name} PRIVATE PkgConfig::LIBZIP Boost::headers xtensor nlohmann_json::nlohmann_json
    tomlplusplus::tomlplusplus fmt::fmt CLI11::CLI11)
endfunction()

set(sanitizers address,undefined,float-cast-overflow)
if(MOEHUB_FUZZ)
  moehub_fuzz_program(fuzzer fuzzer,${sanitizers} -O1 ${PROJECT_SOURCE_DIR}/tests/fuzz/fuzzer.cpp)
endif()
moehub_fuzz_program(fuzz_replay ${sanitizers} -O0 ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.cpp)
target_link_libraries(fuzz_replay PRIVATE moehub_warnings)
