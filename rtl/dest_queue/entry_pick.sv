// Which of a partition's eligible entries goes first.
//
// Classes in this order: past the deadline, before the fence, high priority, full; within a class the
// order matrix decides. Every entry is compared with every other at once: it wins if no eligible one
// goes before it. The policies have been applied to the class bits by the user.
// Combinational. Cost O(N^2); critical path about 10 + log2 N gates.
`default_nettype none
`include "common/assertions.svh"

module entry_pick #(
  parameter int unsigned N = 16                 // 2..32
) (
  input  wire logic                clk_i,
  input  wire logic                rst_ni,
  input  wire logic [N-1:0]        eligible_i,
  input  wire logic [N-1:0]        late_i,
  input  wire logic [N-1:0]        old_i,
  input  wire logic [N-1:0]        high_i,
  input  wire logic [N-1:0]        full_i,
  input  wire logic [N-1:0][N-1:0] order_i,     // [a][b]: a goes before b; [a][a] set
  output logic [N-1:0]             pick_o       // one-hot, zero without eligible entry
);

  if (N < 2 || N > 32) $fatal(1, "entry_pick: N must be 2..32");

  // Entries that differ from e in a class bit which they have and e lacks, the weightiest bit first.
  always_comb begin
    logic [N-1:0] above, equal;
    above  = '0;
    equal  = '0;
    pick_o = '0;
    if (eligible_i != '0) begin
      for (int unsigned e = 0; e < N; e++) begin
        above  = late_i & {N{!late_i[e]}};
        equal  = late_i ~^ {N{late_i[e]}};
        above |= equal & old_i & {N{!old_i[e]}};
        equal &= old_i ~^ {N{old_i[e]}};
        above |= equal & high_i & {N{!high_i[e]}};
        equal &= high_i ~^ {N{high_i[e]}};
        above |= equal & full_i & {N{!full_i[e]}};
        equal &= full_i ~^ {N{full_i[e]}};
        pick_o[e] = eligible_i[e] && (eligible_i & (above | (equal & ~order_i[e]))) == '0;
      end
    end
  end

  `ASSERT(PicksOne, $countones(pick_o) == 32'(eligible_i != '0))

endmodule

`default_nettype wire
