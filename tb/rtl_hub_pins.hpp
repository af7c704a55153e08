// Adapter from pins of a verilated `hub` to the hub's C++ port; included once per verilated build.
//
// A step sets the inputs while the clock is low, lets them settle (assertions sample settled values) and
// raises the clock. Payload is copied only where valid, and not again while it waits.
#pragma once

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/hub/port.hpp"
#include "model/hub/registers.hpp"
#include "tb/header_bits.hpp"
#include "tb/pins.hpp"
#include "tb/spill_memory.hpp"

namespace moehub {

// For the build without tracing.
struct NoWaves {
  static constexpr bool kAvailable = false;
  template <class Model>
  void open(Model&, VerilatedContext&, const std::string&) {}
  void close() {}
  bool recording() const { return false; }
  void dump(std::uint64_t) {}
};

template <class Model, class Waves>
class RtlHub final : public Hub {
 public:
  RtlHub(const HubParams& params, int spill_latency_cycles, std::vector<const char*> arguments = {})
      : params_{params}, spill_{spill_latency_cycles} {
    if (!arguments.empty()) context_.commandArgs(static_cast<int>(arguments.size()), arguments.data());
    context_.randReset(0);
    top_ = std::make_unique<Model>(&context_, "hub");
    top_->clk_i = 0;
    top_->rst_ni = 0;
    top_->c_awprot_i = top_->c_arprot_i = 1;  // privileged
    for (int i = 0; i < 4; ++i) step(HubInputs{});
    top_->rst_ni = 1;
    // Tables clear themselves after reset; nothing can be accepted before that.
    for (int i = 0; i < kResetCycles && (i < 4 || outputs_.busy); ++i) step(HubInputs{});
    check_params();
  }
  ~RtlHub() override {
    waves_.close();
    Verilated::threadContextp(&context_);  // a model goes from the context used last, which may be gone
    top_->final();
  }
  RtlHub(const RtlHub&) = delete;
  RtlHub& operator=(const RtlHub&) = delete;

  const HubParams& params() const override { return params_; }
  const HubOutputs& outputs() const override { return outputs_; }
  std::uint64_t cycle() const override { return cycle_; }

  void step(const HubInputs& in) override {
    drive(in);
    drive_spill();
    top_->clk_i = 0;
    top_->eval();
    if (waves_.recording()) waves_.dump(2 * cycle_);
    top_->clk_i = 1;
    top_->eval();
    if (waves_.recording()) waves_.dump(2 * cycle_ + 1);
    ++cycle_;
    sample(in);
  }

  bool write_reg(std::uint16_t addr, std::uint32_t value) override {
    top_->c_awvalid_i = 1;
    top_->c_awaddr_i = addr;
    top_->c_wvalid_i = 1;
    top_->c_wdata_i = value;
    top_->c_wstrb_i = 0xf;
    top_->c_bready_i = 1;
    for (int i = 0; i < kAccessCycles; ++i) {
      const bool aw = top_->c_awvalid_i && top_->c_awready_o;
      const bool w = top_->c_wvalid_i && top_->c_wready_o;
      const bool b = top_->c_bvalid_o;
      const bool okay = top_->c_bresp_o == 0;
      step(HubInputs{});
      if (aw) top_->c_awvalid_i = 0;
      if (w) top_->c_wvalid_i = 0;
      if (b) {
        top_->c_bready_i = 0;
        return okay;
      }
    }
    throw std::runtime_error("RTL hub: no response to a register write");
  }

  std::optional<std::uint32_t> read_reg(std::uint16_t addr) override {
    top_->c_arvalid_i = 1;
    top_->c_araddr_i = addr;
    top_->c_rready_i = 1;
    for (int i = 0; i < kAccessCycles; ++i) {
      const bool ar = top_->c_arvalid_i && top_->c_arready_o;
      const bool r = top_->c_rvalid_o;
      const bool okay = top_->c_rresp_o == 0;
      const std::uint32_t value = top_->c_rdata_o;
      step(HubInputs{});
      if (ar) top_->c_arvalid_i = 0;
      if (r) {
        top_->c_rready_i = 0;
        return okay ? std::optional<std::uint32_t>{value} : std::nullopt;
      }
    }
    throw std::runtime_error("RTL hub: no response to a register read");
  }

  bool start_waves(const std::string& file) override {
    waves_.open(*top_, context_, file);
    return Waves::kAvailable;
  }
  void stop_waves() override { waves_.close(); }

 private:
  static constexpr int kResetCycles = 100000;
  static constexpr int kAccessCycles = 1000;

  template <class Signal>
  static void set_bit(Signal& signal, int lane, bool value) {
    pins::set(signal, lane, 1, value ? 1 : 0);
  }

  void check_params() {
    const auto word0 = read_reg(reg::kParams0).value_or(0);
    const auto word1 = read_reg(reg::kParams1).value_or(0);
    const auto word2 = read_reg(reg::kParams2).value_or(0);
    const auto same = [](const char* name, int asked, std::uint32_t built) {
      if (asked != static_cast<int>(built)) {
        throw std::invalid_argument("the RTL hub was built with " + std::string{name} + " = " +
                                    std::to_string(built) + ", asked for " + std::to_string(asked));
      }
    };
    same("lanes", params_.lanes, word0 & 0xffU);
    same("peers", params_.peers, (word0 >> 8) & 0xffU);
    same("entries", params_.entries, word0 >> 16);
    same("rat_banks", params_.rat_banks, word1 & 0xffU);
    same("rat_sets", params_.rat_sets, (word1 >> 8) & 0xffffU);
    same("rat_ways", params_.rat_ways, word1 >> 24);
    same("regions", params_.regions, word2 & 0xffffU);
    same("tiles", params_.tiles & 0xffff, word2 >> 16);
  }

  void drive(const HubInputs& in) {
    for (int l = 0; l < params_.lanes; ++l) {
      const auto lane = static_cast<std::size_t>(l);
      set_bit(top_->req_tvalid_i, l, in.req[lane] != nullptr);
      if (const Packet* p = in.req[lane]) {
        drive_packet(*p, l, top_->req_tuser_i, top_->req_tstrb_i, top_->req_tdata_i,
                     top_->req_tlast_i);
      }
      set_bit(top_->rx_tvalid_i, l, in.rx[lane] != nullptr);
      if (const Packet* p = in.rx[lane]) {
        drive_packet(*p, l, top_->rx_tuser_i, top_->rx_tstrb_i, top_->rx_tdata_i,
                     top_->rx_tlast_i);
      }
      set_bit(top_->tx_tready_i, l, in.tx_ready[lane]);
      const int peer = in.credit_peer[lane];
      set_bit(top_->crd_valid_i, l, peer >= 0);
      if (peer >= 0) pins::set(top_->crd_peer_i, 8 * l, 8, static_cast<std::uint64_t>(peer));
      // Address and data of a write are raised together and taken together.
      const bool write = in.write_ready[lane] && outputs_.write[lane] != nullptr;
      set_bit(top_->m_awready_i, l, write);
      set_bit(top_->m_wready_i, l, write);
      set_bit(top_->m_bvalid_i, l, in.ack[lane].has_value());
      if (in.ack[lane]) {
        pins::set(top_->m_bid_i, id_bits_ * l, id_bits_,
                  static_cast<std::uint64_t>(in.ack[lane]->id));
        pins::set(top_->m_bresp_i, 2 * l, 2, in.ack[lane]->error ? 2 : 0);
      }
    }
    top_->tile_tready_i = in.tile_ready ? 1 : 0;
  }

  template <class User, class Strb, class Data, class Last>
  static void drive_packet(const Packet& p, int lane, User& user, Strb& strb, Data& data,
                           Last& last) {
    pins::set_words(user, lane, pack(p.header));
    pins::set_words(strb, lane, p.strb);
    pins::set_words(data, lane, p.data);
    set_bit(last, lane, p.last);
  }

  void drive_spill() {
    top_->s_awready_i = 1;
    top_->s_wready_i = 1;
    top_->s_arready_i = 1;
    const int* b = spill_.write_response();
    top_->s_bvalid_i = b != nullptr ? 1 : 0;
    if (b != nullptr) top_->s_bid_i = static_cast<CData>(*b);
    top_->s_bresp_i = 0;
    const SpillMemory::Response* r = spill_.read_beat();
    top_->s_rvalid_i = r != nullptr ? 1 : 0;
    top_->s_rresp_i = 0;
    if (r != nullptr) {
      top_->s_rid_i = static_cast<CData>(r->id);
      top_->s_rlast_i = r->last ? 1 : 0;
      pins::set_words(top_->s_rdata_i, 0, r->data);
    }
    // The handshakes of this cycle, as the outputs stand before the edge.
    if (b != nullptr && top_->s_bready_o) spill_.pop_write_response();
    if (r != nullptr && top_->s_rready_o) spill_.pop_read_beat();
    if (top_->s_awvalid_o) spill_.take_write_address(top_->s_awid_o, top_->s_awaddr_o);
    if (top_->s_wvalid_o) {
      SpillMemory::Beat beat{};
      pins::get_words(top_->s_wdata_o, 0, beat);
      spill_.take_write_data(beat);
    }
    if (top_->s_arvalid_o) {
      spill_.take_read(top_->s_arid_o, top_->s_araddr_o, top_->s_arlen_o + 1);
    }
    spill_.edge();
  }

  void sample(const HubInputs& in) {
    for (int l = 0; l < params_.lanes; ++l) {
      const auto lane = static_cast<std::size_t>(l);
      outputs_.req_ready[lane] = pins::get(top_->req_tready_o, l, 1) != 0;
      outputs_.rx_ready[lane] = pins::get(top_->rx_tready_o, l, 1) != 0;
      outputs_.ack_ready[lane] = pins::get(top_->m_bready_o, l, 1) != 0;

      const bool tx = pins::get(top_->tx_tvalid_o, l, 1) != 0;
      const bool tx_waits = outputs_.tx[lane] != nullptr && !in.tx_ready[lane];
      if (tx && !tx_waits) {
        HeaderBits header{};
        pins::get_words(top_->tx_tuser_o, l, header);
        tx_[lane].header = unpack(header);
        tx_[lane].last = pins::get(top_->tx_tlast_o, l, 1) != 0;
        pins::get_words(top_->tx_tstrb_o, l, tx_[lane].strb);
        pins::get_words(top_->tx_tdata_o, l, tx_[lane].data);
      }
      outputs_.tx[lane] = tx ? &tx_[lane] : nullptr;

      const bool write = pins::get(top_->m_awvalid_o, l, 1) != 0 &&
                         pins::get(top_->m_wvalid_o, l, 1) != 0;
      const bool write_waits = outputs_.write[lane] != nullptr && !in.write_ready[lane];
      if (write && !write_waits) {
        write_[lane].id = static_cast<int>(pins::get(top_->m_awid_o, id_bits_ * l, id_bits_));
        write_[lane].addr = pins::get(top_->m_awaddr_o, 48 * l, 48);
        pins::get_words(top_->m_wstrb_o, l, write_[lane].strb);
        pins::get_words(top_->m_wdata_o, l, write_[lane].data);
      }
      outputs_.write[lane] = write ? &write_[lane] : nullptr;
    }
    outputs_.tile.reset();
    if (top_->tile_tvalid_o) {
      const auto& t = top_->tile_tdata_o;
      TileMessage message;
      message.count = static_cast<std::uint32_t>(pins::get(t, 0, 24));
      message.tile = static_cast<std::uint16_t>(pins::get(t, 24, 16));
      message.owner = static_cast<std::uint8_t>(pins::get(t, 40, 8));
      message.is_window = pins::get(t, 48, 1) != 0;
      message.kind = static_cast<TileKind>(pins::get(t, 49, 2));
      outputs_.tile = message;
    }
    outputs_.all_ready = top_->all_ready_o != 0;
    outputs_.irq = top_->irq_o != 0;
    outputs_.busy = top_->busy_o != 0 || !spill_.idle();
  }

  static int log2_of(int n) {
    int bits = 0;
    while ((1 << bits) < n) ++bits;
    return bits;
  }

  HubParams params_;
  int id_bits_ = log2_of(params_.outstanding);
  VerilatedContext context_;
  std::unique_ptr<Model> top_;
  Waves waves_;
  SpillMemory spill_;
  HubOutputs outputs_;
  std::array<Packet, kMaxLanes> tx_{};
  std::array<MemoryWrite, kMaxLanes> write_{};
  std::uint64_t cycle_ = 0;
};

}  // namespace moehub
