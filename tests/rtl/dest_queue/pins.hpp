// dest_queue one clock cycle at a time, whatever its parameters: read the outputs, set the inputs, tick.
#pragma once

#include <cstdint>

#include "model/hub/packet.hpp"
#include "tests/support/bench.hpp"

namespace moehub::test {

struct Geometry {
  int lanes;
  int peers;
  int entries;
  int regions;
};

// hub_cfg_t, as far as dest_queue looks at it.
struct Config {
  bool enable = true;
  int self = 0;
  bool round_robin = true;
  bool row_order = true;
  bool full_first = true;
  bool prio = true;
  bool timer = true;
  bool merge = true;
  int tick = 16;
  int merge_age = 4;
  int deadline_age = 12;
  int credits = 64;
  std::uint32_t peers = ~0U;  // enabled
};

struct Refusal {
  int cause;
  Header header;
};
inline constexpr int kRefuseRequest = 12;
inline constexpr int kRefuseTable = 13;

struct EgressStat {
  int requests = 0, merges = 0, tx_packets = 0, loop_packets = 0, tx_bytes = 0, fences = 0;
};

class Pins {
 public:
  explicit Pins(const Geometry& sizes) : geometry{sizes} {}
  virtual ~Pins() = default;

  virtual void configure(const Config& config) = 0;
  virtual void set_request(int lane, const Packet* packet) = 0;  // null: not valid
  virtual void set_ready(int lane, bool tx, bool loop) = 0;
  virtual void set_credit(int lane, int peer) = 0;  // -1: none
  virtual void set_inject(bool inject) = 0;

  virtual bool request_ready(int lane) = 0;
  virtual bool tx_valid(int lane) = 0;
  virtual Packet tx(int lane) = 0;
  virtual bool loop_valid(int lane) = 0;
  virtual Packet loop(int lane) = 0;
  virtual bool refused(int lane) = 0;
  virtual Refusal refusal(int lane) = 0;
  virtual EgressStat stat() = 0;
  virtual bool table_error() = 0;
  virtual bool busy() = 0;
  virtual void tick() = 0;
  virtual void reset() = 0;

  const Geometry geometry;
};

// header_t is 128 bits: four words, least significant first.
inline void pack(const Header& h, std::uint32_t* words) {
  const std::uint64_t high = (std::uint64_t{static_cast<std::uint8_t>(h.kind)} << 60) |
                             (std::uint64_t{h.nop} << 59) | (std::uint64_t{h.src} << 51) |
                             (std::uint64_t{h.dst} << 43) | (std::uint64_t{h.region} << 35) |
                             (std::uint64_t{h.gen} << 27) | (std::uint64_t{h.row & 0xffffffU} << 3) |
                             (std::uint64_t{h.offset} >> 13);
  const std::uint64_t low = (std::uint64_t{h.offset} << 51) | ((h.addr & 0xffffffffffffU) << 3) | h.rsvd;
  words[0] = static_cast<std::uint32_t>(low);
  words[1] = static_cast<std::uint32_t>(low >> 32);
  words[2] = static_cast<std::uint32_t>(high);
  words[3] = static_cast<std::uint32_t>(high >> 32);
}

inline Header unpack(const std::uint32_t* words) {
  const std::uint64_t low = words[0] | (std::uint64_t{words[1]} << 32);
  const std::uint64_t high = words[2] | (std::uint64_t{words[3]} << 32);
  Header h;
  h.kind = static_cast<PacketKind>(high >> 60);
  h.nop = (high >> 59) & 1;
  h.src = static_cast<std::uint8_t>(high >> 51);
  h.dst = static_cast<std::uint8_t>(high >> 43);
  h.region = static_cast<std::uint8_t>(high >> 35);
  h.gen = static_cast<std::uint8_t>(high >> 27);
  h.row = static_cast<std::uint32_t>(high >> 3) & 0xffffffU;
  h.offset = static_cast<std::uint16_t>((high << 13) | (low >> 51));
  h.addr = (low >> 3) & 0xffffffffffffU;
  h.rsvd = low & 7;
  return h;
}

inline std::uint64_t word64(const std::uint32_t* words, int i) {
  return words[2 * i] | (std::uint64_t{words[2 * i + 1]} << 32);
}
inline void set_word64(std::uint32_t* words, int i, std::uint64_t value) {
  words[2 * i] = static_cast<std::uint32_t>(value);
  words[2 * i + 1] = static_cast<std::uint32_t>(value >> 32);
}

template <class Top>
class VerilatedPins final : public Pins {
 public:
  explicit VerilatedPins(const Geometry& sizes) : Pins{sizes} {}

  void configure(const Config& c) override {
    const auto u = [](auto v) { return static_cast<std::uint64_t>(v); };
    const std::uint64_t policy = u(c.round_robin) << 5 | u(c.row_order) << 4 | u(c.full_first) << 3 |
                                 u(c.prio) << 2 | u(c.timer) << 1 | u(c.merge);
    // enable, self, policy, tick, merge_age, deadline_age, credits, set_mask (16), spill_base (48)
    const std::uint64_t high = u(c.credits) | u(c.deadline_age) << 12 | u(c.merge_age) << 16 | u(c.tick) << 20 |
                               policy << 36 | u(c.self) << 48 | u(c.enable) << 56;
    set_word64(bench_->cfg_i.data(), 0, 0);
    set_word64(bench_->cfg_i.data(), 1, high);
    set_pin(bench_->peer_en_i, c.peers & ((1U << geometry.peers) - 1));
  }
  void set_request(int lane, const Packet* p) override {
    set_bit(bench_->req_tvalid_i, lane, p != nullptr);
    if (p == nullptr) return;
    set_bit(bench_->req_tlast_i, lane, p->last);
    pack(p->header, bench_->req_tuser_i.data() + 4 * lane);
    for (int i = 0; i < 2; ++i) set_word64(bench_->req_tstrb_i.data() + 4 * lane, i, p->strb[static_cast<std::size_t>(i)]);
    for (int i = 0; i < 16; ++i) set_word64(bench_->req_tdata_i.data() + 32 * lane, i, p->data[static_cast<std::size_t>(i)]);
  }
  void set_ready(int lane, bool tx, bool loop) override {
    set_bit(bench_->tx_tready_i, lane, tx);
    set_bit(bench_->loop_ready_i, lane, loop);
  }
  void set_credit(int lane, int peer) override {
    set_bit(bench_->crd_valid_i, lane, peer >= 0);
    if (peer < 0) return;  // the last one stays, and must not count
    const auto value = static_cast<std::uint64_t>(peer) & 0xff;
    crd_ = (crd_ & ~(std::uint64_t{0xff} << (8 * lane))) | value << (8 * lane);
    set_pin(bench_->crd_peer_i, crd_);
  }
  void set_inject(bool inject) override { bench_->inject_i = inject; }

  bool request_ready(int lane) override { return bit(bench_->req_tready_o, lane); }
  bool tx_valid(int lane) override { return bit(bench_->tx_tvalid_o, lane); }
  Packet tx(int lane) override {
    Packet p;
    p.header = unpack(bench_->tx_tuser_o.data() + 4 * lane);
    for (int i = 0; i < 2; ++i) p.strb[static_cast<std::size_t>(i)] = word64(bench_->tx_tstrb_o.data() + 4 * lane, i);
    for (int i = 0; i < 16; ++i) p.data[static_cast<std::size_t>(i)] = word64(bench_->tx_tdata_o.data() + 32 * lane, i);
    p.last = bit(bench_->tx_tlast_o, lane);
    return p;
  }
  bool loop_valid(int lane) override { return bit(bench_->loop_valid_o, lane); }
  Packet loop(int lane) override {
    const std::uint32_t* words = bench_->loop_packet_o[static_cast<std::size_t>(lane)].data();
    Packet p;
    for (int i = 0; i < 16; ++i) p.data[static_cast<std::size_t>(i)] = word64(words, i);
    for (int i = 0; i < 2; ++i) p.strb[static_cast<std::size_t>(i)] = word64(words + 32, i);
    p.header = unpack(words + 36);
    return p;
  }
  bool refused(int lane) override { return bit(bench_->refused_o, lane); }
  Refusal refusal(int lane) override {
    const auto& words = bench_->refusal_o[static_cast<std::size_t>(lane)];
    return {static_cast<int>(words[4] & 0xf), unpack(words.data())};
  }
  EgressStat stat() override {
    const auto field = [this](int low, int width) {
      return static_cast<int>((bench_->stat_o >> low) & ((1U << width) - 1));
    };
    return {field(25, 4), field(21, 4), field(17, 4), field(13, 4), field(1, 12), field(0, 1)};
  }
  bool table_error() override { return bench_->table_error_o; }
  bool busy() override { return bench_->busy_o; }
  void tick() override { bench_.tick(); }
  void reset() override { bench_.reset(); }

 private:
  template <class T>
  static bool bit(T word, int i) {
    return (word >> i) & 1;
  }
  template <class T>
  static void set_pin(T& pin, std::uint64_t value) {
    pin = static_cast<T>(value);
  }
  template <class T>
  static void set_bit(T& word, int i, bool value) {
    const unsigned mask = 1U << i;
    word = static_cast<T>(value ? word | mask : word & ~mask);
  }

  Bench<Top> bench_;
  std::uint64_t crd_ = 0;
};

}  // namespace moehub::test
