// The count of free entries against one that is kept here, for two partitions. The user takes an entry only when there
// is one, and gives back what was taken.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module free_entries_formal (
  input wire logic clk_i,
  input wire logic less_i,
  input wire logic less_peer_i,
  input wire logic back_i,
  input wire logic back_peer_i,
  input wire logic leaves_i,
  input wire logic leaves_peer_i
);

  localparam int unsigned N = 4;

  logic            rst_ni;
  logic [1:0]      some, many;
  logic [1:0][2:0] taken_q;
  logic [1:0]      wrong, free_wrong;
  formal_reset u_reset (.clk_i, .rst_no(rst_ni));

  free_entries #(.PEERS(2), .N(N)) u_free (
    .clk_i, .rst_ni, .less_i, .less_peer_i, .back_i, .back_peer_i, .leaves_i, .leaves_peer_i,
    .some_o(some), .many_o(many)
  );

  for (genvar p = 0; p < 2; p++) begin : gen_peer
    logic less, back, leaves;
    assign less   = less_i && less_peer_i == 1'(p);
    assign back   = back_i && back_peer_i == 1'(p);
    assign leaves = leaves_i && leaves_peer_i == 1'(p);
    `FF(taken_q[p], taken_q[p] + 3'(less) - 3'(back) - 3'(leaves), '0)
    assign wrong[p]      = (less && taken_q[p] == 3'(N)) || 3'(back) + 3'(leaves) > taken_q[p];
    assign free_wrong[p] = some[p] != (taken_q[p] != 3'(N)) || many[p] != (taken_q[p] < 3'(N - 1));
  end
  `ASSUME(TakesWhatIsFree, wrong == '0)
  `ASSERT(FlagsSayWhatIsFree, free_wrong == '0)
  `COVER(AllTaken, taken_q[0] == 3'(N) && taken_q[1] == 3'(N))
  `COVER(AllThreeAtOnce, less_i && back_i && leaves_i && less_peer_i == back_peer_i && back_peer_i == leaves_peer_i)

endmodule

`default_nettype wire
