// Statistics of a trace, `--routing like:FILE.json`, and routing that is like it where that is little work.
#include <algorithm>

#include "model/routing/like_generator.hpp"
#include "model/routing/profile_io.hpp"
#include "tests/fuzz/target.hpp"

namespace moehub::fuzz {
namespace {

const Target statistics("profile", [](const std::string& input) {
  refused_or([&] {
    const TraceProfile profile = parse_profile(input, "input.json");
    if (profile.tokens > 64 || profile.top_k > 8 || profile.num_experts > 64) return;
    TraceShape shape;
    shape.layers = std::min(2, static_cast<int>(profile.layers.size()));
    shape.tokens = profile.tokens;
    shape.top_k = profile.top_k;
    shape.num_experts = profile.num_experts;
    shape.gpus = 2;
    use_trace(generate_like(profile, "input.json", shape, 2, 1, 0), "input.json");
  });
  return true;
});

}  // namespace
}  // namespace moehub::fuzz
