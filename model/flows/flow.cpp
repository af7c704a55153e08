#include "model/flows/flow.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "model/base/input_error.hpp"
#include "model/flows/ideal_layer.hpp"
#include "model/flows/megatron_te_layer.hpp"
#include "model/flows/moehub_layer.hpp"

namespace moehub {

namespace {

struct FlowKind {
  const char* name;
  bool uses_hubs;
  bool overlaps;  // communication has no kernels of its own
  std::unique_ptr<LayerProgram> (*make)(const LayerContext&);
};

template <class Program>
std::unique_ptr<LayerProgram> make_program(const LayerContext& context) {
  return std::make_unique<Program>(context);
}

constexpr std::array<FlowKind, 3> kFlowKinds = {{
    {"moehub", true, true, make_program<MoehubLayer>},
    {"megatron-te", true, false, make_program<MegatronTeLayer>},
    {"ideal", false, false, make_program<IdealLayer>},
}};

const FlowKind& find_flow(const std::string& name) {
  const auto found = std::find_if(kFlowKinds.begin(), kFlowKinds.end(),
                                  [&](const FlowKind& kind) { return name == kind.name; });
  if (found == kFlowKinds.end()) throw std::invalid_argument("no flow " + name);
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
    result_.uses_hubs = kind.uses_hubs;
    result_.rows_by_expert.resize(static_cast<std::size_t>(settings.routing->num_experts));
  }

  FlowResult run() {
    const auto start = std::chrono::steady_clock::now();
    try {
      machine_.load(settings_.system, settings_.system.fabric.gpus,
                    kind_.uses_hubs ? settings_.make_hub : HubFactory());
      if (kind_.uses_hubs && settings_.waves) {
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
    result_.host = machine_.hubs().counters();
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    result_.wall_s = wall.count();
    return std::move(result_);
  }

 private:
  void run_layer(int layer) {
    const LayerPlan plan(*settings_.routing, layer, machine_.gpus());
    Scoreboard board(plan.layer(), plan.gpus(), plan.tokens(), plan.top_k());
    const LayerContext context{machine_,        board,       plan,      settings_.system,
                               settings_.model, layer & 255, layer == 0};
    machine_.hubs().set_flow_time(result_.times.layer);
    machine_.begin_layer(board, settings_.interrupted);
    const std::unique_ptr<LayerProgram> program = kind_.make(context);
    program->prepare();

    LayerResult& done = result_.layers.emplace_back();
    done.layer = settings_.first_layer + layer;
    done.begin = result_.times.layer;
    std::exception_ptr error;
    try {
      machine_.run(*program);
    } catch (const LayerAborted&) {
      result_.layers.pop_back();
      throw;
    } catch (...) {
      error = std::current_exception();
    }
    finish_layer(done, board, plan, error ? LayerTimes() : program->times());
    if (error) std::rethrow_exception(error);
  }

  void finish_layer(LayerResult& done, Scoreboard& board, const LayerPlan& plan,
                    const LayerTimes& times) {
    if (kind_.uses_hubs) {
      RefusalCounts refused = refusals_of(machine_);
      for (std::size_t i = 0; i < refused.size(); ++i) {
        refused[i] -= std::exchange(refused_before_[i], refused[i]);
      }
      board.refused(refused);
      result_.hub = {};
      for (int gpu = 0; gpu < machine_.gpus(); ++gpu) {
        add(result_.hub, read_statistics(machine_.hubs().hub(gpu)));
      }
    }
    done.check = board.finish();
    done.times = times;
    done.rows_by_expert = rows_by_expert(board, plan);
    for (std::size_t expert = 0; expert < done.rows_by_expert.size(); ++expert) {
      result_.rows_by_expert[expert] += static_cast<std::uint64_t>(done.rows_by_expert[expert]);
    }
    const bool add_traffic = kind_.overlaps;
    for (int gpu = 0; gpu < machine_.gpus(); ++gpu) {
      done.spans.push_back(spans_of(machine_, board, gpu, add_traffic));
    }
    result_.check += done.check;
    add(result_.times, times);
    result_.ingress_latency_cycles.merge(board.ingress_latency_cycles());
    result_.row_latency_ns.merge(board.row_latency_ns());
  }

  // Rows that have arrived; under a flow without hubs, that were sent.
  std::vector<int> rows_by_expert(const Scoreboard& board, const LayerPlan& plan) const {
    std::vector<int> rows(static_cast<std::size_t>(plan.num_experts()));
    for (int token = 0; token < plan.tokens(); ++token) {
      for (int k = 0; k < plan.top_k(); ++k) {
        const int expert = plan.expert(token, k);
        if (expert == kDroppedChoice) continue;
        if (kind_.uses_hubs && !board.delivered(RowKind::dispatch, token, k)) continue;
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

const std::vector<std::string>& flow_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const FlowKind& kind : kFlowKinds) all.emplace_back(kind.name);
    return all;
  }();
  return names;
}

FlowResult run_flow(Machine& machine, const std::string& name, const FlowSettings& settings) {
  return FlowRun(machine, find_flow(name), settings).run();
}

void LayerProgram::on_tile(int, const TileMessage&) {}

}  // namespace moehub
