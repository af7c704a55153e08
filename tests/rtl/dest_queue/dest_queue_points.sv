// Situations that the tests of dest_queue must reach: requests, crossbar, fence, counters; see common_points.sv.
// Slices: merge_slice_points.sv.
`default_nettype none
`include "common/assertions.svh"

module request_lane_points
  import hub_pkg::*;
#(
  parameter int unsigned LANES   = 4,
  parameter int unsigned PEERS   = 8,
  parameter int unsigned REGIONS = 64,
  parameter int unsigned SLOTS   = 8
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic             enable_i,
  input wire logic             beat,
  input wire logic             refuse,
  input wire logic             inside_q,
  input wire logic             well_formed,
  input wire logic             is_rowsp,
  input wire logic             is_st,
  input wire header_t          req_tuser_i,
  input wire strb_t            req_tstrb_i,
  input wire logic             req_tvalid_i,
  input wire logic             req_tready_o,
  input wire logic             req_tlast_i,
  input wire logic             closed_i,
  input wire logic [2**GpuW-1:0] enabled,
  input wire logic [SLOTS-1:0] used_q,
  input wire logic             accepted_o,
  input wire logic             fence_ok,
  input wire logic             fence_valid_o,
  input wire logic             fence_take_i,
  input wire logic             c_valid_q,
  input wire logic [LANES-1:0] head_valid_o
);
  logic bad, store;
  assign bad   = refuse && enable_i && req_tlast_i && !inside_q;
  assign store = req_tuser_i.kind == KindRowsp || req_tuser_i.kind == KindSt;
  `COVER(NotEnabled, refuse && !enable_i)  // refused: the hub is not enabled
  `COVER(FirstOfSeveral, refuse && enable_i && !req_tlast_i && !inside_q)  // refused: the first beat of several
  `COVER(FurtherBeat, beat && enable_i && inside_q && !req_tlast_i)  // and the ones behind it
  `COVER(LastOfSeveral, beat && enable_i && inside_q && req_tlast_i)  // up to the last
  `COVER(Reserved, bad && req_tuser_i.rsvd != '0)  // refused: reserved bits
  `COVER(NoKind, bad && !store && req_tuser_i.kind != KindFence && req_tuser_i.kind != KindCount)  // refused: no kind
  `COVER(CountAsked, bad && req_tuser_i.kind == KindCount)  // refused: reports are the hub's own
  `COVER(OffsetInLine, bad && req_tuser_i.kind == KindRowsp && !is_rowsp)  // refused: offset within a line
  `COVER(AddressInLine, bad && req_tuser_i.kind == KindSt && !is_st)  // refused: address within a line
  `COVER(NoBytes, bad && well_formed && (is_rowsp || is_st) && req_tstrb_i == '0)  // refused: a store without bytes
  `COVER(PeerDisabled,
         bad && store && 32'(req_tuser_i.dst) < PEERS && !enabled[req_tuser_i.dst])  // refused: its peer is off
  `COVER(PeerBeyond, bad && store && 32'(req_tuser_i.dst) >= PEERS)  // refused: no such peer
  `COVER(FenceTooLong,
         bad && req_tuser_i.kind == KindFence &&
         req_tuser_i.row > RowW'(REGIONS))  // refused: more regions than there are
  `COVER(FenceBeyond,
         bad && req_tuser_i.kind == KindFence &&
         req_tuser_i.row <= RowW'(REGIONS))  // refused: ends beyond the last region
  `COVER(SlotsFull, &used_q && req_tvalid_i)  // every slot is in use, a store waits
  `COVER(LastSlot, accepted_o && $countones(~used_q) == 1)  // a store takes the last slot
  `COVER(FreedAsTaken, accepted_o && c_valid_q)  // a slot is taken as another one comes free
  `COVER(FreedFull, &used_q && c_valid_q)  // a slot of a full lane comes free
  `COVER(HeadsOfAll, LANES > 1 && &head_valid_o)  // the lane has a store for every slice
  `COVER(FenceBehindStores, beat && fence_ok && used_q != '0)  // a fence comes while the lane holds stores
  `COVER(ClosedByFence, req_tvalid_i && closed_i && !fence_valid_o)  // a request waits for another lane's fence
  `COVER(ClosedByOwn, req_tvalid_i && closed_i && fence_valid_o)  // a request waits for a fence of its own lane
  `COVER(StoreAfterFence, fence_take_i && req_tvalid_i && !req_tready_o)  // it still waits as the fence is taken
endmodule

bind request_lane request_lane_points #(.LANES(LANES), .PEERS(PEERS), .REGIONS(REGIONS), .SLOTS(SLOTS)) u_points (.*);

module request_xbar_points #(
  parameter int unsigned LANES = 4
) (
  input wire logic                        clk_i,
  input wire logic                        rst_ni,
  input wire logic [LANES-1:0][LANES-1:0] head_valid_i,
  input wire logic [LANES-1:0][LANES-1:0] want,
  input wire logic [LANES-1:0][LANES-1:0] match,
  input wire logic [LANES-1:0][LANES-1:0] room,
  input wire logic [LANES-1:0][LANES-1:0] full_q,
  input wire logic [LANES-1:0][LANES-1:0] full_d,
  input wire logic [LANES-1:0][LANES-1:0] pop_o,
  input wire logic [LANES-1:0]            taken,
  input wire logic                        report_valid_q,
  input wire logic                        report_full_q,
  input wire logic                        report_goes,
  input wire logic                        report_valid_i,
  input wire logic                        report_ready_o,
  input wire logic [LANES-1:0]            report_slice_q,
  input wire logic [LANES-1:0]            report_turn
);
  int unsigned wish;           // lanes that want one slice
  logic        meets, reserved;
  always_comb begin
    wish     = 0;
    meets    = 1'b0;
    reserved = 1'b0;
    for (int unsigned s = 0; s < LANES; s++) begin
      int unsigned here;
      here = 0;
      for (int unsigned l = 0; l < LANES; l++) begin
        here     += 32'(want[l][s]);
        meets    |= report_turn[s] && head_valid_i[l][s];
        reserved |= report_valid_q && report_slice_q[s] && !report_turn[s] && head_valid_i[l][s] && !room[l][s];
      end
      if (here > wish) wish = here;
    end
  end
  `COVER(AllSlices, LANES > 1 && &taken)  // every slice gets a store
  `COVER(Two, wish == 2)  // two lanes want one slice
  `COVER(Three, wish == 3)  // three lanes do
  `COVER(Four, wish == 4)  // four lanes do
  `COVER(InVain, (match & ~room) != '0)  // a store is chosen that finds no entry
  `COVER(Waits, full_q != '0)  // a store waits for an entry
  `COVER(WokenAsOneLeaves, (full_q & ~full_d & head_valid_i) != '0)  // it asks again, as an entry comes free
  `COVER(OthersGo, full_q != '0 && pop_o != '0)  // others go on meanwhile
  `COVER(ReportFirst, meets)  // a report goes before stores of its slice
  `COVER(ReportWaits, report_full_q)  // a report waits for an entry
  `COVER(ReportReserves, reserved)  // meanwhile no store of its slice and peer takes one
  `COVER(ReportsFollow, report_goes && report_valid_i)  // the next report comes as one goes
  `COVER(ReportStalls, report_valid_i && !report_ready_o)  // a report waits for the one before it
endmodule

bind request_xbar request_xbar_points #(.LANES(LANES)) u_points (.*);

module lane_match_points #(
  parameter int unsigned LANES = 4
) (
  input wire logic                        clk_i,
  input wire logic                        rst_ni,
  input wire logic [LANES-1:0][LANES-1:0] want_i,
  input wire logic [LANES-1:0][LANES-1:0] take_o,
  input wire logic [LANES-1:0]            turn_q,
  input wire logic                        down_q,
  input wire logic                        round,
  input wire logic                        any
);
  `COVER(AllWanted, LANES > 1 && &want_i)  // every lane has a store for every slice
  `COVER(OnePairLeftOut, (want_i & ~take_o) != '0)  // a pair that is wanted is not taken
  `COVER(TurnsDown, round && !down_q)  // the order turns round
  `COVER(TurnsUp, round && down_q)  // and back
  `COVER(WrapsUp, LANES > 1 && any && !round && !down_q && turn_q[LANES-1])  // the first diagonal's turn again
  `COVER(WrapsDown, LANES > 1 && any && !round && down_q && turn_q[0])  // the last one's turn again, downwards
endmodule

bind lane_match lane_match_points #(.LANES(LANES)) u_points (.*);

module fence_ctrl_points
  import hub_pkg::*;
#(
  parameter int unsigned LANES   = 4,
  parameter int unsigned PEERS   = 8,
  parameter int unsigned REGIONS = 64,
  parameter int unsigned Words   = 1
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic             idle,
  input wire logic             drain,
  input wire logic             settle,
  input wire logic             read,
  input wire logic             send,
  input wire logic             flush,
  input wire logic             take,
  input wire logic [LANES-1:0] fence_valid_i,
  input wire logic             lanes_empty_i,
  input wire header_t          taken,
  input wire logic             old_i,
  input wire logic             counted_i,
  input wire logic             none_left,
  input wire logic             epoch_o,
  input wire logic [REGIONS-1:0] bank_o,
  input wire logic             read_valid_o,
  input wire logic             read_ready_i,
  input wire logic             enabled,
  input wire logic             bad_q,
  input wire logic             last_peer,
  input wire logic             last_word,
  input wire logic             next_peer,
  input wire logic             report_valid_o,
  input wire logic             report_ready_i,
  input wire logic             refused_o,
  input wire logic             refused_take_i,
  input wire logic             done_o
);
  `COVER(WaitsForLanes, idle && fence_valid_i != '0 && !lanes_empty_i)  // a fence waits for stores of the lanes
  `COVER(SeveralWait,
         LANES > 1 && take && (fence_valid_i & (fence_valid_i - LANES'(1))) != '0)  // fences of several lanes
  `COVER(WaitsForFence, !idle && fence_valid_i != '0)  // a fence waits for the one before it
  `COVER(OfNoRegion, take && taken.row == '0)  // a fence of no region
  `COVER(OfAllRegions, take && 32'(taken.row) == REGIONS)  // of all regions
  `COVER(NotFromZero, take && taken.region != '0 && taken.row != '0)  // of regions from another one on
  `COVER(NothingBefore, drain && !old_i)  // no entry lies before it (any more)
  `COVER(EntriesBefore, drain && old_i)  // it waits for entries that lie before it
  `COVER(RowsUncounted, settle && !counted_i)  // it waits for rows that left and are not yet counted
  `COVER(SettlesEmpty, settle && counted_i && none_left)  // of no region: nothing to report
  `COVER(ReadWaits, read && read_valid_o && !read_ready_i)  // a read waits for rows that are counted
  `COVER(PeerOff, send && !enabled)  // a peer that is off gets no report
  `COVER(ReportStalls, report_valid_o && !report_ready_i)  // a report waits for the crossbar
  `COVER(BadCounter, refused_o && refused_take_i)  // a broken counter: refused, peer by peer
  `COVER(NextWord, Words > 1 && next_peer && last_peer && !last_word)  // the next word of a region's counters
  `COVER(NextRegion, next_peer && last_peer && last_word && !none_left)  // the next region
  `COVER(ReportsLeave, flush && old_i)  // the reports have yet to leave
  `COVER(Done, done_o && fence_valid_i == '0)  // done, no other one waits
  `COVER(DoneNextWaits, done_o && fence_valid_i != '0)  // done, the next one follows
  `COVER(EpochBack, take && epoch_o)  // the epoch is the first one again
  `COVER(BankBack, take && bank_o != '0)  // a region's counters are the first ones again
endmodule

bind fence_ctrl fence_ctrl_points #(.LANES(LANES), .PEERS(PEERS), .REGIONS(REGIONS), .Words(Words)) u_points (
  .*, .idle(state_q == Idle), .drain(state_q == Drain), .settle(state_q == Settle), .read(state_q == Read),
  .send(state_q == Send), .flush(state_q == Flush), .none_left(left_q == '0)
);

module row_counts_points
  import hub_pkg::*;
#(
  parameter int unsigned LANES  = 4,
  parameter int unsigned Fields = 8
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic [LANES-1:0] row_valid_i,
  input wire logic [LANES-1:0] room_o,
  input wire logic [LANES-1:0] waits,
  input wire logic             row_valid,
  input wire logic             clearing,
  input wire logic             start,
  input wire logic             read_valid_i,
  input wire logic             read_ready_o,
  input wire logic             busy_q,
  input wire logic             count_q,
  input wire logic             again_q,
  input wire logic             error,
  input wire logic             bad,
  input wire logic             some
);
  `COVER(AllLanes, LANES > 1 && &row_valid_i)  // a row of every lane leaves in one cycle
  `COVER(AllWait, LANES > 1 && &waits)  // rows of every lane wait to be counted
  `COVER(NoRoom, room_o != '1)  // a slice is held: its rows have yet to be counted
  `COVER(CountsAgain, busy_q && count_q && again_q)  // the same word in two cycles after each other
  `COVER(ReadWaits, read_valid_i && !read_ready_o && row_valid)  // rows go before the fence's read
  `COVER(WaitsForClear, clearing && waits != '0)  // a row waits for the clearing after reset
  `COVER(BrokenCounted, busy_q && count_q && error && !again_q)  // a broken word is met by a row: marked
  `COVER(BrokenRead, busy_q && !count_q && error && !again_q)  // a broken word is met by the fence
  `COVER(MarkedCounted, busy_q && count_q && bad && !error)  // a marked word is counted on
  `COVER(MarkedRead, busy_q && !count_q && bad && !error)  // a marked word is read: the fence is told
  `COVER(RowsRead, busy_q && !count_q && some && !bad)  // a word with rows is read and cleared
  `COVER(NothingRead, busy_q && !count_q && !some && !bad)  // a word without rows
endmodule

bind row_counts row_counts_points #(.LANES(LANES), .Fields(Fields)) u_points (
  .*, .bad(word.bad), .some(word.count != '0)
);

module dest_queue_points #(
  parameter int unsigned LANES = 4
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic             tick,
  input wire logic [LANES-1:0] used,
  input wire logic             load_q,
  input wire logic [LANES-1:0] lane_refused,
  input wire logic [LANES-1:0] req_tvalid_i,
  input wire logic [LANES-1:0] crd_valid_i,
  input wire logic [LANES-1:0] tx_tvalid_o,
  input wire logic [LANES-1:0] tx_tready_i,
  input wire logic [LANES-1:0] merged,
  input wire logic             busy_o
);
  logic busy_q, tick_q;
  always_ff @(posedge clk_i) {busy_q, tick_q} <= {busy_o, tick};
  `COVER(Tick, tick && used != '0)  // the timer's end: entries grow older
  `COVER(TickEachCycle, tick && tick_q)  // a tick of one cycle
  `COVER(CreditsLoaded, load_q)  // credits are set as the hub is enabled
  `COVER(AllRefused, LANES > 1 && &lane_refused)  // every lane refuses a request in one cycle
  `COVER(AllSend, LANES > 1 && &(tx_tvalid_o & tx_tready_i))  // a packet of every lane leaves in one cycle
  `COVER(AllStall, LANES > 1 && &(tx_tvalid_o & ~tx_tready_i))  // no link takes a packet
  `COVER(AllMerge, LANES > 1 && &merged)  // a store joins an entry in every slice
  `COVER(RequestAsItRests, busy_q && !busy_o && req_tvalid_i != '0)  // a request comes as the clock could stop
  `COVER(CreditWhileResting, !busy_o && crd_valid_i != '0)  // a credit comes back to a unit that rests
endmodule

bind dest_queue dest_queue_points #(.LANES(LANES)) u_points (.*);

`default_nettype wire
