// dest_queue as in the hub's `default` configuration, with fewer regions.
`default_nettype none

module top_dest_queue_l4
  import hub_pkg::*;
#(
  localparam int unsigned LANES   = 4,
  localparam int unsigned PEERS   = 8,
  localparam int unsigned ENTRIES = 64,
  localparam int unsigned REGIONS = 16
) (
`include "../tests/rtl/dest_queue/ports.svh"
);

  dest_queue #(.LANES(LANES), .PEERS(PEERS), .ENTRIES(ENTRIES), .REGIONS(REGIONS)) u_dut (.*);

endmodule

`default_nettype wire
