// One register map: the RTL's package, the C++ header and docs/registers.md name the same addresses, and the
// enumerations that are indices into it have the same order on both sides.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace {

std::string text_of(const std::string& path) {
  const char* root = std::getenv("MOEHUB_SOURCE");
  std::ifstream file((root != nullptr ? std::string{root} : std::string{"."}) + "/" + path);
  EXPECT_TRUE(file) << path << " not found: run from the repository or set MOEHUB_SOURCE";
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

using Map = std::map<std::string, std::uint32_t>;

// Constants by name without their prefix; every match of `pattern` is (name, digits).
Map constants(const std::string& text, const std::string& pattern, std::uint32_t scale = 1) {
  Map map;
  const std::regex regex(pattern);
  for (auto it = std::sregex_iterator(text.begin(), text.end(), regex); it != std::sregex_iterator(); ++it) {
    const bool is_new = map.emplace((*it)[1], scale * static_cast<std::uint32_t>(std::stoul((*it)[2], nullptr, 16))).second;
    EXPECT_TRUE(is_new) << (*it)[1] << " twice";
  }
  return map;
}

std::vector<std::string> words(std::string text) {
  std::vector<std::string> list;
  const std::regex word("[A-Za-z_]+");
  for (auto it = std::sregex_iterator(text.begin(), text.end(), word); it != std::sregex_iterator(); ++it) list.push_back(it->str());
  return list;
}

std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const auto begin = text.find(from);
  EXPECT_NE(begin, std::string::npos) << from;
  const auto end = text.find(to, begin);
  EXPECT_NE(end, std::string::npos) << to;
  return text.substr(begin + from.size(), end - begin - from.size());
}

std::string camel(const std::string& upper) {  // SPILL_BASE_LO -> SpillBaseLo
  std::string name;
  bool start = true;
  for (const char c : upper) {
    if (c == '_') {
      start = true;
      continue;
    }
    name += start ? c : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    start = false;
  }
  return name;
}

TEST(RegisterMap, RtlAndHeaderNameTheSameAddresses) {
  const std::string rtl = text_of("rtl/regs/hub_regs_pkg.sv");
  const std::string header = text_of("model/hub/registers.hpp");
  Map expected = constants(rtl, "\\bAddr(\\w+) *= *16'h([0-9a-f]+);");
  EXPECT_EQ(expected.size(), 22U);
  for (const char* group : {"Win", "Reg"}) {
    const Map fields = constants(rtl, std::string{"\\b("} + group + "\\w+) *= *4'h([0-9a-f]+);", 4);
    EXPECT_GE(fields.size(), 7U);
    expected.insert(fields.begin(), fields.end());
  }
  EXPECT_EQ(constants(header, "\\bk(\\w+) *= *0x([0-9a-f]+);"), expected);
}

TEST(RegisterMap, DocumentNamesTheSameAddresses) {
  const std::string page = text_of("docs/registers.md");
  const Map header = constants(text_of("model/hub/registers.hpp"), "\\bk(\\w+) *= *0x([0-9a-f]+);");
  std::size_t rows = 0;
  std::string prefix;
  std::istringstream lines(page);
  const std::regex row(R"(^\| *0x([0-9a-f]+)[^|]*\| *`([A-Z0-9_]+)`.*)");
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("## Window", 0) == 0) prefix = "Win";
    if (line.rfind("## Region", 0) == 0) prefix = "Reg";
    std::smatch match;
    if (!std::regex_match(line, match, row)) continue;
    ++rows;
    std::string name = prefix + camel(match[2]);
    if (header.count(name) == 0) name += "Lo";  // an address in two words is one row
    ASSERT_EQ(header.count(name), 1U) << "the page names " << match[2] << ", the header does not";
    EXPECT_EQ(header.at(name), std::stoul(match[1], nullptr, 16)) << name;
  }
  EXPECT_EQ(rows, 20U + 8U + 6U);
}

TEST(RegisterMap, CausesHaveTheSameValues) {
  const std::string body = between(text_of("rtl/hub_pkg.sv"), "typedef enum logic [3:0] {\n    RefuseNone", "} refuse_e;");
  std::vector<std::string> rtl{"none"};
  const std::regex item(R"(Refuse([A-Za-z]+) *= *4'd(\d+))");
  for (auto it = std::sregex_iterator(body.begin(), body.end(), item); it != std::sregex_iterator(); ++it) {
    EXPECT_EQ(std::stoul((*it)[2]), rtl.size());
    std::string name;
    for (const char c : (*it)[1].str()) {
      if (std::isupper(static_cast<unsigned char>(c)) != 0 && !name.empty()) name += '_';
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    rtl.push_back(name);
  }
  rtl.push_back("count");
  EXPECT_EQ(words(between(text_of("model/hub/registers.hpp"), "enum class Refuse : std::uint8_t {", "};")), rtl);
}

TEST(RegisterMap, StatisticsHaveTheSameOrder) {
  const std::string rtl = text_of("rtl/regs/regs_stats.sv");
  std::vector<std::string> names;
  const std::regex item(R"(event_d\[(\d+)\] *= *EventW'\(\w+_i\.(\w+)\))");
  for (auto it = std::sregex_iterator(rtl.begin(), rtl.end(), item); it != std::sregex_iterator(); ++it) {
    EXPECT_EQ(std::stoul((*it)[1]), names.size());
    names.push_back((*it)[2]);
  }
  EXPECT_EQ(names.size(), 17U);
  names.push_back("count");
  EXPECT_EQ(words(between(text_of("model/hub/registers.hpp"), "enum class Stat : std::uint16_t {", "};")), names);
}

}  // namespace
