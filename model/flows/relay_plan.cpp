#include "model/flows/relay_plan.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace moehub {

RelayPlan::RelayPlan(const LayerPlan& plan, int node_gpus)
    : plan_(&plan),
      node_gpus_(node_gpus),
      nodes_((plan.gpus() + node_gpus - 1) / node_gpus),
      sums_(static_cast<std::size_t>(plan.gpus())),
      relayed_(static_cast<std::size_t>(plan.tokens() * nodes_), -1) {
  for (int token = 0; token < plan.tokens(); ++token) {
    const int own_node = node_of(plan.source_of(token));
    const int parts = static_cast<int>(choices_in(token, own_node).size() + other_nodes(token).size());
    sums_[static_cast<std::size_t>(plan.source_of(token))].push_back({token, true, parts, 0});
  }
  for (int token = 0; token < plan.tokens(); ++token) {
    for (const int node : other_nodes(token)) {
      std::vector<Sum>& sums = sums_[static_cast<std::size_t>(relay(token, node))];
      relayed_[static_cast<std::size_t>(token * nodes_ + node)] = static_cast<int>(sums.size());
      sums.push_back({token, false, static_cast<int>(choices_in(token, node).size()), 0});
    }
  }
  for (std::vector<Sum>& sums : sums_) {
    std::map<int, int> ranks;  // by parts
    for (Sum& sum : sums) sum.rank = ranks[sum.parts]++;
  }
}

std::vector<int> RelayPlan::choices_in(int token, int node) const {
  std::vector<int> choices;
  for (int k = 0; k < plan_->top_k(); ++k) {
    const int expert = plan_->expert(token, k);
    if (expert != kDroppedChoice && node_of(plan_->home(expert).gpu) == node) choices.push_back(k);
  }
  return choices;
}

std::vector<int> RelayPlan::other_nodes(int token) const {
  std::vector<int> nodes;
  for (int k = 0; k < plan_->top_k(); ++k) {
    const int expert = plan_->expert(token, k);
    if (expert == kDroppedChoice) continue;
    const int node = node_of(plan_->home(expert).gpu);
    if (node != node_of(plan_->source_of(token))) nodes.push_back(node);
  }
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

int RelayPlan::sums_of(int gpu, int parts) const {
  const std::vector<Sum>& all = sums(gpu);
  return static_cast<int>(
      std::count_if(all.begin(), all.end(), [=](const Sum& sum) { return sum.parts == parts; }));
}

RelayPlan::Place RelayPlan::place_of_result(int token, int k) const {
  const int node = node_of(plan_->home(plan_->expert(token, k)).gpu);
  const std::vector<int> choices = choices_in(token, node);
  const auto part =
      static_cast<int>(std::find(choices.begin(), choices.end(), k) - choices.begin());
  const int owner = plan_->source_of(token);
  if (node == node_of(owner)) return {owner, token - plan_->first_token(owner), part};
  return {relay(token, node), sum_of_relayed(token, node), part};
}

RelayPlan::Place RelayPlan::place_of_partial(int token, int node) const {
  const int owner = plan_->source_of(token);
  const std::vector<int> nodes = other_nodes(token);
  const auto before = static_cast<int>(std::find(nodes.begin(), nodes.end(), node) - nodes.begin());
  const auto own = static_cast<int>(choices_in(token, node_of(owner)).size());
  return {owner, token - plan_->first_token(owner), own + before};
}

}  // namespace moehub
