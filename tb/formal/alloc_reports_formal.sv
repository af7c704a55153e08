// Reports of two lanes in queues of two; whether it is followed and two bits of its rows are free, the others zero.
`default_nettype none
`include "common/registers.svh"

module alloc_reports_formal
  import hub_pkg::*;
(
  input wire logic            clk_i,
  input wire logic [1:0]      push_valid_i,
  input wire logic [1:0]      follow_i,
  input wire logic [1:0][1:0] rows_i,
  input wire logic            report_ready_i
);

  logic       rst_ni, report_valid;
  logic [1:0] push_ready;
  report_t    push [2];
  report_t    report;
  formal_reset u_reset (.clk_i, .rst_no(rst_ni));
  for (genvar l = 0; l < 2; l++) begin : gen_lane
    assign push[l] = '{src: {GpuW{follow_i[l]}}, region: '0, rows: RowW'(rows_i[l])};
  end

  alloc_reports #(.LANES(2), .Depth(2)) u_reports (
    .clk_i, .rst_ni, .push_valid_i, .push_ready_o(push_ready), .push_i(push),
    .report_valid_o(report_valid), .report_ready_i, .report_o(report), .busy_o()
  );
  alloc_reports_properties #(.LANES(2), .Depth(2)) u_properties (
    .clk_i, .rst_ni, .push_valid_i, .push_ready_i(push_ready), .push_i(push),
    .report_valid_i(report_valid), .report_ready_i, .report_i(report)
  );

endmodule

`default_nettype wire
