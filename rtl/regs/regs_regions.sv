// Registers of the regions: configuration in flops, one entry an expert's buffer.
//
// Fields other than CTRL change only while the entry is not live (neither enabled nor waiting for its
// initialisation). A legal write of CTRL with `enable` makes the entry live and asks for its initialisation
// (`start_o`); regs_init answers with `enable_i`, and only then does the region take packets.
// Between `select` and `write` lie two cycles for the entry to be looked up and checked: no path goes
// through the whole table and a check.
// Cost: REGIONS * (135 + PEERS) flops and one multiplexer of that width for registers alone.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module regs_regions
  import hub_pkg::*;
  import hub_regs_pkg::*;
#(
  parameter int unsigned PEERS   = 8,    // 2..96
  parameter int unsigned REGIONS = 64,   // 1..256
  parameter int unsigned TILES   = 1024  // 2..65536
) (
  input  wire logic               clk_i,
  input  wire logic               rst_ni,
  input  wire access_t            access_i,     // address within the regions
  output answer_t                 answer_o,
  output logic                    start_o,      // initialise entry `start_idx_o`
  output logic [RegionW-1:0]      start_idx_o,
  input  wire logic               enable_i,     // entry `enable_idx_i` is initialised
  input  wire logic [RegionW-1:0] enable_idx_i,
  input  wire logic [REGIONS-1:0] done_i,
  output region_cfg_t             region_o     [REGIONS],
  output logic [PEERS-1:0]        region_src_o [REGIONS],
  output logic [REGIONS-1:0]      live_o
);

  if (PEERS < 2 || PEERS > MaxPeers) $fatal(1, "regs_regions: PEERS must be 2..96");
  if (REGIONS < 1 || REGIONS > 256) $fatal(1, "regs_regions: REGIONS must be 1..256");
  if (TILES < 2 || TILES > 65536) $fatal(1, "regs_regions: TILES must be 2..65536");

  localparam int unsigned IdxW = (REGIONS > 1) ? $clog2(REGIONS) : 1;

  logic [7:0]          number;
  logic [IdxW-1:0]     idx;
  logic [3:0]          word;
  logic [31:0]         wdata;
  logic                known, legal, read_only, set;
  region_cfg_t         entry_q;
  logic [PEERS-1:0]    src_q;
  logic                live_q, done_q;
  logic [MaxPeers-1:0] src;
  logic [LocalW-1:0]   last_own_q;              // tile of the last row, from the region's first
  logic [LocalW:0]     last_tile_q;             // the same from tile 0 of the table
  logic [MaskRegs-1:0][31:0] above_peers;

  assign number = access_i.addr[13:6];
  assign known  = 32'(number) < REGIONS;
  assign idx    = number[IdxW-1:0];
  assign word   = access_i.addr[5:2];
  assign wdata  = access_i.wdata;
  assign above_peers = {MaskRegs*32{1'b1}} << PEERS;

  `FFLNR(entry_q, region_o[idx], access_i.select && known)
  `FFLNR(src_q, region_src_o[idx], access_i.select && known)
  `FFL(live_q, live_o[idx], access_i.select && known, 1'b0)
  `FFL(done_q, done_i[idx], access_i.select && known, 1'b0)
  `FFNR(last_own_q, (entry_q.capacity - LocalW'(1)) >> entry_q.tile_rows_log2)
  `FFNR(last_tile_q, (LocalW + 1)'(entry_q.tile_base) + (LocalW + 1)'(last_own_q))

  assign src = MaxPeers'(src_q);
  always_comb begin
    answer_o.rdata = '0;
    legal          = !live_q;
    read_only      = 1'b0;
    case (word)
      RegBaseLo:   begin answer_o.rdata = {entry_q.base[24:0], 7'h0}; legal &= wdata[6:0] == '0; end
      RegBaseHi:   begin answer_o.rdata = 32'(entry_q.base[40:25]); legal &= wdata[31:16] == '0; end
      RegRowBytes: begin answer_o.rdata = 32'(entry_q.row_bytes); legal &= wdata - 32'd1 < 32'd65536; end
      RegCapacity: begin answer_o.rdata = 32'(entry_q.capacity); legal &= wdata[31:LocalW] == '0 && wdata != '0; end
      RegTile:     answer_o.rdata = {entry_q.tile_base, 12'h0, entry_q.tile_rows_log2};
      RegSource:        begin answer_o.rdata = src[31:0];  legal &= (wdata & above_peers[0]) == '0; end
      RegSource + 4'd1: begin answer_o.rdata = src[63:32]; legal &= (wdata & above_peers[1]) == '0; end
      RegSource + 4'd2: begin answer_o.rdata = src[95:64]; legal &= (wdata & above_peers[2]) == '0; end
      RegCtrl:     begin
        answer_o.rdata = {done_q && entry_q.enable, 15'h0, entry_q.gen, 7'h0, entry_q.enable};
        legal = !wdata[0] || (entry_q.row_bytes != '0 && entry_q.capacity != '0
                              && 32'(last_tile_q) < TILES);
      end
      default:     begin read_only = 1'b1; legal = 1'b0; end
    endcase
    answer_o.error = !known || (access_i.write ? (read_only || !legal) : (read_only && !legal));
  end
  assign set = access_i.write && !answer_o.error;

  // Whole entries are written, which keeps the number of table-wide write multiplexers small.
  region_cfg_t      entry_d;
  logic [PEERS-1:0] src_d;
  always_comb begin
    entry_d = entry_q;
    src_d   = src_q;
    case (word)
      RegBaseLo:        entry_d.base[24:0]  = wdata[31:7];
      RegBaseHi:        entry_d.base[40:25] = wdata[15:0];
      RegRowBytes:      entry_d.row_bytes   = wdata[RowBytesW-1:0];
      RegCapacity:      entry_d.capacity    = wdata[LocalW-1:0];
      RegTile:          {entry_d.tile_base, entry_d.tile_rows_log2} = {wdata[31:16], wdata[3:0]};
      RegSource:        src_d = PEERS'({src[95:32], wdata});
      RegSource + 4'd1: src_d = PEERS'({src[95:64], wdata, src[31:0]});
      RegSource + 4'd2: src_d = PEERS'({wdata, src[63:0]});
      RegCtrl:          {entry_d.enable, entry_d.gen} = {1'b0, wdata[8+:GenW]};
      default: ;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      region_o     <= '{default: '0};
      region_src_o <= '{default: '0};
      live_o       <= '0;
    end else begin
      if (enable_i) region_o[enable_idx_i[IdxW-1:0]].enable <= 1'b1;
      if (set) begin
        region_o[idx]     <= entry_d;
        region_src_o[idx] <= src_d;
        if (word == RegCtrl) live_o[idx] <= wdata[0];
      end
    end
  end

  assign start_o     = set && word == RegCtrl && wdata[0];
  assign start_idx_o = RegionW'(idx);

  // An access works on a copy of its entry: nobody else changes the entry meanwhile, but for its enable bit.
  logic [2:0]       stage_q;                    // cycles since `select`
  region_cfg_t      here;                       // but for `enable`
  logic [PEERS-1:0] here_src;
  `FF(stage_q, {stage_q[1:0], access_i.select && known}, '0)
  always_comb begin
    here        = region_o[idx];
    here.enable = entry_q.enable;
  end
  assign here_src = region_src_o[idx];
  `ASSERT(EntryIsCurrent, stage_q == '0 || (entry_q == here && src_q == here_src && live_q == live_o[idx]))
  `ASSERT(LastOwnIsCurrent, stage_q[2:1] == '0 || last_own_q == (entry_q.capacity - LocalW'(1)) >> entry_q.tile_rows_log2)
  `ASSERT(LastTileIsCurrent, !stage_q[2] || last_tile_q == (LocalW + 1)'(entry_q.tile_base) + (LocalW + 1)'(last_own_q))

  logic unused;
  assign unused = &{access_i.read, access_i.addr[15:14], access_i.addr[1:0], enable_idx_i, 1'b0};

endmodule

`default_nettype wire
