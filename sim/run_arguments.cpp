#include "sim/run_arguments.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "model/base/input_error.hpp"
#include "model/flows/flow_names.hpp"
#include "model/routing/placement.hpp"
#include "model/routing/trace_io.hpp"
#include "sim/config_io.hpp"
#include "sim/expert_placement.hpp"
#include "sim/generated_routing.hpp"
#include "sim/parse.hpp"
#include "sim/scenario.hpp"
#include "sim/senders.hpp"

namespace moehub {
namespace {

constexpr int kMostTokensPerGpu = 1 << 20;

// RowIDs are 24 bits wide (hub_pkg::RowW) and number the tokens of all GPUs.
constexpr int kMostTokens = 1 << 24;

std::vector<std::string> parse_flows(const std::string& text) {
  const std::vector<std::string>& known = flow_names();
  if (text == "all") return known;
  std::vector<std::string> flows;
  for (std::string& flow : parse_list(text, "--flow")) {
    if (std::find(known.begin(), known.end(), flow) == known.end()) {
      throw InputError(kCommandLine, "--flow", "'" + flow + "'",
                       fmt::format("all, or some of {}", fmt::join(known, ", ")));
    }
    if (std::find(flows.begin(), flows.end(), flow) == flows.end()) flows.push_back(std::move(flow));
  }
  return flows;
}

HubKind parse_hub(const std::string& text) {
  const auto found = std::find(kHubs.begin(), kHubs.end(), text);
  if (found == kHubs.end()) {
    throw InputError(kCommandLine, "--hub", "'" + text + "'", fmt::format("one of {}", fmt::join(kHubs, ", ")));
  }
  return static_cast<HubKind>(found - kHubs.begin());
}

Pass parse_pass(const std::string& text) {
  if (text == "forward") return Pass::Forward;
  if (text == "training") return Pass::Training;
  throw InputError(kCommandLine, "--pass", "'" + text + "'", "forward or training");
}

// More GPUs than the system's hub can address get a larger one of the named configurations
// (docs/architecture.md): its tables, not its lanes. The RTL is verilated for 8 and for 16 peers.
void apply_gpus(const RunArguments& arguments, SystemConfig& system) {
  if (!arguments.gpus) return;
  system.fabric.gpus = parse_int(*arguments.gpus, "--gpus", 1, 96);
  if (system.fabric.gpus <= system.hub.peers) return;
  HubConfig& hub = system.hub;
  if (system.fabric.gpus <= 16) {
    hub.peers = 16;
    hub.rat_entries = std::max(hub.rat_entries, 16 * 256 * 4);
    hub.windows = std::max(hub.windows, 16);
    hub.tiles = std::max(hub.tiles, 16384);
    return;
  }
  hub.peers = 96;
  hub.entries = std::min(hub.entries, 32);
  hub.rat_ways = 8;
  hub.rat_entries = 16 * 256 * 8;
  hub.windows = 16;
  hub.tiles = 65535;
}

using Generated = std::optional<GeneratedRouting>;  // absent: there is a trace

// The model to use: as asked, else the one that the trace was recorded on, if it is known.
std::string model_name(const RunArguments& arguments, const Generated& generated) {
  if (arguments.model) return *arguments.model;
  if (generated && !generated->like()) return kDefaultModel;
  const std::string recorded = generated ? generated->like()->model : read_trace(*arguments.trace).model;
  const std::vector<std::string> known = known_configs("models");
  return std::find(known.begin(), known.end(), recorded) != known.end() ? recorded : kDefaultModel;
}

void check_against_model(const Trace& trace, const ModelConfig& model, const std::string& file) {
  if (trace.num_experts != model.num_experts) {
    throw InputError(file, "meta: num_experts", fmt::format("{}", trace.num_experts),
                     fmt::format("{} as in model {} (--model)", model.num_experts, model.name));
  }
  if (trace.top_k != model.top_k) {
    throw InputError(file, "expert_ids", fmt::format("top_k is {}", trace.top_k),
                     fmt::format("{} as in model {} (--model, or --set model.top_k={})",
                                 model.top_k, model.name, trace.top_k));
  }
}

void take_trace(const RunArguments& arguments, const TraceSlice& part, RunOptions& options) {
  const std::string& file = *arguments.trace;
  const Trace trace = read_trace(file, options.model.num_experts);
  check_against_model(trace, options.model, file);
  options.routing = slice(trace, part, options.gpus(), file);
  options.routing_name = file;
  place_experts(trace, part.first_layer, options);
}

// A routing that is like a trace is as long as the trace, or longer, and then cut like one.
void take_generated(const RunArguments& arguments, const GeneratedRouting& generated, const TraceSlice& part,
                    RunOptions& options) {
  const int first = part.first_layer;
  const int end = part.end_layer.value_or(1);
  if (end > options.model.moe_layers) {
    throw InputError(kCommandLine, "--layers", fmt::format("{}:{}", first, end),
                     fmt::format("layers of 0:{}, the MoE layers of {}", options.model.moe_layers,
                                 options.model.name));
  }
  TraceSlice cut;
  cut.attention_tp = part.attention_tp;
  cut.tokens_per_gpu = part.tokens_per_gpu.value_or(kDefaultTokensPerGpu);
  int tokens = *cut.tokens_per_gpu * options.gpus();
  if (generated.like()) tokens = std::max(tokens, generated.like()->tokens);
  options.routing_name = to_string(generated.spec());
  Trace trace = generated.draw(options.model, first, end, tokens, options.gpus(), options.seed);
  if (arguments.senders) {
    trace.source_gpu = source_by_shares(parse_senders(*arguments.senders, options.gpus()), trace.tokens);
    cut.tokens_per_gpu.reset();
  }
  options.routing = slice(trace, cut, options.gpus(), options.routing_name);
  place_experts(trace, 0, options);
}

// What larger machines would move with the same routing, model and nodes.
std::vector<Volume> count_volumes(const RunArguments& arguments, const GeneratedRouting& generated,
                                  const RunOptions& options) {
  std::vector<Volume> volumes;
  const int tokens = parse_int(arguments.volume_tokens.value_or("4096"), "volume_tokens", 1, kMostTokensPerGpu);
  for (const std::string& text : parse_list(*arguments.volume_gpus, "volume_gpus")) {
    const int gpus = parse_int(text, "volume_gpus", 1, 4096);
    Trace trace = generated.draw(options.model, 0, 1, gpus * tokens, gpus, options.seed);
    trace.source_gpu = default_source_gpu(trace.tokens, gpus);
    volumes.push_back(count_volume(trace, options.model, gpus, options.system.fabric.gpus_per_node));
  }
  return volumes;
}

void check_sizes(const RunOptions& options) {
  const int most = ExpertPlacement(expert_slots(options), options.gpus()).count(0);
  if (most > options.system.hub.regions) {
    throw InputError(
        kCommandLine, "--gpus",
        fmt::format("{} experts on a GPU ({} over {})", most, expert_slots(options), options.gpus()),
        fmt::format("at most {}, the regions of the hub (hub.regions)", options.system.hub.regions));
  }
  if (options.routing.tokens > kMostTokens) {
    throw InputError(kCommandLine, "--tokens",
                     fmt::format("{} tokens over all GPUs", options.routing.tokens),
                     fmt::format("at most {}, what a RowID can number", kMostTokens));
  }
}

// A pass needs the attention's shape, on one GPU.
void check_pass(const RunOptions& options, const std::string& model_file) {
  if (options.pass == Pass::None) return;
  if (options.model.heads == 0) {
    throw InputError(model_file, "heads", "0", "the attention's shape, for --pass");
  }
  if (options.system.placement.attention_tp > 1) {
    throw InputError(kCommandLine, "--pass",
                     fmt::format("placement.attention_tp {}", options.system.placement.attention_tp),
                     "1: what tensor parallel attention adds is not modelled");
  }
}

std::filesystem::path default_out(const RunArguments& arguments, const RunOptions& options) {
  std::string routing = arguments.trace
                            ? std::filesystem::path(*arguments.trace).stem().string()
                            : options.routing_name;
  std::replace_if(
      routing.begin(), routing.end(), [](char c) { return c == ':' || c == '=' || c == ',' || c == '/'; },
      '-');
  if (arguments.scenario) return std::filesystem::path("build/out/scenarios") / options.scenario;
  const std::string& model = options.model.name;  // often in the name of the trace already
  const bool named = routing.compare(0, model.size(), model) == 0;
  return std::filesystem::path("build/out") / (named ? routing : model + "-" + routing);
}

}  // namespace

RunOptions parse_run(const RunArguments& given) {
  const RunArguments arguments = with_scenario(given);
  if (arguments.trace && arguments.routing) {
    throw InputError(kCommandLine, "--trace", "given together with --routing", "one of the two");
  }
  if (arguments.trace && arguments.senders) {
    throw InputError(kCommandLine, "--senders", "given together with --trace", "a generated routing");
  }
  if (arguments.waves_window && !arguments.waves) {
    throw InputError(kCommandLine, "--waves-window", "given without --waves", "--waves FILE.fst");
  }
  RunOptions options;
  options.flows = arguments.flows ? parse_flows(*arguments.flows) : default_flows();
  options.hub = parse_hub(arguments.hub.value_or("rtl"));
  options.seed = parse_seed(arguments.seed.value_or("1"), "--seed");
  if (arguments.scenario) options.scenario = std::filesystem::path(*arguments.scenario).stem().string();
  options.about = arguments.about.value_or("");
  options.quiet = arguments.quiet;
  TraceSlice part;
  if (arguments.tokens) {
    part.tokens_per_gpu = parse_int(*arguments.tokens, "--tokens", 1, kMostTokensPerGpu);
  }
  if (arguments.layers) {
    const auto [first, end] = parse_int_range(*arguments.layers, "--layers");
    part.first_layer = first;
    part.end_layer = end;
  }
  options.first_layer = part.first_layer;

  Generated generated;
  if (!arguments.trace) generated.emplace(arguments.routing.value_or(kDefaultRouting));
  const std::string model = model_name(arguments, generated);
  const std::string system = arguments.system.value_or(kDefaultSystem);
  options.system = load_system(system);
  options.model = load_model(model);
  apply_gpus(arguments, options.system);
  for (const std::string& setting : arguments.settings) {
    apply_setting(setting, options.system, options.model);
  }
  validate(options.system, find_config("systems", system, "--system"));
  validate(options.model, find_config("models", model, "--model"));

  part.attention_tp = options.system.placement.attention_tp;
  if (generated) {
    take_generated(arguments, *generated, part, options);
  } else {
    take_trace(arguments, part, options);
  }
  check_sizes(options);
  if (arguments.pass) options.pass = parse_pass(*arguments.pass);
  check_pass(options, find_config("models", model, "--model"));
  if (arguments.volume_gpus && generated) options.volumes = count_volumes(arguments, *generated, options);

  options.out = arguments.out ? std::filesystem::path(*arguments.out)
                              : default_out(arguments, options);
  if (arguments.waves) options.waves = *arguments.waves;
  if (arguments.waves_window) {
    const auto [begin_us, end_us] = parse_time_range(*arguments.waves_window, "--waves-window");
    options.waves_window = TimeWindow{begin_us, end_us};
  }
  return options;
}

}  // namespace moehub
