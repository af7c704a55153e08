// Values of options, checked: each throws an InputError that names the option and what it takes.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace moehub {

int parse_int(const std::string& text, const std::string& option, int lowest, int highest);
std::uint64_t parse_seed(const std::string& text, const std::string& option);
/// "A:B", integers, 0 <= A < B.
std::pair<int, int> parse_int_range(const std::string& text, const std::string& option);
/// "A:B", times in us, 0 <= A < B.
std::pair<double, double> parse_time_range(const std::string& text, const std::string& option);
/// "A,B,.."; empty parts are refused.
std::vector<std::string> parse_list(const std::string& text, const std::string& option);

}  // namespace moehub
