#include "sim/report_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "model/base/input_error.hpp"
#include "model/flows/flow_names.hpp"
#include "sim/run_options.hpp"

namespace moehub {
namespace {

using Json = nlohmann::json;

// A part of the summary that knows where it is, so that a missing key can be named in full.
class Section {
 public:
  Section(const Json& json, std::string name, const std::string& file)
      : json_(json), name_(std::move(name)), file_(file) {
    if (!json.is_object()) fail("", "an object");
  }

  Section section(const char* key) const {
    return {at(key, "an object"), name_.empty() ? key : name_ + "." + key, file_};
  }
  double number(const char* key) const {
    const Json& value = at(key, "a number");
    if (!value.is_number()) fail(key, "a number");
    return value.get<double>();
  }
  std::uint64_t count(const char* key) const {
    const double value = number(key);
    if (!(value >= 0 && value < 1e18)) fail(key, "a count of 0 or more");
    return static_cast<std::uint64_t>(value);
  }
  std::string text(const char* key) const {
    const Json& value = at(key, "a string");
    if (!value.is_string()) fail(key, "a string");
    return value.get<std::string>();
  }
  /// Absent (null) where the run had nothing to compare with.
  std::optional<double> number_if_there(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end() || !found->is_number()) return std::nullopt;
    return found->get<double>();
  }
  bool flag(const char* key) const {
    const Json& value = at(key, "true or false");
    if (!value.is_boolean()) fail(key, "true or false");
    return value.get<bool>();
  }
  const Json& json() const { return json_; }

 private:
  const Json& at(const char* key, const char* expected) const {
    const auto found = json_.find(key);
    if (found == json_.end()) fail(key, expected);
    return *found;
  }
  [[noreturn]] void fail(const std::string& key, const std::string& expected) const {
    const std::string dot = name_.empty() || key.empty() ? "" : ".";
    throw InputError(file_, name_ + dot + key, "missing or of another type",
                     expected + ", as `moehub run` writes it");
  }

  const Json& json_;
  std::string name_;
  const std::string& file_;
};

std::string flows_table(const Section& flows) {
  std::string text = fmt::format("{:<18}{:>11}{:>11}{:>11}{:>11}{:>11}{:>10}{:>9}\n", "flow",
                                 "layer", "dispatch", "compute", "combine", "exposed", "moehub is",
                                 "of ideal");
  text += fmt::format("{:<18}{:>11}{:>11}{:>11}{:>11}{:>11}{:>10}{:>9}\n", "", "us", "us", "us", "us",
                      "us", "", "");
  std::vector<std::string> names;  // known flows in their order, then others
  for (const std::string& flow : flow_names()) {
    if (flows.json().contains(flow)) names.push_back(flow);
  }
  for (const auto& item : flows.json().items()) {
    if (std::find(names.begin(), names.end(), item.key()) == names.end()) names.push_back(item.key());
  }
  for (const std::string& name : names) {
    const Section flow = flows.section(name.c_str());
    text += fmt::format("{:<18}", name);
    for (const char* key :
         {"layer_us", "dispatch_us", "compute_us", "combine_us", "exposed_comm_us"}) {
      text += fmt::format("{:>11.1f}", flow.number(key));
    }
    const auto ratio = [&](const char* key, double scale, const char* unit) {
      const std::optional<double> value = flow.number_if_there(key);
      return value ? fmt::format("{:.2f}{}", scale * *value, unit) : std::string("-");
    };
    text += fmt::format("{:>10}{:>9}\n", ratio("speedup_of_hub", 1, "x"),
                        ratio("ideal_fraction", 100, " %"));
  }
  return text;
}

std::string pass_table(const Section& pass) {
  std::string text = fmt::format("{} of {} layers, {} with experts ({} simulated), a sequence of {} tokens a GPU\n\n",
                                 pass.text("kind") == "training" ? "training step" : "forward pass",
                                 pass.count("layers"), pass.count("moe_layers"),
                                 pass.count("moe_layers_simulated"), pass.count("sequence"));
  text += fmt::format("{:<18}{:>11}{:>11}{:>11}{:>11}{:>11}{:>10}\n{:<18}{:>11}{:>11}{:>11}{:>11}{:>11}\n", "flow",
                      "pass", "attention", "dense", "shared", "moe", "moehub is", "", "ms", "ms", "ms", "ms", "ms");
  const Section flows = pass.section("flows");
  for (const std::string& name : flow_names()) {
    if (!flows.json().contains(name)) continue;
    const Section flow = flows.section(name.c_str());
    text += fmt::format("{:<18}", name);
    for (const char* key : {"pass_us", "attention_us", "dense_us", "shared_us", "moe_us"}) {
      text += fmt::format("{:>11.2f}", flow.number(key) / 1e3);
    }
    const std::optional<double> speedup = flow.number_if_there("speedup_of_hub");
    text += fmt::format("{:>10}\n", speedup ? fmt::format("{:.2f}x", *speedup) : "-");
  }
  return text;
}

std::string percentiles(const Section& section) {
  return fmt::format("{:g} / {:g} / {:g} / {:g}", section.number("p50"), section.number("p99"),
                     section.number("p999"), section.number("max"));
}

std::string hub_lines(const Section& hub) {
  return fmt::format(
      "hub    {} packets, {:.1f} MB payload in {:.1f} MB on the wire, link utilisation {:.1f} %, "
      "merge ratio {:.2f}\n"
      "       row table: {} hits, {} rows, {} spills, {} fills; busiest expert {:.2f} x mean\n"
      "       ingress {} cycles, row {} ns (p50 / p99 / p99.9 / max)\n",
      hub.count("packets"), hub.number("payload_bytes") * 1e-6, hub.number("wire_bytes") * 1e-6,
      hub.number("link_utilisation") * 100, hub.number("merge_ratio"), hub.count("rat_hits"),
      hub.count("rat_allocs"), hub.count("rat_spills"), hub.count("rat_fills"),
      hub.number("max_over_mean_load"), percentiles(hub.section("ingress_latency_cycles")),
      percentiles(hub.section("row_latency_ns")));
}

std::string check_lines(const Section& check) {
  std::string text = fmt::format(
      "check  {}: {} of {} rows delivered, {} lost, {} duplicated, {} bytes wrong, {} tiles early, "
      "{} tiles missing",
      check.flag("ok") ? "ok" : "FAILED", check.count("rows_delivered"),
      check.count("rows_expected"), check.count("rows_lost"), check.count("rows_duplicated"),
      check.count("bytes_wrong"), check.count("tiles_early"), check.count("tiles_missing"));
  const Section refused = check.section("refused");
  for (const auto& cause : refused.json().items()) {
    const std::uint64_t count = refused.count(cause.key().c_str());
    if (count > 0) text += fmt::format(", {} refused ({})", count, cause.key());
  }
  return text + "\n";
}

std::string host_line(const Section& host) {
  return fmt::format(
      "host   {:.1f} s, {:.0f} packets/s, {:.0f} hub cycles/s ({} hub cycles), {:.0f} MB, {} rank(s)\n",
      host.number("wall_s"), host.number("packets_per_s"), host.number("hub_cycles_per_s"),
      host.count("hub_cycles"), host.number("peak_rss_mb"), host.count("ranks"));
}

}  // namespace

std::string report_table(const Json& summary, const std::string& file) {
  const Section root(summary, "", file);
  if (root.number("schema") != 1) {
    throw InputError(file, "schema", summary["schema"].dump(), "1");
  }
  const Section config = root.section("config");
  const std::string placement = config.json().contains("placement") ? config.text("placement") : "contiguous";
  std::string text = fmt::format(
      "{} on {}: {} GPUs x {} tokens, top {} of {} experts{}, {}, seed {}, hub {}\n\n",
      config.text("model"), config.text("system"), config.count("gpus"),
      config.count("tokens_per_gpu"), config.count("top_k"), config.count("num_experts"),
      placement == "contiguous" ? "" : " " + placement, config.text("trace"), config.count("seed"),
      config.text("hub"));
  text += flows_table(root.section("flows")) + "\n";
  if (summary.contains("pass")) text += pass_table(root.section("pass")) + "\n";
  if (summary.contains("hub") && !summary["hub"].is_null()) text += hub_lines(root.section("hub"));
  text += check_lines(root.section("check"));
  if (summary.contains("host")) text += host_line(root.section("host"));
  return text;
}

}  // namespace moehub
