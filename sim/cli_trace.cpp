// `moehub trace gen`, `info` and `convert`.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <numeric>
#include <optional>
#include <string>

#include "model/base/input_error.hpp"
#include "model/routing/profile_io.hpp"
#include "model/routing/trace_import.hpp"
#include "model/routing/trace_io.hpp"
#include "sim/cli.hpp"
#include "sim/config_io.hpp"
#include "sim/generated_routing.hpp"
#include "sim/parse.hpp"
#include "sim/run_arguments.hpp"
#include "sim/trace_table.hpp"

namespace moehub {
namespace {

constexpr int kMostGpus = 96;
constexpr const char* kImportFormats = "vllm, megatron, esft or logits";

struct GenArguments {
  std::string file;
  std::string routing = kDefaultRouting;
  std::optional<std::string> model;
  std::optional<std::string> experts;
  std::optional<std::string> top_k;
  std::optional<std::string> layers;
  std::string gpus = "8";
  std::optional<std::string> tokens;
  std::string seed = "1";
};

// The model as the options change it; what it was recorded on, where the routing is to be like a trace.
ModelConfig model_of(const GenArguments& arguments, const GeneratedRouting& routing) {
  const std::string name = arguments.model.value_or(
      routing.like() && !routing.like()->model.empty() ? routing.like()->model : kDefaultModel);
  ModelConfig model = load_model(name);
  if (arguments.experts) model.num_experts = parse_int(*arguments.experts, "--experts", 1, 4096);
  if (arguments.top_k) model.top_k = parse_int(*arguments.top_k, "--top-k", 1, 4096);
  if (arguments.experts || arguments.top_k) model.name.clear();
  if (model.top_k > model.num_experts) {
    throw InputError(kCommandLine, "--top-k", fmt::format("{}", model.top_k),
                     fmt::format("at most the number of experts, {}", model.num_experts));
  }
  validate(model, find_config("models", name, "--model"));
  return model;
}

int generate_trace(const GenArguments& arguments) {
  const GeneratedRouting routing(arguments.routing);
  const ModelConfig model = model_of(arguments, routing);
  const int gpus = parse_int(arguments.gpus, "--gpus", 1, kMostGpus);
  const int all_layers = routing.like() ? static_cast<int>(routing.like()->layers.size()) : model.moe_layers;
  const int layers = arguments.layers ? parse_int(*arguments.layers, "--layers", 1, 4096) : all_layers;
  int tokens = routing.like() ? routing.like()->tokens : kDefaultTokensPerGpu * gpus;
  if (arguments.tokens) tokens = parse_int(*arguments.tokens, "--tokens", 1, 1 << 17) * gpus;
  const Trace trace = routing.draw(model, 0, layers, tokens, gpus, parse_seed(arguments.seed, "--seed"));
  write_trace(trace, arguments.file);
  std::cout << fmt::format("{}: {} layers, {} tokens, top {} of {} experts, {}\n", arguments.file,
                           trace.layers, trace.tokens, trace.top_k, trace.num_experts,
                           trace.source);
  return 0;
}

struct InfoArguments {
  std::string file;
  std::string gpus = "8";
  bool each_layer = false;
  bool json = false;
};

int print_info(const InfoArguments& arguments) {
  const int gpus = parse_int(arguments.gpus, "--gpus", 1, kMostGpus);
  const Trace trace = read_trace(arguments.file);
  if (arguments.json) {
    std::cout << profile_json(profile_of(trace, arguments.file));
    return 0;
  }
  const auto sources = std::max_element(trace.source_gpu.begin(), trace.source_gpu.end());
  if (sources != trace.source_gpu.end() && *sources >= gpus) {
    throw InputError(kCommandLine, "--gpus", fmt::format("{}", gpus),
                     fmt::format("more than {}, the largest in source_gpu of {}", *sources,
                                 arguments.file));
  }
  std::cout << trace_table(trace, gpus, arguments.each_layer);
  return 0;
}

struct ConvertArguments {
  std::string from;
  std::string to;
  std::optional<std::string> format;
  std::optional<std::string> num_experts;
  std::optional<std::string> top_k;
  std::optional<std::string> model;
  std::optional<std::string> model_name;
  std::optional<std::string> source;
};

const std::string& needed(const std::optional<std::string>& value, const char* option,
                          const std::string& format) {
  if (!value) throw InputError(kCommandLine, option, "missing", "it with --from " + format);
  return *value;
}

// FROM, in our own formats or in another program's.
Trace read_any(const ConvertArguments& arguments, int num_experts) {
  if (!arguments.format) return read_trace(arguments.from, num_experts);
  const std::string& format = *arguments.format;
  Trace trace;
  if (format == "vllm") {
    trace = import_vllm(arguments.from);
  } else if (format == "megatron") {
    trace = import_megatron(arguments.from);
  } else if (format == "esft") {
    trace = import_esft(arguments.from,
                        parse_int(needed(arguments.top_k, "--top-k", format), "--top-k", 1, 4096));
  } else if (format == "logits") {
    const std::string& model = needed(arguments.model, "--model", format);
    trace = import_logits(arguments.from, load_model(model), find_config("models", model, "--model"));
  } else {
    throw InputError(kCommandLine, "--from", "'" + format + "'", kImportFormats);
  }
  complete(trace, num_experts, arguments.from);
  return trace;
}

int convert(const ConvertArguments& arguments) {
  const int num_experts =
      arguments.num_experts ? parse_int(*arguments.num_experts, "--num-experts", 1, kMostExperts) : 0;
  Trace trace = read_any(arguments, num_experts);
  if (num_experts != 0 && trace.num_experts != num_experts) {
    throw InputError(kCommandLine, "--num-experts", fmt::format("{}", num_experts),
                     fmt::format("{} as {} says", trace.num_experts, arguments.from));
  }
  if (arguments.model_name) trace.model = *arguments.model_name;
  if (arguments.source) trace.source = *arguments.source;
  if (!trace.source_gpu.empty() && arguments.to.size() >= 4 &&
      arguments.to.compare(arguments.to.size() - 4, 4, ".npz") != 0) {
    throw InputError(arguments.to, "", "a format without source_gpu, which the trace has", ".npz");
  }
  write_trace(trace, arguments.to);
  std::cout << fmt::format("{}: {} layers, {} tokens, top {} of {} experts\n", arguments.to,
                           trace.layers, trace.tokens, trace.top_k, trace.num_experts);
  return 0;
}

void add_gen(CLI::App& parent, Action& action) {
  CLI::App& command = *parent.add_subcommand("gen", "Generate a routing trace");
  const auto arguments = std::make_shared<GenArguments>();
  const auto add = [&](const char* name, auto& value, const char* type, const std::string& text) {
    return command.add_option(name, value, text)->type_name(type);
  };
  add("FILE", arguments->file, "", "trace to write: .npz, .npy, .csv or .jsonl")->required();
  add("--routing", arguments->routing, "SPEC", fmt::format("{} [{}]", kRoutingSpecs, kDefaultRouting));
  add("--model", arguments->model, "FILE",
      fmt::format("model that gives layers, experts, top-k and gate [like:FILE's, else {}]", kDefaultModel));
  add("--layers", arguments->layers, "N", "MoE layers [the model's]");
  add("--experts", arguments->experts, "N", "experts of a layer [the model's]");
  add("--top-k", arguments->top_k, "N", "experts of a token [the model's]");
  add("--tokens", arguments->tokens, "N",
      fmt::format("per GPU [as many as like:FILE has, else {}]", kDefaultTokensPerGpu));
  add("--gpus", arguments->gpus, "N", "GPUs that the tokens are for [8]");
  add("--seed", arguments->seed, "N", "of everything that is drawn [1]");
  command.footer("Example: moehub trace gen skewed.npz --routing normal:std=0.05 --layers 2");
  command.callback([arguments, &action] {
    action = [arguments] { return generate_trace(*arguments); };
  });
}

void add_info(CLI::App& parent, Action& action) {
  CLI::App& command = *parent.add_subcommand("info", "Print what a routing trace is like");
  const auto arguments = std::make_shared<InfoArguments>();
  command.add_option("FILE", arguments->file, "trace to read: .npz, .npy, .csv or .jsonl")
      ->required()
      ->type_name("");
  command.add_option("--gpus", arguments->gpus, "GPUs that experts and tokens are spread over [8]")
      ->type_name("N");
  command.add_flag("--each-layer", arguments->each_layer, "a line for each layer as well");
  command.add_flag("--json", arguments->json, "what --routing like:FILE needs, as JSON, and nothing else");
  command.callback([arguments, &action] {
    action = [arguments] { return print_info(*arguments); };
  });
}

void add_convert(CLI::App& parent, Action& action) {
  CLI::App& command = *parent.add_subcommand("convert", "Convert a routing trace");
  const auto arguments = std::make_shared<ConvertArguments>();
  const auto add = [&](const char* name, auto& value, const char* type, const std::string& text) {
    return command.add_option(name, value, text)->type_name(type);
  };
  add("FROM", arguments->from, "", "trace to read: .npz, .npy, .csv or .jsonl, or as --from says")
      ->required();
  add("TO", arguments->to, "", "trace to write, in the format of its ending")->required();
  add("--from", arguments->format, "FORMAT",
      fmt::format("another program's recording: {} [the format of FROM's ending]", kImportFormats));
  add("--num-experts", arguments->num_experts, "N",
      "experts of a layer, where FROM does not say [largest id + 1]");
  add("--top-k", arguments->top_k, "N", "experts of a token, for esft");
  add("--model", arguments->model, "FILE", "model whose gate chooses, for logits");
  add("--model-name", arguments->model_name, "NAME", "model that was recorded [as in FROM]");
  add("--source", arguments->source, "TEXT", "where the trace comes from [as in FROM]");
  command.footer(
      "CSV:        layer,token,expert_0,..[,weight_0,..], a line per layer and token\n"
      "JSON Lines: {\"layer\":0,\"token\":0,\"experts\":[3,1],\"weights\":[0.7,0.3]}\n"
      "vllm:       routed_experts as .npy [tokens, layers, top_k]\n"
      "megatron:   router_trace_rank*.jsonl, a file or their folder\n"
      "esft:       folder of expert_weights_LAYER.txt\n"
      "logits:     .npy or .npz (router_logits, bias) [layers, tokens, experts]\n"
      "Example:    moehub trace convert routing.csv routing.npz --num-experts 64");
  command.callback([arguments, &action] {
    action = [arguments] { return convert(*arguments); };
  });
}

}  // namespace

void add_trace_command(CLI::App& program, Action& action) {
  CLI::App& trace = *program.add_subcommand("trace", "Generate, inspect and convert routing traces");
  trace.require_subcommand(1);
  add_gen(trace, action);
  add_info(trace, action);
  add_convert(trace, action);
}

}  // namespace moehub
