// What the matching of lanes and slices promises beyond its own assertions: a pair that stays wanted is taken within
// a round of the turn, as long as no store waits for entries (then it takes chance; see lane_match).
//
// One pair is followed, (`lane_i`, `slice_i`) (constant; a proof leaves them free).
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module lane_match_properties #(
  parameter int unsigned LANES = 4
) (
  input wire logic                        clk_i,
  input wire logic                        rst_ni,
  input wire logic [LANES-1:0][LANES-1:0] want_i,
  input wire logic                        scarce_i,
  input wire logic [LANES-1:0][LANES-1:0] take_i,
  input wire logic [2:0]                  lane_i,
  input wire logic [2:0]                  slice_i
);

  logic       wanted, taken, scarce_q;
  logic [3:0] waited_q;
  assign wanted = 32'(lane_i) < LANES && 32'(slice_i) < LANES && want_i[lane_i][slice_i];
  assign taken  = wanted && take_i[lane_i][slice_i];
  `FF(scarce_q, scarce_q || scarce_i, 1'b0)
  `FF(waited_q, !wanted || taken ? '0 : waited_q + 4'd1, '0)

  `ASSERT(TakenWithinARound, scarce_q || 32'(waited_q) < LANES)

  `COVER(WaitsARound, taken && 32'(waited_q) == LANES - 1)
  `COVER(AllAtOnce, $countones(take_i) == LANES && LANES > 0)

endmodule

`default_nettype wire
