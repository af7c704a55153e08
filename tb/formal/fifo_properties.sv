// What a queue promises: what goes in comes out, once, in order, unchanged; full and empty when it must be.
//
// One word at a time is followed: `mark_i` says that the word pushed in this cycle is to be it. A proof leaves
// `mark_i` free, so that whichever word is followed obeys; simulation marks whenever no word is followed.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module fifo_properties #(
  parameter type         T     = logic,
  parameter int unsigned Depth = 2
) (
  input wire logic clk_i,
  input wire logic rst_ni,
  input wire logic push_valid_i,
  input wire logic push_ready_i,
  input wire T     push_data_i,
  input wire logic pop_valid_i,
  input wire logic pop_ready_i,
  input wire T     pop_data_i,
  input wire logic mark_i
);

  localparam int unsigned CntW = $clog2(Depth + 1);

  logic            push, pop, follow_q, start, leaves;
  logic [CntW-1:0] inside_q, ahead_q;
  T                word_q;

  assign push   = push_valid_i && push_ready_i;
  assign pop    = pop_valid_i && pop_ready_i;
  assign start  = push && mark_i && !follow_q;
  assign leaves = pop && follow_q && ahead_q == '0;

  `FF(inside_q, inside_q + CntW'(push) - CntW'(pop), '0)
  `FFL(follow_q, start, start || leaves, 1'b0)
  `FFL(ahead_q, start ? inside_q - CntW'(pop) : ahead_q - CntW'(1), start || (pop && follow_q), '0)
  `FFLNR(word_q, push_data_i, start)

  `ASSERT(ReadyUntilFull, push_ready_i == (inside_q != CntW'(Depth)))
  `ASSERT(ValidUntilEmpty, pop_valid_i == (inside_q != '0))
  `ASSERT(FollowedIsInside, !follow_q || ahead_q < inside_q)
  `ASSERT(FollowedLeavesUnchanged, !leaves || pop_data_i == word_q)

  `COVER(Full, inside_q == CntW'(Depth))
  `COVER(EmptyAgain, leaves && inside_q == CntW'(1) && !push)
  `COVER(FollowedBehindOthers, leaves && Depth > 1 ? ahead_q == '0 && inside_q == CntW'(Depth) : leaves)

endmodule

`default_nettype wire
