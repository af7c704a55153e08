// What addr_alloc must do with the packets it accepted, kept without any knowledge of how it does it.
//
// A packet's first data word is its serial number, so every write names its packet. A row's LocalRowID
// follows from its first write and must never change; at the end the LocalRowIDs of a region must be 0..n-1.
// Refusals carry no serial number: at the end the packets that were not written must be those that were
// refused, header for header and cause for cause.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "tests/rtl/addr_alloc/alloc_memory.hpp"
#include "tests/rtl/addr_alloc/alloc_types.hpp"

namespace moehub::test {

class Reference {
 public:
  struct Sent {
    Packet packet;
    int lane = 0;
    Refuse cause = Refuse::none;  // known when it was sent; none: row store, store or report
    bool written = false;
    std::uint64_t cycle = 0;
  };
  struct Row {
    std::uint64_t lid = 0;
    std::uint32_t bytes = 0;
  };
  using RowName = std::tuple<int, int, std::uint32_t>;  // region, generation, row

  explicit Reference(const Sizes& built)
      : sizes{built},
        regions(static_cast<std::size_t>(built.regions), Region{false}),
        windows(static_cast<std::size_t>(built.windows), Window{false}),
        acks(static_cast<std::size_t>(built.lanes)),
        memory_refusals(static_cast<std::size_t>(built.lanes)),
        in_memory_(static_cast<std::size_t>(built.lanes)) {}

  const Sizes sizes;
  int self = 0;
  std::vector<Region> regions;
  std::vector<Window> windows;
  std::vector<Sent> sent;
  std::map<RowName, Row> rows;
  std::vector<Refusal> refusals;
  std::vector<std::deque<Ack>> acks;  // that must come, a lane each
  std::vector<std::deque<Header>> memory_refusals;
  std::multiset<std::tuple<int, int, std::uint32_t>> reports;
  std::set<Refuse> may_refuse;  // causes that depend on order: excess, full, spill_full, table, memory
  bool overwrites = false;      // a byte may be written twice (duplicates, stores)

  std::uint64_t count(Refuse cause) const {
    return static_cast<std::uint64_t>(
        std::count_if(refusals.begin(), refusals.end(), [&](const Refusal& r) { return r.cause == cause; }));
  }
  std::uint64_t written() const {
    return static_cast<std::uint64_t>(
        std::count_if(sent.begin(), sent.end(), [](const Sent& s) { return s.written; }));
  }
  const Row* row(int region, std::uint32_t row) const {
    const auto found = rows.find({region, regions[static_cast<std::size_t>(region)].gen, row});
    return found == rows.end() ? nullptr : &found->second;
  }

  // The cause with which a packet must be refused whatever else happens.
  Refuse judge(const Packet& p) const {
    const Header& h = p.header;
    const bool row = h.kind == PacketKind::rowsp, store = h.kind == PacketKind::st,
               report = h.kind == PacketKind::count;
    if (!p.last || !(row || store || report) || h.dst != self || h.src >= sizes.peers || h.rsvd != 0)
      return Refuse::malformed;
    if ((row && h.offset % kLineBytes != 0) || (store && h.addr % kLineBytes != 0)) return Refuse::malformed;
    if ((count_bytes(p.strb) == 0) != report) return Refuse::malformed;
    if (store) {
      for (const Window& w : windows) {
        if (w.holds(h.addr)) return w.allows(h.src) ? Refuse::none : Refuse::source;
      }
      return Refuse::address;
    }
    if (h.region >= sizes.regions || !regions[h.region].enable) return Refuse::unregistered;
    const Region& r = regions[h.region];
    if (h.gen != r.gen) return Refuse::stale;
    if (!r.allows(h.src)) return Refuse::source;
    if (row) {
      for (int i = 0; i < kLineBytes; ++i) {
        const bool enabled = ((p.strb[static_cast<std::size_t>(i / 64)] >> (i % 64)) & 1U) != 0;
        if (enabled && h.offset + static_cast<std::uint32_t>(i) >= r.row_bytes) return Refuse::offset;
      }
    }
    return Refuse::none;
  }

  void accept(int lane, const Packet& p, std::uint64_t cycle) {
    ASSERT_EQ(p.data[0], sent.size());
    sent.push_back({p, lane, judge(p), false, cycle});
    if (p.header.kind == PacketKind::count && sent.back().cause == Refuse::none) {
      reports.insert({p.header.src, p.header.region, p.header.row});
    }
  }

  void write(int lane, const Write& w) {
    ASSERT_LT(w.data[0], sent.size()) << "a write that nobody sent";
    Sent& s = sent[w.data[0]];
    const Header& h = s.packet.header;
    ASSERT_FALSE(s.written) << "packet " << w.data[0] << " was written twice";
    ASSERT_EQ(s.cause, Refuse::none) << "packet " << w.data[0] << " had to be refused";
    ASSERT_NE(h.kind, PacketKind::count);
    s.written = true;
    EXPECT_EQ(lane, s.lane);
    EXPECT_EQ(w.data, s.packet.data);
    EXPECT_EQ(w.strb, s.packet.strb);

    Ack ack{h.kind == PacketKind::st, h.region, 0, count_bytes(w.strb)};
    bool counted = true;
    if (h.kind == PacketKind::st) {
      EXPECT_EQ(w.addr, h.addr);
      ack.owner = static_cast<int>(
          std::find_if(windows.begin(), windows.end(), [&](const Window& x) { return x.holds(h.addr); }) -
          windows.begin());
      const Window& window = windows[static_cast<std::size_t>(ack.owner)];
      ack.tile = window.tile_base + static_cast<int>((h.addr - window.base) >> window.tile_log2);
      counted = window.tiled;
      check_store_order(lane, w);
    } else {
      const Region& region = regions[h.region];
      ASSERT_GE(w.addr, region.base + h.offset);
      const std::uint64_t distance = w.addr - region.base - h.offset;
      ASSERT_EQ(distance % region.pitch(), 0U);
      const std::uint64_t lid = distance / region.pitch();
      ASSERT_LT(lid, region.capacity);
      Row& row = rows.try_emplace({h.region, h.gen, h.row}, Row{lid, 0}).first->second;
      ASSERT_EQ(row.lid, lid) << "row " << h.row << " of region " << int{h.region} << " has two LocalRowIDs";
      row.bytes += static_cast<std::uint32_t>(ack.bytes);
      EXPECT_LE(row.bytes, region.row_bytes) << "row " << h.row << " took more bytes than it has";
      ack.tile = region.tile_base + static_cast<int>(lid >> region.tile_rows_log2);
    }
    if (!overwrites) {
      ByteMask& image = image_[w.addr];
      EXPECT_EQ((image[0] & w.strb[0]) | (image[1] & w.strb[1]), 0U) << "a byte was written twice";
      image[0] |= w.strb[0];
      image[1] |= w.strb[1];
    }
    in_memory_[static_cast<std::size_t>(lane)][w.id] = {h, ack, counted};
  }

  // Memory has answered: what must come of it.
  void answer(int lane, const WriteAnswer& answer) {
    const auto l = static_cast<std::size_t>(lane);
    const auto found = in_memory_[l].find(answer.id);
    ASSERT_NE(found, in_memory_[l].end());
    const auto& [header, ack, counted] = found->second;
    if (answer.error) {
      memory_refusals[l].push_back(header);
    } else if (counted) {
      acks[l].push_back(ack);
    }
    in_memory_[l].erase(found);
  }
  bool id_in_use(int lane, int id) const { return in_memory_[static_cast<std::size_t>(lane)].count(id) != 0; }

  // After everything has come to rest.
  void finish() {
    for (const auto& lane : acks) EXPECT_TRUE(lane.empty()) << lane.size() << " acknowledgements are missing";
    for (const auto& lane : memory_refusals) EXPECT_TRUE(lane.empty());
    EXPECT_TRUE(reports.empty()) << reports.size() << " reports are missing";
    match_refusals();
    check_dense();
  }

  // Rows of a region are forgotten; its LocalRowIDs were dense so far.
  void forget(int region) {
    check_dense();
    for (auto it = rows.begin(); it != rows.end();)
      it = std::get<0>(it->first) == region ? rows.erase(it) : std::next(it);
    image_.clear();
  }

 private:
  struct InMemory {
    Header header;
    Ack ack;
    bool counted;
  };

  // Two stores of one lane to one line are written in the order of their arrival.
  void check_store_order(int lane, const Write& w) {
    std::uint64_t& last = last_store_[{lane, w.addr}];
    EXPECT_LE(last, w.data[0]) << "stores to one line changed their order";
    last = w.data[0];
  }

  void check_dense() const {
    std::map<int, std::set<std::uint64_t>> lids;
    for (const auto& [name, row] : rows) {
      EXPECT_TRUE(lids[std::get<0>(name)].insert(row.lid).second)
          << "two rows of region " << std::get<0>(name) << " have LocalRowID " << row.lid;
    }
    for (const auto& [region, set] : lids) {
      EXPECT_EQ(*set.rbegin() + 1, set.size()) << "LocalRowIDs of region " << region << " have holes";
    }
  }

  void match_refusals() {
    using Key = std::tuple<int, HeaderBits>;
    std::map<Key, std::vector<Refuse>> told;
    for (const Refusal& r : refusals) told[{r.lane, pack(r.header)}].push_back(r.cause);
    for (const Sent& s : sent) {
      if (s.written || (s.packet.header.kind == PacketKind::count && s.cause == Refuse::none)) continue;
      std::vector<Refuse>& causes = told[{s.lane, pack(s.packet.header)}];
      const auto fits = std::find_if(causes.begin(), causes.end(), [&](Refuse cause) {
        return s.cause == Refuse::none ? may_refuse.count(cause) != 0 : cause == s.cause;
      });
      if (fits == causes.end()) {
        ADD_FAILURE() << "packet " << s.packet.data[0] << " was lost: kind "
                      << static_cast<int>(s.packet.header.kind) << " region " << int{s.packet.header.region}
                      << " row " << s.packet.header.row << " src " << int{s.packet.header.src} << " dst "
                      << int{s.packet.header.dst} << " rsvd " << int{s.packet.header.rsvd} << " last "
                      << s.packet.last << " bytes " << count_bytes(s.packet.strb) << ", cause to expect "
                      << static_cast<int>(s.cause);
        continue;
      }
      if (s.cause == Refuse::none) check_dynamic(s, *fits);
      causes.erase(fits);
    }
    for (const auto& [key, causes] : told) {
      EXPECT_TRUE(causes.empty()) << "a refusal too many, cause " << static_cast<int>(causes.front());
    }
    refusals_matched = refusals.size();
  }

  void check_dynamic(const Sent& s, Refuse cause) const {
    const Header& h = s.packet.header;
    const Row* known = row(h.region, h.row);
    const Region& region = regions[h.region];
    if (h.gen != region.gen) return;  // its rows are forgotten
    if (cause == Refuse::excess && known != nullptr) {
      EXPECT_GT(known->bytes + static_cast<std::uint32_t>(count_bytes(s.packet.strb)), region.row_bytes)
          << "row " << h.row << " had room for what was refused";
    }
    if (cause == Refuse::full) {
      EXPECT_EQ(known, nullptr) << "row " << h.row << " had a place";
      const auto in_region = std::count_if(rows.begin(), rows.end(),
                                           [&](const auto& r) { return std::get<0>(r.first) == h.region; });
      EXPECT_EQ(static_cast<std::uint32_t>(in_region), region.capacity) << "the region was not full";
    }
  }

 public:
  std::size_t refusals_matched = 0;

 private:
  std::vector<std::map<int, InMemory>> in_memory_;
  std::map<std::uint64_t, ByteMask> image_;
  std::map<std::pair<int, std::uint64_t>, std::uint64_t> last_store_;
};

}  // namespace moehub::test
