// ESFT's folder of expert scores, `trace convert --from esft`: two layers, at a form feed.
#include "model/routing/trace_import.hpp"
#include "model/routing/trace_io.hpp"
#include "tests/fuzz/target.hpp"

namespace moehub::fuzz {
namespace {

const Target esft("esft", [](const std::string& input) {
  const std::size_t cut = std::min(input.find('\f'), input.size());
  file_of("scores/expert_weights_1.txt", input.substr(0, cut));
  file_of("scores/expert_weights_10.txt", input.substr(std::min(cut + 1, input.size())));
  refused_or([&] {
    Trace trace = import_esft("scores", 2);
    complete(trace, 0, "scores");
    use_trace(trace, "scores");
  });
  return true;
});

}  // namespace
}  // namespace moehub::fuzz
