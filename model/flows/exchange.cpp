#include "model/flows/exchange.hpp"

#include <algorithm>

namespace moehub {

// A receive buffer holds the rows of source 0, then 1, ..
Exchange::Exchange(const LayerPlan& plan, Rows rows)
    : kind_(rows),
      gpus_(plan.gpus()),
      max_experts_(plan.max_experts_on_a_gpu()),
      rows_(static_cast<std::size_t>(plan.gpus() * plan.gpus())) {
  for (int token = 0; token < plan.tokens(); ++token) {
    for (int k = 0; k < plan.top_k(); ++k) {
      const int expert = plan.expert(token, k);
      if (expert == kDroppedChoice) continue;
      std::vector<RowMove>& list = rows_[static_cast<std::size_t>(
          plan.source_of(token) * gpus_ + plan.home(expert).gpu)];
      if (rows == Rows::a_gpu && !list.empty() && list.back().token == token) continue;
      list.push_back({token, k, 0});
    }
  }
  for (int destination = 0; destination < gpus_; ++destination) {
    int slot = 0;
    for (int source = 0; source < gpus_; ++source) {
      std::vector<RowMove>& list = rows_[static_cast<std::size_t>(source * gpus_ + destination)];
      if (rows == Rows::a_choice) {
        std::stable_sort(list.begin(), list.end(), [&](const RowMove& a, const RowMove& b) {
          return plan.expert(a.token, a.k) < plan.expert(b.token, b.k);
        });
      }
      for (RowMove& row : list) row.slot = slot++;
    }
  }
  if (rows != Rows::a_choice) return;
  starts_.reserve(rows_.size() * static_cast<std::size_t>(max_experts_ + 1));
  for (const std::vector<RowMove>& list : rows_) {
    std::size_t at = 0;
    for (int local = 0; local <= max_experts_; ++local) {
      const auto before = [&](const RowMove& row) {
        return plan.home(plan.expert(row.token, row.k)).local < local;
      };
      while (at < list.size() && before(list[at])) ++at;
      starts_.push_back(static_cast<int>(at));
    }
  }
}

Exchange::Range Exchange::rows_of_expert(int source, int destination, int local) const {
  const auto pair = static_cast<std::size_t>(source * gpus_ + destination);
  const std::size_t at = pair * static_cast<std::size_t>(max_experts_ + 1) +
                         static_cast<std::size_t>(local);
  return {rows_[pair].data() + starts_[at], starts_[at + 1] - starts_[at]};
}

int Exchange::rows_to(int destination) const {
  std::size_t count = 0;
  for (int source = 0; source < gpus_; ++source) count += rows(source, destination).size();
  return static_cast<int>(count);
}

int Exchange::rows_from(int source) const {
  std::size_t count = 0;
  for (int destination = 0; destination < gpus_; ++destination) {
    count += rows(source, destination).size();
  }
  return static_cast<int>(count);
}

}  // namespace moehub
