#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "model/base/file.hpp"
#include "model/base/input_error.hpp"
#include "model/routing/json_value.hpp"
#include "model/routing/text_lines.hpp"
#include "model/routing/trace_import.hpp"

namespace moehub {
namespace {

using Json = nlohmann::json;

// What the tokens of a rank chose in one layer in one step.
struct Record {
  std::string file;
  int line = 0;
  std::vector<std::vector<std::int32_t>> ids;  // [token][k]
};
using Batch = std::pair<int, int>;                        // rank, step
using Records = std::map<std::pair<Batch, int>, Record>;  // and layer

int index_of(const Json& json, const char* key, const std::string& file, int line) {
  const auto found = json.find(key);
  const std::optional<int> index = found == json.end() ? std::nullopt : integer_within(*found, 0, 1 << 24);
  if (!index) throw InputError(file, line_place(line), fmt::format("no usable \"{}\"", key), "an integer of 0 or more");
  return *index;
}

std::vector<std::vector<std::int32_t>> ids_of(const Json& json, const std::string& file, int line) {
  const auto fail = [&](const std::string& found) {
    throw InputError(file, line_place(line), found + " in \"top_indices\"",
                     "[[expert id, ..], ..], one row a token");
  };
  const auto found = json.find("top_indices");
  if (found == json.end() || !found->is_array() || found->empty()) fail("nothing");
  std::vector<std::vector<std::int32_t>> ids;
  for (const Json& token : *found) {
    if (!token.is_array() || token.empty()) fail(quoted(token));
    std::vector<std::int32_t>& choices = ids.emplace_back();
    for (const Json& id : token) {
      const std::optional<int> expert = integer_within(id, -(1 << 24), 1 << 24);
      if (!expert) fail(quoted(id));
      choices.push_back(*expert);
    }
  }
  return ids;
}

void read_records(const std::string& file, Records& records) {
  for_each_line(read_file(file), [&](int line, std::string_view content) {
    const Json json = Json::parse(content, nullptr, false);
    if (!json.is_object()) throw InputError(file, line_place(line), "no JSON object", "{\"key\": value, ..}");
    if (const auto block = json.find("block"); block != json.end() && *block != "decoder") return;
    const Batch batch = {index_of(json, "rank", file, line), index_of(json, "step", file, line)};
    const int layer = index_of(json, "layer", file, line);
    Record record = {file, line, ids_of(json, file, line)};
    const auto [earlier, is_new] = records.emplace(std::pair{batch, layer}, std::move(record));
    if (!is_new) {
      throw InputError(
          file, line_place(line),
          fmt::format("rank {} step {} layer {} again", batch.first, batch.second, layer),
          fmt::format("each once; {} line {} has it", earlier->second.file, earlier->second.line));
    }
  });
}

std::vector<std::string> files_of(const std::string& path) {
  if (!is_folder(path)) return {path};
  std::vector<std::string> files = files_in(path);
  const auto is_trace = [](const std::filesystem::path& file) {
    return file.filename().string().rfind("router_trace_rank", 0) == 0 && file.extension() == ".jsonl";
  };
  files.erase(std::remove_if(files.begin(), files.end(), std::not_fn(is_trace)), files.end());
  if (files.empty()) throw InputError(path, "", "no router trace", "files router_trace_rank*.jsonl");
  return files;
}

using Batches = std::map<Batch, const Record*>;  // the first layer's, which says how many tokens

// Every layer of every batch is there, with the batch's tokens and everyone's number of choices.
void check_complete(const Records& records, const Batches& batches, const std::map<int, int>& layer_index) {
  const Record& first = records.begin()->second;
  const std::size_t top_k = first.ids[0].size();
  for (const auto& [batch, of_batch] : batches) {
    for (const auto& [layer, index] : layer_index) {
      const auto found = records.find({batch, layer});
      if (found == records.end()) {
        throw InputError(of_batch->file, "",
                         fmt::format("no layer {} of rank {} step {}", layer, batch.first, batch.second),
                         fmt::format("{} layers of every rank and step", layer_index.size()));
      }
      const Record& record = found->second;
      for (std::size_t token = 0; token < record.ids.size(); ++token) {
        if (record.ids.size() == of_batch->ids.size() && record.ids[token].size() == top_k) continue;
        throw InputError(record.file, line_place(record.line),
                         fmt::format("{} tokens, {} choices of token {}", record.ids.size(),
                                     record.ids[token].size(), token),
                         fmt::format("{} tokens and {} choices as in {} line {}", of_batch->ids.size(), top_k,
                                     of_batch->file, of_batch->line));
      }
    }
  }
}

}  // namespace

Trace import_megatron(const std::string& path) {
  Records records;
  for (const std::string& file : files_of(path)) read_records(file, records);
  if (records.empty()) throw InputError(path, "", "no choices", "a record per step, layer and rank");

  std::map<int, int> layer_index;
  Batches batches;
  for (const auto& [key, record] : records) {
    layer_index[key.second] = 0;
    batches.emplace(key.first, &record);
  }
  Trace trace;
  for (auto& entry : layer_index) entry.second = trace.layers++;
  const Record& first = records.begin()->second;
  trace.top_k = static_cast<int>(first.ids[0].size());
  for (const auto& [batch, record] : batches) {
    trace.tokens += static_cast<int>(record->ids.size());
    trace.source_gpu.insert(trace.source_gpu.end(), record->ids.size(), batch.first);
  }
  check_complete(records, batches, layer_index);  // before memory is taken for what is not there
  trace.expert_ids.resize(trace.index(trace.layers, 0, 0));
  int begin = 0;
  for (const auto& [batch, of_batch] : batches) {
    for (const auto& [layer, index] : layer_index) {
      const Record& record = records.at({batch, layer});
      for (std::size_t token = 0; token < record.ids.size(); ++token) {
        std::copy(record.ids[token].begin(), record.ids[token].end(),
                  trace.expert_ids.begin() +
                      static_cast<std::ptrdiff_t>(trace.index(index, begin + static_cast<int>(token), 0)));
      }
    }
    begin += static_cast<int>(of_batch->ids.size());
  }
  return trace;
}

}  // namespace moehub
