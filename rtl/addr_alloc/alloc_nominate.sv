// N2: which nominated packets may look up their row now.
//
// A nominee whose set is in a lookup, held by a miss context of another row, or shut by an initialisation
// is not eligible. Of the eligible ones of a bank one wins; those with the winner's row join it (they
// are gathered like any other packet of that row), the others of the bank stay and try again.
// A nominee whose set is in T4 stays as well; otherwise it makes place for another one of its lane, and while
// the lookup is still in T1 or T2 all packets of its row pause for a cycle.
//
// Lanes come in the order of the turn. The one that has it never makes place for a lookup in flight: with the
// turn held for TurnCycles this guarantees a lookup to every waiting packet that no context holds.
// Combinational but for the turn. Cost: LANES * (4 LANES + MISS_CTX) comparators of a set's index.
// Critical path: hash, set compare, OR, conflict, who leaves; with the load of the next nominee 22 gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_nominate
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned LANES    = 4,    // 1..8, power of two
  parameter int unsigned BANKS    = 16,   // power of two, at least LANES
  parameter int unsigned SETS     = 64,   // power of two
  parameter int unsigned MISS_CTX = 4,    // 1..16
  localparam int unsigned SidW    = (BANKS * SETS > 1) ? $clog2(BANKS * SETS) : 1,
  localparam int unsigned CtxW    = (MISS_CTX > 1) ? $clog2(MISS_CTX) : 1
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  input  wire logic [15:0]          set_mask_i,
  input  wire logic                 stop_i,          // no lookups
  input  wire logic [LANES-1:0]     nominee_valid_i,
  input  wire nominee_t             nominee_i [LANES],
  // lookups in flight
  input  wire logic [LANES-1:0]     t1_valid_i,
  input  wire logic [LANES-1:0]     t2_valid_i,
  input  wire logic [LANES-1:0]     t3_valid_i,
  input  wire logic [LANES-1:0]     t4_valid_i,
  input  wire logic [SidW-1:0]      t1_sid_i [LANES],
  input  wire logic [SidW-1:0]      t2_sid_i [LANES],
  input  wire logic [SidW-1:0]      t3_sid_i [LANES],
  input  wire logic [SidW-1:0]      t4_sid_i [LANES],
  // miss contexts
  input  wire logic [MISS_CTX-1:0]  ctx_busy_i,
  input  wire logic [MISS_CTX-1:0]  ctx_go_i,        // lets packets of its row through
  input  wire row_key_t             ctx_key_i [MISS_CTX],
  input  wire logic [SidW-1:0]      ctx_sid_i [MISS_CTX],
  input  wire logic [MISS_CTX-1:0]  ctx_write_i,     // wants to write its set
  // verdict on each nominee
  output logic [LANES-1:0]          win_o,
  output logic [LANES-1:0]          park_o,
  output logic [LANES-1:0]          hold_o,
  output logic [LANES-1:0]          leave_o,
  output logic [SidW-1:0]           sid_o [LANES],
  output logic [LANES-1:0]          through_o,       // passes the lock of a context
  output logic [CtxW-1:0]           ctx_o [LANES]
);

  if (LANES < 1 || LANES > 8 || (LANES & (LANES - 1)) != 0)
    $fatal(1, "alloc_nominate: LANES must be 1, 2, 4 or 8");
  if (BANKS < LANES || (BANKS & (BANKS - 1)) != 0)
    $fatal(1, "alloc_nominate: BANKS must be a power of two and at least LANES");
  if (SETS < 1 || SETS > 65536 || (SETS & (SETS - 1)) != 0)
    $fatal(1, "alloc_nominate: SETS must be a power of two, 1..65536");
  if (MISS_CTX < 1 || MISS_CTX > 16) $fatal(1, "alloc_nominate: MISS_CTX must be 1..16");

  localparam int unsigned TurnCycles = 16;
  localparam int unsigned TurnW = $clog2(TurnCycles * LANES);

  logic [TurnW-1:0] turn_q;
  logic [2:0]       place [LANES];     // in the order of the turn
  logic [LANES-1:0] turn;
  `FFL(turn_q, turn_q + TurnW'(1), nominee_valid_i != '0, '0)
  always_comb
    for (int unsigned l = 0; l < LANES; l++) begin
      place[l] = 3'((l - 32'(turn_q) / TurnCycles) % LANES);
      turn[l]  = place[l] == '0;
    end

  // ---- locks ----------------------------------------------------------------------------------------------
  logic [LANES-1:0] early, late, last;      // its set is in T1 or T2, T3, T4
  logic [LANES-1:0] locked, shut, eligible; // its set is a context's; a context wants to write in its bank

  always_comb begin
    early     = '0;
    late      = '0;
    last      = '0;
    locked    = '0;
    shut      = '0;
    through_o = '0;
    eligible  = '0;
    for (int unsigned l = 0; l < LANES; l++) begin
      sid_o[l] = SidW'(rat_hash(nominee_i[l].key.region, nominee_i[l].key.row)
                       & (32'(set_mask_i) * BANKS + BANKS - 1) & (BANKS * SETS - 1));
      ctx_o[l] = '0;
      if (nominee_valid_i[l]) begin
        for (int unsigned m = 0; m < LANES; m++) begin
          early[l] |= t1_valid_i[m] && t1_sid_i[m] == sid_o[l];
          early[l] |= t2_valid_i[m] && t2_sid_i[m] == sid_o[l];
          late[l]  |= t3_valid_i[m] && t3_sid_i[m] == sid_o[l];
          last[l]  |= t4_valid_i[m] && t4_sid_i[m] == sid_o[l];
        end
        for (int unsigned c = 0; c < MISS_CTX; c++) begin
          shut[l] |= ctx_write_i[c] && 32'(ctx_sid_i[c]) % BANKS == 32'(sid_o[l]) % BANKS;
          if (ctx_busy_i[c] && ctx_sid_i[c] == sid_o[l]) begin
            if (ctx_go_i[c] && ctx_key_i[c] == nominee_i[l].key) begin
              through_o[l] = 1'b1;
              ctx_o[l]     |= CtxW'(c);
            end else locked[l] = 1'b1;
          end
        end
        eligible[l] = !stop_i && !early[l] && !late[l] && !last[l] && !locked[l] && !shut[l];
      end
    end
  end

  // ---- conflicts ------------------------------------------------------------------------------------------
  always_comb begin
    win_o   = eligible;
    leave_o = '0;
    for (int unsigned l = 0; l < LANES; l++)
      for (int unsigned m = 0; m < LANES; m++)
        if (m != l && eligible[m] && 32'(sid_o[m]) % BANKS == 32'(sid_o[l]) % BANKS
            && place[m] < place[l]) win_o[l] = 1'b0;
    park_o = nominee_valid_i & locked;
    hold_o = early & ~turn & ~park_o;
    for (int unsigned l = 0; l < LANES; l++) begin
      for (int unsigned m = 0; m < LANES; m++)
        if ((win_o[m] || park_o[m]) && nominee_i[m].key == nominee_i[l].key) leave_o[l] = 1'b1;
      if ((early[l] || late[l]) && !turn[l]) leave_o[l] = 1'b1;
    end
    leave_o &= nominee_valid_i;
  end

  `ASSERT(OneTurn, $onehot(turn))
  for (genvar l = 0; l < LANES; l++) begin : gen_check
    for (genvar m = 0; m < l; m++) begin : gen_pair
      logic same_bank;
      assign same_bank = 32'(sid_o[l]) % BANKS == 32'(sid_o[m]) % BANKS;
      `ASSERT(OneWinnerOfABank, !(win_o[l] && win_o[m] && same_bank))
    end
    `ASSERT(WinnerUnlocked, !win_o[l] || !(locked[l] || early[l] || late[l] || last[l] || stop_i))
    `ASSERT(OneVerdict, !(win_o[l] && (park_o[l] || hold_o[l])))
  end
  for (genvar c = 0; c < MISS_CTX; c++) begin : gen_ctx
    for (genvar d = 0; d < c; d++) begin : gen_pair
      logic same_set;
      assign same_set = ctx_sid_i[c] == ctx_sid_i[d];
      `ASSERT(OneContextOfASet, !(ctx_busy_i[c] && ctx_busy_i[d] && same_set))
    end
  end

endmodule

`default_nettype wire
