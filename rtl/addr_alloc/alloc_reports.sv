// Row-count reports of all lanes into one stream: a queue a lane, round robin.
//
// Latency 1 cycle, one report a cycle. A lane's reports wait in its queue, so a full one holds up that lane's input
// only, for at most LANES reports of the others. Cost: LANES * Depth * 40 flops.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_reports
  import hub_pkg::*;
#(
  parameter int unsigned LANES = 4,    // 1..8
  parameter int unsigned Depth = 4     // 1..16
) (
  input  wire logic             clk_i,
  input  wire logic             rst_ni,
  input  wire logic [LANES-1:0] push_valid_i,
  output logic [LANES-1:0]      push_ready_o,
  input  wire report_t          push_i [LANES],
  output logic                  report_valid_o,
  input  wire logic             report_ready_i,
  output report_t               report_o,
  output logic                  busy_o
);

  if (LANES < 1 || LANES > 8) $fatal(1, "alloc_reports: LANES must be 1..8");
  if (Depth < 1 || Depth > 16) $fatal(1, "alloc_reports: Depth must be 1..16");

  localparam int unsigned LaneW = (LANES > 1) ? $clog2(LANES) : 1;

  logic [LANES-1:0] valid, grant;
  report_t          head [LANES];
  logic [LaneW-1:0] lane, lane_q;
  logic             locked_q, any;

  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    fifo #(.T(report_t), .Depth(Depth)) u_queue (
      .clk_i, .rst_ni,
      .push_valid_i(push_valid_i[l]), .push_ready_o(push_ready_o[l]), .push_data_i(push_i[l]),
      .pop_valid_o(valid[l]), .pop_ready_i(report_valid_o && report_ready_i && report_lane == LaneW'(l)),
      .pop_data_o(head[l])
    );
  end

  // A report that is offered stays until it is taken, whatever else comes. The turn moves on when it is offered.
  logic [LaneW-1:0] report_lane;
  rr_arb #(.N(LANES)) u_arb (
    .clk_i, .rst_ni, .req_i(valid), .advance_i(!locked_q),
    .gnt_o(grant), .idx_o(lane), .valid_o(any)
  );
  assign report_lane    = locked_q ? lane_q : lane;
  assign report_valid_o = any;
  assign report_o       = head[report_lane];
  `FF(locked_q, report_valid_o && !report_ready_i, 1'b0)
  `FFLNR(lane_q, report_lane, report_valid_o)
  assign busy_o = any;

  `ASSERT(LockedStays, !locked_q || valid[lane_q])
  `ASSERT(NothingLost, (push_valid_i & ~push_ready_o) == '0)
  `ASSERT(GrantIsLane, !any || grant[lane])

endmodule

`default_nettype wire
