#include "tests/rtl/dest_queue/scoreboard.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace moehub::test {
namespace {

void require(bool held, const std::string& promise, const Header& header) {
  if (!held) throw std::runtime_error{promise + ": " + to_string(header)};
}

bool bit(const ByteMask& mask, int byte) { return (mask[static_cast<std::size_t>(byte / 64)] >> (byte % 64)) & 1; }
void clear(ByteMask& mask, int byte) { mask[static_cast<std::size_t>(byte / 64)] &= ~(std::uint64_t{1} << (byte % 64)); }
int byte_of(const LineData& data, int byte) {
  return static_cast<int>((data[static_cast<std::size_t>(byte / 8)] >> (8 * (byte % 8))) & 0xff);
}
bool empty(const ByteMask& mask) { return mask == ByteMask{}; }

}  // namespace

std::string to_string(const Header& h) {
  std::ostringstream text;
  text << "kind " << static_cast<int>(h.kind) << " nop " << h.nop << " src " << int{h.src} << " dst " << int{h.dst}
       << " region " << int{h.region} << " gen " << int{h.gen} << " row " << h.row << " offset " << h.offset
       << " addr " << h.addr << " rsvd " << int{h.rsvd};
  return text.str();
}

Scoreboard::Scoreboard(const Geometry& geometry)
    : geometry_{geometry},
      inside_(static_cast<std::size_t>(geometry.lanes)),
      refusals_(static_cast<std::size_t>(geometry.lanes)) {}

Scoreboard::LineKey Scoreboard::key_of(const Header& h) {
  if (h.kind == PacketKind::st) return {h.dst, 2, 0, 0, 0, 0, h.addr};
  return {h.dst, static_cast<int>(h.kind), h.region, h.gen, h.row, h.offset, 0};
}

bool Scoreboard::sendable_store(const Packet& p) const {
  const Header& h = p.header;
  const bool aligned = h.kind == PacketKind::rowsp ? h.offset % kLineBytes == 0
                                                   : h.kind == PacketKind::st && h.addr % kLineBytes == 0;
  return config_.enable && p.last && h.rsvd == 0 && aligned && !empty(p.strb) && h.dst < geometry_.peers &&
         ((config_.peers >> h.dst) & 1) != 0;
}

bool Scoreboard::sendable_fence(const Packet& p) const {
  const Header& h = p.header;
  return config_.enable && p.last && h.rsvd == 0 && h.kind == PacketKind::fence &&
         std::uint64_t{h.region} + h.row <= static_cast<std::uint64_t>(geometry_.regions);
}

int Scoreboard::slice_of(const Header& h) const {
  if (h.kind == PacketKind::count) return h.region % geometry_.lanes;
  if (h.kind == PacketKind::st) return static_cast<int>(h.addr / kLineBytes % static_cast<unsigned>(geometry_.lanes));
  return static_cast<int>((h.offset / unsigned{kLineBytes} ^ h.row) % static_cast<unsigned>(geometry_.lanes));
}

void Scoreboard::accept_cycle(const std::vector<std::pair<int, Packet>>& beats) {
  std::vector<Packet> accepted_fences;
  for (const auto& [lane, packet] : beats) {
    const auto l = static_cast<std::size_t>(lane);
    const bool inside = inside_[l];
    inside_[l] = !packet.last;
    if (inside) continue;  // already refused
    if (sendable_store(packet)) {
      lines_[key_of(packet.header)].push_back({lane, packet.header, epoch_, packet.strb, packet.data});
      ++stores;
      ++stores_of_epoch_[epoch_];
    } else if (sendable_fence(packet)) {
      accepted_fences.push_back(packet);
    } else {
      Header header = packet.header;
      header.src = static_cast<std::uint8_t>(config_.self);
      refusals_[l].push_back(header);
    }
  }
  for (const Packet& packet : accepted_fences) {
    Fence fence{packet.header, epoch_++, {}};
    for (int peer = 0; peer < geometry_.peers; ++peer) {
      if (((config_.peers >> peer) & 1) == 0) continue;
      for (std::uint32_t r = 0; r < packet.header.row; ++r) fence.owed.insert({peer, packet.header.region + static_cast<int>(r)});
    }
    fences_.push_back(fence);
  }
  complete_fences();
}

void Scoreboard::refuse(int lane, const Refusal& refusal) {
  auto& owed = refusals_[static_cast<std::size_t>(lane)];
  if (refusal.cause == kRefuseTable) {
    require(lane == 0 && table_refusals_ > 0, "no table refusal was expected", refusal.header);
    require(!fences_.empty() && fences_.front().owed.erase({refusal.header.dst, refusal.header.region}) == 1,
            "table refusal instead of a report that was not owed", refusal.header);
    take_rows(refusal.header.dst, refusal.header.region, fences_.front().epoch);
    --table_refusals_;
    complete_fences();
    return;
  }
  require(!owed.empty(), "refused though nothing was wrong", refusal.header);
  require(to_string(owed.front()) == to_string(refusal.header), "refused with another header than " +
          to_string(owed.front()), refusal.header);
  require(refusal.cause == kRefuseRequest, "refused with cause " + std::to_string(refusal.cause), refusal.header);
  owed.pop_front();
}

void Scoreboard::leave(int slice, bool on_link, const Packet& packet) {
  const Header& h = packet.header;
  require(packet.last, "tlast is missing", h);
  require(h.src == config_.self, "src is not the own GPU", h);
  require(on_link == (h.dst != config_.self), "left on the wrong side", h);
  require(slice == slice_of(h), "left by slice " + std::to_string(slice), h);
  require(h.rsvd == 0, "rsvd is set", h);
  ++packets;
  if (on_link) bytes_on_link += count_bytes(packet.strb);
  if (h.kind == PacketKind::count) {
    require(empty(packet.strb), "a report with payload", h);
    leave_report(slice, h);
  } else {
    require(h.kind == PacketKind::st ? h.region == 0 && h.gen == 0 && h.row == 0 && h.offset == 0 : h.addr == 0,
            "fields that the kind does not use are not zero", h);
    leave_line(packet);
  }
}

void Scoreboard::leave_line(const Packet& packet) {
  const Header& h = packet.header;
  const auto found = lines_.find(key_of(h));
  require(found != lines_.end(), "a line that nobody stored", h);
  auto& line = found->second;
  require(!empty(packet.strb), "an empty line", h);

  std::set<const Store*> inside;
  for (int byte = 0; byte < kLineBytes; ++byte) {
    if (!bit(packet.strb, byte)) continue;
    bool matched = false;
    std::vector<Store*> overwritten;
    for (Store& store : line) {
      if (!bit(store.left, byte)) continue;
      overwritten.push_back(&store);
      if (byte_of(store.data, byte) == byte_of(packet.data, byte)) {
        matched = true;
        break;
      }
    }
    require(matched, "byte " + std::to_string(byte) + " has a value that was not stored", h);
    for (Store* store : overwritten) {
      clear(store->left, byte);
      inside.insert(store);
    }
  }
  const int epoch = (*inside.begin())->epoch;
  for (const Store* store : inside) {
    require(empty(store->left), "a store was torn apart", h);
    require(store->header.nop == h.nop, "stores of different priority were merged", h);
    require(store->epoch == epoch, "stores were merged across a fence", h);
    --stores_of_epoch_[epoch];
  }
  std::set<int> lanes_left_behind;
  for (const Store& store : line) {
    if (inside.count(&store) == 0) lanes_left_behind.insert(store.lane);
    else require(lanes_left_behind.count(store.lane) == 0, "a store overtook an older one of its lane and line", h);
  }
  merges += static_cast<int>(inside.size()) - 1;
  line.remove_if([](const Store& store) { return empty(store.left); });
  if (line.empty()) lines_.erase(found);
  if (h.kind == PacketKind::rowsp && h.offset == 0 && bit(packet.strb, 0)) {
    int& counted = waiting_rows_[{h.dst, h.region}];
    if (counted < 0) ++counted;
    else ++rows_[{h.dst, h.region}][epoch];
  }
  complete_fences();
}

// A report is made when the stores before its fence have left the slices: each slice may still have one of
// them waiting for the link, and one for the loop, but none on the side on which the report leaves.
void Scoreboard::check_behind_stores(int slice, int epoch, const Header& report) const {
  std::set<std::pair<int, bool>> waiting;
  for (const auto& [key, line] : lines_) {
    if (line.empty() || line.front().epoch > epoch) continue;
    const Header& h = line.front().header;
    const std::pair<int, bool> side{slice_of(h), h.dst == config_.self};
    require(waiting.insert(side).second && side != std::pair{slice, report.dst == config_.self},
            "a report overtook stores before its fence", report);
  }
}

// Rows up to an epoch: those that left, and those that wait for their side (which then count as left).
std::uint32_t Scoreboard::take_rows(int dst, int region, int epoch) {
  auto& by_epoch = rows_[{dst, region}];
  for (const auto& [key, line] : lines_) {
    const Store& store = line.front();
    const Header& h = store.header;
    if (store.epoch > epoch || h.kind != PacketKind::rowsp || h.dst != dst || h.region != region || h.offset != 0) continue;
    const auto writes_byte_0 = [&store](const Store& s) { return s.epoch == store.epoch && bit(s.left, 0); };
    if (!std::any_of(line.begin(), line.end(), writes_byte_0)) continue;
    ++by_epoch[store.epoch];
    --waiting_rows_[{dst, region}];  // not once more when it leaves
  }
  int rows = 0;
  for (auto it = by_epoch.begin(); it != by_epoch.end() && it->first <= epoch; it = by_epoch.erase(it)) rows += it->second;
  return static_cast<std::uint32_t>(rows);
}

void Scoreboard::leave_report(int slice, const Header& h) {
  ++reports;
  // Of earlier fences each slice may still have a report waiting on the other side.
  const auto owing = std::find_if(fences_.begin(), fences_.end(), [&h](const Fence& f) {
    return f.owed.count({h.dst, h.region}) == 1;
  });
  require(owing != fences_.end(), "a report that no fence asked for", h);
  std::set<std::pair<int, bool>> waiting;
  for (auto earlier = fences_.begin(); earlier != owing; ++earlier) {
    for (const auto& [peer, region] : earlier->owed) {
      const std::pair<int, bool> side{region % geometry_.lanes, peer == config_.self};
      require(waiting.insert(side).second && side != std::pair{slice, h.dst == config_.self},
              "a report of a fence that is not its turn", h);
    }
  }
  Fence& fence = *owing;
  fence.owed.erase({h.dst, h.region});
  require(h.gen == fence.header.gen, "generation is not the fence's", h);
  check_behind_stores(slice, fence.epoch, h);
  const std::uint32_t rows = take_rows(h.dst, h.region, fence.epoch);
  require(h.row == rows, "reported another number of rows than " + std::to_string(rows), h);
  require(h.offset == 0 && h.addr == 0 && !h.nop, "a report says more than it should", h);
  complete_fences();
}

void Scoreboard::complete_fences() {
  while (!fences_.empty() && fences_.front().owed.empty() && fences_.front().header.row != 0) {
    fences_.pop_front();
    ++fences;
  }
  // A fence without regions ends unseen when the stores before it have left.
  while (!fences_.empty() && fences_.front().header.row == 0) {
    const int epoch = fences_.front().epoch;
    const bool pending = std::any_of(stores_of_epoch_.begin(), stores_of_epoch_.end(),
                                     [epoch](const auto& e) { return e.first <= epoch && e.second > 0; });
    if (pending) break;
    fences_.pop_front();
    ++fences;
  }
}

bool Scoreboard::owes() const {
  return !lines_.empty() || table_refusals_ != 0 ||
         std::any_of(fences_.begin(), fences_.end(), [](const Fence& f) { return !f.owed.empty(); }) ||
         std::any_of(refusals_.begin(), refusals_.end(), [](const auto& owed) { return !owed.empty(); });
}

void Scoreboard::expect_empty() const {
  if (!lines_.empty()) throw std::runtime_error{std::to_string(lines_.size()) + " lines never left"};
  for (const auto& fence : fences_) require(fence.owed.empty(), "reports of a fence never left", fence.header);
  for (const auto& owed : refusals_)
    if (!owed.empty()) require(false, "never refused", owed.front());
  if (table_refusals_ != 0) throw std::runtime_error{"table refusals never came"};
}

}  // namespace moehub::test
