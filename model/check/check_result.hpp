// What the scoreboard found. Everything but the first two numbers must be zero.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model/hub/hub_setup.hpp"

namespace moehub {

struct CheckResult {
  std::uint64_t rows_expected = 0;
  std::uint64_t rows_delivered = 0;   ///< whole, once, with their own bytes
  std::uint64_t rows_lost = 0;        ///< not all their bytes were acknowledged by memory
  std::uint64_t rows_duplicated = 0;  ///< a byte written twice, or the row in two places
  std::uint64_t bytes_wrong = 0;      ///< not what the producer stored, or outside every row
  std::uint64_t rows_sparse = 0;      ///< rows that a region has left out below its last one
  std::uint64_t tiles_early = 0;      ///< ready before their last byte was acknowledged, or twice
  std::uint64_t tiles_missing = 0;    ///< never ready; or not cancelled though they cannot fill
  std::uint64_t messages_wrong = 0;   ///< a wrong number of rows; done or all-ready missing or early
  std::array<std::uint64_t, kRefusalCauses> refused{};  ///< by hubs; index reg::Refuse
  std::vector<std::string> first_errors;                ///< in words, a few

  bool ok() const;
  CheckResult& operator+=(const CheckResult& other);
};

/// Name of a cause of refusal, as in summary.json.
const char* name_of(reg::Refuse cause);

}  // namespace moehub
