// `moehub report`.
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "model/base/file.hpp"
#include "model/base/input_error.hpp"
#include "sim/cli.hpp"
#include "sim/report_table.hpp"

namespace moehub {
namespace {

int report(const std::string& directory) {
  const std::string file = (std::filesystem::path(directory) / "summary.json").string();
  const std::string text = read_file(file);
  const auto summary = nlohmann::json::parse(text, nullptr, false);
  if (summary.is_discarded()) throw InputError(file, "", "no JSON", "a summary of `moehub run`");
  std::cout << report_table(summary, file);
  return summary["check"]["ok"] == true ? 0 : 1;
}

}  // namespace

void add_report_command(CLI::App& program, Action& action) {
  CLI::App& command = *program.add_subcommand("report", "Print the table of an earlier run again");
  const auto directory = std::make_shared<std::string>();
  command.add_option("DIR", *directory, "the run's --out directory")->required()->type_name("");
  command.footer("Exit status 1 when a check of that run failed.");
  command.callback([directory, &action] {
    action = [directory] { return report(*directory); };
  });
}

}  // namespace moehub
