// Window of one lane: DEPTH packets between the input register and the memory write.
//
// A packet claims a slot (any free one), is filled in after its checks, waits for a lookup if it names a
// row, and leaves oldest first among those that are finished. Once a cycle the oldest waiting packet becomes
// the lane's nominee. Every waiting packet whose row is that of *any* lane's winning nominee joins
// the lookup and takes its result three cycles later.
//
// The state of the slots is one vector each (docs/addr_alloc.md has the diagram); age is a matrix. Who moves
// what: the input claims, alloc_check fills, alloc_nominate gathers, parks and holds, alloc_lookup finishes
// or returns, the writer frees.
// Cost: DEPTH * (LANES comparators of 40 bits, 90 + LANES + DEPTH flops), 2 LANES sums of DEPTH / 2 packets.
// Critical path: N1, match with the nominees, exclude, oldest of the rest, key multiplexer: 22 gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_window
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned LANES = 4,    // 1..8
  parameter int unsigned DEPTH = 16,   // 2..64
  localparam int unsigned SlotW = $clog2(DEPTH),
  localparam int unsigned SumW  = $clog2((DEPTH + 1) / 2 * LineBytes + 1)  // of half the slots
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  // claim, with a packet that leaves the input register
  output logic                      room_o,
  output logic [SlotW-1:0]          claim_slot_o,
  input  wire logic                 claim_i,
  // fill, a cycle later
  input  wire logic                 fill_valid_i,
  input  wire fill_e                fill_i,
  input  wire logic [SlotW-1:0]     fill_slot_i,
  input  wire row_key_t             fill_key_i,
  input  wire refuse_e              fill_cause_i,
  input  wire logic [ByteCntW-1:0]  fill_bytes_i,
  // nomination: this lane's nominee, all lanes' nominees, and what becomes of them
  output logic                      nominee_valid_o,
  output nominee_t                  nominee_o,
  input  wire logic [LANES-1:0]     nominee_valid_i,
  input  wire nominee_t             nominee_i [LANES],
  input  wire logic [LANES-1:0]     win_i,
  input  wire logic [LANES-1:0]     park_i,
  input  wire logic [LANES-1:0]     hold_i,
  input  wire logic                 won_i,           // this lane's nominee, itself
  input  wire logic                 leave_i,         // this lane's nominee makes place for the next
  input  wire logic                 wake_i,          // parked packets may ask again
  // lookup: sums in T2 of what was gathered, results in T3
  output logic [LANES-1:0][1:0][SumW-1:0] sum_o,
  input  wire result_t              result_i [LANES],
  input  wire logic [LANES-1:0]     t4_park_i,       // of the lookups that were in T3 a cycle ago
  output logic [SlotW:0]            served_o,        // packets served a cycle ago
  // finished packets
  output logic                      ready_o,
  output logic [SlotW-1:0]          ready_slot_o,
  output logic                      ready_refused_o,
  output refuse_e                   ready_cause_o,
  output logic [LocalW-1:0]         ready_lid_o,
  input  wire logic                 issue_i,
  input  wire logic                 free_i,          // payload read
  input  wire logic [SlotW-1:0]     free_slot_i,
  // is a packet of this region or window here?
  input  wire logic                 probe_i,
  input  wire logic                 probe_window_i,
  input  wire logic [RegionW-1:0]   probe_idx_i,
  output logic                      probe_hit_o,
  output logic                      busy_o
);

  if (LANES < 1 || LANES > 8) $fatal(1, "alloc_window: LANES must be 1..8");
  if (DEPTH < 2 || DEPTH > 64) $fatal(1, "alloc_window: DEPTH must be 2..64");

  localparam int unsigned LaneW = (LANES > 1) ? $clog2(LANES) : 1;
  typedef logic [DEPTH-1:0] slots_t;

  slots_t busy_q, wait_q, hold_q, park_q, done_q, refused_q, store_q;
  slots_t t1_q, t2_q, t3_q;            // in the stages of a lookup
  slots_t gathered_q [LANES];          // t1_q, by the lane whose nominee leads the lookup
  slots_t lead1_q, lead2_q, lead3_q;   // of these, the nominee of this lane
  slots_t back_q;                      // returned by T3 a cycle ago: wait again, perhaps parked
  slots_t waiting, parking;
  slots_t nominee_q;

  row_key_t            key_q    [DEPTH];
  logic [ByteCntW-1:0] bytes_q  [DEPTH];
  refuse_e             cause_q  [DEPTH];
  logic [LocalW-1:0]   lid_q    [DEPTH];
  logic [LaneW-1:0]    leader_q [DEPTH];  // lane whose nominee leads the lookup
  slots_t              older_q  [DEPTH];

  // ---- claim and fill -------------------------------------------------------------------------------------
  slots_t claim, fill, fill_wait, fill_done, fill_refuse, fill_drop;

  always_comb begin
    claim_slot_o = '0;
    for (int i = DEPTH - 1; i >= 0; i--) if (!busy_q[i]) claim_slot_o = SlotW'(i);
  end
  assign room_o = busy_q != '1;
  assign claim  = claim_i ? (slots_t'(1) << claim_slot_o) : '0;
  assign fill   = fill_valid_i ? (slots_t'(1) << fill_slot_i) : '0;
  assign fill_wait   = (fill_i == FillLookup) ? fill : '0;
  assign fill_refuse = (fill_i == FillRefuse) ? fill : '0;
  assign fill_done   = (fill_i == FillWrite)  ? fill : fill_refuse;
  assign fill_drop   = (fill_i == FillNothing) ? fill : '0;

  always_ff @(posedge clk_i) begin
    if (claim_i) begin
      for (int unsigned s = 0; s < DEPTH; s++) older_q[s] <= claim[s] ? busy_q : older_q[s] & ~claim;
    end
    if (fill_valid_i) begin
      key_q[fill_slot_i]   <= fill_key_i;
      bytes_q[fill_slot_i] <= fill_bytes_i;
    end
  end

  function automatic slots_t oldest(slots_t candidates);
    for (int unsigned s = 0; s < DEPTH; s++)
      oldest[s] = candidates[s] && (older_q[s] & candidates) == '0;
  endfunction

  function automatic logic [SlotW-1:0] index(slots_t onehot);
    index = '0;
    for (int unsigned s = 0; s < DEPTH; s++) if (onehot[s]) index |= SlotW'(s);
  endfunction

  // ---- N2: who has the same row as a nominee --------------------------------------------------------------
  slots_t matched, gathered, parked, held, same;
  slots_t gathered_d [LANES];
  logic [LaneW-1:0] leader_d [DEPTH];

  always_comb begin
    matched  = '0;
    gathered = '0;
    parked   = '0;
    held     = '0;
    same     = '0;
    for (int unsigned l = 0; l < LANES; l++) gathered_d[l] = '0;
    for (int unsigned s = 0; s < DEPTH; s++) leader_d[s] = '0;
    if (waiting != '0) begin
      for (int unsigned l = 0; l < LANES; l++) begin
        if (nominee_valid_i[l]) begin
          for (int unsigned s = 0; s < DEPTH; s++) same[s] = key_q[s] == nominee_i[l].key;
          matched |= same;
          same &= waiting;
          if (win_i[l]) begin
            gathered_d[l] = same;
            gathered |= same;
            for (int unsigned s = 0; s < DEPTH; s++) if (same[s]) leader_d[s] |= LaneW'(l);
          end
          if (park_i[l]) parked |= same;
          if (hold_i[l]) held |= same;
        end
      end
    end
  end

  always_ff @(posedge clk_i)
    if (gathered != '0)
      for (int unsigned s = 0; s < DEPTH; s++) if (gathered[s]) leader_q[s] <= leader_d[s];

  // ---- N1: next nominee -----------------------------------------------------------------------------------
  // A row that is being asked for is left out: it joins, or has just been told to wait. The matches come last,
  // and nothing but `oldest` follows them.
  slots_t   candidates, pick;
  logic     load;
  nominee_t nominee_d;

  assign load       = !nominee_valid_o || leave_i;
  assign candidates = waiting & ~hold_q & ~parking & ~matched;
  always_comb begin
    pick      = '0;
    nominee_d = '0;
    if (waiting != '0) begin
      pick = oldest(candidates);
      for (int unsigned s = 0; s < DEPTH; s++)
        if (pick[s]) nominee_d |= {key_q[s], bytes_q[s]};
    end
  end
  `FFL(nominee_valid_o, candidates != '0, load, 1'b0)
  `FFL(nominee_q, pick, load, '0)
  `FFLNR(nominee_o, nominee_d, load)

  // ---- T1: bytes of what was gathered, even and odd slots apart; T2 adds them up --------------------------
  logic [LANES-1:0][1:0][SumW-1:0] sum_d;
  always_comb begin
    sum_d = '0;
    for (int unsigned l = 0; l < LANES; l++)
      if (gathered_q[l] != '0)
        for (int unsigned s = 0; s < DEPTH; s++)
          sum_d[l][s % 2] += gathered_q[l][s] ? SumW'(bytes_q[s]) : '0;
  end
  `FFNR(sum_o, sum_d)

  // ---- T3: results ----------------------------------------------------------------------------------------
  // Those that are returned wait from the next cycle on, as if they had come from `wait_q`: whether they are
  // parked has that cycle to become known.
  slots_t served, refused, served_q;
  always_comb begin
    served  = '0;
    refused = '0;
    if (t3_q != '0)
      for (int unsigned s = 0; s < DEPTH; s++)
        if (t3_q[s] && (lead3_q[s] || !result_i[leader_q[s]].alone)) begin
          served[s]  = result_i[leader_q[s]].served;
          refused[s] = result_i[leader_q[s]].refused;
        end
  end
  `FF(back_q, t3_q & ~served & ~refused, '0)
  `FF(served_q, served, '0)
  assign served_o = (SlotW + 1)'($countones(served_q));

  always_comb begin
    waiting = wait_q | back_q;
    parking = park_q;
    if (back_q != '0)
      for (int unsigned s = 0; s < DEPTH; s++) if (back_q[s] && t4_park_i[leader_q[s]]) parking[s] = 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (t3_q != '0)
      for (int unsigned s = 0; s < DEPTH; s++) begin
        if (served[s])  lid_q[s]   <= result_i[leader_q[s]].lid;
        if (refused[s]) cause_q[s] <= result_i[leader_q[s]].cause;
      end
    if (fill_refuse != '0) cause_q[fill_slot_i] <= fill_cause_i;
  end

  // ---- I: oldest finished packet --------------------------------------------------------------------------
  slots_t ready, issued, freed;
  assign ready_o         = done_q != '0;
  assign ready_slot_o    = index(ready);
  assign ready_refused_o = (ready & refused_q) != '0;
  assign issued          = issue_i ? ready : '0;
  always_comb begin
    ready         = '0;
    ready_lid_o   = '0;
    ready_cause_o = RefuseNone;
    if (done_q != '0) begin
      ready = oldest(done_q);
      for (int unsigned s = 0; s < DEPTH; s++)
        if (ready[s]) begin
          ready_lid_o   |= lid_q[s];
          ready_cause_o = refuse_e'(ready_cause_o | cause_q[s]);
        end
    end
  end
  assign freed = (free_i ? (slots_t'(1) << free_slot_i) : '0) | (issued & refused_q) | fill_drop;

  // ---- state ----------------------------------------------------------------------------------------------
  `FF(busy_q, (busy_q & ~freed) | claim, '0)
  `FF(wait_q, (waiting & ~gathered) | fill_wait, '0)
  `FF(hold_q, held, '0)
  `FF(park_q, (wake_i ? '0 : parking & ~gathered) | parked, '0)
  `FF(t1_q, gathered, '0)
  for (genvar l = 0; l < LANES; l++) begin : gen_gathered
    `FF(gathered_q[l], gathered_d[l], '0)
  end
  `FF(t2_q, t1_q, '0)
  `FF(t3_q, t2_q, '0)
  `FF(lead1_q, won_i ? nominee_q : '0, '0)
  `FF(lead2_q, lead1_q, '0)
  `FF(lead3_q, lead2_q, '0)
  `FF(done_q, (done_q & ~issued) | fill_done | served | refused, '0)
  `FF(refused_q, (refused_q & ~claim) | fill_refuse | refused, '0)
  `FF(store_q, (store_q & ~claim) | ((fill_i == FillWrite) ? fill : '0), '0)

  // ---- probe ----------------------------------------------------------------------------------------------
  always_comb begin
    probe_hit_o = 1'b0;
    if (probe_i)
      for (int unsigned s = 0; s < DEPTH; s++)
        if (busy_q[s] && store_q[s] == probe_window_i && key_q[s].region == probe_idx_i) probe_hit_o = 1'b1;
  end
  assign busy_o = busy_q != '0;

  // ---- properties -----------------------------------------------------------------------------------------
  `ASSERT(ClaimsFreeSlot, (claim & busy_q) == '0)
  `ASSERT(FillsClaimedSlot, (fill & ~busy_q) == '0 && (fill & (waiting | t1_q | t2_q | t3_q | done_q)) == '0)
  `ASSERT(OneStateEach, (waiting & (t1_q | t2_q | t3_q | done_q)) == '0 && (t1_q & (t2_q | t3_q | done_q)) == '0
                        && (t2_q & (t3_q | done_q)) == '0 && (t3_q & done_q) == '0)
  `ASSERT(StatesAreBusy, ((waiting | t1_q | t2_q | t3_q | done_q) & ~busy_q) == '0)
  `ASSERT(FreesBusySlotOnce, (freed & ~busy_q) == '0 && $countones(freed) <= 3
                             && (freed & (waiting | t1_q | t2_q | t3_q)) == '0)
  `ASSERT(NomineeWaits, !nominee_valid_o || ((nominee_q & waiting) != '0 && $onehot(nominee_q)))
  `ASSERT(WinnerIsGathered, !won_i || (nominee_q & gathered) != '0)
  `ASSERT(OnlyWaitingParks, (parking & ~waiting) == '0)
  `ASSERT(ServedOrRefused, (served & refused) == '0)
  `ASSERT(CountedWhileBusy, (served_q & ~busy_q) == '0)
  `ASSERT(IssuesFinished, !issue_i || (ready_o && $onehot(ready)))

endmodule

`default_nettype wire
