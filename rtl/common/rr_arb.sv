// Round-robin arbiter: of the requests, grants the first one at or after the pointer.
//
// Combinational grant. When `advance_i` is set the pointer moves behind the winner, so that a requester
// that keeps requesting is granted within N grants. Cost O(N log N); critical path: two parallel
// prefix ORs of N bits and a select, about 4 + log2 N gates to the grant.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module rr_arb #(
  parameter int unsigned N    = 4,                        // 1..128
  localparam int unsigned IdxW = (N > 1) ? $clog2(N) : 1
) (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  input  wire logic [N-1:0] req_i,
  input  wire logic         advance_i,
  output logic [N-1:0]      gnt_o,    // one-hot, zero without request
  output logic [IdxW-1:0]   idx_o,
  output logic              valid_o
);

  if (N < 1 || N > 128) $fatal(1, "rr_arb: N must be 1..128");

  logic [N-1:0] mask_q;  // requesters at or after the pointer
  logic [N-1:0] high, high_up, req_up, after;

  // Ones from the lowest request up.
  function automatic logic [N-1:0] upward(logic [N-1:0] x);
    upward = x;
    for (int unsigned s = 1; s < N; s *= 2) upward |= upward << s;
  endfunction

  // One place up; a shift by 1 is too far for N = 1.
  function automatic logic [N-1:0] above(logic [N-1:0] x);
    return N'({x, 1'b0});
  endfunction

  assign high    = req_i & mask_q;
  assign high_up = upward(high);
  assign req_up  = upward(req_i);
  assign valid_o = req_up[N-1];
  assign gnt_o   = high_up[N-1] ? high & ~above(high_up) : req_i & ~above(req_up);
  assign after   = above(high_up[N-1] ? high_up : req_up);

  always_comb begin
    idx_o = '0;
    for (int unsigned i = 0; i < N; i++) if (gnt_o[i]) idx_o |= IdxW'(i);
  end

  `FFL(mask_q, after, advance_i && valid_o, '1)

  `ASSERT(OneGrant, $countones(gnt_o) == 32'(valid_o))
  `ASSERT(GrantsRequest, (gnt_o & ~req_i) == '0)

endmodule

`default_nettype wire
