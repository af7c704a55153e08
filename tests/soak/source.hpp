// What a GPU asks its hub for: stores of the round's items, piece by piece, fences behind them, and requests that must
// be refused.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/hub/bits.hpp"
#include "model/hub/port.hpp"
#include "tests/soak/payload.hpp"
#include "tests/soak/round.hpp"

namespace moehub::soak {

/// Rows that are not yet whole in memory, by GPU and set of its row table: a set holds so many, no more may be begun.
class OpenRows {
 public:
  explicit OpenRows(const SoakCase& c);
  bool begin(const Item& item);  // false: not now
  void end(const Item& item) { --count(item); }

 private:
  int& count(const Item& item) { return open_[item.dst][static_cast<std::size_t>(item.set)]; }

  std::vector<std::vector<int>> open_;
  int most_;
};

class Source {
 public:
  Source(const SoakCase& c, int gpu, std::uint64_t seed);

  void start(const Round& round, OpenRows& open);
  /// The request that a lane offers, until it is accepted; null: none.
  const Packet* offer(std::size_t lane);
  bool offers(std::size_t lane) const { return lanes_[lane].packet.has_value(); }
  void accepted(std::size_t lane);
  bool done() const;  // everything was accepted

  std::uint64_t stores() const { return stores_; }            // accepted, those that are legal
  std::uint64_t fences() const { return fences_; }            // the same
  std::uint32_t illegal() const { return illegal_; }          // refusals that must be counted
  /// Bytes that must lie in the line of a rewrite in the end.
  const LineData& last_written(int item) const { return last_written_[static_cast<std::size_t>(item)]; }

 private:
  struct Piece {
    std::uint16_t line = 0;
    std::uint16_t version = 0;  // of a rewrite
    ByteMask strb{};
  };
  struct Active {
    int item = 0;
    std::vector<Piece> pieces;  // the next one is the last
  };
  struct Lane {
    std::optional<Packet> packet;
    bool second_beat = false;  // of a broken request, follows
    bool fence = false, store = false;
    int item = 0;
  };

  void begin_items();
  Active activate(int item);
  void cut_line(const Item& item, int line, Random& draw, std::vector<Piece>& pieces);
  bool next_store(std::size_t lane);
  bool next_fence(Lane& lane);
  void make_illegal(Lane& lane);
  Packet packet_of(const Item& item, int index, const Piece& piece);

  const SoakCase& c_;
  int gpu_;
  Random random_;
  const Round* round_ = nullptr;
  OpenRows* open_ = nullptr;
  std::size_t next_ = 0;  // item that is begun next
  std::vector<Active> active_;
  std::vector<std::vector<Piece>> spare_;
  std::vector<Lane> lanes_;
  std::vector<int> pieces_left_;                // of each item, not yet accepted
  std::array<int, 2> items_left_{};             // of each group, not yet accepted whole
  int fences_left_ = 0;
  int illegal_left_ = 0;                        // of the round
  std::vector<LineData> last_written_;
  std::uint64_t stores_ = 0, fences_ = 0;
  std::uint32_t illegal_ = 0;
};

}  // namespace moehub::soak
