// The scoreboard's rules for copies that software makes: those for a hub's writes, on runs of lines that
// are carried as the seed of their row.
#include <algorithm>

#include "model/check/scoreboard.hpp"

namespace moehub {

namespace {

std::size_t index_of(std::int64_t value) { return static_cast<std::size_t>(value); }

// Bytes [begin, end) of a line, both multiples of a sector.
ByteMask mask_of(std::int64_t begin, std::int64_t end) {
  ByteMask mask{};
  for (std::int64_t byte = begin; byte < end; byte += kSectorBytes) {
    mask[index_of(byte / 64)] |= std::uint64_t{0xffffffff} << (byte % 64);
  }
  return mask;
}

}  // namespace

void Scoreboard::copied(int gpu, std::uint64_t addr, RowSeed seed, int first_word, int bytes,
                        Picoseconds now) {
  const Place place = locate(gpu, addr);
  if (place.buffer < 0) {
    error(result_.bytes_wrong, "GPU " + std::to_string(gpu) + ": a copy outside every buffer",
          static_cast<std::uint64_t>(bytes));
    return;
  }
  Buffer& buffer = at(place.buffer);
  if (buffer.spec.kind == RowKind::none) return;
  const std::int32_t index = buffer.row_of_slot[index_of(place.slot)];
  if (index < 0 || place.offset + bytes > buffer.spec.row_bytes) {
    error(result_.bytes_wrong, "bytes of no row that belongs there in " + where(buffer),
          static_cast<std::uint64_t>(bytes));
    return;
  }
  Row& row = rows_[index_of(index)];
  const RowSeed expected = row.zeros ? kZeroRow : row_seed(tag_of(index));
  if (seed != expected || (!row.zeros && first_word != place.offset / kWordBytes)) {
    row.misplaced = true;
    error(result_.bytes_wrong, name_of(index) + " has wrong bytes in " + where(buffer),
          static_cast<std::uint64_t>(bytes));
  }
  bool again = row.done;
  if (!again) {
    track(row);
    const std::int64_t end = place.offset + bytes;
    for (std::int64_t at = place.offset; at < end;) {
      const std::int64_t line = at / kLineBytes;
      const std::int64_t stop = std::min(end, (line + 1) * kLineBytes);
      const ByteMask more = mask_of(at - line * kLineBytes, stop - line * kLineBytes);
      ByteMask& mask = written_mask(row, line);
      again = again || ((mask[0] & more[0]) | (mask[1] & more[1])) != 0;
      mask = {mask[0] | more[0], mask[1] | more[1]};
      at = stop;
    }
  }
  if (again) {
    if (!row.duplicated) {
      error(result_.rows_duplicated, name_of(index) + " was copied twice in " + where(buffer));
    }
    row.duplicated = true;
    return;
  }
  row.written += static_cast<std::uint32_t>(bytes);
  in_memory(index, bytes, now);
}

}  // namespace moehub
