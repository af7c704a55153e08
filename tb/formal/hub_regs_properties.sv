// What the registers promise: a write has its effect or is answered with an error and changes nothing; what is enabled
// is legal and does not change; a region is enabled only after it was initialised. AXI4-Lite: axil_properties.
//
// One register is followed, `watch_i` (constant; a proof leaves it free): it reads what was last written to it,
// whatever is written elsewhere.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module hub_regs_properties
  import hub_pkg::*;
  import hub_regs_pkg::*;
#(
  parameter int unsigned PEERS   = 2,
  parameter int unsigned SETS    = 4,
  parameter int unsigned REGIONS = 2,
  parameter int unsigned WINDOWS = 2,
  parameter int unsigned TILES   = 16
) (
  input wire logic               clk_i,
  input wire logic               rst_ni,
  input wire logic               awvalid_i,
  input wire logic               awready_i,
  input wire logic [15:0]        awaddr_i,
  input wire logic               awprivileged_i,
  input wire logic               wvalid_i,
  input wire logic               wready_i,
  input wire logic [31:0]        wdata_i,
  input wire logic [3:0]         wstrb_i,
  input wire logic               bvalid_i,
  input wire logic               bready_i,
  input wire logic [1:0]         bresp_i,
  input wire logic               arvalid_i,
  input wire logic               arready_i,
  input wire logic [15:0]        araddr_i,
  input wire logic               arprivileged_i,
  input wire logic               rvalid_i,
  input wire logic               rready_i,
  input wire logic [31:0]        rdata_i,
  input wire logic [1:0]         rresp_i,
  input wire hub_cfg_t           cfg_i,
  input wire logic [PEERS-1:0]   peer_en_i,
  input wire region_cfg_t        region_i     [REGIONS],
  input wire logic [PEERS-1:0]   region_src_i [REGIONS],
  input wire logic [REGIONS-1:0] region_live_i,
  input wire window_cfg_t        window_i     [WINDOWS],
  input wire logic [PEERS-1:0]   window_src_i [WINDOWS],
  input wire logic [1:0]         init_valid_i,
  input wire logic               init_is_window_i,
  input wire logic [RegionW-1:0] init_idx_i,
  input wire logic [1:0]         init_done_i,
  input wire logic               flush_valid_i,
  input wire logic               flush_done_i,
  input wire logic [15:0]        watch_i
);

  `ASSUME(DoneWhenAsked, (init_done_i & ~init_valid_i) == '0 && (!flush_done_i || flush_valid_i))

  axil_properties u_axil (
    .clk_i, .rst_ni, .awvalid_i, .awready_i, .wvalid_i, .wready_i, .bvalid_i, .bready_i, .bresp_i,
    .arvalid_i, .arready_i, .rvalid_i, .rready_i, .rdata_i, .rresp_i
  );

  // ---- the access that is answered ---------------------------------------------------------------------------
  logic        b_waits_q, r_waits_q, written, read, awprivileged_q, arprivileged_q;
  logic [15:0] awaddr_q, araddr_q;
  logic [31:0] wdata_q;
  logic [3:0]  wstrb_q;
  `FF(b_waits_q, bvalid_i && !bready_i, 1'b0)
  `FF(r_waits_q, rvalid_i && !rready_i, 1'b0)
  `FFLNR(awaddr_q, awaddr_i, awvalid_i && awready_i)
  `FFLNR(araddr_q, araddr_i, arvalid_i && arready_i)
  `FFLNR(awprivileged_q, awprivileged_i, awvalid_i && awready_i)
  `FFLNR(arprivileged_q, arprivileged_i, arvalid_i && arready_i)
  `FFLNR(wdata_q, wdata_i, wvalid_i && wready_i)
  `FFLNR(wstrb_q, wstrb_i, wvalid_i && wready_i)
  assign written = bvalid_i && !b_waits_q && bresp_i == 2'b00;   // first cycle of the answer
  assign read    = rvalid_i && !r_waits_q && rresp_i == 2'b00;

  `ASSERT(PrivilegedOnly, (!written || awprivileged_q) && (!read || arprivileged_q))
  `ASSERT(WholeWordsOnly, !written || wstrb_q == '1)
  `ASSERT(AlignedOnly, (!written || awaddr_q[1:0] == '0) && (!read || araddr_q[1:0] == '0))
  `ASSERT(UpToTheLastRegion, (!written || 32'(awaddr_q) < 32'(AddrRegion) + 64 * REGIONS) &&
                             (!read || 32'(araddr_q) < 32'(AddrRegion) + 64 * REGIONS))

  // ---- the register that is followed ---------------------------------------------------------------------------
  function automatic logic [31:0] fields(logic [15:0] addr);     // bits that keep what was written
    fields = '0;
    if (addr >= AddrRegion)
      case (addr[5:2])
        RegRowBytes:  fields = 32'h0001ffff;
        RegCapacity:  fields = 32'h000fffff;
        RegTile:      fields = 32'hffff000f;
        RegCtrl:      fields = 32'h0000ff00;
        default:      fields = '1;
      endcase
    else if (addr >= AddrWindow)
      case (addr[5:2])
        WinTile:      fields = 32'hffff003f;
        WinTileCount: fields = 32'h0000ffff;
        WinCtrl:      fields = 32'h00000002;
        default:      fields = '1;
      endcase
    else
      case (addr)
        AddrCtrl:        fields = 32'h00000001;
        AddrSelf:        fields = 32'h000000ff;
        AddrPolicy:      fields = 32'h0000003f;
        AddrTimer:       fields = 32'h00ffffff;
        AddrCredits:     fields = 32'h00000fff;
        AddrSetMask:     fields = 32'h0000ffff;
        AddrSpillBaseLo, AddrSpillBaseHi, AddrPeerEnable, AddrPeerEnable + 16'h4, AddrPeerEnable + 16'h8: fields = '1;
        default: ;                                               // not what was written, or read-only
      endcase
  endfunction

  // What it holds now, where the units see it.
  logic [31:0]         held;
  logic [7:0]          number;
  logic [MaxPeers-1:0] sources, peers;
  region_cfg_t         region;
  window_cfg_t         window;
  assign number  = watch_i >= AddrRegion ? watch_i[13:6] : {4'h0, watch_i[9:6]};
  assign peers   = MaxPeers'(peer_en_i);
  always_comb begin
    region  = '0;
    window  = '0;
    sources = '0;
    for (int unsigned r = 0; r < REGIONS; r++)
      if (watch_i >= AddrRegion && 32'(number) == r) begin
        region  = region_i[r];
        sources = MaxPeers'(region_src_i[r]);
      end
    for (int unsigned w = 0; w < WINDOWS; w++)
      if (watch_i < AddrRegion && 32'(number) == w) begin
        window  = window_i[w];
        sources = MaxPeers'(window_src_i[w]);
      end
    held = '0;
    if (watch_i >= AddrRegion)
      case (watch_i[5:2])
        RegBaseLo:        held = {region.base[24:0], 7'h0};
        RegBaseHi:        held = 32'(region.base[40:25]);
        RegRowBytes:      held = 32'(region.row_bytes);
        RegCapacity:      held = 32'(region.capacity);
        RegTile:          held = {region.tile_base, 12'h0, region.tile_rows_log2};
        RegSource:        held = sources[31:0];
        RegSource + 4'd1: held = sources[63:32];
        RegSource + 4'd2: held = sources[95:64];
        RegCtrl:          held = {16'h0, region.gen, 8'h0};
        default: ;
      endcase
    else if (watch_i >= AddrWindow)
      case (watch_i[5:2])
        WinBaseLo:        held = {window.base[24:0], 7'h0};
        WinBaseHi:        held = 32'(window.base[40:25]);
        WinLimitLo:       held = {window.limit[24:0], 7'h0};
        WinLimitHi:       held = 32'(window.limit[40:25]);
        WinTile:          held = {window.tile_base, 10'h0, window.tile_log2};
        WinTileCount:     held = 32'(window.tile_count);
        WinTileBytes:     held = window.tile_bytes;
        WinLastTileBytes: held = window.last_tile_bytes;
        WinSource:        held = sources[31:0];
        WinSource + 4'd1: held = sources[63:32];
        WinSource + 4'd2: held = sources[95:64];
        WinCtrl:          held = {30'h0, window.tiled, 1'b0};
        default: ;
      endcase
    else
      case (watch_i)
        AddrCtrl:               held = 32'(cfg_i.enable);
        AddrSelf:               held = 32'(cfg_i.self);
        AddrPolicy:             held = 32'(cfg_i.policy);
        AddrTimer:              held = {8'h0, cfg_i.deadline_age, cfg_i.merge_age, cfg_i.tick};
        AddrCredits:            held = 32'(cfg_i.credits);
        AddrSetMask:            held = 32'(cfg_i.set_mask);
        AddrSpillBaseLo:        held = cfg_i.spill_base[31:0];
        AddrSpillBaseHi:        held = 32'(cfg_i.spill_base[47:32]);
        AddrPeerEnable:         held = peers[31:0];
        AddrPeerEnable + 16'h4: held = peers[63:32];
        AddrPeerEnable + 16'h8: held = peers[95:64];
        default: ;
      endcase
  end

  logic        known_q, write_this;
  logic [31:0] value_q;
  assign write_this = written && awaddr_q == watch_i;
  `FFL(known_q, 1'b1, write_this, 1'b0)
  `ASSERT(KnownIsMapped, !known_q || (watch_i[1:0] == '0 && (32'(watch_i) < 32'(AddrWindow) + 64 * WINDOWS ||
          (watch_i >= AddrRegion && 32'(watch_i) < 32'(AddrRegion) + 64 * REGIONS))))
  `FFLNR(value_q, wdata_q, write_this)
  `ASSERT(HoldsWhatWasWritten, !(known_q || write_this) ||
                               (((write_this ? wdata_q : value_q) ^ held) & fields(watch_i)) == '0)
  `ASSERT(ReadsWhatItHolds, !(read && araddr_q == watch_i) || ((rdata_i ^ held) & fields(watch_i)) == '0)
  `COVER(ReadBack, read && known_q && araddr_q == watch_i && rdata_i == 32'h5 && watch_i == AddrRegion + 16'h48)

  // ---- nothing changes but by a write --------------------------------------------------------------------------
  hub_cfg_t           cfg_q;
  logic [PEERS-1:0]   peer_en_q;
  logic [REGIONS-1:0] live_q;
  logic               past_q;
  `FF(past_q, 1'b1, 1'b0)
  `FFNR(cfg_q, cfg_i)
  `FFNR(peer_en_q, peer_en_i)
  `FFNR(live_q, region_live_i)
  `ASSERT(WrittenOrTheSame, !past_q || written ||
                            (cfg_i == cfg_q && peer_en_i == peer_en_q && region_live_i == live_q))
  // What the units take for constant.
  `ASSERT(OffOrTheSame, !past_q || !cfg_i.enable || !cfg_q.enable || peer_en_i == peer_en_q &&
                        {cfg_i.self, cfg_i.credits, cfg_i.set_mask, cfg_i.spill_base} ==
                        {cfg_q.self, cfg_q.credits, cfg_q.set_mask, cfg_q.spill_base})
  `ASSERT(ConfigurationLegal, 32'(cfg_i.self) < PEERS && cfg_i.tick != '0 && 32'(cfg_i.set_mask) < SETS &&
                              (cfg_i.set_mask & (cfg_i.set_mask + 16'd1)) == '0 && cfg_i.spill_base[11:0] == '0)

  logic [1:0] done_q, done_qq;                                   // flow_sched's, with the entry it was for
  `FF(done_q, {init_done_i[0] && init_is_window_i, init_done_i[0] && !init_is_window_i}, '0)
  `FF(done_qq, done_q, '0)

  for (genvar r = 0; r < REGIONS; r++) begin : gen_region
    region_cfg_t      now, now_q, was;                           // `was`: as before but for `enable`
    logic [PEERS-1:0] src_q;
    logic             same;
    `FFNR(now_q, region_i[r])
    `FFNR(src_q, region_src_i[r])
    assign now = region_i[r];
    always_comb begin
      was        = now_q;
      was.enable = now.enable;
    end
    assign same = !past_q || (now == was && region_src_i[r] == src_q);
    `ASSERT(WrittenOrTheSame, written || same)
    `ASSERT(EnabledIsTheSame, !now.enable || !now_q.enable || same)
    `ASSERT(EnabledIsLive, !now.enable || region_live_i[r])
    `ASSERT(RowBytesInRange, 32'(now.row_bytes) <= 65536)
    `ASSERT(LiveIsLegal, !region_live_i[r] || (now.row_bytes != '0 && now.capacity != '0 &&
            32'(now.tile_base) + ((32'(now.capacity) - 32'd1) >> now.tile_rows_log2) < TILES))
    `ASSERT(EnabledWhenInitialised, !past_q || !now.enable || now_q.enable || (done_qq[0] && 32'(init_idx_i) == r))
    `COVER(Enabled, now.enable && now.capacity == LocalW'(4))
  end

  for (genvar w = 0; w < WINDOWS; w++) begin : gen_window
    window_cfg_t      now, now_q, was;
    logic [PEERS-1:0] src_q;
    logic             same;
    `FFNR(now_q, window_i[w])
    `FFNR(src_q, window_src_i[w])
    assign now = window_i[w];
    always_comb begin
      was        = now_q;
      was.enable = now.enable;
    end
    assign same = !past_q || (now == was && window_src_i[w] == src_q);
    `ASSERT(WrittenOrTheSame, written || same)
    `ASSERT(EnabledIsTheSame, !now.enable || !now_q.enable || same)
    `ASSERT(EnabledIsLegal, !now.enable || (now.base <= now.limit && (!now.tiled || (now.tile_count != '0 &&
            now.tile_bytes != '0 && now.last_tile_bytes != '0 && 32'(now.tile_base) + 32'(now.tile_count) <= TILES &&
            ((now.limit - now.base) >> (now.tile_log2 - 6'(LineShift))) < LineAddrW'(now.tile_count)))))
    `ASSERT(EnabledWhenInitialised, !past_q || !now.enable || now_q.enable || (done_qq[1] && 32'(init_idx_i) == w))
    `COVER(EnabledTiled, now.enable && now.tiled)
  end

endmodule

`default_nettype wire
