// dest_queue with sizes that are no powers of two: 3 peers, 5 entries of a (slice, peer), 5 regions.
`default_nettype none

module top_dest_queue_l2
  import hub_pkg::*;
#(
  localparam int unsigned LANES   = 2,
  localparam int unsigned PEERS   = 3,
  localparam int unsigned ENTRIES = 10,
  localparam int unsigned REGIONS = 5
) (
`include "../tests/rtl/dest_queue/ports.svh"
);

  dest_queue #(.LANES(LANES), .PEERS(PEERS), .ENTRIES(ENTRIES), .REGIONS(REGIONS)) u_dut (.*);

endmodule

`default_nettype wire
