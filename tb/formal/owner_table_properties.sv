// An owner is done once, when its number of tiles is known and as many are ready; a region's number is asked for once,
// when the last of its sources has reported, with the sum of the rows.
//
// One owner is followed, `watch_i` (constant; a proof leaves it free), from its initialisation on. What an operation
// changes is counted here when it is accepted; what it causes is due when it is in the second stage of the unit, where
// it stays while a message waits.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module owner_table_properties
  import hub_pkg::*;
#(
  parameter int unsigned PEERS   = 2,
  parameter int unsigned REGIONS = 2,
  parameter int unsigned WINDOWS = 1,
  parameter int unsigned TILES   = 4,
  localparam int unsigned CntW   = $clog2(TILES + 1) + 1
) (
  input wire logic               clk_i,
  input wire logic               rst_ni,
  input wire logic               watch_is_window_i,
  input wire logic [RegionW-1:0] watch_i,
  input wire region_cfg_t        region_i,                       // of the followed one
  input wire logic [PEERS-1:0]   sources_i,
  input wire window_cfg_t        window_i,
  input wire logic               init_i,                         // accepted ...
  input wire logic               init_is_window_i,
  input wire logic [RegionW-1:0] init_idx_i,
  input wire logic               close_i,
  input wire logic [RegionW-1:0] close_region_i,
  input wire logic [LocalW-1:0]  close_tiles_i,
  input wire logic               tile_i,
  input wire tile_ref_t          tile_who_i,
  input wire logic               report_valid_i,
  input wire logic               report_i,
  input wire report_t            report_data_i,
  input wire logic               closing_valid_i,
  input wire logic               closing_ready_i,
  input wire closing_t           closing_i,
  input wire logic               done_valid_i,
  input wire logic               done_ready_i,
  input wire tile_msg_t          done_i,
  input wire logic               refused_i,
  input wire logic               broken_i,
  input wire logic               done_bit_i                      // region_done_o or window_done_o of the followed one
);

  // ---- what is known, operation by operation ---------------------------------------------------------------------
  typedef struct packed {
    logic              known;                                    // initialised
    logic              closed;
    logic [CntW-1:0]   count;                                    // of tiles, when closed
    logic [CntW-1:0]   ready;
    logic [LocalW-1:0] rows;
    logic [PEERS-1:0]  reported;
    logic              asked;                                    // handed over to be closed
  } state_t;
  state_t           state_q, state;
  logic             init, close, tile, report, second, too_many, here_q, finishes, refuses, asks;
  logic             finishes_q, refuses_q, asks_q, init_q, said_q, waits_q, leaves, done, closing;
  logic [PEERS-1:0] sender;
  assign init     = init_i && init_is_window_i == watch_is_window_i && init_idx_i == watch_i;
  assign close    = close_i && !watch_is_window_i && close_region_i == watch_i;
  assign tile     = tile_i && tile_who_i.is_window == watch_is_window_i && tile_who_i.owner == watch_i;
  assign report   = report_i && !watch_is_window_i && report_data_i.region == watch_i;
  assign sender   = PEERS'(1) << report_data_i.src;
  assign second   = (state_q.reported & sender) != '0;
  assign too_many = 32'(state_q.rows) + 32'(report_data_i.rows) > 32'(region_i.capacity);

  always_comb begin
    state    = state_q;
    finishes = 1'b0;
    refuses  = 1'b0;
    asks     = 1'b0;
    if (init) begin
      state       = '0;
      state.known = 1'b1;
      if (watch_is_window_i && window_i.tiled) begin
        state.closed = 1'b1;
        state.count  = CntW'(window_i.tile_count);
        state.rows   = LocalW'(window_i.tile_count);
      end
    end else if (close) begin
      state.closed = 1'b1;
      state.count  = CntW'(close_tiles_i);
      finishes     = state_q.ready == state.count;
      refuses      = state_q.ready > state.count;
    end else if (tile) begin
      state.ready = state_q.ready + CntW'(1);
      finishes    = state_q.closed && state.ready == state_q.count;
      refuses     = state_q.closed && state.ready > state_q.count;
    end else if (report) begin
      refuses = second || too_many;
      if (!refuses) begin
        state.rows     = state_q.rows + LocalW'(report_data_i.rows);
        state.reported = state_q.reported | sender;
        asks           = (sources_i & ~state.reported) == '0;
        state.asked    = asks;
      end
    end
  end
  `FFL(state_q, state, init || close || tile || report, '0)

  // What the users keep: an owner is initialised before it is used, and while no closing of it is under way; it is
  // closed once, when that was asked for; no more tiles become ready than there are; reports are of sources.
  logic asked_q;                                                 // seen at the closer, not closed yet
  `FFL(asked_q, closing, closing || close, 1'b0)
  `ASSUME(InitAtRest, !init || (!state_q.asked && !asked_q) || state_q.closed)
  `ASSUME(UsedWhenKnown, state_q.known || !(close || tile || report))
  `ASSUME(ClosedWhenAsked, !close || (asked_q && 32'(close_tiles_i) <= TILES))
  `ASSUME(TilesAreFew, !tile || 32'(state_q.ready) < TILES)
  `ASSUME(WindowLegal, !watch_is_window_i || !window_i.tiled ||
                       (window_i.tile_count != '0 && 32'(window_i.tile_count) <= TILES))
  `ASSUME(ReportOfASource, !(report_valid_i && report_data_i.region == watch_i) || (sender & sources_i) != '0)

  // ---- second stage --------------------------------------------------------------------------------------------
  assign done    = done_valid_i && done_i.is_window == watch_is_window_i && done_i.owner == watch_i;
  assign leaves  = here_q && !(done_valid_i && !done_ready_i);
  assign closing = closing_valid_i && closing_ready_i && !watch_is_window_i && closing_i.region == watch_i;
  `FFL(here_q, init || close || tile || report, init || close || tile || report || leaves, 1'b0)
  `FFLNR(finishes_q, finishes, init || close || tile || report)
  `FFLNR(refuses_q, refuses, init || close || tile || report)
  `FFLNR(asks_q, asks, init || close || tile || report)
  `FFLNR(init_q, init, init || close || tile || report)
  `FFL(said_q, !init_q, leaves && (init_q || finishes_q), 1'b0)
  `FFL(waits_q, !closing, (leaves && asks_q) || closing, 1'b0)   // to be closed, in the queue

  `ASSERT(DoneWithTheLastTile, !here_q || done == finishes_q)
  `ASSERT(DoneByItself, here_q || !done)
  `ASSERT(DoneOnce, !(here_q && finishes_q) || !said_q)
  `ASSERT(DoneSaysRows, !done || (done_i.kind == OwnerDone && done_i.count == RowW'(state_q.rows)))
  `ASSERT(DoneBit, done_bit_i == said_q)
  `ASSERT(DoneMeansAll, !((said_q && !(here_q && init_q)) || (here_q && finishes_q)) ||
                        (state_q.closed && state_q.ready >= state_q.count))
  `ASSERT(RefusesWhatIsWrong, !leaves || refused_i == refuses_q)
  `ASSERT(NeverBroken, !(leaves && broken_i))
  `ASSERT(AskedOnce, !closing || (waits_q && !asked_q))
  `ASSERT(AskedWithTheSum, !closing || (closing_i.rows == state_q.rows && closing_i.capacity == region_i.capacity &&
                                       (sources_i & ~state_q.reported) == '0))

  `COVER(DoneByATile, done && done_ready_i && !watch_is_window_i && state_q.ready == CntW'(2) && state_q.reported == '1)
  `COVER(DoneByClosing, done && done_ready_i && state_q.rows == LocalW'(5) && state_q.ready == CntW'(1))
  `COVER(WindowDone, done && watch_is_window_i && state_q.ready == CntW'(3))
  `COVER(DoneAgain, leaves && init_q && said_q && !watch_is_window_i)
  `COVER(MoreReadyThanReported, leaves && refused_i && state_q.closed && state_q.ready > state_q.count)

endmodule

`default_nettype wire
