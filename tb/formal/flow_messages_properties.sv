// What flow_sched says: AllReady once, if and only if all live regions are done; and a message for whoever was told
// that his was taken, nothing else.
//
// `said_*` is what enters the queue to the scheduler; `done_*`, `cancel_*`, `tile_*` are who offers a message.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module flow_messages_properties
  import hub_pkg::*;
#(
  parameter int unsigned REGIONS = 2
) (
  input wire logic               clk_i,
  input wire logic               rst_ni,
  input wire logic [REGIONS-1:0] live_i,
  input wire logic [REGIONS-1:0] enabled_i,
  input wire logic [REGIONS-1:0] done_i,
  input wire logic               all_ready_i,
  input wire logic               space_i,
  input wire logic               said_valid_i,
  input wire tile_msg_t          said_i,
  input wire logic               done_valid_i,
  input wire tile_msg_t          done_msg_i,
  input wire logic               done_taken_i,
  input wire logic               cancel_valid_i,
  input wire tile_msg_t          cancel_msg_i,
  input wire logic               cancel_taken_i,
  input wire logic               event_taken_i,                  // off the event queues
  input wire logic               tile_taken_i,                   // and it is of a tile that is ready
  input wire tile_ref_t          tile_i,
  input wire logic [TileRowsW-1:0] tile_rows_i
);

  // Of the cycle before: the unit looks at registers of it.
  logic       all, all_q, said, said_since_q, quiet;
  logic [1:0] waited_q;                                          // cycles in which it could have been said
  tile_msg_t  ready;
  assign all   = live_i != '0 && (live_i & ~(done_i & enabled_i)) == '0;
  assign said  = said_valid_i && said_i.kind == AllReady;
  assign quiet = space_i && !done_valid_i && !cancel_valid_i && !event_taken_i;
  `FF(all_q, all, 1'b0)
  `FF(said_since_q, all_q && (said || said_since_q), 1'b0)       // and all have been done ever since
  `FF(waited_q, !all || all_ready_i ? '0 : waited_q + 2'(quiet), '0)
  assign ready = '{kind: TileReady, is_window: tile_i.is_window, owner: tile_i.owner, tile: tile_i.tile,
                   count: RowW'(tile_rows_i)};

  `ASSERT(AllReadyWhenAllDone, !said || all_q)
  `ASSERT(AllReadyOnce, !said || !said_since_q)
  // In the second cycle in which it could be.
  `ASSERT(AllReadyAtLast, waited_q < 2'd2 || all_ready_i)
  `ASSERT(AllReadyWaits, waited_q == '0 || all_q)
  `ASSERT(AllReadyLevel, all_ready_i == said_since_q)
  `ASSERT(AllReadyAlone, !said || !(done_taken_i || cancel_taken_i || tile_taken_i))
  `ASSERT(SaidOfOne, 2'(done_taken_i) + 2'(cancel_taken_i) + 2'(tile_taken_i) == 2'(said_valid_i && !said))
  `ASSERT(SaidWithSpace, !said_valid_i || space_i)
  `ASSERT(SaidUnchanged, (!done_taken_i || said_i == done_msg_i) && (!cancel_taken_i || said_i == cancel_msg_i) &&
                         (!tile_taken_i || said_i == ready))

  `COVER(SaidAgain, said && live_i == '1 && all_q)
  `COVER(SaidNoLonger, said_since_q && !all)

endmodule

`default_nettype wire
