// What the system model says of points that were measured on real machines.
//
//   calibration < points.json > modelled.json
//
// Points: [{"kind": "alltoall" | "deepep" | "experts" | "gemms" | "layer" | "model", "system": NAME, "set":
// ["key=value", ..], ..}, ..], the other fields as in value() below. Output: an array of microseconds in the same order. Errors: exit status 2.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <systemc>

#include "bench/calibration/communication.hpp"
#include "bench/calibration/experts.hpp"
#include "bench/calibration/layer.hpp"
#include "model/gpu/gemm_alone.hpp"
#include "model/routing/routing_spec.hpp"
#include "sim/config_io.hpp"

namespace moehub::calibration {

namespace {

using Json = nlohmann::json;
constexpr int kMaxGpus = 64;

double value(Machine& machine, const Json& point) {
  SystemConfig system = load_system(point.at("system"));
  ModelConfig model;
  for (const std::string setting : point.value("set", Json::array())) apply_setting(setting, system, model);
  const std::string kind = point.at("kind");
  if (kind == "alltoall") {
    validate(system, system.name);
    return alltoall_us(machine, system, point.at("bytes"));
  }
  if (kind == "deepep") {
    DeepepPoint deepep;
    deepep.low_latency = point.at("low_latency");
    deepep.dispatch = point.at("dispatch");
    deepep.hidden = point.at("hidden");
    deepep.experts = point.at("experts");
    deepep.top_k = point.at("top_k");
    deepep.tokens = point.at("tokens");
    validate(system, system.name);
    return deepep_us(machine, system, deepep);
  }
  if (kind == "experts") {
    model.hidden = point.at("hidden");
    model.expert_ffn = point.at("expert_ffn");
    return experts_us(system.gpu, model, point.at("rows"), point.at("tokens"), point.at("fixed_us"));
  }
  if (kind == "gemms") {
    model.hidden = point.at("hidden");
    model.expert_ffn = point.at("expert_ffn");
    const std::vector<int> rows(point.at("experts").get<std::size_t>(), point.at("rows").get<int>());
    return to_us(gemm_alone(system.gpu, gemm1_shape(model, false), rows) + gemm_alone(system.gpu, gemm2_shape(model), rows));
  }
  if (kind == "layer" || kind == "model") {
    model = load_model(point.at("model"));
    validate(system, system.name);
    const Trace routing = draw_routing(system, model, point.at("tokens"), parse_routing_spec(point.at("routing"), "routing"));
    const FlowResult flow = run_layer(machine, point.at("flow"), system, model, routing);
    return to_us(kind == "layer" ? flow.times.layer : forward_pass(system, model, routing, flow, point.at("experts")));
  }
  throw std::runtime_error("kind " + kind + " is none of alltoall, deepep, experts, gemms, layer, model");
}

int run() {
  Machine machine("machine", kMaxGpus);
  Json modelled = Json::array();
  const bool terminal = isatty(STDERR_FILENO) != 0;
  try {
    const Json points = Json::parse(std::cin);
    for (const Json& point : points) {
      modelled.push_back(value(machine, point));
      if (terminal) std::fprintf(stderr, "\rpoint %zu of %zu", modelled.size(), points.size());
    }
    if (terminal) std::fprintf(stderr, "\r\33[K");
  } catch (const std::exception& error) {
    std::cerr << "calibration: point " << modelled.size() << ": " << error.what() << "\n";
    return 2;
  }
  std::cout << modelled.dump() << "\n";
  return 0;
}

}  // namespace

}  // namespace moehub::calibration

int sc_main(int, char*[]) { return moehub::calibration::run(); }

int main(int argc, char* argv[]) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}
