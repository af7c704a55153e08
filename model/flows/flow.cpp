#include "model/flows/flow.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <stdexcept>

#include "model/base/input_error.hpp"
#include "model/flows/ccfuser_layer.hpp"
#include "model/flows/comet_layer.hpp"
#include "model/flows/deepep_layer.hpp"
#include "model/flows/deepep_ll_layer.hpp"
#include "model/flows/fastermoe_layer.hpp"
#include "model/flows/ideal_layer.hpp"
#include "model/flows/megatron_layer.hpp"
#include "model/flows/moehub_layer.hpp"
#include "model/flows/polled_moehub_layer.hpp"
#include "model/flows/relayed_deepep_layer.hpp"
#include "model/flows/relayed_moehub_layer.hpp"
#include "model/flows/tutel_layer.hpp"

namespace moehub {

namespace {

struct FlowKind {
  const char* name;  // as flow_names.cpp lists it
  int variants;  // of which the fastest is kept, layer by layer
  std::unique_ptr<LayerProgram> (*make)(const LayerContext&);
};

template <class Program>
std::unique_ptr<LayerProgram> make_program(const LayerContext& context) {
  return std::make_unique<Program>(context);
}

// Within one NVLink domain every GPU is a peer; beyond it tokens cross to a node once.
template <class Program, class RelayedProgram>
std::unique_ptr<LayerProgram> make_relayed(const LayerContext& context) {
  if (context.plan.gpus() > context.system.fabric.gpus_per_node) {
    return std::make_unique<RelayedProgram>(context);
  }
  return std::make_unique<Program>(context);
}

constexpr FlowKind kFlowKinds[] = {
    {"moehub", 1, make_relayed<MoehubLayer, RelayedMoehubLayer>},
    {"moehub-base", 1, make_program<MoehubBaseLayer>},
    {"moehub-pkt", 1, make_program<MoehubPktLayer>},
    {"moehub-dep", 1, make_relayed<MoehubDepLayer, RelayedMoehubDepLayer>},
    {"megatron-te", 1, make_program<MegatronTeLayer>},
    {"megatron-cutlass", 1, make_program<MegatronCutlassLayer>},
    {"fastermoe", 1, make_program<FasterMoeLayer>},
    {"tutel", TutelLayer::kVariants, make_program<TutelLayer>},
    {"comet", CometLayer::kVariants, make_program<CometLayer>},
    {"ccfuser", 1, make_program<CcfuserLayer>},
    {"deepep", 1, make_relayed<DeepepLayer, RelayedDeepepLayer>},
    {"deepep-ll", 1, make_program<DeepepLlLayer>},
    {"ideal", 1, make_program<IdealLayer>},
};

const FlowKind& find_flow(const std::string& name) {
  const auto found = std::find_if(std::begin(kFlowKinds), std::end(kFlowKinds),
                                  [&](const FlowKind& kind) { return name == kind.name; });
  if (found == std::end(kFlowKinds)) throw std::invalid_argument("no flow " + name);
  return *found;
}

void add(HubStatistics& sum, const HubStatistics& more) {
  sum.requests += more.requests;
  sum.merges += more.merges;
  sum.tx_packets += more.tx_packets;
  sum.loop_packets += more.loop_packets;
  sum.tx_bytes += more.tx_bytes;
  sum.fences += more.fences;
  sum.rx_packets += more.rx_packets;
  sum.wr_bytes += more.wr_bytes;
  sum.rat_hits += more.rat_hits;
  sum.rat_allocs += more.rat_allocs;
  sum.rat_spills += more.rat_spills;
  sum.rat_fills += more.rat_fills;
  sum.rows_done += more.rows_done;
  sum.acks += more.acks;
  sum.tiles_ready += more.tiles_ready;
  sum.tiles_cancelled += more.tiles_cancelled;
  sum.owners_done += more.owners_done;
}

void add(LayerTimes& sum, const LayerTimes& more) {
  sum.layer += more.layer;
  sum.dispatch += more.dispatch;
  sum.compute += more.compute;
  sum.combine += more.combine;
}

std::vector<Span> spans_of(Machine& machine, const Scoreboard& board, int gpu, bool add_traffic) {
  std::vector<Span> spans = machine.gpu(gpu).log().spans();
  if (add_traffic) {  // no thread block of its own marks it: from first store to last acknowledgement
    for (const auto& [kind, activity] : {std::pair{RowKind::dispatch, Activity::dispatch},
                                         std::pair{RowKind::combine, Activity::combine}}) {
      const Picoseconds begin = board.first_stored(kind, gpu);
      const Picoseconds end = board.last_acknowledged(kind, gpu);
      if (begin < end) spans.push_back({activity, begin, end});
    }
  }
  return spans;
}

// Refusals since the hubs were made; the hubs count over the layers of a flow.
RefusalCounts refusals_of(Machine& machine) {
  RefusalCounts sum{};
  for (int gpu = 0; gpu < machine.gpus(); ++gpu) {
    const RefusalCounts counts = read_refusals(machine.hubs().hub(gpu));
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += counts[i];
  }
  return sum;
}

class FlowRun {
 public:
  FlowRun(Machine& machine, const FlowKind& kind, const FlowSettings& settings)
      : machine_(machine), kind_(kind), settings_(settings) {
    result_.name = kind.name;
    result_.uses_hubs = moehub::uses_hubs(kind.name);
    result_.rows_by_expert.resize(static_cast<std::size_t>(settings.routing->num_experts));
  }

  FlowResult run() {
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t cpu_start = std::clock();
    try {
      machine_.load(settings_.system, settings_.system.fabric.gpus,
                    result_.uses_hubs ? settings_.make_hub : HubFactory());
      if (result_.uses_hubs && settings_.waves) {
        machine_.hubs().record(settings_.waves->file, settings_.waves->begin, settings_.waves->end);
      }
      for (int layer = 0; layer < settings_.routing->layers; ++layer) {
        if (settings_.progress) settings_.progress(layer, settings_.routing->layers);
        run_layer(layer);
      }
    } catch (const InputError&) {
      throw;
    } catch (const LayerAborted&) {
      result_.interrupted = true;
    } catch (const std::exception& error) {
      result_.failure = error.what();
    }
    machine_.hubs().stop();
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    result_.wall_s = wall.count();
    result_.cpu_s = static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC;
    return std::move(result_);
  }

 private:
  // What one layer under one setting came to.
  struct LayerRun {
    LayerResult result;
    TrafficCounters traffic;
    Histogram ingress_latency_cycles;
    Histogram row_latency_ns;
    std::exception_ptr error;
  };

  void run_layer(int layer) {
    const LayerPlan plan(*settings_.routing, layer, machine_.gpus());
    std::optional<LayerRun> best;
    for (int variant = 0; variant < kind_.variants; ++variant) {
      LayerRun run = simulate(plan, variant);
      const bool better = !best || (!best->error && best->result.check.ok() &&
                                    (run.error || !run.result.check.ok() ||
                                     run.result.times.layer < best->result.times.layer));
      if (better) best = std::move(run);
    }
    keep(std::move(*best));
  }

  LayerRun simulate(const LayerPlan& plan, int variant) {
    const int layer = plan.layer();
    LayerRun run;
    run.result.layer = settings_.first_layer + layer;
    run.result.begin = result_.times.layer;
    Scoreboard board(layer, plan.gpus(), plan.tokens(), plan.top_k(), relays(plan.gpus()));
    const LayerContext context{machine_,        board,       plan,       settings_.system,
                               settings_.model, layer & 255, layer == 0, variant};
    machine_.hubs().set_flow_time(result_.times.layer);
    const TrafficCounters before = machine_.traffic();
    machine_.begin_layer(board, settings_.interrupted);
    const std::unique_ptr<LayerProgram> program = kind_.make(context);
    program->prepare();
    try {
      machine_.run(*program);
      run.result.times = program->times();
    } catch (const LayerAborted&) {
      throw;
    } catch (...) {
      run.error = std::current_exception();
    }
    run.traffic = machine_.traffic() - before;
    finish(run, board, plan);
    return run;
  }

  // Of a token: there and back for every node.
  int relays(int gpus) const {
    const int node_gpus = settings_.system.fabric.gpus_per_node;
    return gpus > node_gpus ? 2 * ((gpus + node_gpus - 1) / node_gpus) : 0;
  }

  void finish(LayerRun& run, Scoreboard& board, const LayerPlan& plan) {
    if (result_.uses_hubs) {
      RefusalCounts refused = refusals_of(machine_);
      for (std::size_t i = 0; i < refused.size(); ++i) {
        refused[i] -= std::exchange(refused_before_[i], refused[i]);
      }
      board.refused(refused);
    }
    run.result.check = board.finish();
    run.result.rows_by_expert = rows_by_expert(board, plan);
    run.result.rows_by_gpu.assign(static_cast<std::size_t>(plan.gpus()), 0);
    for (int expert = 0; expert < plan.num_experts(); ++expert) {
      run.result.rows_by_gpu[static_cast<std::size_t>(plan.home(expert).gpu)] +=
          run.result.rows_by_expert[static_cast<std::size_t>(expert)];
    }
    for (int gpu = 0; gpu < machine_.gpus(); ++gpu) {
      run.result.spans.push_back(spans_of(machine_, board, gpu, result_.uses_hubs));
    }
    run.result.links = machine_.link_load().gpus();
    run.ingress_latency_cycles = board.ingress_latency_cycles();
    run.row_latency_ns = board.row_latency_ns();
  }

  void keep(LayerRun run) {
    if (result_.uses_hubs) {
      result_.hub = {};
      for (int gpu = 0; gpu < machine_.gpus(); ++gpu) {
        add(result_.hub, read_statistics(machine_.hubs().hub(gpu)));
      }
    }
    for (std::size_t expert = 0; expert < run.result.rows_by_expert.size(); ++expert) {
      result_.rows_by_expert[expert] += static_cast<std::uint64_t>(run.result.rows_by_expert[expert]);
    }
    result_.check += run.result.check;
    add(result_.times, run.result.times);
    result_.traffic += run.traffic;
    result_.ingress_latency_cycles.merge(run.ingress_latency_cycles);
    result_.row_latency_ns.merge(run.row_latency_ns);
    result_.layers.push_back(std::move(run.result));
    if (run.error) std::rethrow_exception(run.error);
  }

  // Rows that have arrived; under a flow in which no hub places them, that were sent.
  std::vector<int> rows_by_expert(const Scoreboard& board, const LayerPlan& plan) const {
    std::vector<int> rows(static_cast<std::size_t>(plan.num_experts()));
    for (int token = 0; token < plan.tokens(); ++token) {
      for (int k = 0; k < plan.top_k(); ++k) {
        const int expert = plan.expert(token, k);
        if (expert == kDroppedChoice) continue;
        if (result_.uses_hubs && !board.delivered(RowKind::dispatch, token, k)) continue;
        ++rows[static_cast<std::size_t>(expert)];
      }
    }
    return rows;
  }

  Machine& machine_;
  const FlowKind& kind_;
  const FlowSettings& settings_;
  FlowResult result_;
  RefusalCounts refused_before_{};
};

}  // namespace

FlowResult run_flow(Machine& machine, const std::string& name, const FlowSettings& settings) {
  return FlowRun(machine, find_flow(name), settings).run();
}

void LayerProgram::on_tile(int, const TileMessage&) {}
void LayerProgram::on_arrival(int, const CopyArrival&) {}

}  // namespace moehub
