#include "model/hub/hub_registers.hpp"

#include <algorithm>

#include "model/hub/hub_setup.hpp"

namespace moehub::ref {

namespace {

constexpr std::uint32_t kIdValue = 0x4d484231;
constexpr std::uint16_t kEnd = 0x8000;

void set_low(std::uint64_t& address, std::uint32_t value) {
  address = (address & ~std::uint64_t{0xffffffff}) | value;
}
void set_high(std::uint64_t& address, std::uint32_t value) {
  address = (address & 0xffffffffU) | static_cast<std::uint64_t>(value) << 32;
}
std::uint32_t low(std::uint64_t address) { return static_cast<std::uint32_t>(address); }
std::uint32_t high(std::uint64_t address) { return static_cast<std::uint32_t>(address >> 32); }

// Bits that name GPUs below `peers` in word `word` of a mask.
std::uint32_t known_peers(int peers, int word) {
  const int count = std::clamp(peers - 32 * word, 0, 32);
  return count == 32 ? ~0U : (1U << count) - 1;
}

bool is_word_of(std::uint16_t addr, std::uint16_t base, int words) {
  return addr >= base && addr < base + 4 * words;
}

bool is_line(std::uint32_t value) { return value % kLineBytes == 0; }
bool is_high(std::uint32_t value) { return value >> 16 == 0; }  // upper word of an address

}  // namespace

HubRegisters::HubRegisters(const HubParams& params)
    : params_{params},
      region_live_(static_cast<std::size_t>(params.regions)),
      window_live_(static_cast<std::size_t>(params.windows)),
      region_waiting_(static_cast<std::size_t>(params.regions)),
      window_waiting_(static_cast<std::size_t>(params.windows)) {
  config_.regions.resize(static_cast<std::size_t>(params.regions));
  config_.windows.resize(static_cast<std::size_t>(params.windows));
  config_.policy = {true, true, true, true, true, true};
  config_.tick = 16;
  config_.merge_age = 4;
  config_.deadline_age = 12;
  config_.credits = 64;
  config_.set_mask = params.rat_sets - 1;
}

// ---- writes -----------------------------------------------------------------------------------------

bool HubRegisters::write(std::uint16_t addr, std::uint32_t value) {
  if (addr % 4 != 0) return false;
  if (addr >= reg::kRegion) {
    const int index = addr < kEnd ? (addr - reg::kRegion) / 0x40 : params_.regions;
    return index < params_.regions &&
           write_region(index, static_cast<std::uint16_t>(addr % 0x40), value);
  }
  if (addr >= reg::kWindow) {
    const int index = (addr - reg::kWindow) / 0x40;
    return index < params_.windows &&
           write_window(index, static_cast<std::uint16_t>(addr % 0x40), value);
  }
  return write_global(addr, value);
}

bool HubRegisters::write_global(std::uint16_t addr, std::uint32_t value) {
  const auto while_disabled = [this](bool legal) { return !config_.enable && legal; };
  switch (addr) {
    case reg::kCtrl: return write_ctrl(value);
    case reg::kSelf:
      if (!while_disabled(value < static_cast<std::uint32_t>(params_.peers))) return false;
      config_.self = static_cast<int>(value);
      return true;
    case reg::kPolicy:
      config_.policy = {(value & 1U) != 0, (value & 2U) != 0, (value & 4U) != 0,
                        (value & 8U) != 0, (value & 16U) != 0, (value & 32U) != 0};
      return true;
    case reg::kTimer:
      if ((value & 0xffffU) == 0) return false;
      config_.tick = static_cast<int>(value & 0xffffU);
      config_.merge_age = static_cast<int>((value >> 16) & 0xfU);
      config_.deadline_age = static_cast<int>((value >> 20) & 0xfU);
      return true;
    case reg::kCredits:
      if (!while_disabled(value < 1U << 12)) return false;
      config_.credits = static_cast<int>(value);
      return true;
    case reg::kSetMask:
      if (!while_disabled(value < static_cast<std::uint32_t>(params_.rat_sets) &&
                          (value & (value + 1)) == 0)) {
        return false;
      }
      config_.set_mask = static_cast<int>(value);
      return true;
    case reg::kSpillBaseLo:
      if (!while_disabled(value % 4096 == 0)) return false;
      set_low(config_.spill_base, value);
      return true;
    case reg::kSpillBaseHi:
      if (!while_disabled(is_high(value))) return false;
      set_high(config_.spill_base, value);
      return true;
    case reg::kIrqStatus: irq_status_ &= ~value; return true;
    case reg::kIrqEnable: irq_enable_ = value & 7U; return true;
    case reg::kErrCause: captured_ = false; return true;
    default: break;
  }
  if (is_word_of(addr, reg::kPeerEnable, 3)) {
    const int word = (addr - reg::kPeerEnable) / 4;
    if (!while_disabled((value & ~known_peers(params_.peers, word)) == 0)) return false;
    config_.peers.words[static_cast<std::size_t>(word)] = value;
    return true;
  }
  return false;
}

bool HubRegisters::write_ctrl(std::uint32_t value) {
  const bool enable = (value & 1U) != 0;
  if (enable && !config_.enable) requests_.load_credits = true;
  config_.enable = enable;
  if ((value & 2U) != 0 && !flush_waiting_) {
    flush_waiting_ = true;
    ++waiting_;
  }
  if ((value & 4U) != 0) {
    requests_.clear_statistics = true;
    refused_.fill(0);
  }
  requests_.inject_row_table |= (value & 8U) != 0;
  requests_.inject_tile_table |= (value & 16U) != 0;
  requests_.inject_row_counters |= (value & 32U) != 0;
  return true;
}

bool HubRegisters::write_region(int index, std::uint16_t field, std::uint32_t value) {
  const auto i = static_cast<std::size_t>(index);
  RegionConfig& region = config_.regions[i];
  if (field == reg::kRegCtrl) {
    const bool enable = (value & 1U) != 0;
    if (enable && (region.row_bytes == 0 || region.capacity == 0 ||
                   region.tile_base + ((region.capacity - 1) >> region.tile_rows_log2) >=
                       static_cast<std::uint32_t>(params_.tiles))) {
      return false;
    }
    region.enable = false;
    region.gen = static_cast<std::uint8_t>(value >> 8);
    region_live_[i] = enable;
    if (enable && !region_waiting_[i]) ++waiting_;
    if (enable) region_waiting_[i] = true;
    requests_.live_changed = index;
    return true;
  }
  if (live(index)) return false;
  switch (field) {
    case reg::kRegBaseLo:
      if (!is_line(value)) return false;
      set_low(region.base, value);
      return true;
    case reg::kRegBaseHi:
      if (!is_high(value)) return false;
      set_high(region.base, value);
      return true;
    case reg::kRegRowBytes:
      if (value < 1 || value > 65536) return false;
      region.row_bytes = value;
      return true;
    case reg::kRegCapacity:
      if (value < 1 || value >= 1U << 20) return false;
      region.capacity = value;
      return true;
    case reg::kRegTile:
      region.tile_rows_log2 = static_cast<int>(value & 0xfU);
      region.tile_base = value >> 16;
      return true;
    default: break;
  }
  if (is_word_of(field, reg::kRegSource, 3)) {
    const int word = (field - reg::kRegSource) / 4;
    if ((value & ~known_peers(params_.peers, word)) != 0) return false;
    region.sources.words[static_cast<std::size_t>(word)] = value;
    return true;
  }
  return false;
}

bool HubRegisters::write_window(int index, std::uint16_t field, std::uint32_t value) {
  const auto i = static_cast<std::size_t>(index);
  WindowConfig& window = config_.windows[i];
  if (field == reg::kWinCtrl) {
    const bool enable = (value & 1U) != 0;
    const bool tiled = (value & 2U) != 0;
    if (enable && window.limit < window.base) return false;
    if (enable && tiled &&
        (window.tile_log2 < 7 || window.tile_count == 0 || window.tile_bytes == 0 ||
         window.last_tile_bytes == 0 ||
         window.tile_base + window.tile_count > static_cast<std::uint32_t>(params_.tiles) ||
         (window.limit - window.base) >> window.tile_log2 >= window.tile_count)) {
      return false;
    }
    window.enable = false;
    window.tiled = tiled;
    window_live_[i] = enable;
    if (enable && !window_waiting_[i]) ++waiting_;
    if (enable) window_waiting_[i] = true;
    return true;
  }
  if (window_live_[i]) return false;
  switch (field) {
    case reg::kWinBaseLo:
    case reg::kWinLimitLo:
      if (!is_line(value)) return false;
      set_low(field == reg::kWinBaseLo ? window.base : window.limit, value);
      return true;
    case reg::kWinBaseHi:
    case reg::kWinLimitHi:
      if (!is_high(value)) return false;
      set_high(field == reg::kWinBaseHi ? window.base : window.limit, value);
      return true;
    case reg::kWinTile:
      if ((value & 0x3fU) < 7 || (value & 0x3fU) > 47) return false;
      window.tile_log2 = static_cast<int>(value & 0x3fU);
      window.tile_base = value >> 16;
      return true;
    case reg::kWinTileCount:
      if (value >> 16 != 0) return false;
      window.tile_count = value;
      return true;
    case reg::kWinTileBytes: window.tile_bytes = value; return true;
    case reg::kWinLastTileBytes: window.last_tile_bytes = value; return true;
    default: break;
  }
  if (is_word_of(field, reg::kWinSource, 3)) {
    const int word = (field - reg::kWinSource) / 4;
    if ((value & ~known_peers(params_.peers, word)) != 0) return false;
    window.sources.words[static_cast<std::size_t>(word)] = value;
    return true;
  }
  return false;
}

// ---- reads ------------------------------------------------------------------------------------------

std::optional<std::uint32_t> HubRegisters::read(std::uint16_t addr, const Status& status,
                                                const EventLog& events) {
  if (addr % 4 != 0) return std::nullopt;
  const auto field = static_cast<std::uint16_t>(addr % 0x40);
  if (addr >= reg::kRegion) {
    const int index = addr < kEnd ? (addr - reg::kRegion) / 0x40 : params_.regions;
    if (index >= params_.regions) return std::nullopt;
    return read_region(index, field, status);
  }
  if (addr >= reg::kWindow) {
    const int index = (addr - reg::kWindow) / 0x40;
    if (index >= params_.windows) return std::nullopt;
    return read_window(index, field, status);
  }
  return read_global(addr, status, events);
}

std::optional<std::uint32_t> HubRegisters::read_global(std::uint16_t addr, const Status& status,
                                                       const EventLog& events) {
  const auto u = [](int value) { return static_cast<std::uint32_t>(value); };
  const Policy& p = config_.policy;
  switch (addr) {
    case reg::kId: return kIdValue;
    case reg::kParams0: return u(params_.lanes | params_.peers << 8 | params_.entries << 16);
    case reg::kParams1: return u(params_.rat_banks | params_.rat_sets << 8) | u(params_.rat_ways) << 24;
    case reg::kParams2: return u(params_.regions) | u(params_.tiles) << 16;
    case reg::kCtrl: return config_.enable ? 1U : 0U;
    case reg::kStatus:
      return (status.datapath_busy ? 1U : 0U) | (initialising() ? 2U : 0U) |
             (status.all_ready ? 4U : 0U) | (captured_ ? 8U : 0U);
    case reg::kSelf: return u(config_.self);
    case reg::kPolicy:
      return PolicySetup{p.merge, p.timer, p.prio, p.full_first, p.row_order, p.round_robin}.word();
    case reg::kTimer: return u(config_.tick | config_.merge_age << 16 | config_.deadline_age << 20);
    case reg::kCredits: return u(config_.credits);
    case reg::kSetMask: return u(config_.set_mask);
    case reg::kSpillBaseLo: return low(config_.spill_base);
    case reg::kSpillBaseHi: return high(config_.spill_base);
    case reg::kIrqStatus: return irq_status_;
    case reg::kIrqEnable: return irq_enable_;
    case reg::kErrCause:
      return captured_ ? static_cast<std::uint32_t>(capture_cause_) | 1U << 31 : 0U;
    default: break;
  }
  if (is_word_of(addr, reg::kPeerEnable, 3)) {
    return config_.peers.words[static_cast<std::size_t>((addr - reg::kPeerEnable) / 4)];
  }
  if (is_word_of(addr, reg::kErrHeader, 4)) {
    return captured_ ? capture_header_[static_cast<std::size_t>((addr - reg::kErrHeader) / 4)] : 0U;
  }
  if (is_word_of(addr, reg::kRefused, 16)) {
    return refused_[static_cast<std::size_t>((addr - reg::kRefused) / 4)];
  }
  if (is_word_of(addr, reg::kStat, 2 * static_cast<int>(reg::Stat::count))) {
    const int word = (addr - reg::kStat) / 4;
    if (word % 2 != 0) return latched_high_;
    const std::uint64_t total = events.total(static_cast<reg::Stat>(word / 2));
    latched_high_ = high(total) & 0xffffU;
    return low(total);
  }
  return std::nullopt;
}

std::optional<std::uint32_t> HubRegisters::read_region(int index, std::uint16_t field,
                                                       const Status& status) const {
  const auto i = static_cast<std::size_t>(index);
  const RegionConfig& region = config_.regions[i];
  switch (field) {
    case reg::kRegBaseLo: return low(region.base);
    case reg::kRegBaseHi: return high(region.base);
    case reg::kRegRowBytes: return region.row_bytes;
    case reg::kRegCapacity: return region.capacity;
    case reg::kRegTile:
      return static_cast<std::uint32_t>(region.tile_rows_log2) | region.tile_base << 16;
    case reg::kRegCtrl:
      return (region.enable ? 1U : 0U) | static_cast<std::uint32_t>(region.gen) << 8 |
             (region.enable && status.region_done(index) ? 1U << 31 : 0U);
    default: break;
  }
  if (!is_word_of(field, reg::kRegSource, 3)) return std::nullopt;
  return region.sources.words[static_cast<std::size_t>((field - reg::kRegSource) / 4)];
}

std::optional<std::uint32_t> HubRegisters::read_window(int index, std::uint16_t field,
                                                       const Status& status) const {
  const auto i = static_cast<std::size_t>(index);
  const WindowConfig& window = config_.windows[i];
  switch (field) {
    case reg::kWinBaseLo: return low(window.base);
    case reg::kWinBaseHi: return high(window.base);
    case reg::kWinLimitLo: return low(window.limit);
    case reg::kWinLimitHi: return high(window.limit);
    case reg::kWinTile:
      return static_cast<std::uint32_t>(window.tile_log2) | window.tile_base << 16;
    case reg::kWinTileCount: return window.tile_count;
    case reg::kWinTileBytes: return window.tile_bytes;
    case reg::kWinLastTileBytes: return window.last_tile_bytes;
    case reg::kWinCtrl:
      return (window.enable ? 1U : 0U) | (window.tiled ? 2U : 0U) |
             (window.enable && status.window_done(index) ? 1U << 31 : 0U);
    default: break;
  }
  if (!is_word_of(field, reg::kWinSource, 3)) return std::nullopt;
  return window.sources.words[static_cast<std::size_t>((field - reg::kWinSource) / 4)];
}

// ---- towards the units ------------------------------------------------------------------------------

HubRegisters::Requests HubRegisters::take_requests() {
  const Requests requests = requests_;
  requests_ = {};
  return requests;
}

std::optional<HubRegisters::Entry> HubRegisters::take_pending() {
  const auto take = [](std::vector<bool>& waiting) {
    const auto first = std::find(waiting.begin(), waiting.end(), true);
    if (first == waiting.end()) return -1;
    *first = false;
    return static_cast<int>(first - waiting.begin());
  };
  if (waiting_ == 0) return std::nullopt;
  --waiting_;
  taken_ = true;
  if (flush_waiting_) {
    flush_waiting_ = false;
    return Entry{true, false, 0};
  }
  if (const int window = take(window_waiting_); window >= 0) return Entry{false, true, window};
  return Entry{false, false, take(region_waiting_)};
}

void HubRegisters::initialised(const Entry& entry) {
  const auto i = static_cast<std::size_t>(entry.index);
  taken_ = false;
  if (entry.flush) return;
  if (entry.is_window) {
    config_.windows[i].enable = window_live_[i] && !window_waiting_[i];
  } else {
    config_.regions[i].enable = region_live_[i] && !region_waiting_[i];
  }
}

void HubRegisters::end_of_cycle(EventLog& events, bool all_ready) {
  irq_ = (irq_status_ & irq_enable_) != 0;
  if (all_ready && !all_ready_before_) irq_status_ |= 2U;
  all_ready_before_ = all_ready;
  if (events.has_table_error()) irq_status_ |= 4U;
  if (events.refused() > 0) {
    irq_status_ |= 1U;
    const Refusal* first = &events.refusal(0);
    for (int i = 0; i < events.refused(); ++i) {
      const Refusal& refusal = events.refusal(i);
      std::uint32_t& count = refused_[static_cast<std::size_t>(refusal.cause)];
      if (count != ~0U) ++count;
      if (refusal.place < first->place) first = &refusal;
    }
    if (!captured_) {
      captured_ = true;
      capture_cause_ = first->cause;
      capture_header_ = pack_header(first->header);
    }
  }
  events.end_of_cycle();
}

}  // namespace moehub::ref
