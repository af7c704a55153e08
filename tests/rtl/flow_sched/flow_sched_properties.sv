// What cannot happen inside flow_sched. Bound in the unit's tests.
`default_nettype none
`include "common/assertions.svh"

// A lookup takes bytes along: every entry of a window has some.
module tile_table_properties #(
  parameter int unsigned LANES = 4
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic [LANES-1:0] valid2_q,
  input wire logic             is_op2_q,
  input wire logic [31:0]      sum2_q [LANES]
);
  for (genvar p = 0; p < LANES; p++) begin : gen_port
    logic [31:0] sum;
    assign sum = sum2_q[p];
    `ASSERT(LookupHasBytes, !valid2_q[p] || (p == 0 && is_op2_q) || sum != '0)
  end
endmodule

bind tile_table tile_table_properties #(.LANES(LANES)) u_properties (.*);

`default_nettype wire
