// dest_queue with 8 lanes, few entries as in `nvl72`, and counters in several words (17 peers).
`default_nettype none

module top_dest_queue_l8
  import hub_pkg::*;
#(
  localparam int unsigned LANES   = 8,
  localparam int unsigned PEERS   = 17,
  localparam int unsigned ENTRIES = 32,
  localparam int unsigned REGIONS = 3
) (
`include "../tests/rtl/dest_queue/ports.svh"
);

  dest_queue #(.LANES(LANES), .PEERS(PEERS), .ENTRIES(ENTRIES), .REGIONS(REGIONS)) u_dut (.*);

endmodule

`default_nettype wire
