#include "model/routing/trace_text.hpp"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "model/base/input_error.hpp"
#include "model/routing/json_value.hpp"
#include "model/routing/text_lines.hpp"

namespace moehub {
namespace {

using Json = nlohmann::json;

// One line of a text trace: what a token chose in a layer.
struct Record {
  int layer = 0;
  int token = 0;
  std::vector<std::int32_t> experts;
  std::vector<float> weights;  // empty: none given
  int line = 0;                // where it was found, from 1
};

// Puts records, in whatever order, into a trace: layers sorted and counted from 0, tokens from 0.
Trace assemble(const std::vector<Record>& records, const std::string& file) {
  if (records.empty()) throw InputError(file, "", "no choices", "a line per layer and token");
  std::map<int, int> layer_index;
  int tokens = 0;
  for (const Record& record : records) {
    layer_index[record.layer] = 0;
    tokens = std::max(tokens, record.token + 1);
  }
  int layers = 0;
  for (auto& entry : layer_index) entry.second = layers++;

  const Record& first = records.front();
  Trace trace;
  trace.layers = layers;
  trace.tokens = tokens;
  trace.top_k = static_cast<int>(first.experts.size());
  const std::size_t cells = static_cast<std::size_t>(layers) * static_cast<std::size_t>(tokens);
  if (cells > records.size()) {  // before memory is taken for what a mistyped token number implies
    throw InputError(file, "", fmt::format("{} lines", records.size()),
                     fmt::format("one for each of {} layers and {} tokens", layers, tokens));
  }
  for (const Record& record : records) {  // the same for a line that is longer than the others
    if (record.experts.size() != first.experts.size() ||
        record.weights.size() != first.weights.size()) {
      throw InputError(file, line_place(record.line),
                       fmt::format("{} experts and {} weights", record.experts.size(),
                                   record.weights.size()),
                       fmt::format("{} and {} as in line {}", first.experts.size(),
                                   first.weights.size(), first.line));
    }
  }
  trace.expert_ids.resize(trace.index(layers, 0, 0));
  if (!first.weights.empty()) trace.weights.emplace(trace.expert_ids.size());

  std::vector<int> line_of(cells, 0);
  for (const Record& record : records) {
    const std::size_t start = trace.index(layer_index[record.layer], record.token, 0);
    int& earlier = line_of[start / first.experts.size()];
    if (earlier != 0) {
      throw InputError(file, line_place(record.line),
                       fmt::format("layer {} token {} again", record.layer, record.token),
                       fmt::format("each once; line {} has it", earlier));
    }
    earlier = record.line;
    for (std::size_t k = 0; k < record.experts.size(); ++k) {
      trace.expert_ids[start + k] = record.experts[k];
      if (trace.weights) (*trace.weights)[start + k] = record.weights[k];
    }
  }
  return trace;
}

// Without spaces around the cells.
std::vector<std::string_view> trimmed(std::vector<std::string_view> cells) {
  for (std::string_view& cell : cells) {
    while (!cell.empty() && cell.front() == ' ') cell.remove_prefix(1);
    while (!cell.empty() && cell.back() == ' ') cell.remove_suffix(1);
  }
  return cells;
}

// The columns after `layer,token`: expert_0.. and then as many weight_0.., or none.
void check_header(const std::vector<std::string_view>& cells, std::size_t& top_k,
                  const std::string& file, int line) {
  const auto is_column = [&](std::size_t i, const char* what, std::size_t k) {
    return i < cells.size() && cells[i] == fmt::format("{}_{}", what, k);
  };
  top_k = 0;
  while (is_column(2 + top_k, "expert", top_k)) ++top_k;
  std::size_t columns = 2 + top_k;
  if (columns < cells.size()) {
    for (std::size_t k = 0; k < top_k && is_column(columns, "weight", k); ++k) ++columns;
  }
  const bool whole = columns == 2 + top_k || columns == 2 + 2 * top_k;
  if (cells.size() < 3 || cells[0] != "layer" || cells[1] != "token" || top_k == 0 || !whole ||
      columns != cells.size()) {
    throw InputError(file, line_place(line), "not the header of a routing trace",
                     "layer,token,expert_0,..[,weight_0,..]");
  }
}

Json parse_json(std::string_view text, const std::string& file, const std::string& place) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) throw InputError(file, place, "no JSON object", "{\"key\": value, ..}");
  return json;
}

int json_index(const Json& json, const char* key, const std::string& file, int line) {
  const auto found = json.find(key);
  const std::optional<int> index = found == json.end() ? std::nullopt : integer_within(*found, 0, 1 << 30);
  if (!index) {
    throw InputError(file, line_place(line), fmt::format("no usable \"{}\"", key),
                     "an integer of 0 or more");
  }
  return *index;
}

void append_meta_line(std::string& text, const Trace& trace, const char* prefix) {
  text += prefix + meta_json(trace) + "\n";
}

}  // namespace

void apply_meta(Trace& trace, const std::string& text, const std::string& file,
                const std::string& place) {
  const Json json = parse_json(text, file, place);
  const auto take_text = [&](const char* key, std::string& value) {
    const auto found = json.find(key);
    if (found == json.end()) return;
    if (!found->is_string()) {
      throw InputError(file, place + ": " + key, quoted(*found), "a string");
    }
    value = found->get<std::string>();
  };
  take_text("model", trace.model);
  take_text("source", trace.source);
  if (const auto found = json.find("num_experts"); found != json.end()) {
    const std::optional<int> experts = integer_within(*found, 1, kMostExperts);
    if (!experts) {
      throw InputError(file, place + ": num_experts", quoted(*found),
                       fmt::format("an integer from 1 to {}", kMostExperts));
    }
    trace.num_experts = *experts;
  }
}

std::string meta_json(const Trace& trace) {
  nlohmann::ordered_json json;
  json["model"] = trace.model;
  json["num_experts"] = trace.num_experts;
  json["source"] = trace.source;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Trace parse_csv(const std::string& text, const std::string& file) {
  Trace meta;
  std::size_t top_k = 0;
  std::size_t columns = 0;
  std::vector<Record> records;
  for_each_line(text, [&](int line, std::string_view content) {
    if (content.front() == '#') {
      if (columns == 0) apply_meta(meta, std::string(content.substr(1)), file, line_place(line));
      return;
    }
    const std::vector<std::string_view> cells = trimmed(split(content, ','));
    if (columns == 0) {
      check_header(cells, top_k, file, line);
      columns = cells.size();
      return;
    }
    if (cells.size() != columns) {
      throw InputError(file, line_place(line), fmt::format("{} columns", cells.size()),
                       fmt::format("{} as in the header", columns));
    }
    Record record;
    record.line = line;
    const auto bad_cell = [&](std::size_t column, const char* expected) {
      throw InputError(file, fmt::format("line {}, column {}", line, column + 1),
                       fmt::format("'{}'", cells[column]), expected);
    };
    for (std::size_t column = 0; column < 2 + top_k; ++column) {
      const std::optional<int> value = number<int>(cells[column]);
      if (!value || (column < 2 && (*value < 0 || *value > 1 << 30))) {
        bad_cell(column, column < 2 ? "an integer of 0 or more" : "an expert id");
      }
      if (column == 0) {
        record.layer = *value;
      } else if (column == 1) {
        record.token = *value;
      } else {
        record.experts.push_back(*value);
      }
    }
    for (std::size_t column = 2 + top_k; column < columns; ++column) {
      const std::optional<float> value = number<float>(cells[column]);
      if (!value) bad_cell(column, "a gate's weight");
      record.weights.push_back(*value);
    }
    records.push_back(std::move(record));
  });
  Trace trace = assemble(records, file);
  trace.num_experts = meta.num_experts;
  trace.model = meta.model;
  trace.source = meta.source;
  return trace;
}

Trace parse_jsonl(const std::string& text, const std::string& file) {
  Trace meta;
  std::vector<Record> records;
  for_each_line(text, [&](int line, std::string_view content) {
    const Json json = parse_json(content, file, line_place(line));
    if (!json.contains("layer") && records.empty()) {
      apply_meta(meta, std::string(content), file, line_place(line));
      return;
    }
    Record record;
    record.line = line;
    record.layer = json_index(json, "layer", file, line);
    record.token = json_index(json, "token", file, line);
    const auto experts = json.find("experts");
    if (experts == json.end() || !experts->is_array() || experts->empty()) {
      throw InputError(file, line_place(line), "no \"experts\"", "an array of expert ids");
    }
    for (const Json& expert : *experts) {
      const std::optional<int> id = integer_within(expert, -(1 << 30), 1 << 30);
      if (!id) throw InputError(file, line_place(line), quoted(expert) + " in \"experts\"", "an expert id");
      record.experts.push_back(*id);
    }
    if (const auto weights = json.find("weights"); weights != json.end()) {
      if (!weights->is_array() || weights->size() != experts->size()) {
        throw InputError(file, line_place(line), fmt::format("{} \"weights\"", weights->size()),
                         fmt::format("an array of {} numbers", experts->size()));
      }
      for (const Json& weight : *weights) {
        if (!weight.is_number()) {
          throw InputError(file, line_place(line), quoted(weight) + " in \"weights\"",
                           "a gate's weight");
        }
        record.weights.push_back(weight.get<float>());
      }
    }
    records.push_back(std::move(record));
  });
  Trace trace = assemble(records, file);
  trace.num_experts = meta.num_experts;
  trace.model = meta.model;
  trace.source = meta.source;
  return trace;
}

std::string csv_text(const Trace& trace) {
  std::string text;
  append_meta_line(text, trace, "# ");
  text += "layer,token";
  for (int k = 0; k < trace.top_k; ++k) text += fmt::format(",expert_{}", k);
  for (int k = 0; trace.weights && k < trace.top_k; ++k) text += fmt::format(",weight_{}", k);
  text += '\n';
  for (int layer = 0; layer < trace.layers; ++layer) {
    for (int token = 0; token < trace.tokens; ++token) {
      text += fmt::format("{},{}", layer, token);
      for (int k = 0; k < trace.top_k; ++k) text += fmt::format(",{}", trace.at(layer, token, k));
      for (int k = 0; trace.weights && k < trace.top_k; ++k) {
        text += fmt::format(",{}", (*trace.weights)[trace.index(layer, token, k)]);
      }
      text += '\n';
    }
  }
  return text;
}

std::string jsonl_text(const Trace& trace) {
  std::string text;
  append_meta_line(text, trace, "");
  for (int layer = 0; layer < trace.layers; ++layer) {
    for (int token = 0; token < trace.tokens; ++token) {
      text += fmt::format("{{\"layer\":{},\"token\":{},\"experts\":[", layer, token);
      for (int k = 0; k < trace.top_k; ++k) {
        text += fmt::format("{}{}", k == 0 ? "" : ",", trace.at(layer, token, k));
      }
      for (int k = 0; trace.weights && k < trace.top_k; ++k) {
        text += fmt::format("{}{}", k == 0 ? "],\"weights\":[" : ",",
                            (*trace.weights)[trace.index(layer, token, k)]);
      }
      text += "]}\n";
    }
  }
  return text;
}

}  // namespace moehub
