// Files that the build puts into the program (cmake/Embed.cmake).
#pragma once

#include <string_view>

namespace moehub::embedded {

std::string_view report_page();  ///< sim/report/page.html
std::string_view chart_js();     ///< Chart.js, MIT licence

}  // namespace moehub::embedded
