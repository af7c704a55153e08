// Megatron's router traces, `trace convert --from megatron`.
#include "model/routing/trace_import.hpp"
#include "model/routing/trace_io.hpp"
#include "tests/fuzz/target.hpp"

namespace moehub::fuzz {
namespace {

const Target megatron("megatron", [](const std::string& input) {
  const std::string file = file_of("router_trace_rank0.jsonl", input);
  refused_or([&] {
    Trace trace = import_megatron(file);
    complete(trace, 0, file);
    use_trace(trace, file);
  });
  return true;
});

}  // namespace
}  // namespace moehub::fuzz
