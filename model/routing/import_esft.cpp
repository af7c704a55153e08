#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "model/base/file.hpp"
#include "model/base/input_error.hpp"
#include "model/routing/text_lines.hpp"
#include "model/routing/trace_import.hpp"

namespace moehub {
namespace {

constexpr std::string_view kPrefix = "expert_weights_";

// One layer: a sequence a line.
struct Layer {
  std::vector<std::int32_t> ids;
  std::vector<float> weights;
};

Layer read_layer(const std::string& file, int top_k) {
  Layer layer;
  for_each_line(read_file(file), [&](int line, std::string_view content) {
    const std::vector<std::string_view> cells = split(content, '\t');
    const auto gap = std::find(cells.begin(), cells.end(), std::string_view());
    const auto ids = gap - cells.begin();
    if (ids == 0 || ids % top_k != 0 || static_cast<std::ptrdiff_t>(cells.size()) != 2 * ids + 1) {
      throw InputError(
          file, line_place(line),
          fmt::format("{} ids and {} weights", ids,
                      std::max<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(cells.size()) - ids - 1, 0)),
          fmt::format("{} ids a token (--top-k), an empty cell, as many weights", top_k));
    }
    const auto bad_cell = [&](std::ptrdiff_t cell, const char* expected) {
      throw InputError(file, fmt::format("line {}, column {}", line, cell + 1),
                       fmt::format("'{}'", cells[static_cast<std::size_t>(cell)]), expected);
    };
    for (std::ptrdiff_t cell = 0; cell < ids; ++cell) {
      const std::optional<std::int32_t> id = number<std::int32_t>(cells[static_cast<std::size_t>(cell)]);
      if (!id) bad_cell(cell, "an expert id");
      layer.ids.push_back(*id);
    }
    for (std::ptrdiff_t cell = ids + 1; cell <= 2 * ids; ++cell) {
      const std::optional<float> weight = number<float>(cells[static_cast<std::size_t>(cell)]);
      if (!weight) bad_cell(cell, "a gate's weight");
      layer.weights.push_back(*weight);
    }
  });
  if (layer.ids.empty()) throw InputError(file, "", "no choices", "a line per sequence");
  return layer;
}

}  // namespace

Trace import_esft(const std::string& folder, int top_k) {
  std::map<int, std::string> files;  // of each layer
  if (is_folder(folder)) {
    for (const std::string& file : files_in(folder)) {
      const std::filesystem::path path = file;
      const std::string stem = path.stem().string();
      if (stem.rfind(kPrefix, 0) != 0 || path.extension() != ".txt") continue;
      const std::optional<int> layer = number<int>(std::string_view(stem).substr(kPrefix.size()));
      if (layer) files[*layer] = file;
    }
  }
  if (files.empty()) throw InputError(folder, "", "no expert scores", "a folder of expert_weights_LAYER.txt");
  Trace trace;
  trace.top_k = top_k;
  trace.weights.emplace();
  for (const auto& [number, file] : files) {
    const Layer layer = read_layer(file, top_k);
    const int tokens = static_cast<int>(layer.ids.size()) / top_k;
    if (trace.layers++ == 0) trace.tokens = tokens;
    if (tokens != trace.tokens) {
      throw InputError(file, "", fmt::format("{} tokens", tokens),
                       fmt::format("{} as in {}", trace.tokens, files.begin()->second));
    }
    trace.expert_ids.insert(trace.expert_ids.end(), layer.ids.begin(), layer.ids.end());
    trace.weights->insert(trace.weights->end(), layer.weights.begin(), layer.weights.end());
  }
  return trace;
}

}  // namespace moehub
