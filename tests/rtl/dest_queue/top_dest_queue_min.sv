// dest_queue at the lower end of every parameter.
`default_nettype none

module top_dest_queue_min
  import hub_pkg::*;
#(
  localparam int unsigned LANES   = 1,
  localparam int unsigned PEERS   = 2,
  localparam int unsigned ENTRIES = 2,
  localparam int unsigned REGIONS = 1
) (
`include "../tests/rtl/dest_queue/ports.svh"
);

  dest_queue #(.LANES(LANES), .PEERS(PEERS), .ENTRIES(ENTRIES), .REGIONS(REGIONS)) u_dut (.*);

endmodule

`default_nettype wire
