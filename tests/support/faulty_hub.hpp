// A hub with one fault: everything goes through to the hub inside, except that once, or from then on,
// something goes wrong at its pins. Shows that a run notices.
#pragma once

#include <memory>
#include <string>

#include "model/hub/port.hpp"

namespace moehub::test {

enum class Fault {
  drop_packet,        ///< a packet with payload leaves the hub and never reaches the link
  duplicate_packet,   ///< one is sent twice
  flip_byte,          ///< a byte of a memory write
  wrong_address,      ///< a memory write goes one line too far
  drop_tile,          ///< a tile's message gets lost
  early_tile,         ///< the first tile of region 0 is announced with the first memory write
  repeat_tile,        ///< a tile's message comes twice
  stuck,              ///< no store is taken any more
};

class FaultyHub : public Hub {
 public:
  /// The fault strikes at the `nth` occasion, counted from 0.
  FaultyHub(std::unique_ptr<Hub> hub, Fault fault, int nth)
      : hub_(std::move(hub)), fault_(fault), occasions_left_(nth) {
    look();
  }

  const HubParams& params() const override { return hub_->params(); }
  const HubOutputs& outputs() const override { return outputs_; }
  std::uint64_t cycle() const override { return hub_->cycle(); }
  bool write_reg(std::uint16_t addr, std::uint32_t value) override {
    const bool ok = hub_->write_reg(addr, value);
    look();
    return ok;
  }
  std::optional<std::uint32_t> read_reg(std::uint16_t addr) override {
    const auto value = hub_->read_reg(addr);
    look();
    return value;
  }
  bool start_waves(const std::string& file) override { return hub_->start_waves(file); }
  void stop_waves() override { hub_->stop_waves(); }

  void step(const HubInputs& outer) override {
    HubInputs in = outer;
    const HubOutputs& inner = hub_->outputs();
    for (std::size_t l = 0; l < kMaxLanes; ++l) {
      if (inner.tx[l] != nullptr && outputs_.tx[l] == nullptr) in.tx_ready[l] = true;  // dropped
      if (hold_lane_ == static_cast<int>(l)) {
        if (outer.tx_ready[l]) sent_once_ = true;
        in.tx_ready[l] = false;
      }
      if (swallow_credit_ && in.credit_peer[l] == duplicated_to_ && hold_lane_ < 0 &&
          duplicated_lane_ == static_cast<int>(l)) {
        in.credit_peer[l] = -1;  // the duplicate's own
        swallow_credit_ = false;
      }
      if (stuck_) in.req[l] = nullptr;
    }
    if (inner.tile && !outputs_.tile) in.tile_ready = true;     // dropped
    if (repeating_) in.tile_ready = false;
    if (invented_) in.tile_ready = false;
    hub_->step(in);
    invented_ = repeating_ = false;
    if (sent_once_) hold_lane_ = -1;
    look();
  }

 private:
  bool strikes() { return struck_ ? false : occasions_left_-- == 0 && (struck_ = true); }

  // What the outside sees of the hub's outputs.
  void look() {
    outputs_ = hub_->outputs();
    for (std::size_t l = 0; l < kMaxLanes; ++l) {
      const Packet* packet = outputs_.tx[l];
      if (packet != nullptr && packet->header.kind != PacketKind::count) {
        if (fault_ == Fault::drop_packet && strikes()) outputs_.tx[l] = nullptr;
        if (fault_ == Fault::duplicate_packet && strikes()) {
          hold_lane_ = duplicated_lane_ = static_cast<int>(l);
          duplicated_to_ = packet->header.dst;
          swallow_credit_ = true;
        }
      }
      if (outputs_.write[l] != nullptr) {
        if (fault_ == Fault::early_tile && !outputs_.tile && strikes()) {
          outputs_.tile = TileMessage{};
          outputs_.tile->count = 16;
          invented_ = true;
        }
        if (fault_ == Fault::flip_byte || fault_ == Fault::wrong_address) change(l);
      }
    }
    if (hub_->outputs().tile && hub_->outputs().tile->kind == TileKind::ready) {
      if (fault_ == Fault::drop_tile && strikes()) outputs_.tile.reset();
      if (fault_ == Fault::repeat_tile && strikes()) repeating_ = true;
    }
    if (fault_ == Fault::stuck && !stuck_ && outputs_.write[0] != nullptr) stuck_ = strikes();
    if (stuck_) outputs_.req_ready.fill(false);
  }

  void change(std::size_t lane) {
    if (changed_id_ < 0 && strikes()) {
      changed_lane_ = lane;
      changed_id_ = outputs_.write[lane]->id;
    } else if (changed_id_ != outputs_.write[lane]->id || changed_lane_ != lane || done_changing_) {
      done_changing_ = done_changing_ || (changed_id_ >= 0 && changed_lane_ == lane);
      return;
    }
    write_ = *outputs_.write[lane];
    if (fault_ == Fault::flip_byte) {
      const std::size_t word = write_.strb[0] != 0 ? 0 : 8;
      write_.data[word] ^= 1;
      write_.data[word + 4] ^= 1;  // one of them is enabled
    } else {
      write_.addr += kLineBytes;
    }
    outputs_.write[lane] = &write_;
  }

  std::unique_ptr<Hub> hub_;
  Fault fault_;
  int occasions_left_;
  HubOutputs outputs_;
  MemoryWrite write_;
  bool struck_ = false;
  bool invented_ = false;
  bool repeating_ = false;
  bool stuck_ = false;
  bool sent_once_ = false;
  bool swallow_credit_ = false;
  bool done_changing_ = false;
  int hold_lane_ = -1;
  int duplicated_lane_ = -1;
  int duplicated_to_ = -1;
  std::size_t changed_lane_ = 0;
  int changed_id_ = -1;
};

}  // namespace moehub::test
