// What cannot happen inside dest_queue. Bound in the unit's tests.
`default_nettype none
`include "common/assertions.svh"

// No two reports of a line: the next fence waits until those of the one before have left.
module merge_entries_properties #(
  parameter int unsigned N = 16
) (
  input wire logic         clk_i,
  input wire logic         rst_ni,
  input wire logic         c_valid_q,
  input wire logic         c_report,
  input wire logic [N-1:0] prev
);
  `ASSERT(ReportIsAlone, !(c_valid_q && c_report) || prev == '0)
endmodule

bind merge_entries merge_entries_properties #(.N(N)) u_properties (.*);

// The fence reads no word that is being written: nothing waits to be counted then, and what comes goes to the other
// bank.
module row_counts_properties (
  input wire logic clk_i,
  input wire logic rst_ni,
  input wire logic busy_q,
  input wire logic count_q,
  input wire logic again_q
);
  `ASSERT(ReadIsNotForwarded, !(busy_q && !count_q && again_q))
endmodule

bind row_counts row_counts_properties u_properties (.*);

`default_nettype wire
