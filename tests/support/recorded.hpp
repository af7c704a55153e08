// The recorded routing traces, which lie beside the repository or are not there.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace moehub::test {

inline std::filesystem::path source_folder() {
  const char* root = std::getenv("MOEHUB_SOURCE");
  return root == nullptr ? "." : root;
}

inline std::filesystem::path recorded_trace(const std::string& name) {
  return source_folder() / "../shared/traces" / (name + ".npz");
}

inline const std::vector<std::string>& recorded_traces() {
  static const std::vector<std::string> names = {"deepseek-v2-lite-intent", "deepseek-v2-lite-summary",
                                                 "flame-moe-290m-train", "gpt-oss-20b-decode",
                                                 "qwen3-30b-a3b-prefill"};
  return names;
}

}  // namespace moehub::test

/// Skips a test of a recorded trace that is not there, and says so.
#define MOEHUB_NEEDS_RECORDED(file) \
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << (file) << " beside the repository"
