// What a round-robin arbiter promises: it grants one request, says which, and nobody waits for ever.
//
// One requester is followed, `watch_i` (constant; a proof leaves it free).
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module rr_arb_properties #(
  parameter int unsigned N     = 4,
  localparam int unsigned IdxW = (N > 1) ? $clog2(N) : 1
) (
  input wire logic            clk_i,
  input wire logic            rst_ni,
  input wire logic [N-1:0]    req_i,
  input wire logic            advance_i,
  input wire logic [N-1:0]    gnt_i,
  input wire logic [IdxW-1:0] idx_i,
  input wire logic            valid_i,
  input wire logic [IdxW-1:0] watch_i
);

  localparam int unsigned CntW = $clog2(N + 1);

  // Grants to others since the followed one asked without a break.
  logic [CntW-1:0] waited_q;
  logic            asks, wins;
  assign asks = 32'(watch_i) < N && req_i[watch_i];
  assign wins = asks && gnt_i[watch_i];
  `FF(waited_q, !asks || (wins && advance_i) ? '0 : waited_q + CntW'(valid_i && advance_i), '0)

  `ASSERT(GrantsWhenAsked, valid_i == (req_i != '0))
  `ASSERT(GrantsOneRequest, $countones(gnt_i) == 32'(valid_i) && (gnt_i & ~req_i) == '0)
  `ASSERT(SaysWhich, !valid_i || gnt_i == N'(1) << idx_i)
  `ASSERT(WaitsForOthersOnce, 32'(waited_q) < N)

  `COVER(WaitsForAllOthers, wins && 32'(waited_q) == N - 1)
  `COVER(AllAsk, req_i == '1 && advance_i)

endmodule

`default_nettype wire
