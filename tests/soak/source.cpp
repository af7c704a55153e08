#include "tests/soak/source.hpp"

#include <algorithm>

namespace moehub::soak {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

ByteMask bytes_to(int end) {
  ByteMask mask{};
  for (int word = 0; word < 2; ++word) {
    const int bits = std::clamp(end - 64 * word, 0, 64);
    mask[at(word)] = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  }
  return mask;
}

bool is_empty(const ByteMask& mask) { return (mask[0] | mask[1]) == 0; }

}  // namespace

OpenRows::OpenRows(const SoakCase& c)
    : open_(at(c.gpus), std::vector<int>(at(c.setup.sets_in_use * c.build->params.rat_banks), 0)),
      most_(c.build->params.rat_ways + c.build->params.spill_slots) {}

bool OpenRows::begin(const Item& item) {
  if (item.kind != ItemKind::row) return true;
  if (count(item) >= most_) return false;
  ++count(item);
  return true;
}

Source::Source(const SoakCase& c, int gpu, std::uint64_t seed)
    : c_(c), gpu_(gpu), random_(seed), lanes_(at(c.build->params.lanes)) {}

void Source::start(const Round& round, OpenRows& open) {
  round_ = &round;
  open_ = &open;
  next_ = 0;
  pieces_left_.assign(round.items.size(), 0);
  last_written_.assign(round.items.size(), {});
  items_left_ = {};
  for (const int item : round.order[at(gpu_)]) ++items_left_[round.items[at(item)].group];
  fences_left_ = round.groups;
  illegal_left_ = c_.packets_of_round / 20;
}

bool Source::done() const {
  return fences_left_ == 0 && items_left_[0] + items_left_[1] == 0 &&
         std::all_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return !lane.packet; });
}

void Source::begin_items() {
  const std::vector<int>& order = round_->order[at(gpu_)];
  while (static_cast<int>(active_.size()) < c_.open_rows && next_ < order.size() &&
         open_->begin(round_->items[at(order[next_])])) {
    active_.push_back(activate(order[next_++]));
  }
}

Source::Active Source::activate(int index) {
  const Item& item = round_->items[at(index)];
  Random draw{(std::uint64_t{round_->salt} << 32) + at(index)};  // the same pieces, whenever it is
  Active active;
  active.item = index;
  if (!spare_.empty()) {
    active.pieces.swap(spare_.back());
    spare_.pop_back();
  }
  if (item.kind == ItemKind::rewrite) {
    for (int i = draw.between(1, 6); i > 0; --i) {
      Piece piece;
      piece.version = static_cast<std::uint16_t>(i);
      piece.strb = kFullMask;
      if (!draw.percent(30)) {
        for (std::uint64_t& word : piece.strb) word = draw.bits() & draw.bits();
      }
      if (!is_empty(piece.strb)) active.pieces.push_back(piece);
    }
    if (active.pieces.empty()) active.pieces.push_back({0, 1, kFullMask});
  } else {
    for (int line = (item.bytes - 1) / kLineBytes; line >= 0; --line) cut_line(item, line, draw, active.pieces);
    if (c_.shuffle_row) {
      for (std::size_t i = active.pieces.size(); i > 1; --i) {
        std::swap(active.pieces[i - 1], active.pieces[draw.below(i)]);
      }
    }
  }
  pieces_left_[at(index)] = static_cast<int>(active.pieces.size());
  return active;
}

// Into pieces that have no byte in common.
void Source::cut_line(const Item& item, int line, Random& draw, std::vector<Piece>& pieces) {
  const ByteMask all = bytes_to(std::min(kLineBytes, item.bytes - line * kLineBytes));
  Pieces how = c_.pieces;
  if (how == Pieces::mixed) {
    static constexpr Pieces kHow[] = {Pieces::lines, Pieces::sectors, Pieces::bytes};
    how = draw.one_of(kHow);
  }
  const auto add = [&](const ByteMask& part) {
    Piece piece;
    piece.line = static_cast<std::uint16_t>(line);
    piece.strb = {all[0] & part[0], all[1] & part[1]};
    if (!is_empty(piece.strb)) pieces.push_back(piece);
  };
  if (how == Pieces::lines) {
    add(kFullMask);
  } else if (how == Pieces::sectors) {
    for (int s = 0; s < 4; ++s) {
      ByteMask sector{};
      sector[at(s / 2)] = std::uint64_t{0xffffffff} << (32 * (s % 2));
      add(sector);
    }
  } else {
    const ByteMask a = {draw.bits(), draw.bits()};
    const ByteMask b = {draw.bits(), draw.bits()};
    add({a[0] & b[0], a[1] & b[1]});
    add({a[0] & ~b[0], a[1] & ~b[1]});
    add({~a[0], ~a[1]});
  }
}

Packet Source::packet_of(const Item& item, int index, const Piece& piece) {
  Packet p;
  Header& h = p.header;
  h.src = static_cast<std::uint8_t>(gpu_);
  h.dst = item.dst;
  h.nop = random_.percent(20);
  if (item.kind == ItemKind::row) {
    h.kind = PacketKind::rowsp;
    h.region = item.owner;
    h.gen = round_->gen;
    h.row = item.row;
    h.offset = static_cast<std::uint16_t>(piece.line * kLineBytes);
  } else {
    h.kind = PacketKind::st;
    h.addr = round_->windows[item.dst][item.owner].base + std::uint64_t{item.line} * kLineBytes;
  }
  p.strb = piece.strb;
  const auto first = static_cast<std::uint32_t>((piece.version * 64 + piece.line) * kLineBytes / 8);
  for (std::size_t w = 0; w < p.data.size(); ++w) {
    const std::uint64_t enables = (piece.strb[w / 8] >> (8 * (w % 8))) & 0xffU;
    const std::uint32_t number = first + static_cast<std::uint32_t>(w);
    const std::uint64_t word = to_word({static_cast<std::uint32_t>(index), number, round_->salt});
    p.data[w] = word ^ (enables == 0xffU ? 0 : ~ref::byte_lanes(enables));  // wrong where it must not be written
  }
  return p;
}

bool Source::next_store(std::size_t lane_index) {
  begin_items();
  if (active_.empty()) return false;
  std::size_t chosen = random_.below(active_.size());
  for (std::size_t tried = 0;; ++tried) {
    if (tried == active_.size()) return false;
    const Item& item = round_->items[at(active_[chosen].item)];
    if (item.kind != ItemKind::rewrite || item.lane == lane_index) break;
    chosen = (chosen + 1) % active_.size();
  }
  Active& active = active_[chosen];
  const Item& item = round_->items[at(active.item)];
  const Piece piece = active.pieces.back();
  active.pieces.pop_back();
  Lane& lane = lanes_[lane_index];
  lane.packet = packet_of(item, active.item, piece);
  lane.store = true;
  lane.item = active.item;
  if (item.kind == ItemKind::rewrite) ref::merge_line(lane.packet->data, piece.strb, last_written_[at(active.item)]);
  if (active.pieces.empty()) {
    spare_.push_back(std::move(active.pieces));
    active = std::move(active_.back());
    active_.pop_back();
  }
  return true;
}

bool Source::next_fence(Lane& lane) {
  if (fences_left_ == 0) return false;
  const int group = round_->groups - fences_left_;
  if (items_left_[0] + (group == 1 ? items_left_[1] : 0) != 0) return false;
  const int first = group == 0 ? 0 : round_->first_group_regions;
  const int end = round_->is_last_group(group) ? c_.regions : round_->first_group_regions;
  Packet p;
  p.header.kind = PacketKind::fence;
  p.header.region = static_cast<std::uint8_t>(first);
  p.header.row = static_cast<std::uint32_t>(end - first);
  p.header.gen = round_->gen;
  lane.packet = p;
  lane.fence = true;
  --fences_left_;
  return true;
}

void Source::make_illegal(Lane& lane) {
  Packet p;
  p.header.kind = PacketKind::rowsp;
  p.header.region = 0;
  p.header.gen = round_->gen;
  p.strb = kFullMask;
  switch (random_.below(7)) {
    case 0: p.header.kind = static_cast<PacketKind>(random_.percent(50) ? 3 : random_.between(5, 15)); break;
    case 1: p.header.dst = static_cast<std::uint8_t>(random_.between(c_.gpus, 255)); break;
    case 2: p.header.offset = static_cast<std::uint16_t>(random_.between(1, 127)); break;
    case 3: p.strb = {}; break;
    case 4: p.header.rsvd = static_cast<std::uint8_t>(random_.between(1, 7)); break;
    case 5: p.header.kind = PacketKind::st; p.header.addr = static_cast<std::uint64_t>(random_.between(1, 127)); break;
    default: p.last = false; lane.second_beat = true; break;
  }
  lane.packet = p;
  ++illegal_;
  --illegal_left_;
}

const Packet* Source::offer(std::size_t index) {
  Lane& lane = lanes_[index];
  if (lane.packet) return &*lane.packet;
  if (round_ == nullptr || random_.percent(c_.stalls.request)) return nullptr;
  const bool more = fences_left_ > 0;  // nothing illegal once all is said: a round must end
  if (more && illegal_left_ > 0 && static_cast<int>(random_.below(1000)) < c_.illegal_per_mille) {
    make_illegal(lane);
  } else if (!next_store(index)) {
    next_fence(lane);
  }
  return lane.packet ? &*lane.packet : nullptr;
}

void Source::accepted(std::size_t index) {
  Lane& lane = lanes_[index];
  if (lane.store) {
    ++stores_;
    if (--pieces_left_[at(lane.item)] == 0) --items_left_[round_->items[at(lane.item)].group];
  }
  fences_ += lane.fence ? 1 : 0;
  lane.store = lane.fence = false;
  if (lane.second_beat) {
    lane.second_beat = false;
    lane.packet->last = true;  // ends the broken one, and is swallowed with it
    return;
  }
  lane.packet.reset();
}

}  // namespace moehub::soak
