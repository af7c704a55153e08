// Situations that the tests of addr_alloc must reach: lookups, row table, misses, initialisation; see common_points.sv.
`default_nettype none
`include "common/assertions.svh"

module alloc_nominate_points
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned LANES    = 4,
  parameter int unsigned BANKS    = 16,
  parameter int unsigned SETS     = 64,
  parameter int unsigned MISS_CTX = 4,
  parameter int unsigned SidW     = 10,
  parameter int unsigned TurnW    = 6
) (
  input wire logic                clk_i,
  input wire logic                rst_ni,
  input wire logic                stop_i,
  input wire logic [LANES-1:0]    nominee_valid_i,
  input wire nominee_t            nominee_i [LANES],
  input wire logic [SidW-1:0]     sid_o [LANES],
  input wire logic [TurnW-1:0]    turn_q,
  input wire logic [LANES-1:0]    turn,
  input wire logic [LANES-1:0]    early,
  input wire logic [LANES-1:0]    late,
  input wire logic [LANES-1:0]    last,
  input wire logic [LANES-1:0]    locked,
  input wire logic [LANES-1:0]    shut,
  input wire logic [LANES-1:0]    eligible,
  input wire logic [LANES-1:0]    through_o,
  input wire logic [LANES-1:0]    win_o,
  input wire logic [LANES-1:0]    hold_o,
  input wire logic [MISS_CTX-1:0] ctx_busy_i,
  input wire logic [MISS_CTX-1:0] ctx_go_i
);
  int unsigned same_row;       // lanes whose nominee is of the winner's row
  logic        same_set, same_bank, aliased;
  always_comb begin
    same_row  = 0;
    same_set  = 1'b0;
    same_bank = 1'b0;
    aliased   = 1'b0;
    for (int unsigned l = 0; l < LANES; l++) begin
      int unsigned rows;
      rows = 0;
      for (int unsigned m = 0; m < LANES; m++)
        if (win_o[l] && nominee_valid_i[m]) begin
          rows += 32'(nominee_i[m].key == nominee_i[l].key);
          if (m != l && nominee_i[m].key != nominee_i[l].key) begin
            same_set  |= sid_o[m] == sid_o[l];
            same_bank |= sid_o[m] != sid_o[l] && 32'(sid_o[m]) % BANKS == 32'(sid_o[l]) % BANKS;
            aliased   |= nominee_i[m].key.row == nominee_i[l].key.row;
          end
        end
      if (rows > same_row) same_row = rows;
    end
  end
  `COVER(SameRow2, same_row == 2)  // two lanes name the same row in one cycle
  `COVER(SameRow3, same_row == 3)  // three lanes do
  `COVER(SameRow4, same_row == 4)  // four lanes do
  `COVER(SameRowAll, LANES > 1 && same_row == LANES)  // every lane does
  `COVER(SameSet, same_set)  // two rows of one set in one cycle: one of them waits
  `COVER(SameBank, same_bank)  // two sets of one bank in one cycle: one of them waits
  `COVER(SameRowID, aliased)  // the same RowID in two regions or generations
  `COVER(AllWin, LANES > 1 && &win_o)  // a lookup of every lane
  `COVER(SetInT1T2, (eligible | early) != eligible)  // the set has just been read
  `COVER(SetInT3, (late & ~early) != '0)  // its lookup is being decided
  `COVER(SetInT4, (last & ~early & ~late) != '0)  // it is being written
  `COVER(TurnStays, (early & turn) != '0)  // the lane whose turn it is stays for its set
  `COVER(Holds, hold_o != '0)  // another lane makes place, its row pauses
  `COVER(Locked, locked != '0)  // the set is a context's
  `COVER(Through, (through_o & win_o) != '0)  // the row that a context lets pass
  `COVER(GoForOther,
         (locked & ~through_o) != '0 && (ctx_go_i & ctx_busy_i) != '0)  // another row of that set does not pass
  `COVER(Shut, (shut & ~locked) != '0)  // the bank is kept free for a context's write
  `COVER(Stopped, stop_i && nominee_valid_i != '0)  // lookups wait for the walk
  `COVER(TurnWraps, nominee_valid_i != '0 && &turn_q)  // every lane has had its turn
endmodule

bind alloc_nominate alloc_nominate_points #(
  .LANES(LANES), .BANKS(BANKS), .SETS(SETS), .MISS_CTX(MISS_CTX), .SidW(SidW), .TurnW(TurnW)
) u_points (.*);

module alloc_lookup_points
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned LANES = 4,
  parameter int unsigned WAYS  = 4
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic [LANES-1:0] miss_o,
  input wire logic [LANES-1:0] miss_taken_i,
  input wire logic             miss_room_i,
  input wire logic [LANES-1:0] given,
  input wire logic [LANES-1:0] served,
  input wire logic [LANES-1:0] finished_o,
  input wire logic [LANES-1:0] t3_valid_o,
  input wire logic [LANES-1:0] t3_through_q,
  input wire result_t          result_o [LANES],
  input wire logic             write_valid_i,
  input wire logic             write_ready_o
);
  localparam int unsigned WayW = (WAYS > 1) ? $clog2(WAYS) : 1;
  for (genvar l = 0; l < LANES; l++) begin : gen_lookup
    entry_t [WAYS-1:0] ways;
    logic [WayW-1:0]   way;
    logic              hit, fits, listed, through, refused;
    refuse_e           cause;
    assign ways    = alloc_lookup.gen_lookup[l].t3_ways_q;
    assign way     = alloc_lookup.gen_lookup[l].way_q;
    assign listed  = alloc_lookup.gen_lookup[l].t3_head_q.spilled != '0;
    assign fits    = alloc_lookup.gen_lookup[l].all_fit;
    assign hit     = alloc_lookup.gen_lookup[l].hit_q;
    assign through = t3_valid_o[l] && t3_through_q[l];
    assign refused = t3_valid_o[l] && result_o[l].refused;
    assign cause   = result_o[l].cause;
    `COVER(Hit, hit && served[l] && !finished_o[l])  // the row is there, bytes are missing still
    `COVER(Finishes, hit && served[l] && finished_o[l])  // and these are its last bytes
    `COVER(Excess, refused && cause == RefuseExcess)  // refused: more bytes than the row has
    `COVER(ServedAlone, hit && served[l] && !fits)  // the leader's bytes fit, not those of all
    `COVER(NewFree, given[l] && !ways[way].valid)  // a new row in a way that is free
    `COVER(NewReplaces, given[l] && ways[way].valid)  // a new row in the way of a finished one
    `COVER(NewAbsent, given[l] && listed)  // a new row in a set with spilled ones: a context looked for it
    `COVER(NewFinishes, given[l] && finished_o[l])  // a new row whose bytes come all at once
    `COVER(NewAlone, given[l] && !fits)  // a new row, more bytes gathered than it has
    `COVER(NextWraps, given[l] && WAYS > 1 && way == WayW'(WAYS - 1))  // the way to replace next is the first one again
    `COVER(RegionFull, refused && cause == RefuseFull)  // refused: the region has no row left
    `COVER(BrokenWord, refused && cause == RefuseTable)  // refused: wrong check bits
    `COVER(BrokenThrough, through && refused && cause == RefuseTable)  // refused: in a set that a context has written
    `COVER(SpillFull, refused && cause == RefuseSpillFull)  // refused: the set's list is full
    `COVER(SpillError, refused && cause == RefuseMemory)  // refused: spill memory answered with an error
    `COVER(HitBesideSpilled, hit && served[l] && listed)  // a hit in a set that has spilled rows
    `COVER(ThroughHit, through && hit && served[l])  // a row that was brought back is there
    `COVER(ThroughFull, through && refused && cause == RefuseFull)  // a context made place, the region is full
  end
  `COVER(MissTaken, miss_taken_i != '0)  // a context takes a miss
  `COVER(MissAgain, (miss_o & ~miss_taken_i) != '0 && miss_room_i)  // another miss of the cycle asks again
  `COVER(MissNoRoom, (miss_o & ~miss_taken_i) != '0 && !miss_room_i)  // no context is left: it waits for one
  `COVER(TwoMisses, $countones(miss_o) == 2)  // two misses in one cycle
  `COVER(ThreeMisses, $countones(miss_o) >= 3)  // three or more
  `COVER(HitBesideMiss, miss_o != '0 && served != '0)  // a miss and a hit in one cycle
  `COVER(AllServed, LANES > 1 && &served)  // every lane's lookup succeeds
  `COVER(WriteMeetsHit, write_valid_i && write_ready_o && served != '0)  // a context writes as a lookup is decided
endmodule

bind alloc_lookup alloc_lookup_points #(.LANES(LANES), .WAYS(WAYS)) u_points (.*);

module alloc_table_points #(
  parameter int unsigned LANES = 4
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic [LANES-1:0] update_q,
  input wire logic             inject_i,
  input wire logic             inject_q,
  input wire logic             write_valid_i,
  input wire logic             write_ready_o,
  input wire logic [LANES:0]   injected
);
  `COVER(ContextWaits, write_valid_i && !write_ready_o)  // a context's write waits for a lookup of its bank
  `COVER(ContextBeside, write_valid_i && write_ready_o && update_q != '0)  // it writes beside lookups of other banks
  `COVER(AllWrite, LANES > 1 && &update_q)  // every lane's lookup writes
  `COVER(InjectionWaits, inject_q && update_q == '0 && !(write_valid_i && write_ready_o))  // a wrong check bit waits
  `COVER(InjectionOfLookup, (injected & (LANES + 1)'({LANES{1'b1}})) != '0)  // it goes into a lookup's write
  `COVER(InjectionOfContext, injected[LANES])  // it goes into a context's write
  `COVER(InjectionInWrite, inject_i && update_q != '0)  // it is asked for in the cycle of a write: the next one gets it
endmodule

bind alloc_table alloc_table_points #(.LANES(LANES)) u_points (.*);

module alloc_bank_points
  import hub_pkg::*;
#(
  parameter int unsigned WAYS    = 4,
  parameter int unsigned REGIONS = 64,
  parameter int unsigned WordW   = 64
) (
  input wire logic               clk_i,
  input wire logic               rst_ni,
  input wire logic               walk_q,
  input wire logic               walk_all_i,
  input wire logic [RegionW-1:0] walk_region_i,
  input wire logic [WordW-1:0]   rword_o
);
  localparam int unsigned IdxW   = (REGIONS > 1) ? $clog2(REGIONS) : 1;
  localparam int unsigned HeadW  = $bits(ingress_pkg::set_head_t);
  localparam int unsigned EntryW = (WordW - HeadW) / WAYS;
  logic [WAYS-1:0] valid, mine;
  always_comb
    for (int unsigned w = 0; w < WAYS; w++) begin
      valid[w] = rword_o[HeadW + (w + 1) * EntryW - 1];
      mine[w]  = rword_o[HeadW + w * EntryW +: IdxW] == IdxW'(walk_region_i);
    end
  `COVER(Empties, walk_q && walk_all_i && valid != '0)  // a walk removes all rows of a set
  `COVER(Removes, walk_q && !walk_all_i && (valid & mine) != '0 && (valid & ~mine) == '0)  // rows of one region
  `COVER(Keeps, walk_q && !walk_all_i && (valid & ~mine) != '0 && (valid & mine) == '0)  // it keeps those of others
  `COVER(RemovesAndKeeps, walk_q && !walk_all_i && (valid & mine) != '0 && (valid & ~mine) != '0)  // both in one set
endmodule

bind alloc_bank alloc_bank_points #(.WAYS(WAYS), .REGIONS(REGIONS), .WordW(WordW)) u_points (.*);

module alloc_pointers_points
  import hub_pkg::*;
#(
  parameter int unsigned LANES = 4,
  parameter int unsigned REGIONS = 64,
  localparam int unsigned IdxW = (REGIONS > 1) ? $clog2(REGIONS) : 1
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic [LANES-1:0] request_i,
  input wire logic [LANES-1:0] request_q,
  input wire logic [LANES-1:0] given_o,
  input wire logic [IdxW-1:0]  region   [LANES],
  input wire logic [IdxW-1:0]  region_q [LANES],
  input wire logic             clear_i,
  input wire logic             clear_all_i,
  input wire logic             clear_used_o
);
  int unsigned same;           // requests of one region in T3
  logic        overtakes, split;
  always_comb begin
    same      = 0;
    overtakes = 1'b0;
    split     = 1'b0;
    for (int unsigned l = 0; l < LANES; l++) begin
      int unsigned here;
      here = 0;
      for (int unsigned m = 0; m < LANES; m++) begin
        here      += 32'(request_q[l] && request_q[m] && region_q[l] == region_q[m]);
        split     |= given_o[l] && request_q[m] && !given_o[m] && region_q[l] == region_q[m];
        overtakes |= given_o[l] && request_i[m] && region_q[l] == region[m];
      end
      if (here > same) same = here;
    end
  end
  `COVER(Two, same == 2)  // two new rows of one region in one cycle
  `COVER(Three, same == 3)  // three
  `COVER(Four, same == 4)  // four
  `COVER(Regions, $countones(request_q) > 1 && same == 1)  // new rows of several regions
  `COVER(Overtakes, overtakes)  // new rows of one region in two cycles after each other
  `COVER(LastRow, split)  // the region's last row is given and another one refused in one cycle
  `COVER(ClearUsed, clear_i && clear_used_o)  // the pointer of a region that has given rows is cleared
  `COVER(ClearUnused, clear_i && !clear_used_o)  // of one that has given none
  `COVER(ClearAll, clear_all_i)  // all pointers
endmodule

bind alloc_pointers alloc_pointers_points #(.LANES(LANES), .REGIONS(REGIONS)) u_points (.*);

module alloc_context_points
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned SPILL_SLOTS = 64
) (
  input wire logic clk_i,
  input wire logic rst_ni,
  input wire logic start_i,
  input wire logic listed,           // the set has spilled rows
  input wire logic decide,
  input wire logic store,
  input wire logic ack,
  input wire logic table_,
  input wire logic go,
  input wire logic error_q,
  input wire logic found_q,
  input wire logic room,
  input wire logic full,
  input wire logic reuse,
  input wire logic last,
  input wire logic blank_q,
  input wire logic beat_valid_i,
  input wire logic beat_last_i,
  input wire logic beat_error_i,
  input wire logic beat_dead_i,
  input wire logic beat_mine,
  input wire logic beat_was_row,
  input wire logic [SpillCntW-1:0] beat_q,
  input wire logic [SpillCntW-1:0] count_q,
  input wire logic [SpillCntW-1:0] live_end_q,
  input wire logic store_ready_i,
  input wire logic response_valid_i,
  input wire logic response_error_i,
  input wire logic write_ready_i,
  input wire logic release_i
);
  logic clean, listed_q;
  assign clean = decide && !error_q;
  always_ff @(posedge clk_i) if (start_i) listed_q <= listed;
  `COVER(StartsWithoutList, start_i && !listed)  // nothing is spilled: the list is not read
  `COVER(StartsWithList, start_i && listed)  // the list is read
  `COVER(ListError, decide && error_q)  // an error in the list: refused
  `COVER(ErrorNotLast, beat_valid_i && beat_error_i && !beat_last_i)  // in a beat that is not the last one
  `COVER(NewMakesRoom, clean && !found_q && !room && !full && !reuse)  // new row: a victim goes behind the list
  `COVER(NewReusesSlot, clean && !found_q && !room && reuse)  // new row: a victim takes a dead entry's slot
  `COVER(NewSpillFull, clean && !found_q && !room && full)  // new row, no slot is free: refused
  `COVER(NewHasRoom, clean && !found_q && room)  // new row: a finished one makes place without a store
  `COVER(FoundSwaps, clean && found_q && !room)  // brought back: a victim takes its slot
  `COVER(FoundLast, clean && found_q && room && last)  // brought back, was the last of the list: no store
  `COVER(FoundBlanks, clean && found_q && room && !last)  // brought back, its slot is blanked
  `COVER(FoundFirst, beat_valid_i && beat_mine && beat_q == '0 && !beat_last_i)  // the first entry of several
  `COVER(FoundAmong, beat_valid_i && beat_mine && beat_q != '0 && !beat_last_i)  // one in the middle
  `COVER(DeadEntry, beat_valid_i && beat_dead_i && beat_was_row)  // an entry of a region's former life
  `COVER(BlankEntry, beat_valid_i && !beat_was_row)  // an entry that was brought back before
  `COVER(AllDead, clean && live_end_q == '0 && listed_q)  // a list without a live entry
  `COVER(ListFull, table_ && write_ready_i && count_q == SpillCntW'(SPILL_SLOTS))  // the list's last slot is taken
  `COVER(ListEmptied, table_ && write_ready_i && found_q && count_q == '0)  // the list's last entry is brought back
  `COVER(StoreWaits, store && !store_ready_i)  // a store waits for the port
  `COVER(StoreError, ack && response_valid_i && response_error_i)  // the victim could not be stored: it stays, refused
  `COVER(BlankError, ack && response_valid_i && response_error_i && blank_q)  // the slot could not be blanked: refused
  `COVER(TableWaits, table_ && !write_ready_i)  // the write of the set waits
  `COVER(WaitsInGo, go && !release_i)  // the row may pass and has not yet
endmodule

bind alloc_context alloc_context_points #(.SPILL_SLOTS(SPILL_SLOTS)) u_points (
  .*, .listed(start_head_i.spilled != '0), .decide(state_q == Decide), .store(state_q == Store), .ack(state_q == Ack),
  .table_(state_q == Table), .go(state_q == Go), .beat_was_row(beat_entry_i.valid)
);

module alloc_miss_points #(
  parameter int unsigned MISS_CTX = 4
) (
  input wire logic                clk_i,
  input wire logic                rst_ni,
  input wire logic                miss_any,
  input wire logic                drain_i,
  input wire logic [MISS_CTX-1:0] busy_o,
  input wire logic [MISS_CTX-1:0] start,
  input wire logic [MISS_CTX-1:0] go_o,
  input wire logic [MISS_CTX-1:0] go_q,
  input wire logic [MISS_CTX-1:0] read,
  input wire logic [MISS_CTX-1:0] store,
  input wire logic [MISS_CTX-1:0] write,
  input wire logic                s_awvalid_o,
  input wire logic                s_awready_i,
  input wire logic                s_wvalid_o,
  input wire logic                s_wready_i,
  input wire logic                s_arvalid_o,
  input wire logic                s_arready_i,
  input wire logic                beat_valid_q,
  input wire logic                beat_last_q,
  input wire logic [3:0]          beat_id_q,
  input wire logic                s_rvalid_i,
  input wire logic [3:0]          s_rid_i,
  input wire logic                s_bvalid_i,
  input wire logic                wake_o
);
  `COVER(AllBusy, &busy_o)  // every context is in use
  `COVER(MissAllBusy, miss_any && &busy_o)  // a miss finds none
  `COVER(LastContext, (busy_o | start) == '1 && start != '0)  // a miss takes the last one
  `COVER(MissInDrain, miss_any && drain_i)  // a miss while an initialisation waits for the contexts
  `COVER(ArStalls, s_arvalid_o && !s_arready_i)  // AR waits
  `COVER(AwStalls, s_awvalid_o && !s_awready_i)  // AW waits
  `COVER(WStalls, s_wvalid_o && !s_wready_i)  // W waits
  `COVER(AwFirst, s_awvalid_o && s_awready_i && s_wvalid_o && !s_wready_i)  // AW is taken before W
  `COVER(WFirst, s_wvalid_o && s_wready_i && s_awvalid_o && !s_awready_i)  // W is taken before AW
  `COVER(TwoRead, MISS_CTX > 1 && (read & (read - MISS_CTX'(1))) != '0)  // two contexts want to read
  `COVER(TwoStore, MISS_CTX > 1 && (store & (store - MISS_CTX'(1))) != '0)  // two contexts want to store
  `COVER(TwoWrite, MISS_CTX > 1 && (write & (write - MISS_CTX'(1))) != '0)  // two contexts want to write their sets
  `COVER(ReadAndStore, read != '0 && store != '0)  // one wants to read, one to store
  `COVER(Interleaved, s_rvalid_i && beat_valid_q && !beat_last_q && s_rid_i != beat_id_q)  // beats of two lists mixed
  `COVER(BeatAndResponse, s_rvalid_i && s_bvalid_i)  // R and B in one cycle
  `COVER(WakeAsOneGoes, wake_o && start != '0)  // packets are woken as another context starts
  `COVER(OneGoesOneComes,
         MISS_CTX > 1 && (go_o & ~go_q) != '0 && (go_q & ~go_o) != '0)  // one lets pass as another ends
endmodule

bind alloc_miss alloc_miss_points #(.MISS_CTX(MISS_CTX)) u_points (.*);

module alloc_init_points (
  input wire logic clk_i,
  input wire logic rst_ni,
  input wire logic idle,
  input wire logic packets,
  input wire logic acks,
  input wire logic contexts,
  input wire logic served,
  input wire logic all_q,
  input wire logic is_window_q,
  input wire logic other,            // another owner is asked for
  input wire logic init_valid_i,
  input wire logic flush_valid_i,
  input wire logic windows_busy_i,
  input wire logic probe_hit_i,
  input wire logic reports_busy_i,
  input wire logic passed_i,
  input wire logic used_i,
  input wire logic contexts_busy_i,
  input wire logic request_q
);
  `COVER(FlushBeforeInit, idle && flush_valid_i && init_valid_i)  // both are asked for, the flush goes first
  `COVER(FlushWaits, packets && all_q && windows_busy_i)  // a flush waits for packets
  `COVER(FlushEmpty, packets && all_q && !windows_busy_i)  // it does not wait any more
  `COVER(PacketsWait, packets && !all_q && probe_hit_i)  // an initialisation waits for packets of its owner
  `COVER(ReportsWait, packets && !all_q && !probe_hit_i && reports_busy_i)  // for reports
  `COVER(WritesWait, acks && !passed_i)  // for writes that are under way
  `COVER(UnusedRegion, acks && passed_i && !used_i && !is_window_q)  // a region that gave no row: no walk
  `COVER(UsedRegion, acks && passed_i && used_i && !is_window_q)  // one that gave rows
  `COVER(WindowLikeUsed, acks && passed_i && used_i && is_window_q)  // a window with a used region's number: no walk
  `COVER(ContextsWait, contexts && contexts_busy_i)  // it waits for contexts
  `COVER(NextOwner, served && !all_q && init_valid_i && other)  // the next owner is asked for at once
  `COVER(RequestLingers,
         served && !all_q && init_valid_i && !other)  // a request that was served lingers: not served twice
  `COVER(FlushLingers, served && all_q && request_q && flush_valid_i)  // a flush that was served lingers
  `COVER(AskedInFlush, all_q && request_q && packets && init_valid_i)  // an initialisation is asked for during a flush
endmodule

bind alloc_init alloc_init_points u_points (
  .*, .idle(state_q == Idle), .packets(state_q == Packets), .acks(state_q == Acks), .contexts(state_q == Contexts),
  .served(state_q == Served), .other(is_window_q != init_is_window_i || idx_q != init_idx_i)
);

// Spilling and filling beside hits, over the whole unit.
module addr_alloc_points
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned LANES    = 4,
  parameter int unsigned MISS_CTX = 4
) (
  input wire logic                clk_i,
  input wire logic                rst_ni,
  input wire logic [LANES-1:0]    park,
  input wire nominee_t            nominee [LANES],
  input wire logic [MISS_CTX-1:0] ctx_busy,
  input wire logic [MISS_CTX-1:0] ctx_go,
  input wire row_key_t            ctx_key [MISS_CTX],
  input wire logic                spilled,
  input wire logic                filled,
  input wire logic [LANES-1:0]    finished,
  input wire logic [LANES-1:0]    allocated,
  input wire logic [LANES-1:0]    served,
  input wire logic [LANES-1:0]    rx_tvalid_i,
  input wire logic [LANES-1:0]    loop_valid_i,
  input wire logic [LANES-1:0]    m_bvalid_i,
  input wire logic                init_valid_i,
  input wire logic                busy_o,
  input wire logic                waits_o
);
  logic [MISS_CTX-1:0] storing;         // its victim is on its way into spill memory
  entry_t              victim [MISS_CTX];
  for (genvar c = 0; c < MISS_CTX; c++) begin : gen_ctx
    logic [2:0] state;
    assign state      = 3'(addr_alloc.u_miss.gen_ctx[c].u_context.state_q);
    assign storing[c] = (state == 3'd4 || state == 3'd5) && !addr_alloc.u_miss.gen_ctx[c].u_context.blank_q;
    assign victim[c]  = addr_alloc.u_miss.store_entry[c];
  end

  logic             spill_race, fill_race, busy_q;
  logic [LANES-1:0] hit;
  assign hit = served & ~allocated;
  always_ff @(posedge clk_i) busy_q <= busy_o;
  always_comb begin
    spill_race = 1'b0;
    fill_race  = 1'b0;
    for (int unsigned l = 0; l < LANES; l++)
      for (int unsigned c = 0; c < MISS_CTX; c++)
        if (park[l]) begin
          spill_race |= storing[c] && nominee[l].key == victim[c].key;
          fill_race  |= ctx_busy[c] && !ctx_go[c] && nominee[l].key == ctx_key[c];
        end
  end
  `COVER(SpillRacesHit, spill_race)  // a packet comes for a row that is being spilled
  `COVER(FillRacesHit, fill_race)  // a packet comes for a row that is being looked for, or brought back
  `COVER(SpillBesideHit, spilled && hit != '0)  // a row is spilled as another one is hit
  `COVER(FillBesideHit, filled && hit != '0)  // a row is brought back as another one is hit
  `COVER(SpillAndFill, spilled && filled)  // one write of a set spills a row and brings one back
  `COVER(SpillBesideNew, spilled && allocated != '0)  // a row is spilled as a new one begins
  `COVER(FinishedTogether, $countones(finished) > 1)  // two rows finish in one cycle
  `COVER(PacketAsItRests,
         busy_q && !busy_o && (rx_tvalid_i | loop_valid_i) != '0)  // a packet comes as the clock could stop
  `COVER(ResponseAsItRests, busy_q && !busy_o && m_bvalid_i != '0)  // B comes as the clock could stop
  `COVER(InitAsItRests, busy_q && !busy_o && init_valid_i)  // an initialisation comes as the clock could stop
  `COVER(RestsWithWrites, !busy_o && waits_o)  // the clock could stop while memory has writes
endmodule

bind addr_alloc addr_alloc_points #(.LANES(LANES), .MISS_CTX(MISS_CTX)) u_points (.*, .served(u_lookup.served));

`default_nettype wire
