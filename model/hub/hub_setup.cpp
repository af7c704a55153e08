#include "model/hub/hub_setup.hpp"

#include <stdexcept>
#include <string>

namespace moehub {

namespace {

std::string register_name(std::uint16_t addr) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "hub register 0x";
  for (int shift = 12; shift >= 0; shift -= 4) text += kDigits[(addr >> shift) & 0xf];
  return text;
}

constexpr std::uint32_t low32(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
constexpr std::uint32_t high32(std::uint64_t value) {
  return static_cast<std::uint32_t>(value >> 32);
}

std::uint16_t nth(std::uint16_t base, int index) {
  return static_cast<std::uint16_t>(base + 4 * index);
}

void write_mask(Hub& hub, std::uint16_t addr, const PeerMask& mask) {
  for (int i = 0; i < 3; ++i) {
    write_checked(hub, nth(addr, i), mask.words[static_cast<std::size_t>(i)]);
  }
}

// Shifts fields of a header into or out of 128 bits, least significant field first.
class Bits128 {
 public:
  Bits128() = default;
  explicit Bits128(const std::array<std::uint32_t, 4>& words) : words_(words) {}

  void put(std::uint64_t value, int width) {
    for (int i = 0; i < width; ++i, ++at_) {
      if (((value >> i) & 1U) != 0) word() |= 1U << (at_ % 32);
    }
  }
  std::uint64_t take(int width) {
    std::uint64_t value = 0;
    for (int i = 0; i < width; ++i, ++at_) {
      value |= static_cast<std::uint64_t>((word() >> (at_ % 32)) & 1U) << i;
    }
    return value;
  }
  const std::array<std::uint32_t, 4>& words() const { return words_; }

 private:
  std::uint32_t& word() { return words_[static_cast<std::size_t>(at_ / 32)]; }

  std::array<std::uint32_t, 4> words_{};
  int at_ = 0;
};

}  // namespace

std::uint32_t PolicySetup::word() const {
  return (merge ? 1U : 0U) | (timer ? 2U : 0U) | (prio ? 4U : 0U) | (full_first ? 8U : 0U) |
         (row_order ? 16U : 0U) | (round_robin ? 32U : 0U);
}

std::uint32_t read_checked(Hub& hub, std::uint16_t addr) {
  const std::optional<std::uint32_t> value = hub.read_reg(addr);
  if (!value) throw std::runtime_error(register_name(addr) + " cannot be read");
  return *value;
}

void write_checked(Hub& hub, std::uint16_t addr, std::uint32_t value) {
  if (!hub.write_reg(addr, value)) {
    throw std::runtime_error(register_name(addr) + " refuses " + std::to_string(value));
  }
}

void enable_hub(Hub& hub, const HubSetup& setup) {
  const int sets = setup.sets_in_use == 0 ? hub.params().rat_sets : setup.sets_in_use;
  write_checked(hub, reg::kSelf, static_cast<std::uint32_t>(setup.self));
  write_checked(hub, reg::kPolicy, setup.policy.word());
  write_checked(hub, reg::kTimer,
                static_cast<std::uint32_t>(setup.tick_cycles | (setup.merge_age_ticks << 16) |
                                           (setup.deadline_age_ticks << 20)));
  write_checked(hub, reg::kCredits, static_cast<std::uint32_t>(setup.credits));
  write_checked(hub, reg::kSetMask, static_cast<std::uint32_t>(sets - 1));
  write_checked(hub, reg::kSpillBaseLo, low32(setup.spill_base));
  write_checked(hub, reg::kSpillBaseHi, high32(setup.spill_base));
  write_mask(hub, reg::kPeerEnable, setup.peers);
  write_checked(hub, reg::kCtrl, 1);
}

void disable_hub(Hub& hub) { write_checked(hub, reg::kCtrl, 0); }

void program_region(Hub& hub, int index, const RegionSetup& setup) {
  const auto write = [&](std::uint16_t field, std::uint32_t value) {
    write_checked(hub, region_reg(index, field), value);
  };
  write(reg::kRegBaseLo, low32(setup.base));
  write(reg::kRegBaseHi, high32(setup.base));
  write(reg::kRegRowBytes, static_cast<std::uint32_t>(setup.row_bytes));
  write(reg::kRegCapacity, static_cast<std::uint32_t>(setup.capacity_rows));
  write(reg::kRegTile, static_cast<std::uint32_t>(setup.tile_rows_log2) |
                           static_cast<std::uint32_t>(setup.tile_base) << 16);
  write_mask(hub, region_reg(index, reg::kRegSource), setup.sources);
  write(reg::kRegCtrl, 1U | static_cast<std::uint32_t>(setup.generation) << 8);
}

void program_window(Hub& hub, int index, const WindowSetup& setup) {
  const auto write = [&](std::uint16_t field, std::uint32_t value) {
    write_checked(hub, window_reg(index, field), value);
  };
  const std::uint64_t limit = setup.base + setup.bytes - kLineBytes;
  write(reg::kWinBaseLo, low32(setup.base));
  write(reg::kWinBaseHi, high32(setup.base));
  write(reg::kWinLimitLo, low32(limit));
  write(reg::kWinLimitHi, high32(limit));
  write(reg::kWinTile, static_cast<std::uint32_t>(setup.tile_bytes_log2) |
                           static_cast<std::uint32_t>(setup.tile_base) << 16);
  write(reg::kWinTileCount, static_cast<std::uint32_t>(setup.tile_count));
  write(reg::kWinTileBytes, setup.tile_ready_bytes);
  write(reg::kWinLastTileBytes, setup.last_tile_ready_bytes);
  write_mask(hub, window_reg(index, reg::kWinSource), setup.sources);
  write(reg::kWinCtrl, 1U | (setup.tiled ? 2U : 0U));
}

void disable_region(Hub& hub, int index, int generation) {
  write_checked(hub, region_reg(index, reg::kRegCtrl), static_cast<std::uint32_t>(generation) << 8);
}

void disable_window(Hub& hub, int index) {
  write_checked(hub, window_reg(index, reg::kWinCtrl), 0);
}

void wait_initialised(Hub& hub, int max_reads) {
  for (int i = 0; i < max_reads; ++i) {
    if ((read_checked(hub, reg::kStatus) & 2U) == 0) return;
  }
  throw std::runtime_error("hub did not finish its initialisation");
}

void flush_row_table(Hub& hub) {
  const std::uint32_t ctrl = read_checked(hub, reg::kCtrl) & 1U;
  write_checked(hub, reg::kCtrl, ctrl | 2U);
  wait_initialised(hub);
}

void clear_statistics(Hub& hub) {
  const std::uint32_t ctrl = read_checked(hub, reg::kCtrl) & 1U;
  write_checked(hub, reg::kCtrl, ctrl | 4U);
}

HubStatistics read_statistics(Hub& hub) {
  const auto counter = [&](reg::Stat stat) {
    const auto addr = static_cast<std::uint16_t>(reg::kStat + 8 * static_cast<int>(stat));
    const std::uint64_t low = read_checked(hub, addr);  // latches the high word
    return low | static_cast<std::uint64_t>(read_checked(hub, nth(addr, 1))) << 32;
  };
  HubStatistics s;
  s.requests = counter(reg::Stat::requests);
  s.merges = counter(reg::Stat::merges);
  s.tx_packets = counter(reg::Stat::tx_packets);
  s.loop_packets = counter(reg::Stat::loop_packets);
  s.tx_bytes = counter(reg::Stat::tx_bytes);
  s.fences = counter(reg::Stat::fences);
  s.rx_packets = counter(reg::Stat::rx_packets);
  s.wr_bytes = counter(reg::Stat::wr_bytes);
  s.rat_hits = counter(reg::Stat::rat_hits);
  s.rat_allocs = counter(reg::Stat::rat_allocs);
  s.rat_spills = counter(reg::Stat::rat_spills);
  s.rat_fills = counter(reg::Stat::rat_fills);
  s.rows_done = counter(reg::Stat::rows_done);
  s.acks = counter(reg::Stat::acks);
  s.tiles_ready = counter(reg::Stat::tiles_ready);
  s.tiles_cancelled = counter(reg::Stat::tiles_cancelled);
  s.owners_done = counter(reg::Stat::owners_done);
  return s;
}

RefusalCounts read_refusals(Hub& hub) {
  RefusalCounts counts{};
  for (int cause = 0; cause < kRefusalCauses; ++cause) {
    counts[static_cast<std::size_t>(cause)] = read_checked(hub, nth(reg::kRefused, cause));
  }
  return counts;
}

CapturedRefusal read_capture(Hub& hub) {
  const std::uint32_t cause = read_checked(hub, reg::kErrCause);
  CapturedRefusal captured;
  captured.valid = (cause >> 31) != 0;
  if (!captured.valid) return captured;
  captured.cause = static_cast<reg::Refuse>(cause & 0xfU);
  std::array<std::uint32_t, 4> words{};
  for (int i = 0; i < 4; ++i) {
    words[static_cast<std::size_t>(i)] = read_checked(hub, nth(reg::kErrHeader, i));
  }
  captured.header = unpack_header(words);
  return captured;
}

void free_capture(Hub& hub) {
  write_checked(hub, reg::kErrCause, 0);
  write_checked(hub, reg::kIrqStatus, 1);
}

std::array<std::uint32_t, 4> pack_header(const Header& header) {
  Bits128 bits;
  bits.put(header.rsvd, 3);
  bits.put(header.addr, 48);
  bits.put(header.offset, 16);
  bits.put(header.row, 24);
  bits.put(header.gen, 8);
  bits.put(header.region, 8);
  bits.put(header.dst, 8);
  bits.put(header.src, 8);
  bits.put(header.nop ? 1 : 0, 1);
  bits.put(static_cast<std::uint64_t>(header.kind), 4);
  return bits.words();
}

Header unpack_header(const std::array<std::uint32_t, 4>& words) {
  Bits128 bits(words);
  Header header;
  header.rsvd = static_cast<std::uint8_t>(bits.take(3));
  header.addr = bits.take(48);
  header.offset = static_cast<std::uint16_t>(bits.take(16));
  header.row = static_cast<std::uint32_t>(bits.take(24));
  header.gen = static_cast<std::uint8_t>(bits.take(8));
  header.region = static_cast<std::uint8_t>(bits.take(8));
  header.dst = static_cast<std::uint8_t>(bits.take(8));
  header.src = static_cast<std::uint8_t>(bits.take(8));
  header.nop = bits.take(1) != 0;
  header.kind = static_cast<PacketKind>(bits.take(4));
  return header;
}

}  // namespace moehub
