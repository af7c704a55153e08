// Routing traces as text (CSV, JSON Lines), and the JSON of `meta`. Part of trace_io.
#pragma once

#include <string>

#include "model/routing/trace.hpp"

namespace moehub {

/// Takes model, num_experts and source from a JSON object; other keys are ignored.
/// `place` says in an InputError where in `file` the object is.
void apply_meta(Trace& trace, const std::string& json, const std::string& file,
                const std::string& place);
/// The JSON object that apply_meta() reads.
std::string meta_json(const Trace& trace);

/// Parse a file's text. The result is not validated; its num_experts is 0 when the text has no meta.
Trace parse_csv(const std::string& text, const std::string& file);
Trace parse_jsonl(const std::string& text, const std::string& file);

std::string csv_text(const Trace& trace);
std::string jsonl_text(const Trace& trace);

}  // namespace moehub
