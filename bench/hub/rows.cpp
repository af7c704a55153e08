#include "bench/hub/rows.hpp"

#include <algorithm>
#include <stdexcept>

#include "model/routing/placement.hpp"

namespace moehub::bench {

RowGenerator::RowGenerator(const RowRules& rules, int source, std::uint64_t seed)
    : rules_{rules}, source_{source}, random_{seed * 1000 + static_cast<std::uint64_t>(source)} {
  if (rules.order != RowOrder::traced) return;
  const ExpertPlacement placement{rules.trace->num_experts, rules.gpus};
  bool any = false;
  for (int token = 0; token < rules.trace->tokens; ++token) {
    if (rules.trace->source_gpu[static_cast<std::size_t>(token)] != source) continue;
    tokens_.push_back(token);
    for (int k = 0; k < rules.trace->top_k; ++k) {
      const int expert = rules.trace->at(0, token, k);
      any |= expert != kDroppedChoice &&
             std::count(rules.destinations.begin(), rules.destinations.end(), placement.gpu_of(expert)) > 0;
    }
  }
  if (!any) throw std::invalid_argument("routing trace: a GPU has no row to send");
}

std::uint32_t RowGenerator::row_id() const {
  constexpr std::uint32_t kMostRows = 1U << 16;
  if (number_ >= kMostRows) throw std::length_error("a sender has no RowIDs left: measure fewer cycles");
  return static_cast<std::uint32_t>(source_) * kMostRows + number_;
}

RowTarget RowGenerator::next() {
  if (rules_.order == RowOrder::traced) return next_traced();
  const std::size_t gpus = rules_.destinations.size();
  const auto regions = static_cast<std::size_t>(rules_.regions);
  const std::size_t gpu = (rules_.order == RowOrder::random ? random_() : number_) % gpus;
  const std::size_t region = (rules_.order == RowOrder::random ? random_() : number_ / gpus) % regions;
  const RowTarget target{rules_.destinations[gpu], static_cast<int>(region), row_id(), 0};
  ++number_;
  return target;
}

// Choices that go elsewhere are left out. At the end of a layer the next one begins.
RowTarget RowGenerator::next_traced() {
  const Trace& trace = *rules_.trace;
  const ExpertPlacement placement{trace.num_experts, rules_.gpus};
  while (true) {
    if (k_ == trace.top_k) {
      k_ = 0;
      ++number_;
      if (++place_ == tokens_.size()) {
        place_ = 0;
        layer_ = (layer_ + 1) % trace.layers;
      }
    }
    const int expert = trace.at(layer_, tokens_[place_], k_++);
    if (expert == kDroppedChoice) continue;
    const int gpu = placement.gpu_of(expert);
    if (std::count(rules_.destinations.begin(), rules_.destinations.end(), gpu) == 0) continue;
    return {gpu, expert - placement.first(gpu), row_id(), k_ - 1};
  }
}

int bytes_of_row(const RowRules& rules) { return rules.row_bytes + (rules.extra_column ? kSectorBytes : 0); }

int stored_bytes_of_row(const RowRules& rules) {
  return rules.pieces == Pieces::one_sector ? rules.row_bytes / kLineBytes * kSectorBytes
                                            : bytes_of_row(rules);
}

std::vector<RowStore> stores_of_row(const RowRules& rules, const Header& header, RowSeed seed) {
  std::vector<RowStore> stores;
  const auto add = [&](int offset, int bytes) {
    RowStore store;
    store.header = header;
    store.header.offset = static_cast<std::uint16_t>(offset);
    store.bytes = bytes;
    store.seed = seed;
    store.first_word = offset / kWordBytes;
    stores.push_back(store);
  };
  constexpr int kSectors = kLineBytes / kSectorBytes;
  switch (rules.pieces) {
    case Pieces::whole:
      add(0, rules.row_bytes);
      break;
    case Pieces::sectors:
      for (int at = 0; at < rules.row_bytes; at += kSectorBytes) add(at, kSectorBytes);
      break;
    case Pieces::sectors_apart:
      for (int sector = 0; sector < kSectors; ++sector) {
        for (int at = 0; at < rules.row_bytes; at += kLineBytes)
          add(at + sector * kSectorBytes, kSectorBytes);
      }
      break;
    case Pieces::one_sector:
      for (int at = 0; at < rules.row_bytes; at += kLineBytes) {
        add(at + at / kLineBytes % kSectors * kSectorBytes, kSectorBytes);
      }
      break;
    case Pieces::shuffled: {
      for (int at = 0; at < rules.row_bytes; at += kLineBytes) add(at, kLineBytes);
      std::mt19937_64 random{seed};
      for (std::size_t i = stores.size(); i > 1; --i) std::swap(stores[i - 1], stores[random() % i]);
      break;
    }
  }
  if (rules.extra_column) {
    add(rules.row_bytes, kSectorBytes);
    stores.back().header.nop = true;
  }
  return stores;
}

}  // namespace moehub::bench
