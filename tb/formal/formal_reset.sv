// Reset of a proof: low in the first cycle, high from then on.
`default_nettype none

module formal_reset (
  input  wire logic clk_i,
  output logic      rst_no
);

  initial rst_no = 1'b0;
  always_ff @(posedge clk_i) rst_no <= 1'b1;

endmodule

`default_nettype wire
