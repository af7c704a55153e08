// What became of every sector that was stored: the bench's own referee.
//
// A row is opened before its first store. Each of its sectors must be accepted by the hub once and leave
// it once, on the way that the row has to go, under its own header and with its own bytes; the time in
// between is the latency. Bytes name their row (payload.hpp), so a packet is judged by what it carries.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/gpu/payload.hpp"
#include "model/hub/packet.hpp"

namespace moehub::bench {

enum class Path {
  out,   ///< request to link
  in,    ///< link to memory
  loop,  ///< request to the own memory
};

class Ledger {
 public:
  /// `stored_bytes` of the row will be stored, whole sectors.
  RowSeed open(Path path, const Header& header, int k, int row_bytes, int stored_bytes);

  /// The hub has accepted the packet. True when nothing of the line was inside before.
  bool accepted(const Packet& packet, std::uint64_t cycle);

  struct Departure {
    int row = -1;  ///< -1: not a packet that was due
    Path path = Path::out;
    int line = 0;                      ///< within the row
    std::uint64_t latency_cycles = 0;  ///< of the sector that was accepted last
    bool line_is_empty = false;        ///< nothing of the line is inside any more
  };
  /// The packet leaves on the link.
  Departure sent(const Packet& packet, std::uint64_t cycle);
  /// The hub writes the line to memory.
  Departure written(const ByteMask& strb, const LineData& data, std::uint64_t cycle);

  const Header& header(int row) const { return at(row).header; }
  /// Where the hub placed the row: must be the same for all its lines.
  void placed(int row, std::uint64_t address_of_row);

  /// Something else went wrong.
  void wrong(const std::string& what);
  /// Everything that was opened must have come through.
  void finish();

  std::uint64_t rows() const { return rows_.size(); }
  std::uint64_t errors() const { return errors_; }
  const std::string& first_error() const { return first_error_; }

 private:
  static constexpr int kSectors = kLineBytes / kSectorBytes;
  static constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

  struct Line {
    std::array<std::uint64_t, kSectors> cycle{};  // of acceptance
    unsigned accepted = 0;                        // a bit a sector
    unsigned left = 0;
  };
  struct Row {
    Path path = Path::out;
    Header header;
    RowSeed seed = 0;
    int stored_bytes = 0;
    int left_bytes = 0;
    std::uint64_t address = kNowhere;
    std::vector<Line> lines;
  };

  const Row& at(int row) const { return rows_[static_cast<std::size_t>(row)]; }
  unsigned sectors_of(const ByteMask& strb);
  int row_of(unsigned sectors, const LineData& data, int& line);
  bool bytes_are_right(const Row& row, int line, unsigned sectors, const LineData& data) const;
  Departure leaves(int row, int line, unsigned sectors, const LineData& data, std::uint64_t cycle);

  std::vector<Row> rows_;
  std::unordered_map<RowSeed, int> index_;
  std::uint64_t errors_ = 0;
  std::string first_error_;
};

}  // namespace moehub::bench
