// The crossbar from request lanes to slices: matching, keys and payload.
//
//   G  each slice grants one lane whose oldest store for it has a free entry waiting; each lane takes one
//      of its grants; `pop_o`
//   H  `store_*_o`: the stores cross (here the slice takes the free entry off its count)
//   W  two cycles later, `strb_o` and `data_o`: their payload crosses
//
// One round of grant and accept with round-robin pointers that move only when a grant is taken: pointers
// drift apart under load, so that full queues are served every cycle. A report of the fence goes before
// the lanes of its slice; it has no payload. Nothing stalls after G.
// Throughput LANES stores a cycle. Cost O(LANES^2 x 1152) AND-OR for payload, the rest is small. Critical
// path: G, room of the head's partition (PEERS:1), two arbiters, about 10 + 2 log2 PEERS + 4 log2 LANES.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module request_xbar
  import hub_pkg::*;
#(
  parameter int unsigned LANES = 4,                       // 1..8, power of two
  parameter int unsigned PEERS = 8                        // 2..96
) (
  input  wire logic                  clk_i,
  input  wire logic                  rst_ni,

  // lanes
  input  wire logic [LANES-1:0][LANES-1:0]           head_valid_i,  // [lane][slice]
  input  wire logic [LANES-1:0][LANES-1:0][GpuW-1:0] head_dst_i,
  output logic [LANES-1:0][LANES-1:0]                pop_o,
  input  wire store_t                lane_store_i [LANES],  // H
  input  wire strb_t                 lane_strb_i  [LANES],  // W
  input  wire line_t                 lane_data_i  [LANES],

  // reports
  input  wire logic                  report_valid_i,
  input  wire logic [LANES-1:0]      report_slice_i,        // one-hot
  input  wire store_t                report_i,
  output logic                       report_ready_o,

  // slices
  input  wire logic [LANES-1:0][PEERS-1:0] some_free_i,     // the partition has a free entry,
  input  wire logic [LANES-1:0][PEERS-1:0] many_free_i,     // two or more
  output logic [LANES-1:0]           store_valid_o,         // H
  output store_t                     store_o [LANES],
  output strb_t                      strb_o  [LANES],       // W
  output line_t                      data_o  [LANES],
  output logic                       busy_o,                // a store or report on its way
  output logic                       report_busy_o          // a report that is not yet an entry
);

  if (LANES < 1 || LANES > 8 || (LANES & (LANES - 1)) != 0)
    $fatal(1, "request_xbar: LANES must be a power of two, 1..8");

  localparam int unsigned IdxW = (LANES > 1) ? $clog2(LANES) : 1;

  // ---- G: grant and accept -------------------------------------------------------------------------------
  logic [LANES-1:0]                 h_valid_q;
  logic [LANES-1:0][GpuW-1:0]       h_dst_q;
  logic [LANES-1:0]                 report_here, granted;
  logic [LANES-1:0][LANES-1:0]      want, grant, taken;  // [slice][lane]
  logic [LANES-1:0][IdxW-1:0]       winner;
  logic [LANES-1:0][GpuW-1:0]       winner_dst;

  // The count of free entries does not yet know of the store that is in H.
  function automatic logic has_room(logic [GpuW-1:0] dst, logic [PEERS-1:0] some, logic [PEERS-1:0] many,
                                    logic h_valid, logic [GpuW-1:0] h_dst);
    logic [2**GpuW-1:0] one, two;
    one = (2**GpuW)'(some);
    two = (2**GpuW)'(many);
    return (h_valid && h_dst == dst) ? two[dst] : one[dst];
  endfunction

  for (genvar s = 0; s < LANES; s++) begin : gen_slice
    assign report_here[s] = report_valid_i && report_slice_i[s] &&
      has_room(report_i.dst, some_free_i[s], many_free_i[s], h_valid_q[s], h_dst_q[s]);
    for (genvar l = 0; l < LANES; l++) begin : gen_lane
      assign want[s][l] = head_valid_i[l][s] && !report_here[s] &&
        has_room(head_dst_i[l][s], some_free_i[s], many_free_i[s], h_valid_q[s], h_dst_q[s]);
    end
    rr_arb #(.N(LANES)) u_grant (
      .clk_i, .rst_ni, .req_i(want[s]), .advance_i(taken[s] != '0),
      .gnt_o(grant[s]), .idx_o(winner[s]), .valid_o(granted[s])
    );
    assign winner_dst[s] = report_here[s] ? report_i.dst : head_dst_i[winner[s]][s];
  end
  for (genvar l = 0; l < LANES; l++) begin : gen_accept
    logic [LANES-1:0] offers;
    logic             any;
    logic [IdxW-1:0]  idx;
    for (genvar s = 0; s < LANES; s++) begin : gen_offer
      assign offers[s]   = grant[s][l];
      assign taken[s][l] = pop_o[l][s];
    end
    rr_arb #(.N(LANES)) u_accept (
      .clk_i, .rst_ni, .req_i(offers), .advance_i(any), .gnt_o(pop_o[l]), .idx_o(idx), .valid_o(any)
    );
    logic unused_idx;
    assign unused_idx = ^idx;
  end
  logic unused_granted;
  assign unused_granted = ^granted;
  assign report_ready_o = report_here != '0;

  // ---- H, C, W: the ways stay set ------------------------------------------------------------------------
  logic [LANES-1:0]           h_report_q, c_report_q, w_report_q, c_valid_q, w_valid_q;
  logic [LANES-1:0][IdxW-1:0] h_lane_q, c_lane_q, w_lane_q;
  store_t                     report_q;

  for (genvar s = 0; s < LANES; s++) begin : gen_way
    `FF(h_valid_q[s], report_here[s] || taken[s] != '0, 1'b0)
    `FFNR(h_dst_q[s], winner_dst[s])
    `FFNR(h_lane_q[s], winner[s])
    `FFNR(h_report_q[s], report_here[s])
    `FF(c_valid_q[s], h_valid_q[s], 1'b0)
    `FFNR(c_lane_q[s], h_lane_q[s])
    `FFNR(c_report_q[s], h_report_q[s])
    `FF(w_valid_q[s], c_valid_q[s], 1'b0)
    `FFNR(w_lane_q[s], c_lane_q[s])
    `FFNR(w_report_q[s], c_report_q[s])

    assign store_valid_o[s] = h_valid_q[s];
    assign store_o[s]       = h_report_q[s] ? report_q : lane_store_i[h_lane_q[s]];
    assign strb_o[s]        = w_report_q[s] ? '0 : lane_strb_i[w_lane_q[s]];
    assign data_o[s]        = lane_data_i[w_lane_q[s]];
  end
  `FFLNR(report_q, report_i, report_ready_o)
  assign busy_o        = (h_valid_q | c_valid_q | w_valid_q) != '0;
  assign report_busy_o = ((h_valid_q & h_report_q) | (c_valid_q & c_report_q)) != '0;

endmodule

`default_nettype wire
