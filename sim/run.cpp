#include "sim/run.hpp"

#include <fmt/format.h>

#include <iostream>
#include <optional>

#include "model/base/file.hpp"
#include "model/base/input_error.hpp"
#include "model/flows/flow.hpp"
#include "model/flows/hub_programming.hpp"
#include "sim/interrupt.hpp"
#include "sim/progress.hpp"
#include "sim/report_html.hpp"
#include "sim/report_table.hpp"
#include "sim/summary.hpp"
#include "sim/tables.hpp"
#include "sim/timeline.hpp"
#include "tb/gates_hub.hpp"
#include "tb/rtl_hub.hpp"

namespace moehub {

namespace {

constexpr int kInterrupted = 130;  // 128 + SIGINT, as shells expect

// The flow whose hub is recorded: moehub, else the first one that has hubs.
std::string recorded_flow(const RunOptions& options) {
  std::string chosen;
  for (const std::string& flow : options.flows) {
    if (flow == "moehub" || (chosen.empty() && uses_hubs(flow))) chosen = flow;
  }
  return chosen;
}

HubFactory hub_factory(const RunOptions& options, bool traced) {
  const HubParams params = hub_params(options.system.hub);
  const int spill_latency = options.system.hub.spill_latency_cycles;
  const HubKind kind = options.hub;
  const std::string system = options.system.name;
  return [=](int gpu) -> std::unique_ptr<Hub> {
    try {
      if (kind == HubKind::Model) return make_model_hub(params, spill_latency);
      if (kind == HubKind::Gates) return make_gates_hub(params, spill_latency);
      if (traced && gpu == 0) return make_traced_rtl_hub(params, spill_latency);
      return make_rtl_hub(params, spill_latency);
    } catch (const std::invalid_argument& error) {
      throw InputError(system, "hub", error.what(),
                       kind == HubKind::Rtl     ? "the RTL's parameters, or --hub model"
                       : kind == HubKind::Gates ? "a hub of gates of these parameters (--system gates)"
                                                : "a hub that can be built");
    }
  };
}

std::optional<WaveRequest> wave_request(const RunOptions& options) {
  if (!options.waves) return std::nullopt;
  if (options.hub == HubKind::Model) {
    throw InputError(kCommandLine, "--waves", "--hub model", "--hub rtl, which has signals to record");
  }
  if (recorded_flow(options).empty()) {
    throw InputError(kCommandLine, "--waves", "no flow that has hubs", "--flow moehub, for example");
  }
  WaveRequest request;
  request.file = options.waves->string();
  if (options.waves_window) {
    request.begin = from_us(options.waves_window->begin_us);
    request.end = from_us(options.waves_window->end_us);
  }
  return request;
}

FlowSettings flow_settings(const RunOptions& options, const std::string& flow, Progress& progress) {
  FlowSettings settings;
  settings.system = options.system;
  settings.model = options.model;
  settings.routing = &options.routing;
  settings.first_layer = options.first_layer;
  const std::optional<WaveRequest> waves = wave_request(options);
  if (waves && flow == recorded_flow(options)) settings.waves = waves;
  settings.make_hub = hub_factory(options, settings.waves.has_value());
  settings.interrupted = InterruptGuard::requested;
  settings.progress = [&progress, &options, flow](int layer, int layers) {
    progress.show(fmt::format("{}: layer {} ({} of {})", flow, options.first_layer + layer, layer + 1,
                              layers));
  };
  return settings;
}

// Counts rows by the model's experts where the flow counted them by slots.
FlowResult by_expert(FlowResult flow, const RunOptions& options) {
  if (options.expert_of_slot.empty()) return flow;
  const auto experts = static_cast<std::size_t>(options.model.num_experts);
  flow.rows_by_expert.assign(experts, 0);
  for (std::size_t layer = 0; layer < flow.layers.size(); ++layer) {
    std::vector<int> rows(experts, 0);
    for (std::size_t slot = 0; slot < flow.layers[layer].rows_by_expert.size(); ++slot) {
      const auto expert = static_cast<std::size_t>(options.expert_of_slot[layer][slot]);
      rows[expert] += flow.layers[layer].rows_by_expert[slot];
    }
    for (std::size_t expert = 0; expert < experts; ++expert) {
      flow.rows_by_expert[expert] += static_cast<std::uint64_t>(rows[expert]);
    }
    flow.layers[layer].rows_by_expert = std::move(rows);
  }
  return flow;
}

void complain(const FlowResult& flow) {
  for (const std::string& error : flow.check.first_errors) {
    std::cerr << "check: " << flow.name << ": " << error << "\n";
  }
  if (flow.failure) std::cerr << "moehub: " << flow.name << ": " << *flow.failure << "\n";
  if (flow.interrupted) {
    std::cerr << "moehub: interrupted in " << flow.name << ": " << flow.layers.size()
              << " layers of it are complete\n";
  }
}

std::string write_results(const RunOptions& options, const RunResult& result) {
  const auto write = [&](const char* name, const std::string& text) {
    write_file((options.out / name).string(), text);
  };
  const nlohmann::ordered_json summary = make_summary(options, result);
  write("summary.json", summary.dump(2) + "\n");
  const std::string table = report_table(summary, (options.out / "summary.json").string());
  write("report.html", make_report(options, result, table));
  write("timeline.json", make_timeline(result.flows));
  write("layers.csv", layers_csv(result.flows));
  write("experts.csv", experts_csv(result.flows));
  write("hub.csv", hub_csv(result.flows));
  write("checks.csv", checks_csv(result.flows));
  write("time.csv", time_csv(result.flows));
  write("links.csv", links_csv(result.flows));
  write("latency.csv", latency_csv(result.flows));
  return table;
}

// SystemC elaborates once a process, so a second run must fit into the first one's machine.
Machine& machine_for(int gpus) {
  static Machine machine("machine", gpus);
  return machine;
}

}  // namespace

int run(const RunOptions& options) {
  wave_request(options);  // refused before anything is simulated
  const InterruptGuard guard;
  Machine& machine = machine_for(options.gpus());
  RunResult result;
  bool interrupted = false;
  {
    Progress progress(options.quiet);
    for (const std::string& flow : options.flows) {
      if (interrupted) break;
      FlowSettings settings = flow_settings(options, flow, progress);
      result.flows.push_back(by_expert(run_flow(machine, flow, settings), options));
      interrupted = result.flows.back().interrupted;
      if (options.pass != Pass::Training || interrupted) continue;
      settings.model.backward = true;
      settings.waves.reset();
      result.backward.push_back(by_expert(run_flow(machine, flow, settings), options));
      interrupted = result.backward.back().interrupted;
    }
  }
  const std::string table = write_results(options, result);
  if (!options.quiet) {
    std::cout << table << "report " << (options.out / "report.html").string() << "\n";
  }
  for (const FlowResult& flow : result.flows) complain(flow);
  for (const FlowResult& flow : result.backward) complain(flow);
  if (interrupted) return kInterrupted;
  return result.ok(options) ? 0 : 1;
}

}  // namespace moehub
