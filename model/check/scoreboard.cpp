#include "model/check/scoreboard.hpp"

#include <algorithm>
#include <stdexcept>

namespace moehub {

namespace {

std::size_t index_of(std::int64_t value) { return static_cast<std::size_t>(value); }

// Of the words that the mask enables, the first one's index; -1: none.
int first_word(const ByteMask& strb) {
  if (strb[0] != 0) return __builtin_ctzll(strb[0]) / kWordBytes;
  if (strb[1] != 0) return 8 + __builtin_ctzll(strb[1]) / kWordBytes;
  return -1;
}

// 8 bits of a byte mask as a mask of a word.
std::uint64_t word_mask(const ByteMask& strb, int word) {
  const std::uint64_t bits = strb[index_of(word / 8)] >> (8 * (word % 8)) & 0xffU;
  if (bits == 0xff) return ~std::uint64_t{0};
  std::uint64_t mask = 0;
  for (int byte = 0; byte < kWordBytes; ++byte) {
    if ((bits >> byte & 1U) != 0) mask |= std::uint64_t{0xff} << (8 * byte);
  }
  return mask;
}

int bytes_that_differ(std::uint64_t a, std::uint64_t b, std::uint64_t mask) {
  int count = 0;
  for (std::uint64_t x = (a ^ b) & mask; x != 0; x >>= 8) count += (x & 0xffU) != 0 ? 1 : 0;
  return count;
}

// A tag packs row and bytes; -1: a write of no row.
constexpr std::int64_t kNoRow = -1;
// A flag's tag is negative as well: GPU and line address.
constexpr std::int64_t make_flag_tag(int gpu, std::uint64_t addr) {
  return -2 - (static_cast<std::int64_t>(addr / kLineBytes) << 8 | gpu);
}
std::int64_t make_tag(std::int32_t row, int bytes) { return std::int64_t{row} << 8 | bytes; }

}  // namespace

Scoreboard::Scoreboard(int layer, int gpus, int tokens, int top_k, int relays)
    : layer_(layer & 0xff), buffers_of_gpu_(index_of(gpus)), routed_(index_of(tokens), kNever),
      all_ready_(index_of(gpus)) {
  for (const RowKind kind : {RowKind::dispatch, RowKind::combine, RowKind::relay}) {
    Phase& p = phase(kind);
    p.ks = kind == RowKind::relay ? relays : top_k;
    p.first = static_cast<std::int32_t>(rows_.size());
    p.count = tokens * p.ks;
    p.first_stored.assign(index_of(gpus), kNever);
    p.last_ack.assign(index_of(gpus), 0);
    rows_.resize(rows_.size() + index_of(p.count));
  }
}

RowTag Scoreboard::tag_of(std::int32_t row) const {
  RowKind kind = RowKind::dispatch;
  if (row >= phase(RowKind::combine).first) kind = RowKind::combine;
  if (row >= phase(RowKind::relay).first) kind = RowKind::relay;
  const Phase& p = phase(kind);
  return {kind, layer_, static_cast<std::uint32_t>((row - p.first) / p.ks), (row - p.first) % p.ks};
}

int Scoreboard::add_buffer(const BufferSpec& spec) {
  if (spec.slot_pitch % kLineBytes != 0 || spec.row_bytes > spec.slot_pitch ||
      spec.slots_per_group * spec.slot_pitch > spec.group_pitch) {
    throw std::invalid_argument("Scoreboard: the rows of a buffer overlap");
  }
  const int id = static_cast<int>(buffers_.size());
  Buffer buffer;
  buffer.spec = spec;
  buffer.row_of_slot.assign(index_of(spec.slots()), -1);
  buffer.tiles.assign(index_of(spec.tile_count), TileState::open);
  buffers_.push_back(std::move(buffer));
  std::vector<int>& ids = buffers_of_gpu_[index_of(spec.gpu)];
  ids.insert(std::upper_bound(ids.begin(), ids.end(), spec.base,
                              [&](std::uint64_t base, int other) { return base < at(other).spec.base; }),
             id);
  lines_per_row_ = std::max(lines_per_row_, spec.slot_pitch / kLineBytes);
  return id;
}

void Scoreboard::expect(RowKind kind, int token, int k, int buffer, int slot, bool zeros) {
  const std::int32_t index = phase(kind).first + token * phase(kind).ks + k;
  Row& row = rows_.at(index_of(index));
  row.buffer = buffer;
  row.zeros = zeros;
  Buffer& b = at(buffer);
  ++b.rows_expected;
  if (!b.spec.hub_places_rows) {
    row.slot = slot;
    b.row_of_slot.at(index_of(slot)) = index;
  }
  ++result_.rows_expected;
}

Scoreboard::Row* Scoreboard::row_of(RowSeed seed) {
  const RowTag tag = row_tag(seed);
  const Phase& p = phase(tag.kind);
  if (tag.layer != layer_ || tag.k >= p.ks) return nullptr;
  const std::int64_t index = std::int64_t{tag.token} * p.ks + tag.k;
  if (index >= p.count) return nullptr;
  Row& row = rows_[index_of(p.first + index)];
  return row.buffer >= 0 ? &row : nullptr;
}

void Scoreboard::stored(RowSeed seed, int source, Picoseconds now) {
  if (row_of(seed) == nullptr) return;  // zeros, or not expected: judged where it is written
  Picoseconds& first = phase(row_tag(seed).kind).first_stored[index_of(source)];
  first = std::min(first, now);
}

// ---- rows under way ---------------------------------------------------------------------------------

void Scoreboard::track(Row& row) {
  if (row.tracker >= 0) return;
  const std::size_t lines = index_of(lines_per_row_);
  if (free_trackers_.empty()) {
    free_trackers_.push_back(static_cast<std::int32_t>(masks_.size() / lines));
    masks_.resize(masks_.size() + lines);
    accepts_.resize(accepts_.size() + lines);
  }
  row.tracker = free_trackers_.back();
  free_trackers_.pop_back();
  const auto first = row.tracker * lines_per_row_;
  std::fill_n(masks_.begin() + first, lines, ByteMask{});
  std::fill_n(accepts_.begin() + first, lines, 0U);
}

ByteMask& Scoreboard::written_mask(Row& row, std::int64_t line) {
  return masks_[index_of(row.tracker * lines_per_row_ + line)];
}

std::uint32_t& Scoreboard::accept_cycle(Row& row, std::int64_t line) {
  return accepts_[index_of(row.tracker * lines_per_row_ + line)];
}

void Scoreboard::received(const Packet& packet, std::uint64_t cycle) {
  const int word = first_word(packet.strb);
  if (word < 0) return;
  const WordOrigin origin = origin_of(packet.data[index_of(word)]);
  Row* row = origin.known ? row_of(origin.seed) : nullptr;
  if (row == nullptr || row->done) return;
  const std::int64_t line = origin.word / kLineWords;
  if (line >= lines_per_row_) return;
  track(*row);
  accept_cycle(*row, line) = static_cast<std::uint32_t>(cycle) + 1;
}

// ---- writes -----------------------------------------------------------------------------------------

Scoreboard::Place Scoreboard::locate(int gpu, std::uint64_t addr) const {
  const std::vector<int>& ids = buffers_of_gpu_[index_of(gpu)];
  const auto next = std::upper_bound(ids.begin(), ids.end(), addr, [&](std::uint64_t a, int id) {
    return a < at(id).spec.base;
  });
  if (next == ids.begin()) return {};
  const int id = *(next - 1);
  const BufferSpec& spec = at(id).spec;
  const auto offset = static_cast<std::int64_t>(addr - spec.base);
  const std::int64_t group = offset / spec.group_pitch;
  const std::int64_t in_group = offset % spec.group_pitch;
  const std::int64_t slot = in_group / spec.slot_pitch;
  if (group >= spec.groups || slot >= spec.slots_per_group) return {};
  return {id, static_cast<int>(group * spec.slots_per_group + slot), in_group % spec.slot_pitch};
}

// The row that a slot belongs to; in a region it becomes that of the first bytes written there.
std::int32_t Scoreboard::claim(Buffer& buffer, int slot, const MemoryWrite& write) {
  std::int32_t& owner = buffer.row_of_slot[index_of(slot)];
  if (owner >= 0 || !buffer.spec.hub_places_rows) return owner;
  const WordOrigin origin = origin_of(write.data[index_of(first_word(write.strb))]);
  Row* row = origin.known ? row_of(origin.seed) : nullptr;
  if (row == nullptr || row_tag(origin.seed).kind != buffer.spec.kind) return -1;
  if (at(row->buffer).spec.base != buffer.spec.base ||
      at(row->buffer).spec.gpu != buffer.spec.gpu) {
    return -1;
  }
  if (row->slot >= 0) {
    if (!row->duplicated) error(result_.rows_duplicated, "a row has two places in " + where(buffer));
    row->duplicated = true;
    return -1;
  }
  row->slot = slot;
  owner = static_cast<std::int32_t>(row - rows_.data());
  return owner;
}

int Scoreboard::wrong_bytes(const Row& row, RowSeed seed, std::int64_t offset,
                            std::int64_t row_bytes, const MemoryWrite& write) const {
  if (row.zeros) seed = kZeroRow;
  const int first = static_cast<int>(offset / kWordBytes);
  LineData expected;
  fill_line(expected, seed, first);
  if (write.strb == kFullMask && offset + kLineBytes <= row_bytes) {
    std::uint64_t difference = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) difference |= expected[i] ^ write.data[i];
    if (difference == 0) return 0;
  }
  int wrong = 0;
  for (int i = 0; i < kLineWords; ++i) {
    const std::uint64_t mask = word_mask(write.strb, i);
    const std::int64_t inside = std::clamp<std::int64_t>(row_bytes - offset - i * kWordBytes, 0, 8);
    const std::uint64_t row_mask =
        inside == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * inside)) - 1;
    wrong += bytes_that_differ(expected[index_of(i)], write.data[index_of(i)], mask & row_mask);
    wrong += bytes_that_differ(0, mask & ~row_mask, ~std::uint64_t{0});  // beyond the row
  }
  return wrong;
}

std::int64_t Scoreboard::written(int gpu, const MemoryWrite& write, std::uint64_t cycle) {
  const int bytes = count_bytes(write.strb);
  if (bytes == 0) return kNoRow;
  const Place place = locate(gpu, write.addr);
  if (place.buffer < 0) {
    error(result_.bytes_wrong, "GPU " + std::to_string(gpu) + ": a write outside every buffer",
          static_cast<std::uint64_t>(bytes));
    return kNoRow;
  }
  Buffer& buffer = at(place.buffer);
  if (buffer.spec.kind == RowKind::none) return make_flag_tag(gpu, write.addr);
  const std::int32_t index = claim(buffer, place.slot, write);
  if (index < 0) {
    error(result_.bytes_wrong, "bytes of no row that belongs there in " + where(buffer),
          static_cast<std::uint64_t>(bytes));
    return kNoRow;
  }
  Row& row = rows_[index_of(index)];
  if (const int wrong = wrong_bytes(row, row_seed(tag_of(index)), place.offset, buffer.spec.row_bytes, write);
      wrong > 0) {
    row.misplaced = true;
    error(result_.bytes_wrong, name_of(index) + " has wrong bytes in " + where(buffer),
          static_cast<std::uint64_t>(wrong));
  }
  if (!row.done) track(row);
  bool again = row.done;
  if (!again) {
    const std::int64_t line = place.offset / kLineBytes;
    ByteMask& mask = written_mask(row, line);
    again = ((mask[0] & write.strb[0]) | (mask[1] & write.strb[1])) != 0;
    mask = {mask[0] | write.strb[0], mask[1] | write.strb[1]};
    if (std::uint32_t& accepted = accept_cycle(row, line); accepted != 0) {
      ingress_latency_.add(cycle + 1 - accepted);
      accepted = 0;
    }
  }
  if (again) {
    if (!row.duplicated) {
      error(result_.rows_duplicated, name_of(index) + " has a byte twice in " + where(buffer));
    }
    row.duplicated = true;
    return kNoRow;
  }
  row.written += static_cast<std::uint32_t>(bytes);
  return make_tag(index, bytes);
}

void Scoreboard::acknowledged(std::int64_t tag, Picoseconds now) {
  if (tag == kNoRow) return;
  if (tag < kNoRow) {
    const std::int64_t flag = -2 - tag;
    if (observer_.flag_in_memory) {
      observer_.flag_in_memory(static_cast<int>(flag & 0xff),
                               static_cast<std::uint64_t>(flag >> 8) * kLineBytes);
    }
    return;
  }
  in_memory(static_cast<std::int32_t>(tag >> 8), static_cast<int>(tag & 0xff), now);
}

void Scoreboard::in_memory(std::int32_t index, int bytes, Picoseconds now) {
  Row& row = rows_[index_of(index)];
  Buffer& buffer = at(row.buffer);
  const RowTag tag = tag_of(index);
  row.acked += static_cast<std::uint32_t>(bytes);
  Picoseconds& last = phase(tag.kind).last_ack[index_of(buffer.spec.gpu)];
  last = std::max(last, now);
  if (row.done || row.acked != buffer.spec.row_bytes) return;
  row.done = true;
  ++buffer.rows_done;
  free_trackers_.push_back(row.tracker);
  row.tracker = -1;
  if (observer_.row_in_memory) {
    observer_.row_in_memory(tag.kind, static_cast<int>(tag.token), tag.k);
  }
  if (const Picoseconds since = routed_[tag.token]; tag.kind == RowKind::dispatch && since <= now) {
    row_latency_.add(static_cast<std::uint64_t>((now - since) / 1000));
  }
}

RowTag Scoreboard::row_in(int buffer, int slot) const {
  const std::int32_t row = at(buffer).row_of_slot.at(index_of(slot));
  return row < 0 ? RowTag() : tag_of(row);
}

// ---- readiness --------------------------------------------------------------------------------------

Scoreboard::Buffer* Scoreboard::owner_of(int gpu, const TileMessage& message) {
  for (const int id : buffers_of_gpu_[index_of(gpu)]) {
    const BufferSpec& spec = at(id).spec;
    if (spec.groups_per_tile > 0 && spec.is_window == message.is_window &&
        spec.owner == message.owner) {
      return &at(id);
    }
  }
  return nullptr;
}

// Tiles that can become ready: a region's hold the rows that really come.
int Scoreboard::ready_tiles(const Buffer& buffer) const {
  const int per_tile = buffer.spec.groups_per_tile * buffer.spec.slots_per_group;
  const int rows = buffer.spec.is_window ? buffer.spec.slots() : buffer.rows_expected;
  return (rows + per_tile - 1) / per_tile;
}

int Scoreboard::rows_of_tile(const Buffer& buffer, int tile) const {
  const int per_tile = buffer.spec.groups_per_tile * buffer.spec.slots_per_group;
  const int rows = buffer.spec.is_window ? buffer.spec.slots() : buffer.rows_expected;
  return std::min(per_tile, rows - tile * per_tile);
}

bool Scoreboard::tile_complete(const Buffer& buffer, int tile) const {
  const int per_tile = buffer.spec.groups_per_tile * buffer.spec.slots_per_group;
  for (int i = 0; i < rows_of_tile(buffer, tile); ++i) {
    const std::int32_t row = buffer.row_of_slot[index_of(tile * per_tile + i)];
    if (row < 0 || !rows_[index_of(row)].done) return false;
  }
  return true;
}

void Scoreboard::tile_ready(Buffer& buffer, const TileMessage& message) {
  const int tile = message.tile - buffer.spec.tile_base;
  if (tile < 0 || tile >= ready_tiles(buffer)) {
    error(result_.messages_wrong, "a tile ready that has no rows in " + where(buffer));
    return;
  }
  if (buffer.tiles[index_of(tile)] != TileState::open) {
    error(result_.tiles_early, "a tile ready a second time in " + where(buffer));
    return;
  }
  buffer.tiles[index_of(tile)] = TileState::ready;
  if (!tile_complete(buffer, tile)) {
    error(result_.tiles_early, "a tile ready before its last byte in " + where(buffer));
  }
  if (!message.is_window &&
      message.count != static_cast<std::uint32_t>(rows_of_tile(buffer, tile))) {
    error(result_.messages_wrong, "a tile with a wrong number of rows in " + where(buffer));
  }
}

void Scoreboard::tiles_cancelled(Buffer& buffer, const TileMessage& message) {
  const int first = message.tile - buffer.spec.tile_base;
  for (int tile = first; tile < first + static_cast<int>(message.count); ++tile) {
    if (tile < ready_tiles(buffer) || tile >= buffer.spec.tile_count ||
        buffer.tiles[index_of(tile)] != TileState::open) {
      error(result_.messages_wrong, "a tile cancelled that has rows, or twice, in " + where(buffer));
      return;
    }
    buffer.tiles[index_of(tile)] = TileState::cancelled;
  }
}

void Scoreboard::message(int gpu, const TileMessage& message) {
  const std::string source = "GPU " + std::to_string(gpu);
  if (message.kind == TileKind::all_ready) {
    bool early = all_ready_[index_of(gpu)];
    for (const int id : buffers_of_gpu_[index_of(gpu)]) {
      const Buffer& buffer = at(id);
      if (buffer.spec.is_window || buffer.spec.groups_per_tile == 0) continue;
      early = early || buffer.rows_done != buffer.rows_expected;
    }
    all_ready_[index_of(gpu)] = true;
    if (early) error(result_.messages_wrong, source + ": all ready too early, or twice");
    return;
  }
  Buffer* buffer = owner_of(gpu, message);
  if (buffer == nullptr) {
    error(result_.messages_wrong, source + ": a message of no region or window");
    return;
  }
  switch (message.kind) {
    case TileKind::ready: tile_ready(*buffer, message); break;
    case TileKind::cancel: tiles_cancelled(*buffer, message); break;
    default: {
      const int expected =
          buffer->spec.is_window ? buffer->spec.tile_count : buffer->rows_expected;
      if (buffer->owner_done || message.count != static_cast<std::uint32_t>(expected) ||
          buffer->rows_done != buffer->rows_expected) {
        error(result_.messages_wrong, "done too early, twice, or with a wrong count: " + where(*buffer));
      }
      buffer->owner_done = true;
    }
  }
}

// ---- the end ----------------------------------------------------------------------------------------

void Scoreboard::refused(const RefusalCounts& counts) {
  for (std::size_t i = 0; i < counts.size(); ++i) result_.refused[i] += counts[i];
}

CheckResult Scoreboard::finish() {
  for (std::size_t index = 0; index < rows_.size(); ++index) {
    const Row& row = rows_[index];
    if (row.buffer < 0) continue;
    if (!row.done) {
      error(result_.rows_lost, name_of(static_cast<std::int32_t>(index)) +
                                   " did not arrive whole in " + where(at(row.buffer)));
    } else if (!row.duplicated && !row.misplaced) {
      ++result_.rows_delivered;
    }
  }
  for (std::size_t gpu = 0; gpu < buffers_of_gpu_.size(); ++gpu) {
    bool has_region = false;
    for (const int id : buffers_of_gpu_[gpu]) {
      Buffer& buffer = at(id);
      if (buffer.spec.hub_places_rows) {
        const auto first_free =
            std::find(buffer.row_of_slot.begin(), buffer.row_of_slot.end(), -1);
        const auto beyond = std::count_if(first_free, buffer.row_of_slot.end(),
                                          [](std::int32_t row) { return row >= 0; });
        if (beyond > 0) {
          error(result_.rows_sparse, "rows are not dense in " + where(buffer),
                static_cast<std::uint64_t>(beyond));
        }
      }
      if (buffer.spec.groups_per_tile == 0) continue;
      has_region = has_region || !buffer.spec.is_window;
      for (int tile = 0; tile < buffer.spec.tile_count; ++tile) {
        const bool should_be_ready = tile < ready_tiles(buffer);
        const TileState wanted = should_be_ready ? TileState::ready : TileState::cancelled;
        if (buffer.tiles[index_of(tile)] != wanted) {
          error(result_.tiles_missing, (should_be_ready ? "a tile never became ready in "
                                                        : "a tile was not cancelled in ") +
                                           where(buffer));
        }
      }
      if (!buffer.owner_done && !buffer.spec.open_ended) {
        error(result_.messages_wrong, "never done: " + where(buffer));
      }
    }
    if (has_region && !all_ready_[gpu]) {
      error(result_.messages_wrong, "GPU " + std::to_string(gpu) + ": never all ready");
    }
  }
  return result_;
}

void Scoreboard::error(std::uint64_t& counter, const std::string& what, std::uint64_t count) {
  if (counter == 0) result_.first_errors.push_back(what);  // one of each sort says where to look
  counter += count;
}

std::string Scoreboard::name_of(std::int32_t row) const {
  const RowTag tag = tag_of(row);
  return "token " + std::to_string(tag.token) +
         (tag.kind == RowKind::relay ? ", relay " : ", choice ") + std::to_string(tag.k);
}

std::string Scoreboard::where(const Buffer& buffer) {
  return std::string(buffer.spec.is_window ? "window " : "region ") +
         std::to_string(buffer.spec.owner) + " of GPU " + std::to_string(buffer.spec.gpu);
}

}  // namespace moehub
