// Clock of a unit that is stopped while the unit rests.
//
// `on_i` counts from its value at the falling edge before the rising edge that it allows: it may come from flops
// and inputs of the same cycle, and has half a cycle. The flop of the falling edge keeps `clk_o` free of glitches
// without a latch. A user replaces this file with the clock-gating cell of a process, which usually has a latch
// instead and gives `on_i` the whole cycle, or on an FPGA with `assign clk_o = clk_i`: a unit that rests does not
// change, clocked or not. Cost: one flop, one gate.
`default_nettype none

module clock_gate (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic on_i,
  output logic      clk_o
);

  logic on_q;

  always_ff @(negedge clk_i or negedge rst_ni)
    if (!rst_ni) on_q <= 1'b1;
    else         on_q <= on_i;

  assign clk_o = clk_i && on_q;

endmodule

`default_nettype wire
