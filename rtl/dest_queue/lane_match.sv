// Which lane sends to which slice: a matching to which no wanted pair can be added.
//
// The pairs (l, l - d modulo LANES) are diagonal d; two pairs of a diagonal share neither lane nor slice. Going
// through the diagonals one after the other, every wanted pair is taken whose lane and slice are still free. That
// is two gates a diagonal, and leaves nothing that could be added. Which diagonal comes first decides who is
// preferred: all LANES beginnings are worked out side by side, upwards and downwards, and one is selected.
//
// Fairness: a pair that stays wanted is taken at the latest when its diagonal is first. The turn moves on by one in
// a cycle with a wanted pair, so that lanes that keep sending fall into step. But entries that stores wait for may
// come free always in the same turn, and the same store would always be first. So after one had to wait, a shift
// register turns the order and the turn's way round, once and by chance.
// Combinational but for the turn. Cost about 10 LANES^3 gates, LANES + 9 flops; critical path 2 LANES + log2 LANES.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module lane_match #(
  parameter int unsigned LANES = 4                        // 1..8
) (
  input  wire logic                        clk_i,
  input  wire logic                        rst_ni,
  input  wire logic [LANES-1:0][LANES-1:0] want_i,        // [lane][slice]
  input  wire logic                        scarce_i,      // a store waits for a free entry
  output logic [LANES-1:0][LANES-1:0]      take_o         // at most one of each lane and of each slice
);

  if (LANES < 1 || LANES > 8) $fatal(1, "lane_match: LANES must be 1..8");

  typedef logic [LANES-1:0] ports_t;

  // Bit i goes to bit i + by, modulo LANES.
  function automatic ports_t rotate(ports_t x, int unsigned by);
    return ports_t'({x, x} >> (LANES - by));
  endfunction

  // The i-th diagonal of a wave.
  function automatic int unsigned diagonal(int unsigned w, int unsigned i);
    return (w % LANES + ((w < LANES) ? i : LANES - i)) % LANES;
  endfunction

  // ---- turn ----------------------------------------------------------------------------------------------
  ports_t     turn_q;                                     // one-hot: the diagonal that is first
  logic       down_q, scarce_q;
  logic [6:0] chance_q;                                   // runs through 127 states
  logic       any, round;

  assign any   = want_i != '0;
  assign round = any && scarce_q && chance_q[1:0] == 2'b11;
  `FF(scarce_q, scarce_i || (scarce_q && !round), 1'b0)
  `FFL(chance_q, {chance_q[5:0], chance_q[6] ^ chance_q[5]}, any, 7'd1)
  `FFL(turn_q, down_q ? rotate(turn_q, LANES - 1) : rotate(turn_q, 1 % LANES), any && !round, ports_t'(1))
  `FFL(down_q, !down_q, round, 1'b0)

  // ---- diagonals: their pairs by lane ----------------------------------------------------------------------
  logic [LANES-1:0][LANES-1:0] wanted, taken;

  for (genvar d = 0; d < LANES; d++) begin : gen_diagonal
    for (genvar l = 0; l < LANES; l++) begin : gen_lane
      assign wanted[d][l] = want_i[l][(l + LANES - d) % LANES];
      assign take_o[l][(l + LANES - d) % LANES] = taken[d][l];
    end
  end

  logic [LANES-1:0][LANES-1:0] wave [2*LANES];            // its diagonals; all zero but for the one selected
  always_comb begin
    ports_t lanes, slices, now;                           // lanes and slices: free ones
    lanes  = '0;
    slices = '0;
    now    = '0;
    for (int unsigned w = 0; w < 2 * LANES; w++) begin
      wave[w] = '0;
      if (any && turn_q[w%LANES] && down_q == (w >= LANES)) begin
        lanes  = '1;
        slices = '1;
        for (int unsigned i = 0; i < LANES; i++) begin
          now     = wanted[diagonal(w, i)] & lanes & rotate(slices, diagonal(w, i));
          lanes  &= ~now;
          slices &= ~rotate(now, LANES - diagonal(w, i));
          wave[w][diagonal(w, i)] = now;
        end
      end
    end
  end
  always_comb begin
    taken = '0;
    for (int unsigned w = 0; w < 2 * LANES; w++) taken |= wave[w];
  end

  // ---- properties --------------------------------------------------------------------------------------------
  ports_t lane_taken, slice_taken;
  logic   twice, addable;
  always_comb begin
    lane_taken  = '0;
    slice_taken = '0;
    twice       = 1'b0;
    addable     = 1'b0;
    for (int unsigned l = 0; l < LANES; l++) begin
      twice |= (take_o[l] & (take_o[l] - ports_t'(1))) != '0 || (slice_taken & take_o[l]) != '0;
      lane_taken[l] = take_o[l] != '0;
      slice_taken  |= take_o[l];
    end
    for (int unsigned l = 0; l < LANES; l++) addable |= !lane_taken[l] && (want_i[l] & ~slice_taken) != '0;
  end
  `ASSERT(TakesWanted, (take_o & ~want_i) == '0)
  `ASSERT(OneEach, !twice)
  `ASSERT(NothingToAdd, !addable)
  `ASSERT(OneTurn, turn_q != '0 && (turn_q & (turn_q - ports_t'(1))) == '0)

endmodule

`default_nettype wire
