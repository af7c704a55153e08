#include "tests/soak/referee.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/hub/bits.hpp"

namespace moehub::soak {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

}  // namespace

int Referee::Owner::places_of(int tile) const { return std::clamp(places - (tile << tile_log2), 0, 1 << tile_log2); }

void Referee::wrong(const std::string& what) const { throw Wrong(fmt::format("GPU {}: {}", gpu_, what)); }

std::string Referee::name_of_owner(const Owner& owner) const {
  const auto index = static_cast<int>(&owner - owners_.data());
  return owner.is_window ? fmt::format("window {}", index - c_.regions) : fmt::format("region {}", index);
}

void Referee::start(const Round& round, OpenRows& open) {
  round_ = &round;
  open_ = &open;
  owners_.clear();
  item_of_line_.clear();
  placed_.assign(round.items.size(), false);
  all_ready_ = 0;
  for (int r = 0; r < c_.regions; ++r) {
    const RegionSetup& setup = round.regions[at(gpu_)][at(r)];
    Owner owner;
    owner.base = setup.base;
    owner.pitch_lines = static_cast<int>(pitch_of(setup) / kLineBytes);
    owner.place_bytes = setup.row_bytes;
    owner.places = round.rows[at(gpu_)][at(r)];
    owner.bytes = at(owner.places) * pitch_of(setup);
    owner.tile_base = setup.tile_base;
    owner.tile_log2 = setup.tile_rows_log2;
    owner.tiles = ((setup.capacity_rows - 1) >> setup.tile_rows_log2) + 1;
    owners_.push_back(std::move(owner));
  }
  for (std::size_t w = 0; w < round.windows[at(gpu_)].size(); ++w) {
    const WindowSetup& setup = round.windows[at(gpu_)][w];
    Owner owner;
    owner.is_window = true;
    owner.base = setup.base;
    owner.bytes = setup.bytes;
    owner.places = static_cast<int>(setup.bytes / kLineBytes);
    owner.place_bytes = round.line_bytes[at(gpu_)][w];
    owner.rewritten = !setup.tiled;
    owner.tile_base = setup.tile_base;
    owner.tile_log2 = setup.tile_bytes_log2 - 7;
    owner.tiles = setup.tiled ? setup.tile_count : 0;
    owners_.push_back(std::move(owner));
    item_of_line_.emplace_back(at(owners_.back().places), -1);
  }
  for (Owner& owner : owners_) {
    owner.data.resize(at(owner.places * owner.pitch_lines));
    owner.written.resize(owner.data.size());
    owner.place.resize(at(owner.places));
    owner.acked.assign(at(owner.tiles), 0);
    owner.ready.assign(at(owner.tiles), false);
  }
  for (std::size_t i = 0; i < round.items.size(); ++i) {
    const Item& item = round.items[i];
    if (item.dst != gpu_ || item.kind == ItemKind::row) continue;
    item_of_line_[item.owner][item.line] = static_cast<int>(i);
  }
}

Referee::Owner& Referee::owner_of(std::uint64_t addr) {
  const auto index = static_cast<int>(addr >> kOwnerShift);
  const int owner = index >= kFirstWindow ? c_.regions + index - kFirstWindow : index - 1;
  const bool known =
      index >= kFirstWindow ? owner < static_cast<int>(owners_.size()) : owner >= 0 && owner < c_.regions;
  if (!known) wrong(fmt::format("a write to {:#x}, which belongs to nobody", addr));
  Owner& found = owners_[at(owner)];
  if (addr < found.base || addr >= found.base + found.bytes || (addr - found.base) % kLineBytes != 0) {
    wrong(fmt::format("a write to {:#x}, beyond what {} holds", addr, name_of_owner(found)));
  }
  return found;
}

void Referee::write(const MemoryWrite& write) {
  Owner& owner = owner_of(write.addr);
  const auto line = static_cast<int>((write.addr - owner.base) / kLineBytes);
  const int bytes = ref::mask_bytes(write.strb);
  ByteMask& written = owner.written[at(line)];
  written_bytes_ += at(bytes);
  ref::merge_line(write.data, write.strb, owner.data[at(line)]);
  if (!owner.rewritten && ((written[0] & write.strb[0]) | (written[1] & write.strb[1])) != 0) {
    wrong(fmt::format("bytes of {} were written twice, at {:#x}", name_of_owner(owner), write.addr));
  }
  written = {written[0] | write.strb[0], written[1] | write.strb[1]};
  if (owner.rewritten) return;
  const int place = line / owner.pitch_lines;
  if ((owner.place[at(place)].bytes += bytes) >= owner.place_bytes) check_whole(owner, place);
}

// A row says itself which one it is; a line of a window must be the one of its address.
void Referee::check_whole(Owner& owner, int place) {
  Place& here = owner.place[at(place)];
  const auto index = static_cast<int>(&owner - owners_.data());
  const std::uint32_t item =
      owner.is_window ? static_cast<std::uint32_t>(item_of_line_[at(index - c_.regions)][at(place)])
                      : name_of(owner.data[at(place * owner.pitch_lines)][0]).item;
  const std::string where = fmt::format("place {} of {}", place, name_of_owner(owner));
  if (item >= round_->items.size()) wrong(where + " holds bytes of no row");
  const Item& whole = round_->items[item];
  if (whole.dst != gpu_ || (whole.kind == ItemKind::row) == owner.is_window ||
      (whole.owner != (owner.is_window ? index - c_.regions : index))) {
    wrong(where + " holds a row of elsewhere");
  }
  if (placed_[item]) wrong(fmt::format("row {:#x} of {} lies at two places", whole.row, name_of_owner(owner)));
  placed_[item] = true;
  here.item = static_cast<int>(item);
  check_bytes(owner, place, here.item);
  if (whole.kind != ItemKind::row) return;
  ++rows_done_;
  open_->end(whole);
}

void Referee::check_bytes(const Owner& owner, int place, int item) const {
  for (int byte = 0; byte < owner.place_bytes; byte += 8) {
    const int line = place * owner.pitch_lines + byte / kLineBytes;
    const int word = byte % kLineBytes / 8;
    const int count = std::min(8, owner.place_bytes - byte);
    const std::uint64_t enabled = (owner.written[at(line)][at(word / 8)] >> (8 * (word % 8))) & 0xffU;
    const std::uint64_t wanted = (1U << count) - 1;
    const std::uint64_t bits = ref::byte_lanes(wanted);
    const auto word_of_item = static_cast<std::uint32_t>(byte / 8);
    const std::uint64_t right = to_word({static_cast<std::uint32_t>(item), word_of_item, round_->salt});
    if (enabled != wanted || ((owner.data[at(line)][at(word)] ^ right) & bits) != 0) {
      wrong(fmt::format("wrong bytes at {} to {} of place {} of {}", byte, byte + count - 1, place,
                        name_of_owner(owner)));
    }
  }
}

void Referee::acknowledged(std::uint64_t addr, int bytes) {
  Owner& owner = owner_of(addr);
  if (owner.tiles == 0) return;
  const auto place = static_cast<int>((addr - owner.base) / kLineBytes) / owner.pitch_lines;
  owner.acked[at(place >> owner.tile_log2)] += at(bytes);
}

void Referee::tile(const TileMessage& m) {
  if (m.kind == TileKind::all_ready) {
    ++all_ready_;
    return;
  }
  const int index = m.is_window ? c_.regions + m.owner : m.owner;
  if (index >= static_cast<int>(owners_.size()) || (!m.is_window && index >= c_.regions)) {
    wrong("a message about nothing");
  }
  Owner& owner = owners_[at(index)];
  const std::string name = name_of_owner(owner);
  const int tile = m.tile - owner.tile_base;
  if (owner.done > 0) wrong(fmt::format("a message about {} after it was done", name));
  if (m.kind == TileKind::owner_done) {
    ++owner.done;
    ++owners_done_;
    const int expected = owner.is_window ? owner.tiles : owner.places;
    if (static_cast<int>(m.count) != expected) {
      wrong(fmt::format("{} is done with {}, not {}", name, m.count, expected));
    }
    const int used = owner.is_window ? owner.tiles : owner.tiles_used();
    if (std::count(owner.ready.begin(), owner.ready.end(), true) != used) {
      wrong(name + " is done before its tiles are ready");
    }
    return;
  }
  if (tile < 0 || tile >= owner.tiles) wrong(fmt::format("a message about tile {} of {}", tile, name));
  if (m.kind == TileKind::cancel) {
    if (owner.cancelled_from >= 0 || owner.is_window || tile != owner.tiles_used() ||
        static_cast<int>(m.count) != owner.tiles - tile) {
      wrong(fmt::format("{} tiles of {} from {} on are cancelled", m.count, name, tile));
    }
    owner.cancelled_from = tile;
    return;
  }
  if (owner.ready[at(tile)]) wrong(fmt::format("tile {} of {} is ready twice", tile, name));
  owner.ready[at(tile)] = true;
  ++tiles_ready_;
  const int places = owner.places_of(tile);
  if (static_cast<int>(m.count) != (owner.is_window ? 0 : places)) {
    wrong(fmt::format("tile {} of {} is ready with {} rows, not {}", tile, name, m.count, places));
  }
  if (owner.acked[at(tile)] != at(places) * at(owner.place_bytes)) {
    wrong(fmt::format("tile {} of {} is ready after {} of {} bytes", tile, name, owner.acked[at(tile)],
                      places * owner.place_bytes));
  }
}

void Referee::finish_owner(const Owner& owner, const Allowed& allowed) const {
  const std::string name = name_of_owner(owner);
  if (!allowed.lost_rows && !owner.rewritten) {
    for (int place = 0; place < owner.places; ++place) {
      if (owner.place[at(place)].item < 0) wrong(fmt::format("place {} of {} is not whole", place, name));
    }
  }
  if (allowed.lost_rows || allowed.lost_tiles || owner.rewritten) return;
  const int used = owner.is_window ? owner.tiles : owner.tiles_used();
  const int full = allowed.open_ends && !owner.is_window ? owner.places >> owner.tile_log2 : used;
  for (int tile = 0; tile < full; ++tile) {
    if (!owner.ready[at(tile)]) wrong(fmt::format("tile {} of {} is never ready", tile, name));
  }
  if (allowed.open_ends && !owner.is_window) return;
  if (!owner.is_window && (owner.cancelled_from >= 0) != (owner.tiles > used)) {
    wrong(name + " has tiles that nobody cancelled");
  }
  if (owner.done != 1) wrong(name + " is never done");
}

void Referee::finish(const Allowed& allowed, const std::vector<Source>& sources) const {
  for (const Owner& owner : owners_) finish_owner(owner, allowed);
  const bool complete = !allowed.lost_rows && !allowed.lost_tiles && !allowed.open_ends;
  if (complete && all_ready_ != 1) wrong(fmt::format("{} messages that all is ready", all_ready_));
  for (std::size_t w = 0; w < item_of_line_.size(); ++w) {
    const Owner& owner = owners_[at(c_.regions) + w];
    if (!owner.rewritten || allowed.lost_rows) continue;
    for (int line = 0; line < owner.places; ++line) {
      const int item = item_of_line_[w][at(line)];
      const Source& source = sources[round_->items[at(item)].src];
      LineData masked{};
      ref::merge_line(owner.data[at(line)], owner.written[at(line)], masked);
      if (masked != source.last_written(item)) {
        wrong(fmt::format("line {} of {}: the last write did not win", line, name_of_owner(owner)));
      }
    }
  }
}

}  // namespace moehub::soak
