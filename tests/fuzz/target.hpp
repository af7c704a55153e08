// A fuzz target: what the program does with a file, or a command line, that a stranger gives it.
//
// The right answer to bad input is InputError; whatever else escapes, a sanitizer's report, a file that takes
// seconds or memory beyond all proportion to its size, is a finding. A target is a file of targets/ that
// defines one static Target; all of them are linked into the fuzzer (libFuzzer, `make fuzz`) and into `replay`, which
// takes the saved corpus through them in `make test`.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/base/input_error.hpp"
#include "model/routing/trace.hpp"

namespace moehub::fuzz {

/// False: the input asks for more work than a fuzzer has time for, and is not worth keeping.
using Use = bool (*)(const std::string& input);

class Target {
 public:
  Target(const char* name, Use use);

  const std::string& name() const { return name_; }
  bool operator()(const std::string& input) const { return use_(input); }

 private:
  std::string name_;
  Use use_;
};

std::vector<const Target*> targets();  // sorted by name
/// Throws std::runtime_error where there is none.
const Target& find_target(const std::string& name);

/// Makes an empty folder of this process the working directory; it is removed at the end.
void enter_scratch_folder();

/// The input as a file of the working directory; returns the name.
std::string file_of(const char* name, const std::string& bytes);

/// Runs `use`; InputError is an answer like any other.
void refused_or(const std::function<void()>& use);

/// What the commands do with a trace that was accepted: statistics, a slice for 8 GPUs, text formats and back (the same
/// trace must come back), with `as_npz` that one too, which takes longer. `file` names it in errors.
void use_trace(const Trace& trace, const std::string& file, bool as_npz = false);

/// Ends the process with a message: something that must hold does not.
[[noreturn]] void wrong(const std::string& what);

/// Runs the command line, without its simulations; the exit status must be 0, or 2 with one line on stderr. With
/// `may_fail` it may be 1 without a line: a summary of a run that failed.
void command_line(std::vector<std::string> words, bool may_fail = false);

}  // namespace moehub::fuzz
