// `--routing SPEC`, and a little routing of it.
#include "model/routing/generator.hpp"
#include "model/routing/routing_spec.hpp"
#include "tests/fuzz/target.hpp"

namespace moehub::fuzz {
namespace {

const Target routing_spec("routing_spec", [](const std::string& input) {
  refused_or([&] {
    const RoutingSpec spec = parse_routing_spec(input, "--routing");
    const std::string text = to_string(spec);
    if (to_string(parse_routing_spec(text, "--routing")) != text) wrong("a spec that does not come back: " + text);
    if (spec.kind == RoutingSpec::Kind::Like) return;
    TraceShape shape;
    shape.layers = 1;
    shape.tokens = 24;
    shape.top_k = 2;
    shape.num_experts = 8;
    shape.gpus = 4;
    use_trace(generate(spec, shape, 1, 0), "generated");
  });
  return true;
});

}  // namespace
}  // namespace moehub::fuzz
