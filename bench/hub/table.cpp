#include "bench/hub/table.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace moehub::bench {

namespace {

std::string rate(const std::optional<Measurement>& m, bool egress) {
  return m ? fmt::format("{:.3f}", egress ? m->egress_rate() : m->ingress_rate()) : "-";
}

std::string gb_per_s(const std::optional<Measurement>& m, bool egress) {
  return m ? fmt::format("{:.0f}", egress ? m->egress_gb_per_s() : m->ingress_gb_per_s()) : "-";
}

std::string latency(const Histogram* h) {
  if (h == nullptr || h->count() == 0) return "-";
  return fmt::format("{}/{}/{}/{}", h->percentile(0.5), h->percentile(0.99), h->percentile(0.999), h->max());
}

std::string headline(const BenchResult& result, const std::string& hub) {
  const HubParams& p = result.configuration.params;
  const ModelShape model = model_shape(result.configuration);
  std::string text = fmt::format(
      "{}: {} lanes, {} peers, {} entries each, row table {} x {} x {}; hub {}, seed {}, {} cycles\n",
      result.configuration.name, p.lanes, p.peers, p.entries, p.rat_banks, p.rat_sets, p.rat_ways, hub,
      result.options.seed, result.options.cycles.measured);
  text += fmt::format("rows of {}, {} lines, top {} of {} experts\n", model.name,
                      model.row_bytes / kLineBytes, model.top_k, model.experts);
  const BenchOptions& options = result.options;
  text += fmt::format("recorded: {}\n", options.trace_file.empty() ? options.routing : options.trace_file);
  return text;
}

std::string zero_load_table(const ZeroLoad& z) {
  const ZeroLoad& most = kMostAtZeroLoad;
  const auto row = [](const char* what, int cycles, int at_most) {
    return fmt::format("  {:<34} {:>4} {:>8}\n", what, cycles, at_most);
  };
  return "\n" + fmt::format("{:<36} {:>4} {:>8}\n", "latency at zero load, cycles", "", "at most") +
         row("store to link", z.store_to_link, most.store_to_link) +
         row("link to memory, new row", z.link_to_memory_new_row, most.link_to_memory_new_row) +
         row("link to memory, known row", z.link_to_memory_known_row, most.link_to_memory_known_row) +
         row("acknowledgement to ready tile", z.ack_to_tile, most.ack_to_tile);
}

std::string rate_table(const BenchResult& result) {
  std::string text =
      fmt::format("\n{:<14} {:^26} {:>12}\n{:<14} {:>5} {:>6} {:>7} {:>6} {:>6} {:>5}\n", "",
                  "packets a cycle and lane", "GB/s, 1 GHz", "", "out", "in", "both: out", "in", "out", "in");
  std::string marks;
  for (const PatternResult& r : result.patterns) {
    text += fmt::format("{:<14} {:>5} {:>6} {:>8} {:>6} {:>6} {:>5}  {}\n", r.pattern.name,
                        rate(r.egress, true), rate(r.ingress, false), rate(r.both, true), rate(r.both, false),
                        gb_per_s(r.egress, true), gb_per_s(r.ingress, false), r.pattern.what);
    if (r.pattern.mark == 0) continue;
    marks += fmt::format("asked for: {}, {:.2f} everywhere and {:.0f} GB/s\n", r.pattern.name, r.pattern.mark,
                         r.pattern.mark_gb_per_s);
  }
  return text + marks;
}

std::string latency_table(const BenchResult& result) {
  const auto row = [](const std::string& name, const std::array<std::string, 5>& columns) {
    return fmt::format("{:<14} {:>18} {:>18} {:>21} {:>18} {:>11}\n", name, columns[0], columns[1],
                       columns[2], columns[3], columns[4]);
  };
  std::string text = "\nlatency in cycles, p50/p99/p99.9/max\n";
  text +=
      row("", {"store to link", "link to memory", "both: store to link", "link to memory", "ack to tile"});
  for (const PatternResult& r : result.patterns) {
    text += row(r.pattern.name, {latency(r.egress ? &r.egress->egress.latency_cycles : nullptr),
                                 latency(r.ingress ? &r.ingress->ingress.latency_cycles : nullptr),
                                 latency(r.both ? &r.both->egress.latency_cycles : nullptr),
                                 latency(r.both ? &r.both->ingress.latency_cycles : nullptr),
                                 latency(r.ingress ? &r.ingress->ingress.tile_latency_cycles : nullptr)});
  }
  return text;
}

std::string shortfall_table(const BenchResult& result) {
  if (result.shortfalls.empty()) return {};
  std::string text =
      fmt::format("\nbelow {:.2f}: the resource that limits it, and what shows it\n", kLineRate);
  for (const Shortfall& s : result.shortfalls) {
    text += fmt::format("{:<14} {:<8} {:.3f}  {} ({})\n", s.pattern, s.where, s.rate, s.limit, s.evidence);
  }
  return text;
}

// Which of the changes cost area, and how much.
std::string cost(const Lift::Step& step) {
  std::string text;
  if (std::abs(step.sram_kbit) >= 0.5) text += fmt::format("{:+.0f} kbit SRAM", step.sram_kbit);
  if (std::abs(step.kflops) >= 0.05) {
    text += fmt::format("{}{:+.1f} k flops", text.empty() ? "" : ", ", step.kflops);
  }
  return text;
}

std::string lift_table(const BenchResult& result) {
  if (result.lifts.empty()) return {};
  std::string text = "\nthe same with one thing changed (C++ hub)\n";
  for (const Lift& lift : result.lifts) {
    text += fmt::format("{:<14} {:<8} {:.3f}\n", lift.pattern, lift.egress ? "out" : "in", lift.rate);
    for (const Lift::Step& step : lift.steps) {
      text += fmt::format("  {:<21} {:.3f}  {}\n", step.what, step.rate, cost(step));
    }
  }
  return text;
}

std::string parity_line(const std::optional<Parity>& parity) {
  if (!parity) return {};
  std::string text =
      fmt::format("\nC++ hub: {} of {} rates are the same to three digits", parity->equal, parity->rates);
  if (parity->equal < parity->rates) {
    text += fmt::format(", the largest difference is {:.3f} ({})", parity->largest, parity->pattern);
  }
  return text + "\n";
}

}  // namespace

std::string to_text(const BenchResult& result, const std::string& hub) {
  std::string text = headline(result, hub) + zero_load_table(result.zero_load) + rate_table(result) +
                     latency_table(result) + shortfall_table(result) + lift_table(result) +
                     parity_line(result.parity);
  for (const std::string& failure : result.failures) text += fmt::format("FAILED {}\n", failure);
  // No blanks at the ends of lines.
  std::string trimmed;
  for (const char c : text) {
    if (c == '\n') trimmed.erase(trimmed.find_last_not_of(' ') + 1);
    trimmed += c;
  }
  return trimmed;
}

}  // namespace moehub::bench
