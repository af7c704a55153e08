// Drives addr_alloc: queues in front of every lane, memories behind it, a reference beside it.
//
// A cycle: outputs are functions of state, so they are read first, then inputs are chosen, then the edge.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tb/pins.hpp"
#include "tests/rtl/addr_alloc/alloc_memory.hpp"
#include "tests/rtl/addr_alloc/alloc_reference.hpp"
#include "tests/rtl/addr_alloc/alloc_types.hpp"
#include "tests/support/bench.hpp"
#include "tests/support/seed.hpp"

namespace moehub::test {

template <class Top>
class AllocBench {
 public:
  static constexpr std::uint64_t kSpillBase = 0x7000'0000;

  explicit AllocBench(const Sizes& sizes, std::uint64_t seed = 0)
      : reference{sizes}, random{seed}, link(lanes()), loop(lanes()), memory(lanes()) {
    top->cfg_enable_i = 1;
    top->cfg_set_mask_i = 0xffff;
    top->cfg_spill_base_i = kSpillBase;
    top.settle();
    run_until([&] { return !top->busy_o; });
  }

  std::size_t lanes() const { return static_cast<std::size_t>(reference.sizes.lanes); }
  const Sizes& sizes() const { return reference.sizes; }

  Bench<Top> top;
  Reference reference;
  Random random;
  std::vector<std::deque<Packet>> link, loop;  // to be sent
  std::vector<LaneMemory> memory;
  SpillMemoryModel spill;
  Timing memory_timing, spill_timing;
  int send_percent = 100, ack_percent = 100, report_percent = 100;
  std::vector<std::uint32_t> reported;  // rows of the reports that left, in order

  struct Totals {
    std::uint64_t rx_packets = 0, wr_bytes = 0, hits = 0, allocs = 0, spills = 0, fills = 0, rows_done = 0,
                  table_errors = 0;
  } totals;
  std::uint64_t accepted = 0, writes = 0, spill_writes = 0, spill_reads = 0;
  std::uint64_t last_latency = 0;  // accepted to awvalid, of the last write

  // ---- configuration -------------------------------------------------------------------------------------
  void configure(int index, const Region& r) {
    reference.regions[static_cast<std::size_t>(index)] = r;
    top->entry_enable_i = r.enable;
    top->entry_gen_i = static_cast<std::uint8_t>(r.gen);
    top->entry_base_i = r.base;
    top->entry_row_bytes_i = r.row_bytes;
    top->entry_capacity_i = r.capacity;
    top->entry_log2_i = static_cast<std::uint8_t>(r.tile_rows_log2);
    top->entry_tile_base_i = static_cast<std::uint16_t>(r.tile_base);
    for (std::size_t w = 0; w < 3; ++w) top->entry_src_i[w] = r.sources[w];
    top->idx_i = static_cast<std::uint8_t>(index);
    top->region_we_i = 1;
    cycle();
    top->region_we_i = 0;
  }
  void configure(int index, const Window& w) {
    reference.windows[static_cast<std::size_t>(index)] = w;
    top->entry_enable_i = w.enable;
    top->entry_base_i = w.base;
    top->entry_limit_i = w.limit;
    top->entry_tiled_i = w.tiled;
    top->entry_log2_i = static_cast<std::uint8_t>(w.tile_log2);
    top->entry_tile_base_i = static_cast<std::uint16_t>(w.tile_base);
    for (std::size_t i = 0; i < 3; ++i) top->entry_src_i[i] = w.sources[i];
    top->idx_i = static_cast<std::uint8_t>(index);
    top->window_we_i = 1;
    cycle();
    top->window_we_i = 0;
  }
  // As the registers do it: disabled, initialised, enabled. Returns the cycles it took.
  std::uint64_t init(int index, Region r) {
    Region off = reference.regions[static_cast<std::size_t>(index)];
    off.enable = false;
    configure(index, off);
    const std::uint64_t cycles = request_init(false, index);
    reference.forget(index);
    configure(index, r);
    return cycles;
  }
  std::uint64_t init(int index, Window w) {
    Window off = reference.windows[static_cast<std::size_t>(index)];
    off.enable = false;
    configure(index, off);
    const std::uint64_t cycles = request_init(true, index);
    configure(index, w);
    return cycles;
  }
  std::uint64_t request_init(bool is_window, int index) {
    const std::uint64_t from = top.cycle();
    top->init_valid_i = 1;
    top->init_is_window_i = is_window;
    top->init_idx_i = static_cast<std::uint8_t>(index);
    run_until([&] { return top->init_done_o != 0; });
    cycle();
    top->init_valid_i = 0;
    cycle();
    return top.cycle() - from;
  }
  void flush() {
    top->flush_valid_i = 1;
    run_until([&] { return top->flush_done_o != 0; });
    cycle();
    top->flush_valid_i = 0;
    cycle();
    for (int r = 0; r < sizes().regions; ++r) reference.forget(r);
  }

  // ---- traffic
  // ---------------------------------------------------------------------------------------------
  Packet numbered(Packet p) {
    for (std::size_t i = 1; i < p.data.size(); ++i) p.data[i] = random();
    return p;
  }
  void send(int lane, const Packet& p) { link[static_cast<std::size_t>(lane)].push_back(numbered(p)); }
  void send_loop(int lane, const Packet& p) { loop[static_cast<std::size_t>(lane)].push_back(numbered(p)); }

  void run(int cycles) {
    for (int i = 0; i < cycles; ++i) cycle();
  }
  // Stuck is who accepts, writes and refuses nothing for long; a storm of spills may go on for as long as it likes.
  void run_until(const std::function<bool()>& done) {
    constexpr std::uint64_t kQuietCycles = 20000;
    const auto moved = [&] { return accepted + writes + reference.refusals.size(); };
    std::uint64_t before = moved(), since = top.cycle();
    while (!done()) {
      if (moved() != before) {
        before = moved();
        since = top.cycle();
      }
      if (top.cycle() - since > kQuietCycles) {
        throw std::runtime_error{"stuck in cycle " + std::to_string(top.cycle()) + where()};
      }
      cycle();
    }
  }
  std::string where() {
    std::string text =
        ": busy " + std::to_string(top->busy_o) + ", rx ready " + std::to_string(top->rx_ready_o);
    for (std::size_t l = 0; l < lanes(); ++l) {
      text += ", lane " + std::to_string(l) + " has " + std::to_string(link[l].size()) + " + " +
              std::to_string(loop[l].size());
    }
    return text;
  }
  bool idle() const {
    for (std::size_t l = 0; l < lanes(); ++l) {
      if (!link[l].empty() || !loop[l].empty() || !memory[l].idle()) return false;
    }
    return const_cast<AllocBench*>(this)->top->busy_o == 0;
  }
  // Everything sent has come to rest.
  void drain() {
    run_until([&] { return idle(); });
    run(3);
  }
  void finish() {
    drain();
    reference.finish();
    EXPECT_EQ(totals.rx_packets, reference.sent.size());
    EXPECT_LE(totals.spills, spill_writes) << "a row that goes out is written once";
    EXPECT_LE(totals.fills, spill_reads) << "a row that comes back was read";
  }

  // One clock cycle.
  void cycle() {
    drive_inputs();
    drive_memory();
    drive_spill();
    drive_sinks();
    if (random() % 16 == 0) check_outputs_ignore_inputs();
    top.tick();
    collect();
  }

 private:
  void put(int lane, bool is_loop, const Packet& p) {
    auto& data = is_loop ? top->loop_data_i : top->rx_data_i;
    auto& strb = is_loop ? top->loop_strb_i : top->rx_strb_i;
    auto& header = is_loop ? top->loop_header_i : top->rx_header_i;
    pins::set_words(data, lane, p.data);
    pins::set_words(strb, lane, p.strb);
    pins::set_words(header, lane, pack(p.header));
  }

  // A beat that is offered stays offered. A packet without tlast is one beat without and one with it.
  void drive_inputs() {
    for (std::size_t l = 0; l < lanes(); ++l) {
      const int lane = static_cast<int>(l);
      const std::uint64_t bit = std::uint64_t{1} << l;
      for (const bool is_loop : {false, true}) {
        auto& queue = is_loop ? loop[l] : link[l];
        auto& valid = is_loop ? top->loop_valid_i : top->rx_valid_i;
        const bool ready = ((is_loop ? top->loop_ready_o : top->rx_ready_o) & bit) != 0;
        if ((valid & bit) == 0 && !queue.empty() && chance(random, send_percent)) {
          put(lane, is_loop, queue.front());
          valid = static_cast<std::uint8_t>(valid | bit);
          if (!is_loop) pins::set(top->rx_last_i, lane, 1, queue.front().last);
        }
        pending_fire_[is_loop][l] = (valid & bit) != 0 && ready;
        if (pending_fire_[is_loop][l] && (is_loop || !tail_[l])) {
          // The serial number is given when the packet is accepted, which is now.
          Packet p = queue.front();
          p.data[0] = reference.sent.size();
          put(lane, is_loop, p);
          reference.accept(lane, p, top.cycle());
          ++accepted;
        }
      }
    }
  }

  void drive_memory() {
    for (std::size_t l = 0; l < lanes(); ++l) {
      const int lane = static_cast<int>(l);
      LaneMemory& m = memory[l];
      pins::set(top->aw_ready_i, lane, 1, chance(random, memory_timing.ready_percent));
      pins::set(top->w_ready_i, lane, 1, chance(random, memory_timing.ready_percent));
      if (pins::get(top->aw_valid_o, lane, 1) && pins::get(top->aw_ready_i, lane, 1)) {
        m.addresses.emplace_back(static_cast<int>(pins::get(top->aw_id_o, 16 * lane, 16)),
                                 pins::get(top->aw_addr_o, 64 * lane, 64));
      }
      if (pins::get(top->w_valid_o, lane, 1) && pins::get(top->w_ready_i, lane, 1)) {
        Write w;
        pins::get_words(top->w_data_o, lane, w.data);
        pins::get_words(top->w_strb_o, lane, w.strb);
        m.data.push_back(w);
        EXPECT_EQ(pins::get(top->w_last_o, lane, 1), 1U);
      }
      const auto& answer = m.answers.offer(top.cycle(), memory_timing, random);
      pins::set(top->b_valid_i, lane, 1, answer.has_value());
      if (answer) {
        pins::set(top->b_id_i, 16 * lane, 16, static_cast<std::uint64_t>(answer->id));
        pins::set(top->b_error_i, lane, 1, answer->error);
        if (pins::get(top->b_ready_o, lane, 1)) reference.answer(lane, m.answers.take());
      }
      while (auto write = m.complete()) {
        EXPECT_FALSE(reference.id_in_use(lane, write->id))
            << "identifier of a write that is not acknowledged";
        reference.write(lane, *write);
        if (write->data[0] < reference.sent.size())
          last_latency = first_valid_[l] - reference.sent[write->data[0]].cycle;
        ++writes;
        m.answers.add({write->id, chance(random, memory_timing.error_percent)}, top.cycle(), memory_timing,
                      random);
      }
    }
  }

  void drive_spill() {
    const std::uint64_t now = top.cycle();
    top->s_awready_i = chance(random, spill_timing.ready_percent);
    top->s_wready_i = chance(random, spill_timing.ready_percent);
    top->s_arready_i = chance(random, spill_timing.ready_percent);
    if (top->s_awvalid_o && top->s_awready_i) spill.addresses.emplace_back(top->s_awid_o, top->s_awaddr_o);
    if (top->s_wvalid_o && top->s_wready_i) {
      SpillWord word;
      for (std::size_t i = 0; i < 4; ++i) word[i] = top->s_wdata_o[i];
      spill.data.push_back(word);
      ++spill_writes;
    }
    if (top->s_arvalid_o && top->s_arready_i) {
      const std::uint64_t end = top->s_araddr_o + 16U * (top->s_arlen_o + 1U) - 1;
      EXPECT_EQ(top->s_araddr_o >> 12, end >> 12) << "a burst crosses 4 KiB";
      ++spill_reads;
      spill.read(top->s_arid_o, top->s_araddr_o, top->s_arlen_o + 1, now, spill_timing, random);
    }
    const auto& beat = spill.beat(now, spill_timing, random);
    top->s_rvalid_i = beat.has_value();
    if (beat) {
      top->s_rid_i = static_cast<std::uint8_t>(beat->id);
      for (std::size_t i = 0; i < 4; ++i) top->s_rdata_i[i] = beat->word[i];
      top->s_rresp_i = beat->error ? 2 : 0;
      top->s_rlast_i = beat->last;
      if (top->s_rready_o) spill.take_beat();
    }
    const auto& answer = spill.answers.offer(now, spill_timing, random);
    top->s_bvalid_i = answer.has_value();
    if (answer) {
      top->s_bid_i = static_cast<std::uint8_t>(answer->id);
      top->s_bresp_i = answer->error ? 2 : 0;
      if (top->s_bready_o) spill.answers.take();
    }
    spill.complete(now, spill_timing, random);
  }

  void drive_sinks() {
    for (std::size_t l = 0; l < lanes(); ++l) {
      const int lane = static_cast<int>(l);
      pins::set(top->ack_ready_i, lane, 1, chance(random, ack_percent));
      if (!pins::get(top->ack_valid_o, lane, 1) || !pins::get(top->ack_ready_i, lane, 1)) continue;
      const Ack ack{pins::get(top->ack_is_window_o, lane, 1) != 0,
                    static_cast<int>(pins::get(top->ack_owner_o, 8 * lane, 8)),
                    static_cast<int>(pins::get(top->ack_tile_o, 16 * lane, 16)),
                    static_cast<int>(pins::get(top->ack_bytes_o, 8 * lane, 8))};
      ASSERT_FALSE(reference.acks[l].empty()) << "an acknowledgement that memory did not give";
      EXPECT_EQ(ack, reference.acks[l].front())
          << "owner " << ack.owner << " tile " << ack.tile << " bytes " << ack.bytes;
      reference.acks[l].pop_front();
    }
    top->report_ready_i = chance(random, report_percent);
    if (top->report_valid_o && top->report_ready_i) {
      const auto found =
          reference.reports.find({top->report_src_o, top->report_region_o, top->report_rows_o});
      ASSERT_NE(found, reference.reports.end()) << "a report that nobody sent";
      reference.reports.erase(found);
      reported.push_back(top->report_rows_o);
    }
    hold_ = offered();
  }

  // Everything offered and not taken must still be offered in the next cycle, unchanged.
  std::string offered() {
    std::string held;
    const auto keep = [&](const char* name, bool valid, bool ready, std::uint64_t a, std::uint64_t b = 0,
                          std::uint64_t c = 0) {
      if (valid && !ready)
        held += std::string{name} + " " + std::to_string(a) + " " + std::to_string(b) + " " +
                std::to_string(c) + "\n";
    };
    for (std::size_t l = 0; l < lanes(); ++l) {
      const int lane = static_cast<int>(l);
      std::array<std::uint64_t, 16> data{};
      pins::get_words(top->w_data_o, lane, data);
      const std::string n = std::to_string(lane);
      keep(("aw" + n).c_str(), pins::get(top->aw_valid_o, lane, 1) != 0,
           pins::get(top->aw_ready_i, lane, 1) != 0, pins::get(top->aw_id_o, 16 * lane, 16),
           pins::get(top->aw_addr_o, 64 * lane, 64));
      keep(("w" + n).c_str(), pins::get(top->w_valid_o, lane, 1) != 0,
           pins::get(top->w_ready_i, lane, 1) != 0, data[0], data[15]);
      keep(("ack" + n).c_str(), pins::get(top->ack_valid_o, lane, 1) != 0,
           pins::get(top->ack_ready_i, lane, 1) != 0, pins::get(top->ack_owner_o, 8 * lane, 8),
           pins::get(top->ack_tile_o, 16 * lane, 16), pins::get(top->ack_bytes_o, 8 * lane, 8));
    }
    keep("report", top->report_valid_o, top->report_ready_i, top->report_src_o, top->report_region_o,
         top->report_rows_o);
    keep("s_aw", top->s_awvalid_o, top->s_awready_i, top->s_awid_o, top->s_awaddr_o);
    keep("s_w", top->s_wvalid_o, top->s_wready_i, pins::get(top->s_wdata_o, 0, 64),
         pins::get(top->s_wdata_o, 64, 64));
    keep("s_ar", top->s_arvalid_o, top->s_arready_i, top->s_arid_o, top->s_araddr_o, top->s_arlen_o);
    return held;
  }

  // No input reaches an output in the same cycle.
  void check_outputs_ignore_inputs() {
    const auto outputs = [&] {
      return std::tuple(top->rx_ready_o, top->loop_ready_o, top->aw_valid_o, top->w_valid_o, top->b_ready_o,
                        top->ack_valid_o, top->report_valid_o, top->s_awvalid_o, top->s_wvalid_o,
                        top->s_arvalid_o, top->s_rready_o, top->s_bready_o, top->refused_o,
                        top->memory_refused_o, top->busy_o, top->init_done_o, top->flush_done_o);
    };
    const auto before = outputs();
    top.settle();
    EXPECT_EQ(before, outputs()) << "an output follows an input in the same cycle";
  }

  void collect() {
    for (std::size_t l = 0; l < lanes(); ++l) {
      const int lane = static_cast<int>(l);
      const std::uint64_t bit = std::uint64_t{1} << l;
      for (const bool is_loop : {false, true}) {
        if (!pending_fire_[is_loop][l]) continue;
        auto& queue = is_loop ? loop[l] : link[l];
        auto& valid = is_loop ? top->loop_valid_i : top->rx_valid_i;
        if (!is_loop && !queue.front().last && !tail_[l]) {
          tail_[l] = true;  // the beat that ends it follows, with anything in it
          pins::set(top->rx_last_i, lane, 1, random() % 3 == 0);
          continue;
        }
        if (!is_loop && tail_[l]) {
          if (!pins::get(top->rx_last_i, lane, 1)) {
            pins::set(top->rx_last_i, lane, 1, 1);
            continue;
          }
          tail_[l] = false;
        }
        queue.pop_front();
        valid = static_cast<std::uint8_t>(valid & ~bit);
      }
      const bool aw = pins::get(top->aw_valid_o, lane, 1) != 0;
      const std::uint64_t id = pins::get(top->aw_id_o, 16 * lane, 16);
      if (aw && (!aw_before_[l] || id != id_before_[l])) first_valid_[l] = top.cycle();
      aw_before_[l] = aw;
      id_before_[l] = id;
      if (pins::get(top->refused_o, lane, 1))
        reference.refusals.push_back(refusal(lane, top->refused_cause_o, top->refused_header_o));
      if (pins::get(top->memory_refused_o, lane, 1)) {
        const Refusal r = refusal(lane, top->memory_cause_o, top->memory_header_o);
        EXPECT_EQ(r.cause, Refuse::memory);
        ASSERT_FALSE(reference.memory_refusals[l].empty());
        EXPECT_EQ(pack(r.header), pack(reference.memory_refusals[l].front()));
        reference.memory_refusals[l].pop_front();
      }
    }
    totals.rx_packets += top->stat_rx_packets_o;
    totals.wr_bytes += top->stat_wr_bytes_o;
    totals.hits += top->stat_hits_o;
    totals.allocs += top->stat_allocs_o;
    totals.spills += top->stat_spills_o;
    totals.fills += top->stat_fills_o;
    totals.rows_done += top->stat_rows_done_o;
    totals.table_errors += top->table_error_o;
    check_still_offered();
  }

  void check_still_offered() {
    if (hold_.empty()) return;
    const std::string before = hold_;
    // With every ready low, what is offered now reads the same.
    const auto aw = top->aw_ready_i, w = top->w_ready_i, a = top->ack_ready_i;
    const auto r = top->report_ready_i, sa = top->s_awready_i, sw = top->s_wready_i, sr = top->s_arready_i;
    top->aw_ready_i = top->w_ready_i = top->ack_ready_i = 0;
    top->report_ready_i = top->s_awready_i = top->s_wready_i = top->s_arready_i = 0;
    const std::string now = offered();
    top->aw_ready_i = aw;
    top->w_ready_i = w;
    top->ack_ready_i = a;
    top->report_ready_i = r;
    top->s_awready_i = sa;
    top->s_wready_i = sw;
    top->s_arready_i = sr;
    for (std::size_t at = 0; at < before.size();) {
      const std::size_t end = before.find('\n', at) + 1;
      EXPECT_NE(now.find(before.substr(at, end - at)), std::string::npos)
          << "withdrawn: " << before.substr(at, end - at);
      at = end;
    }
  }

  template <class Cause, class Headers>
  Refusal refusal(int lane, const Cause& cause, const Headers& headers) {
    HeaderBits bits{};
    pins::get_words(headers, lane, bits);
    return {lane, static_cast<Refuse>(pins::get(cause, 4 * lane, 4)), unpack(bits)};
  }

  std::array<std::array<bool, kMaxLanes>, 2> pending_fire_{};
  std::array<bool, kMaxLanes> tail_{}, aw_before_{};
  std::array<std::uint64_t, kMaxLanes> id_before_{}, first_valid_{};
  std::string hold_;
};

}  // namespace moehub::test
