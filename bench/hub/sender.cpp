#include "bench/hub/sender.hpp"

#include <algorithm>

namespace moehub::bench {

namespace {

// Stores of a stream in the crossbar, a power of two: as few as keep all lanes busy, for they must drain
// at the end.
int queue_depth(const RowRules& rules) {
  constexpr int kLines = 64;
  const int lines_of_store = rules.pieces == Pieces::whole ? rules.row_bytes / kLineBytes : 1;
  int depth = rules.extra_column ? 4 : 2;
  while (depth * lines_of_store < kLines) depth *= 2;
  return depth;
}

}  // namespace

Sender::Sender(const SenderOptions& options, const RowRules& rules, int self, Ledger& ledger)
    : options_{options},
      rules_{rules},
      self_{self},
      ledger_{&ledger},
      generator_{rules, options.gpu, options.seed} {
  const int crossbars = options.interleaved ? 1 : options.lanes;
  const int streams = std::max(options.streams / crossbars, 1);
  for (int i = 0; i < crossbars; ++i) {
    crossbars_.emplace_back(streams, options.interleaved ? options.lanes : 1, queue_depth(rules));
  }
  waiting_.resize(static_cast<std::size_t>(crossbars * streams));
}

bool Sender::idle() const {
  return std::all_of(waiting_.begin(), waiting_.end(), [](const auto& stores) { return stores.empty(); }) &&
         std::all_of(crossbars_.begin(), crossbars_.end(),
                     [](const auto& crossbar) { return crossbar.idle(); });
}

void Sender::fill() {
  const std::size_t streams = waiting_.size() / crossbars_.size();
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    StoreCrossbar& crossbar = crossbars_[i / streams];
    const int stream = static_cast<int>(i % streams);
    while (crossbar.has_room(stream) && (open_ || !waiting_[i].empty())) {
      if (waiting_[i].empty()) start_row(waiting_[i]);
      crossbar.push(stream, waiting_[i].front(), 0, 0);
      waiting_[i].pop_front();
    }
    crossbar.clear_finished();
  }
}

void Sender::start_row(std::deque<RowStore>& waiting) {
  const RowTarget target = generator_.next();
  Header header;
  header.kind = PacketKind::rowsp;
  header.src = static_cast<std::uint8_t>(options_.gpu);
  header.dst = static_cast<std::uint8_t>(target.gpu);
  header.region = static_cast<std::uint8_t>(target.region);
  header.gen = 1;
  header.row = target.row;
  const Path path = target.gpu != self_ ? Path::out : options_.gpu == self_ ? Path::loop : Path::in;
  const RowSeed seed =
      ledger_->open(path, header, target.k, bytes_of_row(rules_), stored_bytes_of_row(rules_));
  const std::vector<RowStore> stores = stores_of_row(rules_, header, seed);
  waiting.insert(waiting.end(), stores.begin(), stores.end());
}

const Packet* Sender::offer(int lane) { return crossbar_of(lane).offer(port_of(lane), 0); }

void Sender::taken(int lane) { crossbar_of(lane).taken(port_of(lane)); }

}  // namespace moehub::bench
