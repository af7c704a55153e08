# What the build needs, each with the range of versions it is written for.
#
# Every miss ends in one message that names the thing, what was found, what is needed and what to do.

# moehub_require(<what> <found?> <version> <at least> <below>)
function(moehub_require what found version at_least below)
  if(NOT found)
    message(FATAL_ERROR "${what} was not found; at least ${at_least} and below ${below} is needed. "
      "On Debian and Ubuntu, scripts/deps.sh installs it.")
  endif()
  if(version VERSION_LESS at_least OR version VERSION_GREATER_EQUAL below)
    message(FATAL_ERROR "${what} ${version} was found, but at least ${at_least} and below ${below} is needed. "
      "scripts/deps.sh installs what the distribution has (Debian 12 fits); another copy is found through "
      "CMAKE_PREFIX_PATH, PKG_CONFIG_PATH or, for Verilator, VERILATOR_ROOT.")
  endif()
  message(STATUS "${what} ${version}")
endfunction()

# ---- Verilator; Debian keeps its CMake file outside CMake's path ----------------------------------------
find_package(verilator QUIET HINTS $ENV{VERILATOR_ROOT} /usr/local/share/verilator /usr/share/verilator)
moehub_require(Verilator "${verilator_FOUND}" "${verilator_VERSION}" 5.006 6)

# ---- libraries with a pkg-config file -------------------------------------------------------------------
find_package(PkgConfig QUIET)
moehub_require(pkg-config "${PKG_CONFIG_FOUND}" "${PKG_CONFIG_VERSION_STRING}" 0.29 3)
pkg_check_modules(SYSTEMC QUIET IMPORTED_TARGET systemc)
moehub_require(SystemC "${SYSTEMC_FOUND}" "${SYSTEMC_VERSION}" 2.3.3 4)
pkg_check_modules(LIBZIP QUIET IMPORTED_TARGET libzip)
moehub_require(libzip "${LIBZIP_FOUND}" "${LIBZIP_VERSION}" 1.7 2)

# ---- libraries with a CMake file --------------------------------------------------------------------------
foreach(row IN ITEMS
    "Boost Boost 1.74 2" "GTest GoogleTest 1.11 2" "xtensor xtensor 0.24 0.26" "nlohmann_json nlohmann-json 3.10 4"
    "tomlplusplus toml++ 3.0 4" "CLI11 CLI11 2.1 3" "fmt fmt 9.0 13" "spdlog spdlog 1.10 2")
  separate_arguments(row)
  list(GET row 0 package)
  find_package(${package} QUIET CONFIG)
  list(GET row 1 what)
  list(GET row 2 at_least)
  list(GET row 3 below)
  moehub_require(${what} "${${package}_FOUND}" "${${package}_VERSION}" ${at_least} ${below})
endforeach()

find_package(Threads REQUIRED)
find_package(ZLIB QUIET)
moehub_require(zlib "${ZLIB_FOUND}" "${ZLIB_VERSION_STRING}" 1.2 2)

# ---- Chart.js, which draws the report; its file goes into the program --------------------------------------
find_file(CHART_JS chart.min.js PATHS /usr/share/javascript/chart.js /usr/share/nodejs/chart.js/dist NO_DEFAULT_PATH)
set(chart_js_head "")
if(CHART_JS)
  file(READ ${CHART_JS} chart_js_head LIMIT 200)
endif()
string(REGEX MATCH "Chart.js v([0-9.]+)" chart_js_version "${chart_js_head}")
moehub_require(Chart.js "${CHART_JS}" "${CMAKE_MATCH_1}" 3.0 5)

# ---- programs -----------------------------------------------------------------------------------------------
find_program(GNU_MAKE NAMES gmake make)
find_program(BASH_PROGRAM bash)
find_program(PYTHON_PROGRAM python3)
find_program(GTKWAVE_PROGRAM gtkwave)
foreach(program GNU_MAKE BASH_PROGRAM PYTHON_PROGRAM GTKWAVE_PROGRAM)
  if(NOT ${program})
    message(FATAL_ERROR "${program}: the program was not found. On Debian and Ubuntu, scripts/deps.sh installs it.")
  endif()
endforeach()
# GTKWave names its version only on a display; what scripts/waves.sh needs is that it runs Tcl scripts (3.3).
execute_process(COMMAND ${GTKWAVE_PROGRAM} --help OUTPUT_VARIABLE gtkwave_help ERROR_VARIABLE gtkwave_help)
if(NOT gtkwave_help MATCHES "--script")
  message(FATAL_ERROR "${GTKWAVE_PROGRAM} does not run Tcl scripts (--script); GTKWave 3.3 with Tcl is needed. "
    "On Debian and Ubuntu, scripts/deps.sh installs it.")
endif()
