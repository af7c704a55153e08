#include "bench/hub/ledger.hpp"

#include <algorithm>

namespace moehub::bench {

RowSeed Ledger::open(Path path, const Header& header, int k, int row_bytes, int stored_bytes) {
  Row row;
  row.path = path;
  row.header = header;
  row.seed = row_seed({RowKind::dispatch, 0, header.row, k});
  row.stored_bytes = stored_bytes;
  row.lines.resize(static_cast<std::size_t>((row_bytes + kLineBytes - 1) / kLineBytes));
  index_[row.seed] = static_cast<int>(rows_.size());
  rows_.push_back(std::move(row));
  return rows_.back().seed;
}

bool Ledger::accepted(const Packet& packet, std::uint64_t cycle) {
  const unsigned sectors = sectors_of(packet.strb);
  int number = 0;
  const int row = row_of(sectors, packet.data, number);
  if (row < 0) return false;
  Line& line = rows_[static_cast<std::size_t>(row)].lines[static_cast<std::size_t>(number)];
  const bool was_empty = line.accepted == line.left;
  if ((line.accepted & sectors) != 0) wrong("a sector was stored twice");
  line.accepted |= sectors;
  for (int s = 0; s < kSectors; ++s) {
    if ((sectors >> s & 1U) != 0) line.cycle[static_cast<std::size_t>(s)] = cycle;
  }
  return was_empty;
}

Ledger::Departure Ledger::sent(const Packet& packet, std::uint64_t cycle) {
  const unsigned sectors = sectors_of(packet.strb);
  int line = 0;
  const int row = row_of(sectors, packet.data, line);
  if (row < 0) return {};
  const Header& want = at(row).header;
  const Header& got = packet.header;
  if (at(row).path != Path::out || got.kind != PacketKind::rowsp || got.src != want.src ||
      got.dst != want.dst || got.region != want.region || got.gen != want.gen || got.row != want.row ||
      got.offset != line * kLineBytes || !packet.last) {
    wrong("a packet left under a wrong header");
  }
  return leaves(row, line, sectors, packet.data, cycle);
}

Ledger::Departure Ledger::written(const ByteMask& strb, const LineData& data, std::uint64_t cycle) {
  const unsigned sectors = sectors_of(strb);
  int line = 0;
  const int row = row_of(sectors, data, line);
  if (row < 0) return {};
  if (at(row).path == Path::out) wrong("a row of another GPU was written");
  return leaves(row, line, sectors, data, cycle);
}

void Ledger::placed(int row, std::uint64_t address_of_row) {
  std::uint64_t& address = rows_[static_cast<std::size_t>(row)].address;
  if (address != kNowhere && address != address_of_row) wrong("lines of a row were written to two places");
  address = address_of_row;
}

void Ledger::wrong(const std::string& what) {
  if (errors_++ == 0) first_error_ = what;
}

void Ledger::finish() {
  std::vector<std::uint64_t> places;
  for (const Row& row : rows_) {
    if (row.left_bytes != row.stored_bytes) wrong("a row did not leave the hub whole");
    if (row.path != Path::out && row.address != kNowhere) places.push_back(row.address);
  }
  std::sort(places.begin(), places.end());
  if (std::adjacent_find(places.begin(), places.end()) != places.end())
    wrong("two rows were written to one place");
}

// Stores, and hence packets, are whole sectors.
unsigned Ledger::sectors_of(const ByteMask& strb) {
  unsigned sectors = 0;
  for (int s = 0; s < kSectors; ++s) {
    const auto bytes = static_cast<std::uint32_t>(strb[static_cast<std::size_t>(s / 2)] >> (32 * (s % 2)));
    if (bytes == ~std::uint32_t{0}) {
      sectors |= 1U << s;
    } else if (bytes != 0) {
      wrong("a byte mask cuts a sector");
    }
  }
  return sectors;
}

// By the first word that the mask enables.
int Ledger::row_of(unsigned sectors, const LineData& data, int& line) {
  int first = 0;
  while (first < kSectors && (sectors >> first & 1U) == 0) ++first;
  if (first == kSectors) {
    wrong("a packet without payload");
    return -1;
  }
  constexpr int kSectorWords = kSectorBytes / kWordBytes;
  const WordOrigin origin = origin_of(data[static_cast<std::size_t>(first * kSectorWords)]);
  const auto found = origin.known ? index_.find(origin.seed) : index_.end();
  if (found == index_.end()) {
    wrong("a packet with bytes of no row");
    return -1;
  }
  line = origin.word / kLineWords;
  if (line >= static_cast<int>(at(found->second).lines.size())) {
    wrong("a packet with bytes beyond its row");
    return -1;
  }
  return found->second;
}

bool Ledger::bytes_are_right(const Row& row, int line, unsigned sectors, const LineData& data) const {
  LineData want;
  fill_line(want, row.seed, line * kLineWords);
  for (std::size_t word = 0; word < want.size(); ++word) {
    const std::size_t sector = word * kWordBytes / kSectorBytes;
    if ((sectors >> sector & 1U) != 0 && data[word] != want[word]) return false;
  }
  return true;
}

Ledger::Departure Ledger::leaves(int number, int line_number, unsigned sectors, const LineData& data,
                                 std::uint64_t cycle) {
  Row& row = rows_[static_cast<std::size_t>(number)];
  Line& line = row.lines[static_cast<std::size_t>(line_number)];
  if (!bytes_are_right(row, line_number, sectors, data)) wrong("wrong bytes");
  if ((sectors & ~line.accepted) != 0) wrong("a sector left that was never stored");
  if ((sectors & line.left) != 0) wrong("a sector left twice");
  line.left |= sectors;
  Departure departure{number, row.path, line_number, 0, line.left == line.accepted};
  std::uint64_t last = 0;
  for (int s = 0; s < kSectors; ++s) {
    if ((sectors >> s & 1U) == 0) continue;
    row.left_bytes += kSectorBytes;
    last = std::max(last, line.cycle[static_cast<std::size_t>(s)]);
  }
  departure.latency_cycles = cycle - last;
  return departure;
}

}  // namespace moehub::bench
