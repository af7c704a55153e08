// A counter behind a clock gate.
`default_nettype none

module top_clock_gate (
  input  wire logic       clk_i,
  input  wire logic       rst_ni,
  input  wire logic       gate_i,   // not `on_o`: the bench must not sleep
  output logic            clk_o,
  output logic [31:0]     edges_o
);

  clock_gate u_gate (.clk_i, .rst_ni, .on_i(gate_i), .clk_o);

  always_ff @(posedge clk_o or negedge rst_ni)
    if (!rst_ni) edges_o <= '0;
    else         edges_o <= edges_o + 32'd1;

endmodule

`default_nettype wire
