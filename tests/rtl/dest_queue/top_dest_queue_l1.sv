// dest_queue as in the hub's `small` configuration.
`default_nettype none

module top_dest_queue_l1
  import hub_pkg::*;
#(
  localparam int unsigned LANES   = 1,
  localparam int unsigned PEERS   = 2,
  localparam int unsigned ENTRIES = 4,
  localparam int unsigned REGIONS = 4
) (
`include "../tests/rtl/dest_queue/ports.svh"
);

  dest_queue #(.LANES(LANES), .PEERS(PEERS), .ENTRIES(ENTRIES), .REGIONS(REGIONS)) u_dut (.*);

endmodule

`default_nettype wire
