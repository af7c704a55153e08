// The program's version; tests/regression/command_line.sh compares it with CMakeLists.txt.
#pragma once

namespace moehub {
inline constexpr const char* kVersion = "0.1.0";
}
