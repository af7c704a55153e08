// What is known of each region and window: who reported, how many rows, how many tiles are open.
//
// A word: `reported` (sources), `rows` (sum of the reports; of a window its tiles), `closed` (the number of
// tiles is known), `open` (tiles still to become ready: the known number minus those that are; before
// closing, minus those that are). Four operations, one a cycle, read in the cycle of acceptance, written
// in the next one; this pipeline alone writes the table and the done bits:
//
//   init    clears a region; closes a window with its number of tiles
//   close   adds the number of tiles of a region whose sources have all reported
//   ready   one open tile less
//   report  adds the rows of a source; the last source's report hands the region to region_closer
//
// Closed and no tile open: the owner is done. Precedence: init, close, then ready and report in turns. An
// operation stays in the second stage while its message cannot be taken. A report needs a place in the queue of
// closing regions before it enters, so the second stage never waits for region_closer, which waits for us.
//
// Throughput 1 a cycle, also of one owner (the word just written is forwarded). Cost: REGIONS + WINDOWS words
// of PEERS + 20 + log2 TILES bits; one REGIONS-wide multiplexer of sources and
// configuration (57 bits). Critical path: sum
// of rows against the capacity, about 22 gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module owner_table
  import hub_pkg::*;
#(
  parameter int unsigned PEERS   = 8,                            // 2..96
  parameter int unsigned REGIONS = 64,                           // 1..256
  parameter int unsigned WINDOWS = 8,                            // 1..16
  parameter int unsigned TILES   = 1024                          // 2..65536
) (
  input  wire logic               clk_i,
  input  wire logic               rst_ni,
  input  wire region_cfg_t        region_i     [REGIONS],
  input  wire logic [PEERS-1:0]   region_src_i [REGIONS],
  input  wire window_cfg_t        window_i     [WINDOWS],

  input  wire logic               init_valid_i,
  output logic                    init_ready_o,
  input  wire logic               init_is_window_i,
  input  wire logic [RegionW-1:0] init_idx_i,

  input  wire logic               close_valid_i,
  output logic                    close_ready_o,
  input  wire logic [RegionW-1:0] close_region_i,
  input  wire logic [LocalW-1:0]  close_tiles_i,

  input  wire logic               tile_valid_i,                  // a tile became ready
  output logic                    tile_ready_o,
  input  wire tile_ref_t          tile_i,

  input  wire logic               report_valid_i,
  output logic                    report_ready_o,
  input  wire report_t            report_i,

  output logic                    closing_valid_o,
  input  wire logic               closing_ready_i,
  output closing_t                closing_o,

  output logic                    done_valid_o,                  // OwnerDone
  input  wire logic               done_ready_i,
  output tile_msg_t               done_o,
  output logic                    refused_o,                     // taken at once
  output logic                    broken_o,                      // its check bits were wrong
  output refusal_t                refusal_o,
  output logic                    may_refuse_o,                  // early: an operation is in its second stage

  output logic [REGIONS-1:0]      region_done_o,
  output logic [WINDOWS-1:0]      window_done_o,
  output logic                    reports_busy_o                 // a report or a closing region is inside
);

  if (PEERS < 2 || PEERS > MaxPeers) $fatal(1, "owner_table: PEERS must be 2..96");
  if (REGIONS < 1 || REGIONS > 256) $fatal(1, "owner_table: REGIONS must be 1..256");
  if (WINDOWS < 1 || WINDOWS > 16) $fatal(1, "owner_table: WINDOWS must be 1..16");
  if (TILES < 2 || TILES > 65536) $fatal(1, "owner_table: TILES must be 2..65536");

  localparam int unsigned Owners  = REGIONS + WINDOWS;
  localparam int unsigned OwnerW  = $clog2(Owners);
  localparam int unsigned RegIdxW = (REGIONS > 1) ? $clog2(REGIONS) : 1;
  localparam int unsigned WinIdxW = (WINDOWS > 1) ? $clog2(WINDOWS) : 1;
  localparam int unsigned SrcW    = $clog2(PEERS);
  localparam int unsigned OpenW   = $clog2(TILES + 1) + 1;       // signed

  typedef enum logic [1:0] { OpInit, OpClose, OpTile, OpReport } op_e;
  typedef struct packed {
    logic               closed;
    logic [OpenW-1:0]   open;
    logic [LocalW-1:0]  rows;
    logic [PEERS-1:0]   reported;
  } word_t;

  // ---- acceptance: one operation, its word is read ---------------------------------------------------------
  logic               stall, accept;
  logic               report_turn_q;                             // a report waited for a tile
  logic [1:0]         places_q;                                  // free in the queue of closing regions
  logic               report_may;
  op_e                op;
  logic               is_window;
  logic [RegionW-1:0] idx;
  logic [OwnerW-1:0]  owner;

  assign report_may     = report_valid_i && places_q != '0;
  assign init_ready_o   = !stall;
  assign close_ready_o  = !stall && !init_valid_i;
  assign tile_ready_o   = close_ready_o && !close_valid_i && !report_turn_q;
  assign report_ready_o = close_ready_o && !close_valid_i && places_q != '0 &&
                          (report_turn_q || !tile_valid_i);
  assign accept = !stall && (init_valid_i || close_valid_i || tile_valid_i || report_may);
  `FFL(report_turn_q, !(report_valid_i && report_ready_o), report_may, 1'b0)

  always_comb begin
    op        = OpReport;
    is_window = 1'b0;
    idx       = report_i.region;
    if (init_valid_i) begin
      op        = OpInit;
      is_window = init_is_window_i;
      idx       = init_idx_i;
    end else if (close_valid_i) begin
      op        = OpClose;
      idx       = close_region_i;
    end else if (tile_valid_i && tile_ready_o) begin
      op        = OpTile;
      is_window = tile_i.is_window;
      idx       = tile_i.owner;
    end
  end
  assign owner = is_window ? OwnerW'(REGIONS) + OwnerW'(idx) : OwnerW'(idx);

  // ---- second stage -----------------------------------------------------------------------------------------
  logic               valid_q, is_window_q, forward_q, rerror, fire, we;
  op_e                op_q;
  logic [RegionW-1:0] idx_q;
  logic [OwnerW-1:0]  owner_q;
  logic [TileW-1:0]   tile_q;
  logic [GpuW-1:0]    src_q;
  logic [RowW-1:0]    reported_q;
  logic [PEERS-1:0]   sources_q;
  logic [LocalW-1:0]  capacity_q, count_q;
  logic [OpenW-1:0]   last_open_q;
  logic [RowBytesW-1:0] row_bytes_q;
  logic [3:0]         log2_q;
  logic [TileW-1:0]   base_q;
  logic [RegIdxW-1:0] reporting;
  logic               tiled_q;
  word_t              rdata, word, word_d, last_q;

  `FFL(valid_q, accept, accept || fire, 1'b0)
  `FFLNR(op_q, op, accept)
  `FFLNR(is_window_q, is_window, accept)
  `FFLNR(idx_q, idx, accept)
  `FFLNR(owner_q, owner, accept)
  `FFLNR(tile_q, tile_i.tile, accept && op == OpTile)
  `FFLNR(src_q, report_i.src, accept && op == OpReport)
  `FFLNR(reported_q, report_i.rows, accept && op == OpReport)
  assign reporting = RegIdxW'(report_i.region);
  `FFLNR(sources_q, region_src_i[reporting], accept && op == OpReport)
  `FFLNR(capacity_q, region_i[reporting].capacity, accept && op == OpReport)
  `FFLNR(row_bytes_q, region_i[reporting].row_bytes, accept && op == OpReport)
  `FFLNR(log2_q, region_i[reporting].tile_rows_log2, accept && op == OpReport)
  `FFLNR(base_q, region_i[reporting].tile_base, accept && op == OpReport)
  `FFLNR(count_q, (op == OpClose) ? close_tiles_i : LocalW'(window_i[WinIdxW'(init_idx_i)].tile_count),
         accept && (op == OpClose || op == OpInit))
  // With one tile less, or with the tiles of the region, `open` becomes 0 if it is this now.
  `FFLNR(last_open_q, (op == OpTile) ? OpenW'(1) : -OpenW'(close_tiles_i), accept && (op == OpTile || op == OpClose))
  `FFLNR(tiled_q, window_i[WinIdxW'(init_idx_i)].tiled, accept && op == OpInit)
  `FFLNR(forward_q, we && owner == owner_q, accept)
  `FFLNR(last_q, word_d, we)

  table_ram #(.Width($bits(word_t)), .Depth(Owners)) u_table (
    .clk_i, .rst_ni, .inject_i(1'b0), .we_i(we), .waddr_i(owner_q), .wdata_i(word_d), .flip_i(1'b0),
    .re_i(accept), .raddr_i(owner), .rdata_o(rdata), .rerror_o(rerror)
  );

  logic               broken, second, too_many, all_in, too_few, finished, closing;
  logic [PEERS-1:0]   sender;
  logic [LocalW-1:0]  rows;
  logic [RowW+1:0]    room;                                      // for rows; signed

  assign word   = forward_q ? last_q : rdata;
  assign broken = valid_q && op_q != OpInit && !forward_q && rerror;
  assign sender = PEERS'(1) << SrcW'(src_q);
  assign second = (word.reported & sender) != '0;
  assign rows   = word.rows + LocalW'(reported_q);
  assign room   = (RowW+2)'(capacity_q) - (RowW+2)'(word.rows) - (RowW+2)'(reported_q);
  assign too_many = room[RowW+1];                                // negative
  assign all_in = (~(word.reported | sender) & sources_q) == '0;

  // Exactly one of these leaves the stage, if any.
  assign finished = valid_q && !broken && word.open == last_open_q &&
                    ((op_q == OpTile && word.closed) || op_q == OpClose);
  assign closing  = valid_q && !broken && op_q == OpReport && !second && !too_many && all_in;
  assign too_few  = valid_q && !broken &&                        // more tiles were ready than the reports say
                    ((op_q == OpClose && word_d.open[OpenW-1]) ||
                     (op_q == OpTile && word.closed && (word.open == '0 || word.open[OpenW-1])));

  always_comb begin
    word_d = word;
    unique case (op_q)
      OpInit: begin
        word_d = '0;
        if (is_window_q && tiled_q) begin
          word_d.closed = 1'b1;
          word_d.open   = OpenW'(count_q);
          word_d.rows   = count_q;
        end
      end
      OpClose: begin
        word_d.closed = 1'b1;
        word_d.open   = word.open + OpenW'(count_q);
      end
      OpTile: word_d.open = word.open - OpenW'(1);
      default: begin                                             // OpReport
        word_d.reported = word.reported | sender;
        word_d.rows     = rows;
      end
    endcase
  end
  assign stall = done_valid_o && !done_ready_i;
  assign fire  = valid_q && !stall;
  assign we    = fire && !broken && !(op_q == OpReport && (second || too_many));

  // ---- results ---------------------------------------------------------------------------------------------
  assign done_valid_o = finished;
  always_comb begin
    done_o = '0;
    done_o.kind      = OwnerDone;
    done_o.is_window = is_window_q;
    done_o.owner     = idx_q;
    done_o.count     = RowW'(word.rows);
  end

  logic [REGIONS-1:0] region_bit;
  logic [WINDOWS-1:0] window_bit;
  assign region_bit = is_window_q ? '0 : REGIONS'(1) << RegIdxW'(idx_q);
  assign window_bit = is_window_q ? WINDOWS'(1) << WinIdxW'(idx_q) : '0;
  `FFL(region_done_o, finished ? region_done_o | region_bit : region_done_o & ~region_bit,
       fire && (finished || op_q == OpInit), '0)
  `FFL(window_done_o, finished ? window_done_o | window_bit : window_done_o & ~window_bit,
       fire && (finished || op_q == OpInit), '0)

  // A refusal names the report, or the tile (kind of its packets, region or window, tile in `row`).
  always_comb begin
    refusal_o = '0;
    refusal_o.header.region = idx_q;
    if (op_q == OpReport) begin
      refusal_o.header.kind = KindCount;
      refusal_o.header.src  = src_q;
      refusal_o.header.row  = reported_q;
    end else if (op_q == OpClose) begin
      refusal_o.header.kind = KindCount;
      refusal_o.header.row  = RowW'(word.rows);
    end else begin
      refusal_o.header.kind = is_window_q ? KindSt : KindRowsp;
      refusal_o.header.row  = RowW'(tile_q);
    end
    refusal_o.cause = broken ? RefuseTable : RefuseReport;
  end
  assign refused_o = fire && (broken || too_few || (op_q == OpReport && (second || too_many)));

  assign broken_o     = fire && broken;
  assign may_refuse_o = valid_q;

  // ---- regions to be closed ------------------------------------------------------------------------------------
  closing_t closed;
  logic     push_ready, enters, leaves, unused;
  assign closed = '{region: idx_q, rows: rows, capacity: capacity_q, row_bytes: row_bytes_q,
                    tile_rows_log2: log2_q, tile_base: base_q};

  fifo #(.T(closing_t), .Depth(2)) u_closing (
    .clk_i, .rst_ni,
    .push_valid_i(closing), .push_ready_o(push_ready), .push_data_i(closed),
    .pop_valid_o(closing_valid_o), .pop_ready_i(closing_ready_i), .pop_data_o(closing_o)
  );
  assign enters = accept && op == OpReport;
  assign unused = fire && op_q == OpReport && !closing;          // its place is free again
  assign leaves = closing_valid_o && closing_ready_i;
  `FFL(places_q, places_q - 2'(enters) + 2'(unused) + 2'(leaves), enters || unused || leaves, 2'd2)
  assign reports_busy_o = places_q != 2'd2;

  `ASSERT(PlaceForClosing, !closing || push_ready)
  `ASSERT(WaitingReportStays, !report_turn_q || report_may)
  `ASSERT(ClosedOnce, !(fire && op_q == OpClose && !broken && word.closed))
  `ASSERT(FinishedIsZero, !finished || (word_d.closed && word_d.open == '0))
  `ASSERT(OneResult, $countones({finished, closing, too_few}) <= 1)
  `ASSERT(ReportKnown, !report_valid_i || (32'(report_i.region) < REGIONS && 32'(report_i.src) < PEERS))

endmodule

`default_nettype wire
