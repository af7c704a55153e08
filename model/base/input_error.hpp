// The one exception for input that a person can correct: a file, an option, a value.
//
// It prints as one line, `FILE: PLACE: what is there, expected what should be there`, and ends the
// program with exit status 2. Errors of the program itself are never reported this way.
#pragma once

#include <stdexcept>
#include <string>

namespace moehub {

class InputError : public std::runtime_error {
 public:
  /// `file`: the file as the user named it, or "command line".
  /// `place`: where in it (a line, a key, an array element, an option); may be empty.
  /// `found`: what is wrong there. `expected`: what would be right, without the word "expected".
  InputError(const std::string& file, const std::string& place, const std::string& found,
             const std::string& expected)
      : std::runtime_error(file + ": " + (place.empty() ? "" : place + ": ") + found +
                           ", expected " + expected) {}
};

/// `file` of an InputError about an option.
inline constexpr const char* kCommandLine = "command line";

}  // namespace moehub
