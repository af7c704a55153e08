// The rules of a valid/ready stream: what is offered stays, unchanged, until it is taken.
//
// At an output of a unit they are asserted; at an input, `Input` = 1, they are what the unit may rely on.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module stream_properties #(
  parameter type T     = logic,
  parameter bit  Input = 1'b0
) (
  input wire logic clk_i,
  input wire logic rst_ni,
  input wire logic valid_i,
  input wire logic ready_i,
  input wire T     data_i
);

  logic waits_q;
  T     data_q;
  `FF(waits_q, valid_i && !ready_i, 1'b0)
  `FFLNR(data_q, data_i, valid_i)

  if (Input) begin : gen_input
    `ASSUME(ValidHolds, !waits_q || valid_i)
    `ASSUME(PayloadStable, !waits_q || data_i == data_q)
  end else begin : gen_output
    `ASSERT(ValidHolds, !waits_q || valid_i)
    `ASSERT(PayloadStable, !waits_q || data_i == data_q)
  end

  `COVER(WaitsAndGoes, waits_q && valid_i && ready_i)

endmodule

`default_nettype wire
