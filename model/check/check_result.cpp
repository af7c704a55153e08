#include "model/check/check_result.hpp"

#include <algorithm>

namespace moehub {

namespace {
constexpr std::size_t kErrorsKept = 8;
}

bool CheckResult::ok() const {
  const bool refused_any = std::any_of(refused.begin(), refused.end(), [](auto n) { return n != 0; });
  return rows_delivered == rows_expected && rows_lost == 0 && rows_duplicated == 0 &&
         bytes_wrong == 0 && rows_sparse == 0 && tiles_early == 0 && tiles_missing == 0 &&
         messages_wrong == 0 && !refused_any;
}

CheckResult& CheckResult::operator+=(const CheckResult& other) {
  rows_expected += other.rows_expected;
  rows_delivered += other.rows_delivered;
  rows_lost += other.rows_lost;
  rows_duplicated += other.rows_duplicated;
  bytes_wrong += other.bytes_wrong;
  rows_sparse += other.rows_sparse;
  tiles_early += other.tiles_early;
  tiles_missing += other.tiles_missing;
  messages_wrong += other.messages_wrong;
  for (std::size_t i = 0; i < refused.size(); ++i) refused[i] += other.refused[i];
  for (const std::string& error : other.first_errors) {
    if (first_errors.size() < kErrorsKept) first_errors.push_back(error);
  }
  return *this;
}

const char* name_of(reg::Refuse cause) {
  switch (cause) {
    case reg::Refuse::none: return "none";
    case reg::Refuse::unregistered: return "unregistered";
    case reg::Refuse::stale: return "stale";
    case reg::Refuse::offset: return "offset";
    case reg::Refuse::full: return "full";
    case reg::Refuse::source: return "source";
    case reg::Refuse::address: return "address";
    case reg::Refuse::excess: return "excess";
    case reg::Refuse::malformed: return "malformed";
    case reg::Refuse::spill_full: return "spill_full";
    case reg::Refuse::memory: return "memory";
    case reg::Refuse::report: return "report";
    case reg::Refuse::request: return "request";
    case reg::Refuse::table: return "table";
    case reg::Refuse::count: break;
  }
  return "reserved";
}

}  // namespace moehub
