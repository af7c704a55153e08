// Situations that the tests of flow_sched must reach; see common_points.sv.
`default_nettype none
`include "common/assertions.svh"

module ack_window_points #(
  parameter int unsigned LANES = 4,
  parameter int unsigned DEPTH = 6
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic             open_i,
  input wire logic             ack_valid_i,
  input wire logic             push,
  input wire logic             make,
  input wire logic [DEPTH-1:0] valid_q,
  input wire logic [DEPTH-1:0] same,
  input wire logic [DEPTH-1:0] full,
  input wire logic [DEPTH-1:0] taken,
  input wire logic [DEPTH-1:0] flying,
  input wire logic [DEPTH-1:0] free_below,
  input wire logic [DEPTH-1:0] pick,
  input wire logic             nom_valid_o,
  input wire logic             nom_turn_o,
  input wire logic             nom_flying_o,
  input wire logic             find_i,
  input wire logic             found_o
);
  `COVER(Closed, ack_valid_i && !open_i)  // an acknowledgement waits for the walk after reset
  `COVER(Full, ack_valid_i && &valid_q)  // every slot holds a tile: the next acknowledgement waits
  `COVER(EntryFull, ack_valid_i && (full & ~valid_q) != full)  // an entry can gather no more bytes
  `COVER(Joins, push && same != '0)  // an acknowledgement joins its tile's entry
  `COVER(JoinsAsTaken, push && (same & taken) != '0)  // as the entry is taken: its bytes go along
  `COVER(JoinsAsItMoves, push && DEPTH > 1 && (same & (free_below << 1) & ~taken) != '0)  // as the entry moves down
  `COVER(MakesAsOneLeaves, make && taken != '0)  // a new entry as another one is taken
  `COVER(LastSlot, make && $countones(valid_q) == DEPTH - 1)  // the last slot is taken
  `COVER(TwoTaken, (taken & (taken - DEPTH'(1))) != '0)  // two entries are taken in one cycle
  `COVER(TakenByOther, (taken & ~pick) != '0)  // one that this lane did not nominate
  `COVER(Flying, nom_valid_o && nom_flying_o)  // the nominee's tile is being looked up
  `COVER(FlyingStage2, (flying[DEPTH-2] & valid_q[DEPTH-2]))  // in stage 2, the entry in the slot below the top
  `COVER(NotItsTurn, nom_valid_o && !nom_turn_o)  // no entry of the class whose turn it is
  `COVER(TurnPasses,
         nom_turn_o &&
         (pick & (~pick + DEPTH'(1))) != (valid_q & (~valid_q + DEPTH'(1))))  // a younger one of that class goes first
  `COVER(Found, find_i && found_o)  // an initialisation waits for acknowledgements of its owner
  `COVER(NotFound, find_i && !found_o && valid_q != '0)  // not for those of others
endmodule

bind ack_window ack_window_points #(.LANES(LANES), .DEPTH(DEPTH)) u_points (.*);

module tile_pick_points
  import hub_pkg::*;
#(
  parameter int unsigned LANES = 4,
  parameter int unsigned BANKS = 16,
  localparam int unsigned ClassW = (LANES > 1) ? $clog2(LANES) : 1
) (
  input wire logic              clk_i,
  input wire logic              rst_ni,
  input wire logic [ClassW-1:0] turn_q,
  input wire logic [LANES-1:0]  nom_valid_i,
  input wire logic [LANES-1:0]  look_o,
  input wire logic [LANES-1:0]  first,
  input wire logic [LANES-1:0]  ready,
  input wire logic [LANES-1:0]  lose,
  input wire logic [LANES-1:0]  win_o,
  input wire logic [LANES-1:0]  room_i,
  input wire tile_ref_t         who_o [LANES],
  input wire logic              op_valid_i,
  input wire logic              op_ready_o,
  input wire logic              op_turn_q,
  input wire logic              op_flying,
  input wire logic              op_closes_i,
  input wire logic              is_op_o
);
  int unsigned same;            // nominees of one tile
  always_comb begin
    same = 0;
    for (int unsigned p = 0; p < LANES; p++) begin
      int unsigned here;
      here = 0;
      for (int unsigned q = 0; q < LANES; q++)
        here += 32'(look_o[p] && look_o[q] && who_o[p].tile == who_o[q].tile);
      if (here > same) same = here;
    end
  end
  `COVER(Two, same == 2)  // two lanes nominate one tile
  `COVER(Three, same == 3)  // three lanes do
  `COVER(Four, same == 4)  // four lanes do
  `COVER(AllWin, LANES > 1 && &win_o)  // a lookup of every lane
  `COVER(BankTaken, (lose & ~first) != '0)  // a nominee loses its bank to one whose turn it is
  `COVER(BankTakenSame, (lose & first) != '0 || ((lose & ~first) != '0 && (ready & first) == '0))  // to a lower lane
  `COVER(NoRoom, (look_o & ~room_i) != '0)  // a port has no place for another event
  `COVER(OpFirst, is_op_o && nom_valid_i[0] && op_turn_q)  // an operation goes before its port's nominee
  `COVER(OpWaits, op_valid_i && !is_op_o)  // an operation waits for its port's nominee
  `COVER(OpLoses, is_op_o && !op_ready_o && !op_flying)  // an operation loses its bank, or has no room
  `COVER(OpFlying, op_valid_i && op_closes_i && op_flying)  // a closing region's tile is being looked up
  `COVER(TurnWraps, nom_valid_i != '0 && &turn_q)  // every class has had its turn
endmodule

bind tile_pick tile_pick_points #(.LANES(LANES), .BANKS(BANKS)) u_points (.*);

module tile_table_points
  import hub_pkg::*;
#(
  parameter int unsigned LANES = 4
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic [LANES-1:0] valid1_q,
  input wire logic [LANES-1:0] valid2_q,
  input wire logic [LANES-1:0] valid3_q,
  input wire logic             is_op2_q,
  input wire tile_op_e         op2_q,
  input wire logic             is_op1_q,
  input wire logic [LANES-1:0] event_valid_o,
  input wire tile_event_t      event_o [LANES],
  input wire logic [11:0]      part_i [LANES][LANES],
  input wire logic             inject_i,
  input wire logic             inject_q
);
  int unsigned gathered;       // lanes whose acknowledgements one lookup takes along
  always_comb begin
    gathered = 0;
    for (int unsigned p = 0; p < LANES; p++) begin
      int unsigned here;
      here = 0;
      for (int unsigned l = 0; l < LANES; l++) here += 32'(valid1_q[p] && part_i[l][p] != '0);
      if (here > gathered) gathered = here;
    end
  end
  for (genvar p = 0; p < LANES; p++) begin : gen_port
    logic [TileBytesW-1:0] missing, sum;
    logic                  count, subtract;
    assign missing  = tile_table.gen_count[p].word.missing;
    assign sum      = tile_table.sum2_q[p];
    assign subtract = valid2_q[p] && p == 0 && is_op2_q && op2_q == TileSubtract;
    assign count    = valid2_q[p] && !(p == 0 && is_op2_q);
    `COVER(Counts, count && missing > sum)  // bytes come, more are missing
    `COVER(Ready, count && event_o[p].ready && !event_o[p].excess)  // the last bytes come
    `COVER(ReadyTooMany, count && event_o[p].ready && event_o[p].excess)  // more than the last bytes come
    `COVER(TooMany,
           count && !event_o[p].ready && event_o[p].excess)  // bytes come for a tile that is ready, or not in use
    `COVER(Broken, count && event_o[p].broken)  // wrong check bits
    if (p == 0) begin : gen_op
      `COVER(Subtracts, subtract && !event_valid_o[p])  // a region's last tile waits for fewer bytes
      `COVER(SubtractReady, subtract && event_o[p].ready && !event_o[p].excess)  // it had them all: ready
      `COVER(SubtractTooMany, subtract && event_o[p].excess)  // it had more than that
      `COVER(SubtractBroken, subtract && event_o[p].broken)  // wrong check bits
      `COVER(OpTakesAlong, valid1_q[p] && is_op1_q && part_i[0][p] != '0)  // bytes come along with it
    end
  end
  `COVER(Gathered2, gathered == 2)  // a lookup takes along what two lanes hold
  `COVER(Gathered3, gathered == 3)  // three
  `COVER(Gathered4, gathered == 4)  // four
  `COVER(AllCount, LANES > 1 && &valid2_q)  // a lookup of every lane is decided
  `COVER(EventsMeet, $countones(event_valid_o) > 1)  // two tiles get ready in one cycle
  `COVER(InjectionWaits, inject_q && valid3_q == '0)  // an injected error waits for a write
  `COVER(InjectionOne,
         inject_q && valid3_q != '0 && (valid3_q & (valid3_q - LANES'(1))) != '0)  // it goes into one of several writes
  `COVER(InjectionInWrite, inject_i && valid3_q != '0)  // it is asked for in the cycle of a write: the next one gets it
endmodule

bind tile_table tile_table_points #(.LANES(LANES)) u_points (.*);

module tile_events_points #(
  parameter int unsigned LANES = 4
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic [LANES-1:0] room_o,
  input wire logic [LANES-1:0] places,
  input wire logic [LANES-1:0] waiting_o,
  input wire logic [LANES-1:0] stage1_valid_i,
  input wire logic [LANES-1:0] stage2_valid_i,
  input wire logic [LANES-1:0] event_valid_i,
  input wire logic             valid_o,
  input wire logic             ready_i
);
  `COVER(QueueFull, places != '1)  // a port's queue is full
  `COVER(NoRoom, (~room_o & places) != '0)  // its places are for lookups under way
  `COVER(AllWait, LANES > 1 && &waiting_o)  // events of every port wait
  `COVER(Stalls, valid_o && !ready_i)  // an event waits
  `COVER(ComesAsOneLeaves, valid_o && ready_i && event_valid_i != '0)  // one comes as one leaves
  `COVER(GivenBack, (stage2_valid_i & ~event_valid_i & ~room_o) != '0)  // a lookup without event gives its place back
endmodule

bind tile_events tile_events_points #(.LANES(LANES)) u_points (.*);

module owner_table_points
  import hub_pkg::*;
(
  input wire logic       clk_i,
  input wire logic       rst_ni,
  input wire logic       init_valid_i,
  input wire logic       close_valid_i,
  input wire logic       tile_valid_i,
  input wire logic       tile_ready_o,
  input wire logic       report_valid_i,
  input wire logic       report_ready_o,
  input wire logic       report_turn_q,
  input wire logic [1:0] places_q,
  input wire logic       stall,
  input wire logic       accept,
  input wire logic       fire,
  input wire logic       forward_q,
  input wire logic       of_init,
  input wire logic       of_close,
  input wire logic       of_tile,
  input wire logic       of_report,
  input wire logic       is_window_q,
  input wire logic       tiled_q,
  input wire logic       broken,
  input wire logic       second,
  input wire logic       too_many,
  input wire logic       too_few,
  input wire logic       finished,
  input wire logic       closing,
  input wire logic       push_ready,
  input wire logic       all_in,
  input wire logic       closed,
  input wire logic       nothing_open
);
  `COVER(InitFirst,
         init_valid_i && (tile_valid_i || report_valid_i))  // an initialisation goes before tiles and reports
  `COVER(CloseFirst, close_valid_i && !init_valid_i && (tile_valid_i || report_valid_i))  // closing does
  `COVER(ReportWaits, tile_valid_i && tile_ready_o && report_valid_i && places_q != '0)  // a tile goes, a report waits
  `COVER(ReportsTurn,
         report_turn_q && tile_valid_i && report_valid_i && report_ready_o)  // the report goes, the tile waits
  `COVER(NoPlace, report_valid_i && places_q == '0)  // a report waits for a place among closing regions
  `COVER(Stalls, stall && (tile_valid_i || report_valid_i || close_valid_i))  // all wait for OwnerDone to be taken
  `COVER(Forwarded, fire && forward_q)  // the owner is the one of the cycle before
  `COVER(FullRate, fire && accept)  // the next operation as one is done
  `COVER(InitRegion, fire && of_init && !is_window_q)  // a region
  `COVER(InitTiled, fire && of_init && is_window_q && tiled_q)  // a window with tiles
  `COVER(InitUntiled, fire && of_init && is_window_q && !tiled_q)  // a window without
  `COVER(Report, fire && of_report && !broken && !second && !too_many && !all_in)  // a report, more are to come
  `COVER(LastReport, fire && closing)  // the last source's report
  `COVER(SecondReport, fire && of_report && !broken && second)  // refused: a second report of a source
  `COVER(TooManyRows, fire && of_report && !broken && !second && too_many)  // refused: more rows than the region holds
  `COVER(BrokenReport, fire && of_report && broken)  // refused: wrong check bits at a report
  `COVER(TileBeforeClose, fire && of_tile && !broken && !closed)  // a tile is ready before all have reported
  `COVER(TileAfterClose, fire && of_tile && !broken && closed && !finished && !too_few)  // after that, more are open
  `COVER(LastTile, fire && of_tile && finished && !is_window_q)  // the last tile of a region: done
  `COVER(LastTileOfWindow, fire && of_tile && finished && is_window_q)  // the last tile of a window: done
  `COVER(TileTooMany, fire && of_tile && too_few)  // refused: more tiles are ready than the reports say
  `COVER(BrokenTile, fire && of_tile && broken)  // refused: wrong check bits at a tile
  `COVER(CloseOpen, fire && of_close && !finished && !too_few && !broken)  // closed, tiles are open
  `COVER(CloseDone, fire && of_close && finished)  // closed, all tiles were ready: done
  `COVER(CloseTooFew, fire && of_close && too_few)  // refused: more tiles were ready than the reports say
  `COVER(CloseNothing, fire && of_close && finished && nothing_open && !forward_q)  // closed without one open tile
  `COVER(BrokenClose, fire && of_close && broken)  // refused: wrong check bits at the closing
endmodule

bind owner_table owner_table_points u_points (
  .*, .of_init(op_q == OpInit), .of_close(op_q == OpClose), .of_tile(op_q == OpTile), .of_report(op_q == OpReport),
  .closed(word.closed), .nothing_open(word.open == '0)
);

module region_closer_points
  import hub_pkg::*;
(
  input wire logic        clk_i,
  input wire logic        rst_ni,
  input wire logic        valid1_q,
  input wire logic        valid2_q,
  input wire logic        valid3,
  input wire logic        go2,
  input wire logic        nothing,      // no rows
  input wire logic        whole,        // the last tile is
  input wire logic        unused,       // tiles are cancelled
  input wire logic        cancel_q,
  input wire logic        adjust_q,
  input wire logic        count_q,
  input wire logic        cancel_ready_i,
  input wire logic        op_ready_i,
  input wire logic        close_valid_o,
  input wire logic        close_ready_i,
  input wire logic        closing_valid_i,
  input wire logic        closing_ready_o
);
  `COVER(NoRows, go2 && nothing)  // no rows at all: every tile is cancelled
  `COVER(WholeCancels, go2 && !nothing && whole && unused)  // whole tiles, others are cancelled
  `COVER(WholeAll, go2 && !nothing && whole && !unused)  // every tile fills
  `COVER(PartCancels, go2 && !whole && unused)  // the last tile is partial, others are cancelled
  `COVER(PartAll, go2 && !whole && !unused)  // the last tile is partial, none is cancelled
  `COVER(AllThree, cancel_q && adjust_q && count_q)  // cancellation, last tile and count are due
  `COVER(CancelStalls, cancel_q && !cancel_ready_i)  // the cancellation waits
  `COVER(AdjustStalls, adjust_q && !op_ready_i)  // the last tile waits for the tile table
  `COVER(AdjustLast, adjust_q && !cancel_q && !count_q)  // it is the last of the three
  `COVER(CountStalls, close_valid_o && !close_ready_i)  // the owner table is not ready
  `COVER(PipelineFull, valid1_q && valid2_q && valid3)  // three regions are being closed
  `COVER(RegionWaits, closing_valid_i && !closing_ready_o)  // another one waits
endmodule

bind region_closer region_closer_points u_points (
  .*, .nothing(close2_q.tiles == '0), .whole(close2_q.last_rows == '0), .unused(close2_q.room > close2_q.tiles)
);

module owner_init_points (
  input wire logic clk_i,
  input wire logic rst_ni,
  input wire logic drain,
  input wire logic flush,
  input wire logic quiet,
  input wire logic tiles,
  input wire logic owner,
  input wire logic done,
  input wire logic release_,
  input wire logic is_window_o,
  input wire logic found_i,
  input wire logic events_empty,
  input wire logic waited,
  input wire logic closing_i,
  input wire logic messages_i,
  input wire logic none,
  input wire logic op_ready_i,
  input wire logic last,
  input wire logic owner_ready_i,
  input wire logic init_valid_i
);
  `COVER(DrainWaits, drain && found_i)  // acknowledgements of it wait in a window
  `COVER(FlushWaitsForEvents, flush && waited && !events_empty && !closing_i)  // events wait
  `COVER(FlushWaitsForClosing, flush && waited && events_empty && closing_i)  // a region is being closed
  `COVER(QuietWaits, quiet && messages_i)  // messages wait for the scheduler
  `COVER(Region, tiles && !is_window_o && !none)  // tiles of a region
  `COVER(TiledWindow, tiles && is_window_o && !none)  // tiles of a window
  `COVER(UntiledWindow, tiles && is_window_o && none)  // a window without tiles
  `COVER(LastTile, tiles && op_ready_i && last)  // the last tile, which may be shorter
  `COVER(TilesWait, tiles && !none && !op_ready_i)  // tiles wait for the table's port
  `COVER(OwnerWaits, owner && !owner_ready_i)  // its word waits for the owner table
  `COVER(Done, done)  // initialised
  `COVER(RequestLingers, release_ && init_valid_i)  // the request that was served lingers
endmodule

bind owner_init owner_init_points u_points (
  .*, .drain(state_q == Drain), .flush(state_q == Flush), .quiet(state_q == Quiet), .tiles(state_q == Tiles),
  .owner(state_q == Owner), .done(state_q == Done), .release_(state_q == Release), .events_empty(&emptied_q),
  .waited(wait_q == '0), .none(left_q == '0)
);

module tile_message_points (
  input wire logic clk_i,
  input wire logic rst_ni,
  input wire logic space_o,
  input wire logic valid_i,
  input wire logic queued,
  input wire logic tile_tvalid_o,
  input wire logic tile_tready_i
);
  `COVER(PassesThrough, valid_i && !queued && tile_tready_i)  // an empty queue lets a message through
  `COVER(Queued, valid_i && !queued && !tile_tready_i)  // it is queued when it is not taken
  `COVER(BehindOthers, valid_i && queued && tile_tready_i)  // it goes behind those that wait
  `COVER(Full, !space_o)  // the queue is full
  `COVER(Stalls, tile_tvalid_o && !tile_tready_i)  // the scheduler does not take a message
endmodule

bind tile_message tile_message_points u_points (.*);

module flow_sched_points #(
  parameter int unsigned LANES   = 4,
  parameter int unsigned REGIONS = 64
) (
  input wire logic               clk_i,
  input wire logic               rst_ni,
  input wire logic               open,
  input wire logic [REGIONS-1:0] region_live_i,
  input wire logic [REGIONS-1:0] region_done_o,
  input wire logic [REGIONS-1:0] enabled,
  input wire logic               all_done_d,
  input wire logic               all_done_q,
  input wire logic               all_ready_o,
  input wire logic               all_ready_go,
  input wire logic               space,
  input wire logic               event_waits,
  input wire logic               event_go,
  input wire logic               event_may,
  input wire logic               owner_takes,
  input wire logic               tile_ready_go,
  input wire logic               tile_refused,
  input wire logic               owner_refused,
  input wire logic               owner_may_refuse,
  input wire logic               done_valid,
  input wire logic               cancel_valid,
  input wire logic               close_op_valid,
  input wire logic               init_op_valid,
  input wire logic               report_valid_i,
  input wire logic [LANES-1:0]   ack_valid_i,
  input wire logic [LANES-1:0]   ack_ready_o,
  input wire logic               init_valid_i,
  input wire logic               ready_event,
  input wire logic               excess_event,
  input wire logic               broken_event,
  input wire logic               busy_o
);
  logic busy_q;
  always_ff @(posedge clk_i) busy_q <= busy_o;
  `COVER(AllReadyOne, all_ready_go && $countones(region_live_i) == 1)  // AllReady of one region
  `COVER(AllReadySome, all_ready_go && $countones(region_live_i) > 1 && region_live_i != '1)  // of several
  `COVER(AllReadyAll, all_ready_go && REGIONS > 1 && &region_live_i)  // of every region there is
  `COVER(AllReadyWaits, all_done_q && !all_ready_o && !all_ready_go)  // it waits for other messages
  `COVER(AllReadyFalls, all_ready_o && !all_done_q)  // a region starts anew
  `COVER(LiveNotEnabled,
         (region_live_i & region_done_o & ~enabled) != '0)  // it has the done bit of its former life still
  `COVER(UndoneInTime, all_done_q && !all_done_d && !all_ready_o)  // it starts anew before AllReady could be said
  `COVER(AllReadyWithout,
         all_ready_go && (region_done_o & ~region_live_i) != '0)  // a done region that was switched off is left out
  `COVER(DoneBeforeCancel, done_valid && cancel_valid && space)  // OwnerDone goes before a cancellation
  `COVER(DoneBeforeTile, done_valid && event_waits && ready_event)  // OwnerDone goes before a tile
  `COVER(CancelBeforeTile, cancel_valid && !done_valid && space && event_waits && ready_event)  // a cancellation does
  `COVER(NoSpace,
         (done_valid || cancel_valid || (event_waits && ready_event)) && !space)  // messages wait for the scheduler
  `COVER(TileWaitsForOwner, event_may && ready_event && !owner_takes)  // a tile waits for the owner table
  `COVER(RefusalWaits,
         event_waits && (excess_event || broken_event) && owner_may_refuse)  // a tile's refusal waits for an owner's
  `COVER(ReadyAndRefused, tile_ready_go && tile_refused)  // a tile is ready, with more bytes than it has
  `COVER(ExcessAlone, tile_refused && excess_event && !ready_event)  // refused: bytes for a tile that is ready
  `COVER(BrokenTile, tile_refused && broken_event)  // refused: wrong check bits
  `COVER(OwnerRefused, owner_refused)  // refused by the owner table
  `COVER(CloseBeforeInit,
         close_op_valid && init_op_valid)  // the last tile of a closing region goes before an initialisation
  `COVER(ReportInWalk, report_valid_i && !open)  // a report waits for the walk after reset
  `COVER(AllLanes, LANES > 1 && &(ack_valid_i & ack_ready_o))  // an acknowledgement of every lane in one cycle
  `COVER(AllStall, LANES > 1 && open && &(ack_valid_i & ~ack_ready_o))  // no lane takes one
  `COVER(AckAsItRests, busy_q && !busy_o && ack_valid_i != '0)  // an acknowledgement comes as the clock could stop
  `COVER(ReportAsItRests, busy_q && !busy_o && report_valid_i)  // a report does
  `COVER(InitAsItRests, busy_q && !busy_o && init_valid_i)  // an initialisation does
  logic unused;
  assign unused = event_go;
endmodule

bind flow_sched flow_sched_points #(.LANES(LANES), .REGIONS(REGIONS)) u_points (
  .*, .ready_event(tile_event.ready), .excess_event(tile_event.excess), .broken_event(tile_event.broken)
);

`default_nettype wire
