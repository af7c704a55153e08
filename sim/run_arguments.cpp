#include "sim/run_arguments.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "model/base/input_error.hpp"
#include "model/routing/generator.hpp"
#include "model/routing/placement.hpp"
#include "model/routing/routing_spec.hpp"
#include "model/routing/trace_io.hpp"
#include "sim/config_io.hpp"
#include "sim/parse.hpp"

namespace moehub {
namespace {

constexpr int kMostTokensPerGpu = 1 << 20;

// RowIDs are 24 bits wide (hub_pkg::RowW) and number the tokens of all GPUs.
constexpr int kMostTokens = 1 << 24;

std::vector<std::string> parse_flows(const std::string& text) {
  std::vector<std::string> flows;
  for (std::string& flow : parse_list(text, "--flow")) {
    if (std::find(kFlows.begin(), kFlows.end(), flow) == kFlows.end()) {
      throw InputError(kCommandLine, "--flow", "'" + flow + "'",
                       fmt::format("one of {}", fmt::join(kFlows, ", ")));
    }
    if (std::find(flows.begin(), flows.end(), flow) == flows.end()) flows.push_back(std::move(flow));
  }
  return flows;
}

HubKind parse_hub(const std::string& text) {
  if (text == "rtl") return HubKind::Rtl;
  if (text == "model") return HubKind::Model;
  throw InputError(kCommandLine, "--hub", "'" + text + "'", "rtl or model");
}

void apply_gpus(const RunArguments& arguments, SystemConfig& system) {
  if (!arguments.gpus) return;
  const int gpus = parse_int(*arguments.gpus, "--gpus", 1, 96);
  if (gpus > system.hub.peers) {
    throw InputError(kCommandLine, "--gpus", fmt::format("{}", gpus),
                     fmt::format("at most {}, the peers of the hub (hub.peers of {})",
                                 system.hub.peers, arguments.system));
  }
  system.fabric.gpus = gpus;
}

// The model to use: as asked, else the one that the trace was recorded on, if it is known.
std::string model_name(const RunArguments& arguments) {
  if (arguments.model) return *arguments.model;
  if (!arguments.trace) return kDefaultModel;
  const std::string recorded = read_trace(*arguments.trace).model;
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
}

void take_generated(const RunArguments& arguments, TraceSlice part, RunOptions& options) {
  const RoutingSpec spec =
      parse_routing_spec(arguments.routing.value_or(kDefaultRouting), "--routing");
  const int first = part.first_layer;
  const int end = part.end_layer.value_or(1);
  if (end > options.model.moe_layers) {
    throw InputError(kCommandLine, "--layers", fmt::format("{}:{}", first, end),
                     fmt::format("layers of 0:{}, the MoE layers of {}", options.model.moe_layers,
                                 options.model.name));
  }
  TraceShape shape;
  shape.layers = end - first;
  shape.tokens = part.tokens_per_gpu.value_or(kDefaultTokensPerGpu) * options.gpus();
  shape.top_k = options.model.top_k;
  shape.num_experts = options.model.num_experts;
  options.routing = generate(spec, shape, options.seed, first);
  options.routing.model = options.model.name;
  options.routing.source_gpu = default_source_gpu(shape.tokens, options.gpus());
  options.routing_name = to_string(spec);
}

void check_sizes(const RunOptions& options) {
  const int most = ExpertPlacement(options.model.num_experts, options.gpus()).count(0);
  if (most > options.system.hub.regions) {
    throw InputError(kCommandLine, "--gpus",
                     fmt::format("{} experts on a GPU ({} over {})", most,
                                 options.model.num_experts, options.gpus()),
                     fmt::format("at most {}, the regions of the hub (hub.regions)",
                                 options.system.hub.regions));
  }
  if (options.routing.tokens > kMostTokens) {
    throw InputError(kCommandLine, "--tokens",
                     fmt::format("{} tokens over all GPUs", options.routing.tokens),
                     fmt::format("at most {}, what a RowID can number", kMostTokens));
  }
}

std::filesystem::path default_out(const RunArguments& arguments, const RunOptions& options) {
  std::string routing = arguments.trace
                            ? std::filesystem::path(*arguments.trace).stem().string()
                            : options.routing_name;
  std::replace_if(routing.begin(), routing.end(), [](char c) { return c == ':' || c == '='; }, '-');
  const std::string& model = options.model.name;  // often in the name of the trace already
  const bool named = routing.compare(0, model.size(), model) == 0;
  return std::filesystem::path("build/out") / (named ? routing : model + "-" + routing);
}

}  // namespace

RunOptions parse_run(const RunArguments& arguments) {
  if (arguments.trace && arguments.routing) {
    throw InputError(kCommandLine, "--trace", "given together with --routing", "one of the two");
  }
  if (arguments.waves_window && !arguments.waves) {
    throw InputError(kCommandLine, "--waves-window", "given without --waves", "--waves FILE.fst");
  }
  RunOptions options;
  options.flows = parse_flows(arguments.flows);
  options.hub = parse_hub(arguments.hub);
  options.seed = parse_seed(arguments.seed, "--seed");
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

  const std::string model = model_name(arguments);
  options.system = load_system(arguments.system);
  options.model = load_model(model);
  for (const std::string& setting : arguments.settings) {
    apply_setting(setting, options.system, options.model);
  }
  apply_gpus(arguments, options.system);
  validate(options.system, find_config("systems", arguments.system, "--system"));
  validate(options.model, find_config("models", model, "--model"));

  if (arguments.trace) {
    take_trace(arguments, part, options);
  } else {
    take_generated(arguments, part, options);
  }
  check_sizes(options);

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
