#include "model/routing/profile_io.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "model/base/file.hpp"
#include "model/base/input_error.hpp"
#include "model/routing/json_value.hpp"
#include "model/routing/trace_io.hpp"

namespace moehub {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr int kSchema = 1;

// Takes values out of an object, and says where in the file it is when they do not fit.
class ObjectReader {
 public:
  ObjectReader(const Json& json, std::string place, const std::string& file)
      : json_(json), place_(std::move(place)), file_(file) {
    if (!json.is_object()) fail("", "no object", "statistics as `moehub trace info --json` prints them");
  }

  const Json& at(const char* key, const char* expected) const {
    const auto found = json_.find(key);
    if (found == json_.end()) fail(key, "missing", expected);
    return *found;
  }
  std::string text(const char* key) const {
    const Json& value = at(key, "a string");
    if (!value.is_string()) fail(key, quoted(value), "a string");
    return value.get<std::string>();
  }
  int integer(const char* key, int lowest, int highest) const {
    const Json& value = at(key, "an integer");
    const std::optional<int> number = integer_within(value, lowest, highest);
    if (!number) fail(key, quoted(value), fmt::format("an integer from {} to {}", lowest, highest));
    return *number;
  }
  double number(const char* key) const { return number_of(at(key, "a number"), key); }

  /// An array of `size` numbers of 0 or more.
  std::vector<double> numbers(const char* key, std::size_t size) const {
    const std::string expected = fmt::format("an array of {} numbers of 0 or more", size);
    const Json& value = at(key, expected.c_str());
    if (!value.is_array() || value.size() != size) {
      fail(key, value.is_array() ? fmt::format("{} elements", value.size()) : quoted(value), expected);
    }
    std::vector<double> numbers;
    for (const Json& element : value) numbers.push_back(number_of(element, key));
    return numbers;
  }

  [[noreturn]] void fail(const std::string& key, const std::string& found,
                         const std::string& expected) const {
    const std::string dot = place_.empty() || key.empty() ? "" : ".";
    throw InputError(file_, place_ + dot + key, found, expected);
  }

 private:
  double number_of(const Json& value, const char* key) const {
    if (!value.is_number() || !(value >= 0) || value > 1e12) fail(key, quoted(value), "a number of 0 or more");
    return value.get<double>();
  }

  const Json& json_;
  std::string place_;
  const std::string& file_;
};

template <typename Array>
void check_array(const ObjectReader& root, const char* key, const Array& known) {
  const Json expected(known);
  const Json& value = root.at(key, expected.dump().c_str());
  if (value != expected) root.fail(key, quoted(value), expected.dump());
}

LayerProfile parse_layer(const ObjectReader& json, const TraceProfile& profile) {
  LayerProfile layer;
  std::int64_t sum = 0;
  for (const double load : json.numbers("loads", static_cast<std::size_t>(profile.num_experts))) {
    if (load != std::floor(load) || load > profile.tokens) {
      json.fail("loads", fmt::format("{}", load),
                fmt::format("whole numbers up to tokens, {}", profile.tokens));
    }
    layer.loads.push_back(static_cast<std::int64_t>(load));
    sum += layer.loads.back();
  }
  const std::int64_t choices = std::int64_t{profile.tokens} * profile.top_k;
  if (sum != choices) {
    json.fail("loads", fmt::format("a sum of {}", sum), fmt::format("{}, tokens x top_k", choices));
  }
  layer.reuse = json.number("reuse");
  const std::vector<double> nearby = json.numbers("reuse_nearby", kNearTokens.size());
  std::copy(nearby.begin(), nearby.end(), layer.reuse_nearby.begin());
  layer.gpus_per_token = json.numbers("gpus_per_token", profile_gpus().size());
  return layer;
}

}  // namespace

std::string profile_json(const TraceProfile& profile) {
  OrderedJson head;
  head["schema"] = kSchema;
  head["model"] = profile.model;
  head["source"] = profile.source;
  head["num_experts"] = profile.num_experts;
  head["top_k"] = profile.top_k;
  head["tokens"] = profile.tokens;
  head["near_tokens"] = kNearTokens;
  head["gpus"] = profile_gpus();
  std::string text = "{\n";
  for (const auto& [key, value] : head.items()) {
    text += OrderedJson(key).dump() + ": " +
            value.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + ",\n";
  }
  text += "\"layers\": [\n";
  for (const LayerProfile& layer : profile.layers) {
    OrderedJson line;
    line["loads"] = layer.loads;
    line["reuse"] = layer.reuse;
    line["reuse_nearby"] = layer.reuse_nearby;
    line["gpus_per_token"] = layer.gpus_per_token;
    text += line.dump() + (&layer == &profile.layers.back() ? "\n" : ",\n");
  }
  return text + "]\n}\n";
}

TraceProfile parse_profile(const std::string& text, const std::string& file) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) throw InputError(file, "", "no JSON", "JSON");
  const ObjectReader root(json, "", file);
  root.integer("schema", kSchema, kSchema);
  TraceProfile profile;
  profile.model = root.text("model");
  profile.source = root.text("source");
  profile.num_experts = root.integer("num_experts", 1, 4096);
  profile.top_k = root.integer("top_k", 1, profile.num_experts);
  profile.tokens = root.integer("tokens", 1, 1 << 24);
  check_array(root, "near_tokens", kNearTokens);
  check_array(root, "gpus", profile_gpus());
  const Json& layers = root.at("layers", "an array of layers");
  if (!layers.is_array() || layers.empty()) root.fail("layers", "none", "an array of layers");
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    profile.layers.push_back(
        parse_layer(ObjectReader(layers[layer], fmt::format("layers[{}]", layer), file), profile));
  }
  return profile;
}

TraceProfile read_profile(const std::string& file) {
  if (std::filesystem::path(file).extension() == ".json") return parse_profile(read_file(file), file);
  return profile_of(read_trace(file), file);
}

}  // namespace moehub
