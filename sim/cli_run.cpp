// `moehub run`.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "model/flows/flow_names.hpp"
#include "model/routing/routing_spec.hpp"
#include "sim/cli.hpp"
#include "sim/config_io.hpp"
#include "sim/run_arguments.hpp"

namespace moehub {

void add_run_command(CLI::App& program, Action& action, const Simulations& simulations) {
  CLI::App& run_command =
      *program.add_subcommand("run", "Simulate MoE layers under one or several flows");
  const auto arguments = std::make_shared<RunArguments>();
  const auto add = [&](const char* name, auto& value, const char* type, const std::string& text) {
    return run_command.add_option(name, value, text)->type_name(type);
  };
  add("--scenario", arguments->scenario, "FILE",
      fmt::format("options from a TOML file or one of {}; those given here win",
                  fmt::join(known_configs("scenarios"), ", ")));
  add("--system", arguments->system, "FILE",
      fmt::format("machine: a TOML file or one of {} [dgx-h800]",
                  fmt::join(known_configs("systems"), ", ")));
  add("--model", arguments->model, "FILE",
      fmt::format("model: a TOML file or one of {} [the trace's, else {}]",
                  fmt::join(known_configs("models"), ", "), kDefaultModel));
  add("--trace", arguments->trace, "FILE", "recorded routing: .npz, .npy, .csv or .jsonl");
  add("--routing", arguments->routing, "SPEC",
      fmt::format("generated routing: {}; FILE a trace, or of sim/routing {} [{}]", kRoutingSpecs,
                  fmt::join(known_configs("routing"), ", "), kDefaultRouting));
  add("--senders", arguments->senders, "A,B,..",
      "each GPU's share of the tokens of a generated routing [equal]; --tokens is the mean then");
  add("--flow", arguments->flows, "A,B,..",
      fmt::format("all, or some of {} [{}]", fmt::join(flow_names(), ", "),
                  fmt::join(default_flows(), ",")));
  add("--hub", arguments->hub, "KIND", "rtl (verilated), model (C++) or gates (mapped netlist) [rtl]");
  add("--gpus", arguments->gpus, "N", "number of GPUs [the system's]");
  add("--tokens", arguments->tokens, "N",
      fmt::format("tokens per GPU [the whole trace; generated: {}]", kDefaultTokensPerGpu));
  add("--layers", arguments->layers, "A:B", "MoE layers A up to B [the whole trace; generated: 0:1]");
  add("--pass", arguments->pass, "KIND",
      "the whole model's time from these layers: forward, or training (forward and backward)");
  add("--seed", arguments->seed, "N", "of everything that is drawn [1]");
  add("--out", arguments->out, "DIR", "where results go [build/out/MODEL-ROUTING]");
  add("--waves", arguments->waves, "FILE.fst", "record a waveform");
  add("--waves-window", arguments->waves_window, "A:B", "of this time only, in us");
  add("--set", arguments->settings, "KEY=VALUE",
      "override a key of the system's file, or of the model's after `model.`; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  run_command.add_flag("--quiet", arguments->quiet, "print nothing but errors");
  run_command.footer(
      "Examples:\n"
      "  moehub run\n"
      "  moehub run --model deepseek-v3 --routing uniform --tokens 128 --flow moehub,ideal\n"
      "  moehub run --routing like:qwen3-30b-a3b-prefill --tokens 256\n"
      "  moehub run --scenario hotspot-incast --flow moehub,deepep\n"
      "  moehub run --trace routing.npz --layers 0:2 --tokens 256 --hub model --out out/q\n"
      "  moehub run --set hub.rat_entries=64 --set fabric.gb_per_s_per_direction=400");
  run_command.callback([arguments, &action, &simulations] {
    action = [arguments, &simulations] { return simulations.run(parse_run(*arguments)); };
  });
}

}  // namespace moehub
