#include "model/hub/packet_check.hpp"

#include "model/hub/bits.hpp"

namespace moehub::ref {

namespace {

bool is_malformed(const HubParams& params, const HubConfig& config, const IngressBuffer& packet) {
  const Header& h = packet.header;
  const bool empty = (packet.write.strb[0] | packet.write.strb[1]) == 0;
  if (packet.truncated || h.dst != config.self || h.src >= params.peers || h.rsvd != 0) return true;
  switch (h.kind) {
    case PacketKind::rowsp: return h.offset % kLineBytes != 0 || empty;
    case PacketKind::st: return h.addr % kLineBytes != 0 || empty;
    case PacketKind::count: return !empty;
    default: return true;
  }
}

int last_byte(const ByteMask& strb) {
  return strb[1] != 0 ? 127 - __builtin_clzll(strb[1]) : 63 - __builtin_clzll(strb[0]);
}

reg::Refuse check_store(const HubConfig& config, const Header& h, Slot& slot) {
  for (std::size_t w = 0; w < config.windows.size(); ++w) {
    const WindowConfig& window = config.windows[w];
    if (!window.enable || h.addr < window.base || h.addr > window.limit + (kLineBytes - 1)) continue;
    const auto tile = static_cast<std::uint16_t>(window.tile_base +
                                                 ((h.addr - window.base) >> window.tile_log2));
    slot.ack = {true, static_cast<std::uint8_t>(w), tile, slot.bytes};
    slot.counted = window.tiled;
    return window.sources.test(h.src) ? reg::Refuse::none : reg::Refuse::source;
  }
  return reg::Refuse::address;
}

reg::Refuse check_region(const HubParams& params, const HubConfig& config,
                         const IngressBuffer& packet) {
  const Header& h = packet.header;
  if (h.region >= params.regions) return reg::Refuse::unregistered;
  const RegionConfig& region = config.regions[h.region];
  if (!region.enable) return reg::Refuse::unregistered;
  if (region.gen != h.gen) return reg::Refuse::stale;
  if (!region.sources.test(h.src)) return reg::Refuse::source;
  if (h.kind == PacketKind::count) return reg::Refuse::none;
  const auto end = static_cast<std::uint32_t>(h.offset + last_byte(packet.write.strb));
  return end >= region.row_bytes ? reg::Refuse::offset : reg::Refuse::none;
}

}  // namespace

void check_packet(const HubParams& params, const HubConfig& config, const IngressBuffer& packet,
                  Slot& slot) {
  slot.bytes = static_cast<std::uint16_t>(mask_bytes(packet.write.strb));
  slot.ack = {};
  slot.ack.owner = packet.header.region;
  slot.counted = true;
  if (is_malformed(params, config, packet)) {
    slot.cause = reg::Refuse::malformed;
  } else if (packet.header.kind == PacketKind::st) {
    slot.cause = check_store(config, packet.header, slot);
  } else {
    slot.cause = check_region(params, config, packet);
  }
}

}  // namespace moehub::ref
