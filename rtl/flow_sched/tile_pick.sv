// Which nominees look up the tile table in this cycle.
//
// A port of the table is a lane; port 0 also carries the operations of initialisation and of closing
// regions, in turns with its lane. A nominee goes ahead unless its tile is in the pipeline already (no
// forwarding: the lookup that follows gathers what came meanwhile), its port has no room for another
// event, or its bank goes to another nominee. In every cycle each bank class (low bits of the bank) is
// one lane's turn: nominees of their lane's turn never meet in a bank and go first, the others fill in. A
// waiting entry's turn comes every LANES cycles, so nobody starves.
//
// An initialisation writes each tile once, and nothing of its owner is in the pipeline: only the operation of a
// closing region is compared with what is there.
//
// Combinational but for the turn. Cost LANES^2 bank and 2 LANES tile comparators; critical path: bank compare,
// AND-OR over the ports: about 8 gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module tile_pick
  import hub_pkg::*;
#(
  parameter int unsigned LANES  = 4,                             // 1..8, power of two
  parameter int unsigned BANKS  = 16,                            // power of two, at least LANES
  localparam int unsigned ClassW = (LANES > 1) ? $clog2(LANES) : 1
) (
  input  wire logic              clk_i,
  input  wire logic              rst_ni,

  output logic [ClassW-1:0]      turn_o       [LANES],
  input  wire logic [LANES-1:0]  nom_valid_i,
  input  wire logic [LANES-1:0]  nom_turn_i,
  input  wire logic [LANES-1:0]  nom_flying_i,                   // tile is in the pipeline
  input  wire tile_ref_t         nom_i        [LANES],
  input  wire logic              op_valid_i,
  output logic                   op_ready_o,
  input  wire tile_ref_t         op_who_i,
  input  wire logic              op_closes_i,                    // it is of a closing region:
  input  wire logic [TileW-1:0]  closes_tile_i,                  // its tile may be in the pipeline

  input  wire logic [LANES-1:0]  room_i,                         // port may cause an event
  input  wire logic [LANES-1:0]  stage1_valid_i,
  input  wire tile_ref_t         stage1_i     [LANES],
  input  wire logic [LANES-1:0]  stage2_valid_i,
  input  wire tile_ref_t         stage2_i     [LANES],

  output logic                   is_op_o,                        // port 0 carries the operation
  output logic [LANES-1:0]       look_o,
  output logic [LANES-1:0]       win_o,
  output tile_ref_t              who_o        [LANES]
);

  if (LANES < 1 || LANES > 8 || (LANES & (LANES - 1)) != 0)
    $fatal(1, "tile_pick: LANES must be a power of two, 1..8");
  if (BANKS < LANES || BANKS < 2 || BANKS > 256 || (BANKS & (BANKS - 1)) != 0)
    $fatal(1, "tile_pick: BANKS must be a power of two, LANES..256");
  localparam int unsigned BankW = $clog2(BANKS);

  // ---- turns -------------------------------------------------------------------------------------------
  logic [ClassW-1:0] turn_q;
  logic              op_turn_q;                                  // port 0 is the operation's turn
  `FFL(turn_q, turn_q + ClassW'(1), nom_valid_i != '0, '0)
  `FFL(op_turn_q, !op_ready_o, op_valid_i, 1'b1)
  for (genvar p = 0; p < LANES; p++) begin : gen_turn
    assign turn_o[p] = turn_q + ClassW'(p);
  end

  // ---- who is there --------------------------------------------------------------------------------------
  logic [LANES-1:0] first, flying, ready, lose;
  logic             op_flying;
  assign is_op_o = op_valid_i && (op_turn_q || !nom_valid_i[0]);
  for (genvar p = 0; p < LANES; p++) begin : gen_port
    if (p == 0) begin : gen_shared
      assign who_o[p]  = is_op_o ? op_who_i : nom_i[p];
      assign look_o[p] = nom_valid_i[p] || is_op_o;
      assign first[p]  = nom_turn_i[p] || is_op_o;
      assign flying[p] = is_op_o ? op_flying : nom_flying_i[p];
    end else begin : gen_lane
      assign who_o[p]  = nom_i[p];
      assign look_o[p] = nom_valid_i[p];
      assign first[p]  = nom_turn_i[p];
      assign flying[p] = nom_flying_i[p];
    end
  end

  // ---- who may ---------------------------------------------------------------------------------------------
  always_comb begin
    op_flying = 1'b0;
    if (op_closes_i)
      for (int unsigned q = 0; q < LANES; q++)
        op_flying |= (stage1_valid_i[q] && stage1_i[q].tile == closes_tile_i) ||
                     (stage2_valid_i[q] && stage2_i[q].tile == closes_tile_i);
  end
  assign ready = look_o & room_i & ~flying;

  always_comb begin
    lose = '0;
    for (int unsigned p = 0; p < LANES; p++)
      if (ready[p])
        for (int unsigned q = 0; q < LANES; q++)
          if (q != p)
            lose[p] |= ready[q] && who_o[q].tile[BankW-1:0] == who_o[p].tile[BankW-1:0] &&
                       ((first[q] && !first[p]) || (first[q] == first[p] && q < p));
  end
  assign win_o      = ready & ~lose;
  assign op_ready_o = is_op_o && win_o[0];

  `ASSERT(ComparesWhatItDoes, !op_closes_i || (op_valid_i && op_who_i.tile == closes_tile_i))
  `ASSERT(SomebodyWins, (win_o != '0) == (ready != '0))

endmodule

`default_nettype wire
