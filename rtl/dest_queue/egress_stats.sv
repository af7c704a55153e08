// Statistics of a cycle: stores that came and merged, packets and bytes that left, fences.
//
// Bytes are counted in steps of 32 of a mask, of one link, of all links: `stat_o` tells of a cycle three cycles
// later. Cost LANES x (128 + 10) adders of one bit, LANES x 32 + 35 flops; critical path: mask, count of 32 bits.
`default_nettype none
`include "common/registers.svh"

module egress_stats
  import hub_pkg::*;
#(
  parameter int unsigned LANES = 4                       // 1..8
) (
  input  wire logic             clk_i,
  input  wire logic             rst_ni,
  input  wire logic [LANES-1:0] accepted_i,              // a store came
  input  wire logic [LANES-1:0] merged_i,                // a store joined an entry
  input  wire logic [LANES-1:0] tx_sent_i,
  input  wire logic [LANES-1:0][LineBytes-1:0] tx_strb_i,
  input  wire logic [LANES-1:0] loop_sent_i,
  input  wire logic             fence_done_i,
  output egress_stat_t          stat_o
);

  if (LANES < 1 || LANES > 8) $fatal(1, "egress_stats: LANES must be 1..8");

  localparam int unsigned Parts = 4;
  localparam int unsigned PartW = LineBytes / Parts;
  typedef logic [$clog2(PartW+1)-1:0] part_t;

  part_t [LANES-1:0][Parts-1:0]   part, part_q;
  logic  [LANES-1:0][ByteCntW-1:0] bytes, bytes_q;
  egress_stat_t                   seen, seen1_q, seen2_q, summed;

  always_comb begin
    part = '0;
    for (int unsigned l = 0; l < LANES; l++)
      if (tx_sent_i[l])
        for (int unsigned i = 0; i < Parts; i++) part[l][i] = part_t'($countones(tx_strb_i[l][PartW*i+:PartW]));
  end
  always_comb begin
    bytes = '0;
    for (int unsigned l = 0; l < LANES; l++)
      for (int unsigned i = 0; i < Parts; i++) bytes[l] += ByteCntW'(part_q[l][i]);
  end
  `FF(part_q, part, '0)
  `FF(bytes_q, bytes, '0)

  assign seen = '{requests: 4'($countones(accepted_i)), merges: 4'($countones(merged_i)),
                  tx_packets: 4'($countones(tx_sent_i)), loop_packets: 4'($countones(loop_sent_i)),
                  tx_bytes: '0, fences: fence_done_i};
  `FF(seen1_q, seen, '0)
  `FF(seen2_q, seen1_q, '0)
  always_comb begin
    summed = seen2_q;
    for (int unsigned l = 0; l < LANES; l++) summed.tx_bytes += 12'(bytes_q[l]);
  end
  `FF(stat_o, summed, '0)

endmodule

`default_nettype wire
