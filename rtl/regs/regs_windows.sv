// Registers of the address windows of ordinary stores; rules and timing as in regs_regions.
//
// A tiled window is legal when every line of it has a tile: (lines - 1) >> (tile_log2 - 7) < tile_count.
// Cost: WINDOWS * (205 + PEERS) flops.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module regs_windows
  import hub_pkg::*;
  import hub_regs_pkg::*;
#(
  parameter int unsigned PEERS   = 8,    // 2..96
  parameter int unsigned WINDOWS = 8,    // 1..16
  parameter int unsigned TILES   = 1024  // 2..65536
) (
  input  wire logic               clk_i,
  input  wire logic               rst_ni,
  input  wire access_t            access_i,     // address within the windows
  output answer_t                 answer_o,
  output logic                    start_o,
  output logic [RegionW-1:0]      start_idx_o,
  input  wire logic               enable_i,
  input  wire logic [RegionW-1:0] enable_idx_i,
  input  wire logic [WINDOWS-1:0] done_i,
  output window_cfg_t             window_o     [WINDOWS],
  output logic [PEERS-1:0]        window_src_o [WINDOWS],
  output logic [WINDOWS-1:0]      live_o
);

  if (PEERS < 2 || PEERS > MaxPeers) $fatal(1, "regs_windows: PEERS must be 2..96");
  if (WINDOWS < 1 || WINDOWS > 16) $fatal(1, "regs_windows: WINDOWS must be 1..16");
  if (TILES < 2 || TILES > 65536) $fatal(1, "regs_windows: TILES must be 2..65536");

  localparam int unsigned IdxW = (WINDOWS > 1) ? $clog2(WINDOWS) : 1;

  logic [7:0]           number;
  logic [IdxW-1:0]      idx;
  logic [3:0]           word;
  logic [31:0]          wdata;
  logic                 known, legal, read_only, set;
  window_cfg_t          entry_q;
  logic [PEERS-1:0]     src_q;
  logic                 live_q, done_q;
  logic [MaxPeers-1:0]  src;
  logic [LineAddrW:0]   span_q;                 // last line minus first; top bit: negative
  logic                 tiles_fit_q, covered_q;
  logic [MaskRegs-1:0][31:0] above_peers;

  // Windows lie in 0x400..0x7ff.
  assign number = 8'(access_i.addr[9:6]);
  assign known  = 32'(number) < WINDOWS;
  assign idx    = number[IdxW-1:0];
  assign word   = access_i.addr[5:2];
  assign wdata  = access_i.wdata;
  assign above_peers = {MaskRegs*32{1'b1}} << PEERS;

  `FFLNR(entry_q, window_o[idx], access_i.select && known)
  `FFLNR(src_q, window_src_o[idx], access_i.select && known)
  `FFL(live_q, live_o[idx], access_i.select && known, 1'b0)
  `FFL(done_q, done_i[idx], access_i.select && known, 1'b0)
  `FFNR(span_q, (LineAddrW + 1)'(entry_q.limit) - (LineAddrW + 1)'(entry_q.base))
  `FFNR(tiles_fit_q, 32'(entry_q.tile_base) + 32'(entry_q.tile_count) <= TILES && entry_q.tile_count != '0
                     && entry_q.tile_bytes != '0 && entry_q.last_tile_bytes != '0)

  `FFNR(covered_q, entry_q.tile_log2 >= 6'(LineShift) &&
                   (span_q >> (entry_q.tile_log2 - 6'(LineShift))) < (LineAddrW + 1)'(entry_q.tile_count))

  assign src = MaxPeers'(src_q);
  always_comb begin
    answer_o.rdata = '0;
    legal          = !live_q;
    read_only      = 1'b0;
    case (word)
      WinBaseLo:        begin answer_o.rdata = {entry_q.base[24:0], 7'h0}; legal &= wdata[6:0] == '0; end
      WinBaseHi:        begin answer_o.rdata = 32'(entry_q.base[40:25]); legal &= wdata[31:16] == '0; end
      WinLimitLo:       begin answer_o.rdata = {entry_q.limit[24:0], 7'h0}; legal &= wdata[6:0] == '0; end
      WinLimitHi:       begin answer_o.rdata = 32'(entry_q.limit[40:25]); legal &= wdata[31:16] == '0; end
      WinTile:          begin
        answer_o.rdata = {entry_q.tile_base, 10'h0, entry_q.tile_log2};
        legal         &= wdata[5:0] >= 6'(LineShift) && wdata[5:0] < 6'(AddrW);
      end
      WinTileCount:     begin answer_o.rdata = 32'(entry_q.tile_count); legal &= wdata[31:TileW] == '0; end
      WinTileBytes:     answer_o.rdata = entry_q.tile_bytes;
      WinLastTileBytes: answer_o.rdata = entry_q.last_tile_bytes;
      WinSource:        begin answer_o.rdata = src[31:0];  legal &= (wdata & above_peers[0]) == '0; end
      WinSource + 4'd1: begin answer_o.rdata = src[63:32]; legal &= (wdata & above_peers[1]) == '0; end
      WinSource + 4'd2: begin answer_o.rdata = src[95:64]; legal &= (wdata & above_peers[2]) == '0; end
      WinCtrl:          begin
        answer_o.rdata = {done_q && entry_q.enable, 29'h0, entry_q.tiled, entry_q.enable};
        legal = !wdata[0] || (!span_q[LineAddrW] && (!wdata[1] || (tiles_fit_q && covered_q)));
      end
      default:          begin read_only = 1'b1; legal = 1'b0; end
    endcase
    answer_o.error = !known || (access_i.write ? (read_only || !legal) : (read_only && !legal));
  end
  assign set = access_i.write && !answer_o.error;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      window_o     <= '{default: '0};
      window_src_o <= '{default: '0};
      live_o       <= '0;
    end else begin
      if (enable_i) window_o[enable_idx_i[IdxW-1:0]].enable <= 1'b1;
      if (set) begin
        case (word)
          WinBaseLo:        window_o[idx].base[24:0]   <= wdata[31:7];
          WinBaseHi:        window_o[idx].base[40:25]  <= wdata[15:0];
          WinLimitLo:       window_o[idx].limit[24:0]  <= wdata[31:7];
          WinLimitHi:       window_o[idx].limit[40:25] <= wdata[15:0];
          WinTile:          begin
            window_o[idx].tile_log2 <= wdata[5:0];
            window_o[idx].tile_base <= wdata[31:16];
          end
          WinTileCount:     window_o[idx].tile_count      <= wdata[TileW-1:0];
          WinTileBytes:     window_o[idx].tile_bytes      <= wdata;
          WinLastTileBytes: window_o[idx].last_tile_bytes <= wdata;
          WinSource:        window_src_o[idx] <= PEERS'({src[95:32], wdata});
          WinSource + 4'd1: window_src_o[idx] <= PEERS'({src[95:64], wdata, src[31:0]});
          WinSource + 4'd2: window_src_o[idx] <= PEERS'({wdata, src[63:0]});
          WinCtrl:          begin
            window_o[idx].enable <= 1'b0;
            window_o[idx].tiled  <= wdata[1];
            live_o[idx]          <= wdata[0];
          end
          default: ;
        endcase
      end
    end
  end

  assign start_o     = set && word == WinCtrl && wdata[0];
  assign start_idx_o = RegionW'(idx);

  // An access works on a copy of its entry: nobody else changes the entry meanwhile, but for its enable bit.
  logic [2:0]       stage_q;                    // cycles since `select`
  window_cfg_t      here;                       // but for `enable`
  logic [PEERS-1:0] here_src;
  `FF(stage_q, {stage_q[1:0], access_i.select && known}, '0)
  always_comb begin
    here        = window_o[idx];
    here.enable = entry_q.enable;
  end
  assign here_src = window_src_o[idx];
  `ASSERT(EntryIsCurrent, stage_q == '0 || (entry_q == here && src_q == here_src && live_q == live_o[idx]))
  `ASSERT(SpanIsCurrent, stage_q[2:1] == '0 ||
                         span_q == (LineAddrW + 1)'(entry_q.limit) - (LineAddrW + 1)'(entry_q.base))
  for (genvar w = 0; w < WINDOWS; w++) begin : gen_assert
    window_cfg_t now;
    assign now = window_o[w];
    `ASSERT(EnabledIsLive, !now.enable || live_o[w])
    `ASSERT(LiveIsLegal, !live_o[w] || (now.base <= now.limit && (!now.tiled || (now.tile_count != '0 &&
            now.tile_bytes != '0 && now.last_tile_bytes != '0 && 32'(now.tile_base) + 32'(now.tile_count) <= TILES &&
            now.tile_log2 >= 6'(LineShift) &&
            ((now.limit - now.base) >> (now.tile_log2 - 6'(LineShift))) < LineAddrW'(now.tile_count)))))
  end

  logic unused;
  assign unused = &{access_i.read, access_i.addr[15:10], access_i.addr[1:0], enable_idx_i, 1'b0};

endmodule

`default_nettype wire
