// One miss context: holds a set of the row table while its spill list is looked through.
//
// Started by a lookup that missed, with the word of the set; from then on nobody else may look the set up.
// Reads the list if there is one, brings the row back or makes place for it (docs/addr_alloc.md has the
// cases), writes the set, and then lets lookups of its row pass until one has been decided.
// It moves entries only: LocalRowIDs and bytes are handled by the lookup that it lets through.
// Cost: one word of a set, two entries' worth of results. Critical path: a beat, is it live, 18 gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_context
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned WAYS        = 4,    // 1..8
  parameter int unsigned SPILL_SLOTS = 64,   // 1..256
  localparam int unsigned WayW       = (WAYS > 1) ? $clog2(WAYS) : 1
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  // start
  input  wire logic                 start_i,
  input  wire row_key_t             start_key_i,
  input  wire entry_t [WAYS-1:0]    start_ways_i,
  input  wire set_head_t            start_head_i,
  // lock
  output logic                      busy_o,
  output logic                      go_o,            // its row may pass
  output row_key_t                  key_o,
  output verdict_t                  verdict_o,       // while go_o
  input  wire logic                 release_i,
  // spill memory: read request (whole list), beats, write request, response
  output logic                      read_valid_o,
  input  wire logic                 read_ready_i,
  output logic [7:0]                read_len_o,
  input  wire logic                 beat_valid_i,
  input  wire entry_t               beat_entry_i,
  input  wire logic                 beat_dead_i,
  input  wire logic                 beat_error_i,
  input  wire logic                 beat_last_i,
  output logic                      store_valid_o,
  input  wire logic                 store_ready_i,
  output logic [7:0]                store_slot_o,
  output entry_t                    store_entry_o,
  input  wire logic                 response_valid_i,
  input  wire logic                 response_error_i,
  // table write
  output logic                      write_valid_o,
  input  wire logic                 write_ready_i,
  output entry_t [WAYS-1:0]         write_ways_o,
  output set_head_t                 write_head_o,
  // events, with the table write
  output logic                      spilled_o,
  output logic                      filled_o
);

  if (WAYS < 1 || WAYS > MaxWays) $fatal(1, "alloc_context: WAYS must be 1..8");
  if (SPILL_SLOTS < 1 || SPILL_SLOTS > 256) $fatal(1, "alloc_context: SPILL_SLOTS must be 1..256");

  typedef enum logic [2:0] {
    Idle, Read, List, Decide, Store, Ack, Table, Go
  } state_e;

  state_e               state_q, state_d;
  entry_t [WAYS-1:0]    ways_q;
  set_head_t            head_q;

  // What the list showed.
  logic                 found_q, dead_q, error_q;
  logic [7:0]           found_slot_q, dead_slot_q;
  logic [SpillCntW-1:0] beat_q, live_end_q;     // entries seen; those up to and with the last live one
  logic [LocalW-1:0]    lid_q;
  logic [RowBytesW-1:0] missing_q;

  // What will be done.
  logic                 evict_q, blank_q;       // victim, or a dead entry, into `slot_q`
  logic [7:0]           slot_q;
  logic [SpillCntW-1:0] count_q;
  logic [WayW-1:0]      way_q;                  // freed, or filled with what was found
  verdict_t             verdict_q;

  logic beat_live, beat_mine;
  assign beat_live = !beat_dead_i && beat_entry_i.valid;
  assign beat_mine = beat_live && beat_entry_i.key == key_o;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      key_o      <= start_key_i;
      ways_q     <= start_ways_i;
      head_q     <= start_head_i;
      found_q    <= 1'b0;
      dead_q     <= 1'b0;
      error_q    <= 1'b0;
      beat_q     <= '0;
      live_end_q <= '0;
    end
    if (beat_valid_i) begin
      beat_q  <= beat_q + SpillCntW'(1);
      error_q <= error_q || beat_error_i;
      if (beat_live) live_end_q <= beat_q + SpillCntW'(1);
      if (beat_mine) begin
        found_q      <= 1'b1;
        found_slot_q <= 8'(beat_q);
        lid_q        <= beat_entry_i.lid;
        missing_q    <= beat_entry_i.missing;
      end
      if (!beat_live && !dead_q) begin
        dead_q      <= 1'b1;
        dead_slot_q <= 8'(beat_q);
      end
    end
  end

  // ---- Decide ---------------------------------------------------------------------------------------------
  logic            room;                        // a way that can be taken without loss
  logic [WayW-1:0] room_way;
  logic            reuse, full, last;

  always_comb begin
    room     = 1'b0;
    room_way = WayW'(head_q.next);
    if (state_q == Decide)
      for (int w = WAYS - 1; w >= 0; w--)
        if (!ways_q[w].valid || ways_q[w].missing == '0) begin
          room     = 1'b1;
          room_way = WayW'(w);
        end
  end
  assign last  = SpillCntW'(found_slot_q) + SpillCntW'(1) == live_end_q;
  assign reuse = dead_q && SpillCntW'(dead_slot_q) < live_end_q;
  assign full  = !reuse && live_end_q == SpillCntW'(SPILL_SLOTS);

  always_ff @(posedge clk_i) begin
    if (state_q == Decide) begin
      way_q   <= room_way;
      evict_q <= !room;
      blank_q <= found_q && room && !last;
      if (found_q) begin
        slot_q  <= found_slot_q;
        count_q <= (room && last) ? live_end_q - SpillCntW'(1) : live_end_q;
      end else begin
        slot_q  <= reuse ? dead_slot_q : 8'(live_end_q);
        count_q <= (room || reuse) ? live_end_q : live_end_q + SpillCntW'(1);
      end
      verdict_q <= '{absent: !found_q, refuse: 1'b0, cause: RefuseNone};
      if (error_q) verdict_q <= '{absent: 1'b0, refuse: 1'b1, cause: RefuseMemory};
      else if (!found_q && !room && full) verdict_q <= '{absent: 1'b0, refuse: 1'b1, cause: RefuseSpillFull};
    end
    if (response_valid_i && response_error_i)
      verdict_q <= '{absent: 1'b0, refuse: 1'b1, cause: RefuseMemory};
  end

  // ---- states ---------------------------------------------------------------------------------------------
  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Idle:    if (start_i) state_d = (start_head_i.spilled != '0) ? Read : Decide;
      Read:    if (read_ready_i) state_d = List;
      List:    if (beat_valid_i && beat_last_i) state_d = Decide;
      Decide: begin
        if (error_q || (!found_q && !room && full)) state_d = Go;
        else if (!room || (found_q && !last)) state_d = Store;
        else state_d = Table;
      end
      Store:   if (store_ready_i) state_d = Ack;
      Ack:     if (response_valid_i) state_d = response_error_i ? Go : Table;
      Table:   if (write_ready_i) state_d = Go;
      default: if (release_i) state_d = Idle;
    endcase
  end
  `FF(state_q, state_d, Idle)

  assign busy_o        = state_q != Idle;
  assign go_o          = state_q == Go;
  assign verdict_o     = verdict_q;
  assign read_valid_o  = state_q == Read;
  assign read_len_o    = 8'(head_q.spilled - SpillCntW'(1));
  assign store_valid_o = state_q == Store;
  assign store_slot_o  = slot_q;
  assign store_entry_o = blank_q ? '0 : ways_q[way_q];
  assign write_valid_o = state_q == Table;
  assign spilled_o     = write_valid_o && write_ready_i && evict_q;
  assign filled_o      = write_valid_o && write_ready_i && found_q;

  always_comb begin
    write_ways_o         = ways_q;
    write_head_o         = head_q;
    write_head_o.spilled = count_q;
    if (write_valid_o && evict_q) write_ways_o[way_q].valid = 1'b0;
    if (write_valid_o && found_q) begin
      write_ways_o[way_q] = '{valid: 1'b1, key: key_o, lid: lid_q, missing: missing_q};
      write_head_o.next   = (way_q == WayW'(WAYS - 1)) ? '0 : 3'(way_q) + 3'd1;
    end
  end

  `ASSERT(StartsWhenIdle, !start_i || state_q == Idle)
  `ASSERT(BeatsWhenReading, !beat_valid_i || state_q == List)
  `ASSERT(AsManyBeatsAsAsked, !(beat_valid_i && beat_last_i) || beat_q + SpillCntW'(1) == head_q.spilled)
  `ASSERT(ResponseWhenWaiting, !response_valid_i || state_q == Ack)
  `ASSERT(ReleasedInGo, !release_i || state_q == Go)
  `ASSERT(RowInListOnce, !(beat_valid_i && beat_mine && found_q))
  `ASSERT(CountInRange, state_q != Table || (count_q <= SpillCntW'(SPILL_SLOTS) && count_q >= 9'(evict_q)))
  `ASSERT(VictimIsARow, !(state_q == Store && !blank_q) || (ways_q[way_q].valid && ways_q[way_q].missing != '0))

endmodule

`default_nettype wire
