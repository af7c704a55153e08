// One line on a terminal that says what is being simulated; nothing in a pipe or when quiet.
#pragma once

#include <string>

namespace moehub {

class Progress {
 public:
  explicit Progress(bool quiet);
  ~Progress();
  void show(const std::string& text);

 private:
  void clear();
  bool on_;
  bool shown_ = false;
};

}  // namespace moehub
