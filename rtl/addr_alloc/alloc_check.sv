// Checks of every lane's packet against its region or window, and what its write will need.
//
// Two stages, a packet a lane and cycle, never stalls. First (the cycle in which a packet leaves the input
// register): its region's entry comes from addr_alloc, its address is compared with all windows. Second:
// all checks, outputs.
// The order of the checks decides the cause of a refusal: docs/addr_alloc.md.
// Cost: LANES * (REGIONS * 215 bits of multiplexer, WINDOWS * 2 comparators of 41 bits).
// Critical path: first stage, link or loop, window compare or bytes of a sector, 21 gates; second, mask shifted by
// the last line's bytes, cause, slot, 21 gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_check
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned LANES   = 4,    // 1..8
  parameter int unsigned PEERS   = 8,    // 2..96
  parameter int unsigned REGIONS = 64,   // 1..256
  parameter int unsigned WINDOWS = 8,    // 1..16
  parameter int unsigned DEPTH   = 16,   // 2..64
  localparam int unsigned SlotW  = $clog2(DEPTH)
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  input  wire logic [GpuW-1:0]      self_i,
  input  wire region_cfg_t          region_i     [LANES],     // entry that the packet names
  input  wire logic [PEERS-1:0]     region_src_i [LANES],
  input  wire window_cfg_t          window_i     [WINDOWS],
  input  wire logic [PEERS-1:0]     window_src_i [WINDOWS],
  // from the input registers
  input  wire logic [LANES-1:0]     take_i,
  input  wire header_t              header_i     [LANES],
  input  wire strb_t                strb_i       [LANES],
  input  wire logic [LANES-1:0]     truncated_i,
  input  wire logic [SlotW-1:0]     slot_i       [LANES],
  // to the window, one cycle later
  output logic [LANES-1:0]          fill_valid_o,
  output fill_e                     fill_o       [LANES],
  output logic [SlotW-1:0]          fill_slot_o  [LANES],
  output row_key_t                  fill_key_o   [LANES],  // window index in `region` for stores
  output refuse_e                   fill_cause_o [LANES],
  output meta_t                     fill_meta_o  [LANES],
  // to the report queues
  output logic [LANES-1:0]          report_pending_o,      // a report may be in the second stage
  output logic [LANES-1:0]          report_valid_o,
  output report_t                   report_o     [LANES]
);

  if (LANES < 1 || LANES > 8) $fatal(1, "alloc_check: LANES must be 1..8");
  if (PEERS < 2 || PEERS > MaxPeers) $fatal(1, "alloc_check: PEERS must be 2..96");
  if (REGIONS < 1 || REGIONS > 256) $fatal(1, "alloc_check: REGIONS must be 1..256");
  if (WINDOWS < 1 || WINDOWS > 16) $fatal(1, "alloc_check: WINDOWS must be 1..16");
  if (DEPTH < 2 || DEPTH > 64) $fatal(1, "alloc_check: DEPTH must be 2..64");

  localparam int unsigned WindowIdxW = (WINDOWS > 1) ? $clog2(WINDOWS) : 1;
  localparam int unsigned PeerIdxW   = $clog2(PEERS);
  localparam int unsigned SectorBytes = 32;
  localparam int unsigned Sectors     = LineBytes / SectorBytes;
  localparam int unsigned SectorCntW  = $clog2(SectorBytes + 1);

  function automatic logic allowed(logic [PEERS-1:0] mask, logic [GpuW-1:0] src);
    return (src < GpuW'(PEERS)) ? mask[PeerIdxW'(src)] : 1'b0;
  endfunction

  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    // ---- first stage: table entries --------------------------------------------------------------------
    header_t             header_q;
    strb_t               strb_q;
    logic                truncated_q, known_q, source_q;
    region_cfg_t         region_q;
    logic [WINDOWS-1:0]  hit_d, hit_q;
    logic [LineAddrW-1:0] line_addr;

    assign line_addr = header_i[l].addr[AddrW-1:LineShift];
    always_comb begin
      hit_d = '0;
      if (take_i[l] && header_i[l].kind == KindSt)
        for (int unsigned w = 0; w < WINDOWS; w++)
          hit_d[w] = window_i[w].enable && line_addr >= window_i[w].base && line_addr <= window_i[w].limit;
    end

    `FF(fill_valid_o[l], take_i[l], 1'b0)
    `FFLNR(header_q, header_i[l], take_i[l])
    `FFLNR(strb_q, strb_i[l], take_i[l])
    `FFLNR(truncated_q, truncated_i[l], take_i[l])
    `FFLNR(fill_slot_o[l], slot_i[l], take_i[l])
    `FFLNR(region_q, region_i[l], take_i[l])
    `FFLNR(known_q, 32'(header_i[l].region) < REGIONS, take_i[l])
    `FFLNR(source_q, allowed(region_src_i[l], header_i[l].src), take_i[l])
    `FFLNR(hit_q, hit_d, take_i[l])

    logic [Sectors-1:0][SectorCntW-1:0] sector_d, sector_q;    // bytes of each
    always_comb
      for (int unsigned i = 0; i < Sectors; i++)
        sector_d[i] = SectorCntW'($countones(strb_i[l][i*SectorBytes +: SectorBytes]));
    `FFLNR(sector_q, sector_d, take_i[l])

    // ---- second stage: checks --------------------------------------------------------------------------
    logic                  is_row, is_st, is_count, malformed, beyond;
    logic [WindowIdxW-1:0] window_idx;
    logic [LineIdxW-1:0]   line;
    logic [PitchW-1:0]     full_lines;     // lines that the row fills
    logic                  part_line;      // and whether a partial one follows
    refuse_e               cause;
    logic [ByteCntW-1:0]   bytes;

    always_comb begin
      bytes = '0;
      for (int unsigned i = 0; i < Sectors; i++) bytes += ByteCntW'(sector_q[i]);
    end
    assign is_row   = header_q.kind == KindRowsp;
    assign is_st    = header_q.kind == KindSt;
    assign is_count = header_q.kind == KindCount;

    assign malformed = truncated_q || !(is_row || is_st || is_count)
        || header_q.dst != self_i || header_q.src >= GpuW'(PEERS) || header_q.rsvd != '0
        || (is_row && header_q.offset[LineShift-1:0] != '0)
        || (is_st && header_q.addr[LineShift-1:0] != '0)
        || (is_count != (sector_q == '0));

    assign line       = header_q.offset[OffsetW-1:LineShift];
    assign full_lines = region_q.row_bytes[RowBytesW-1:LineShift];
    assign part_line  = region_q.row_bytes[LineShift-1:0] != '0;
    always_comb begin
      beyond = PitchW'(line) > full_lines;
      if (PitchW'(line) == full_lines)
        beyond = (strb_q >> region_q.row_bytes[LineShift-1:0]) != '0;
    end

    always_comb begin
      window_idx = '0;
      for (int w = WINDOWS - 1; w >= 0; w--) if (hit_q[w]) window_idx = WindowIdxW'(w);
    end

    always_comb begin
      cause = RefuseNone;
      if (malformed) cause = RefuseMalformed;
      else if (is_st) begin
        if (hit_q == '0) cause = RefuseAddress;
        else if (!allowed(window_src_i[window_idx], header_q.src)) cause = RefuseSource;
      end else begin
        if (!known_q || !region_q.enable) cause = RefuseUnregistered;
        else if (header_q.gen != region_q.gen) cause = RefuseStale;
        else if (!source_q) cause = RefuseSource;
        else if (is_row && beyond) cause = RefuseOffset;
      end
    end

    fill_e fill;
    always_comb begin
      fill = FillLookup;
      if (cause != RefuseNone) fill = FillRefuse;
      else if (is_st) fill = FillWrite;
      else if (is_count) fill = FillNothing;
    end
    assign fill_o[l]       = fill;
    assign fill_cause_o[l] = cause;
    assign fill_key_o[l]   = '{region: is_st ? RegionW'(window_idx) : header_q.region,
                               gen: header_q.gen, row: header_q.row};
    always_comb begin
      fill_meta_o[l] = '{header: header_q, bytes: bytes,
                         owner: header_q.region, counted: 1'b1, base: region_q.base,
                         pitch: full_lines + PitchW'(part_line), shift: 6'(region_q.tile_rows_log2),
                         tile_base: region_q.tile_base};
      if (is_st) begin
        fill_meta_o[l].owner     = RegionW'(window_idx);
        fill_meta_o[l].counted   = window_i[window_idx].tiled;
        fill_meta_o[l].base      = window_i[window_idx].base;
        fill_meta_o[l].shift     = window_i[window_idx].tile_log2 - 6'(LineShift);
        fill_meta_o[l].tile_base = window_i[window_idx].tile_base;
      end
    end

    assign report_pending_o[l] = fill_valid_o[l] && is_count;
    assign report_valid_o[l]   = fill_valid_o[l] && is_count && cause == RefuseNone;
    assign report_o[l]         = '{src: header_q.src, region: header_q.region, rows: header_q.row};

    logic unused_region;
    assign unused_region = ^region_q.capacity;  // alloc_lookup's

    logic tile_below_line;
    assign tile_below_line = window_i[window_idx].tiled && window_i[window_idx].tile_log2 < 6'(LineShift);
    `ASSERT(StoresHaveBytes, !fill_valid_o[l] || fill == FillRefuse || is_count == (strb_q == '0))
    `ASSERT(TilesAreLines, !(fill_valid_o[l] && fill == FillWrite && tile_below_line))
  end

endmodule

`default_nettype wire
