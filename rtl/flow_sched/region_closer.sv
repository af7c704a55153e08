// Closes a region: all its sources have reported, n rows are to come.
//
//   load     the region, with its configuration
//   divide   tiles t = ceil(n / T), rows of the last one n mod T, tiles by capacity
//   multiply bytes that the last tile will not get, in two halves
//   issue    the tiles from t on are cancelled with one message; the last tile, if partial, gets its row
//            count and waits for that many bytes less; after the cancellation the owner table learns t
//
// T = 2^tile_rows_log2. The next region follows when all three are gone.
// Throughput 1 region in 2 cycles when all are taken at once, latency 4 cycles. Cost: three stages of about 90
// bits, a 15 x 17 multiplier. Critical path: half the multiplier, 23 gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module region_closer
  import hub_pkg::*;
#(
  parameter int unsigned BANKS   = 16                            // of the tile table
) (
  input  wire logic               clk_i,
  input  wire logic               rst_ni,

  input  wire logic               closing_valid_i,
  output logic                    closing_ready_o,
  input  wire closing_t           closing_i,

  output logic                    cancel_valid_o,
  input  wire logic               cancel_ready_i,
  output tile_msg_t               cancel_o,
  output logic                    op_valid_o,
  input  wire logic               op_ready_i,
  output tile_op_t                op_o,
  output logic                    close_valid_o,
  input  wire logic               close_ready_i,
  output logic [RegionW-1:0]      close_region_o,
  output logic [LocalW-1:0]       close_tiles_o,
  output logic                    busy_o
);

  if (BANKS < 2 || BANKS > 256 || (BANKS & (BANKS - 1)) != 0)
    $fatal(1, "region_closer: BANKS must be a power of two, 2..256");
  localparam int unsigned BankW   = $clog2(BANKS);

  // A stage moves on when the next one is empty: no `ready` runs through the stages.
  logic valid1_q, valid2_q, valid3, go1, go2;

  // ---- load ---------------------------------------------------------------------------------------------
  closing_t closing1_q;
  assign closing_ready_o = !valid1_q;
  `FF(valid1_q, valid1_q ? !go1 : closing_valid_i, 1'b0)
  `FFLNR(closing1_q, closing_i, closing_valid_i && closing_ready_o)

  // ---- divide -------------------------------------------------------------------------------------------
  typedef struct packed {
    logic [RegionW-1:0]   region;
    logic [TileW-1:0]     base;
    logic [LocalW-1:0]    tiles;      // that will fill
    logic [LocalW-1:0]    room;       // by capacity
    logic [TileRowsW-1:0] last_rows;  // 0: the last tile is whole
  } close_t;
  close_t               close2_d, close2_q;
  logic [TileRowsW-1:0] lacking2_q;   // rows that the last tile will not get
  logic [RowBytesW-1:0] row_bytes2_q;
  always_comb begin
    close2_d.region    = closing1_q.region;
    close2_d.base      = closing1_q.tile_base;
    close2_d.tiles     = tiles_of_rows(closing1_q.rows, closing1_q.tile_rows_log2);
    close2_d.room      = tiles_of_rows(closing1_q.capacity, closing1_q.tile_rows_log2);
    close2_d.last_rows = TileRowsW'(closing1_q.rows) & ~({TileRowsW{1'b1}} << closing1_q.tile_rows_log2);
  end
  assign go1 = valid1_q && !valid2_q;
  `FF(valid2_q, valid2_q ? !go2 : go1, 1'b0)
  `FFLNR(close2_q, close2_d, go1)
  `FFLNR(lacking2_q, (TileRowsW'(1) << closing1_q.tile_rows_log2) - close2_d.last_rows, go1)
  `FFLNR(row_bytes2_q, closing1_q.row_bytes, go1)

  // ---- multiply -------------------------------------------------------------------------------------------
  localparam int unsigned HalfW = TileRowsW / 2;
  logic [HalfW+RowBytesW-1:0] low_q, high_q;
  logic [RegionW-1:0]         region_q;
  logic [TileW-1:0]           first_unused_q, last_tile_q;
  logic [LocalW-1:0]          tiles_q, unused_q;
  logic [TileRowsW-1:0]       last_rows_q;
  assign go2 = valid2_q && !valid3;
  `FFLNR(low_q, lacking2_q[HalfW-1:0] * row_bytes2_q, go2)
  `FFLNR(high_q, lacking2_q[TileRowsW-1:HalfW] * row_bytes2_q, go2)
  `FFLNR(region_q, close2_q.region, go2)
  `FFLNR(first_unused_q, close2_q.base + TileW'(close2_q.tiles), go2)
  `FFLNR(last_tile_q, tile_swizzle(close2_q.base + TileW'(close2_q.tiles) - TileW'(1), BankW), go2)
  `FFLNR(tiles_q, close2_q.tiles, go2)
  `FFLNR(unused_q, close2_q.room - close2_q.tiles, go2)
  `FFLNR(last_rows_q, close2_q.last_rows, go2)

  // ---- issue: what is still to be sent --------------------------------------------------------------------
  logic cancel_q, adjust_q, count_q;
  `FF(cancel_q, go2 ? close2_q.room > close2_q.tiles : cancel_q && !cancel_ready_i, 1'b0)
  `FF(adjust_q, go2 ? close2_q.last_rows != '0 : adjust_q && !op_ready_i, 1'b0)
  `FF(count_q, go2 || (count_q && !(close_valid_o && close_ready_i)), 1'b0)
  assign valid3         = cancel_q || adjust_q || count_q;
  assign cancel_valid_o = cancel_q;
  assign op_valid_o     = adjust_q;
  assign close_valid_o  = count_q && !cancel_q;

  always_comb begin
    cancel_o       = '0;
    cancel_o.kind  = TileCancel;
    cancel_o.owner = region_q;
    cancel_o.tile  = first_unused_q;
    cancel_o.count = RowW'(unused_q);
  end
  always_comb begin
    op_o              = '0;
    op_o.op           = TileSubtract;
    op_o.who.owner    = region_q;
    op_o.who.tile     = last_tile_q;
    op_o.word.rows    = last_rows_q;
    op_o.word.missing = TileBytesW'(low_q) + (TileBytesW'(high_q) << HalfW);
  end
  assign close_region_o = region_q;
  assign close_tiles_o  = tiles_q;
  assign busy_o = valid1_q || valid2_q || valid3;

  `ASSERT(NotMoreRowsThanRoom, !valid2_q || close2_q.room >= close2_q.tiles)

endmodule

`default_nettype wire
