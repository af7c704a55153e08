// The crossbar from request lanes to slices: matching, keys and payload.
//
//   G  lanes and slices are matched (lane_match) and a store moves if a free entry waits for it; `pop_o`
//   H  `store_*_o`: the stores cross (here the slice takes the free entry off its count)
//   W  two cycles later, `strb_o` and `data_o`: their payload crosses
//
// Whether there is a free entry is looked up beside the matching, not before it. What is matched are the oldest stores
// but for those that found none in the cycle before (`full_q`), unless one came free for them meanwhile. So only a
// store that has just become the oldest can be matched in vain, once.
// A report of the fence waits in a register here. It goes before the lanes of its slice; while it waits for an entry,
// it is the next to get one of its peer's. It has no payload. Nothing stalls after G.
// Throughput LANES stores a cycle. Cost O(LANES^2 x 1152) AND-OR for payload, the rest is small. Critical
// path: G, matching, then the key of the store that is taken: about 8 + 2 LANES.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module request_xbar
  import hub_pkg::*;
#(
  parameter int unsigned LANES = 4,                       // 1..8, power of two
  parameter int unsigned PEERS = 8,                       // 2..96
  localparam int unsigned PeerW = $clog2(PEERS)
) (
  input  wire logic                  clk_i,
  input  wire logic                  rst_ni,

  // lanes
  input  wire logic [LANES-1:0][LANES-1:0]           head_valid_i,  // [lane][slice]
  input  wire logic [LANES-1:0][LANES-1:0][PeerW-1:0] head_peer_i,
  output logic [LANES-1:0][LANES-1:0]                pop_o,
  input  wire logic [LANES-1:0]      lane_nop_i,            // H
  input  wire line_key_t             lane_key_i   [LANES],
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
  input  wire logic [LANES-1:0]            leaving_i,       // perhaps an entry of this peer comes free
  input  wire logic [LANES-1:0][PeerW-1:0] leaving_peer_i,
  input  wire logic [LANES-1:0]            back_i,          // an entry of this peer comes free
  input  wire logic [LANES-1:0][PeerW-1:0] back_peer_i,
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
  typedef logic [PeerW-1:0] peer_t;

  // ---- G: reports ------------------------------------------------------------------------------------------
  logic             report_valid_q, report_full_q, report_goes;
  logic [LANES-1:0] report_slice_q, report_turn, report_room, report_here;
  peer_t            report_peer_q;
  line_key_t        report_key_q;

  assign report_goes    = report_here != '0;
  assign report_ready_o = !report_valid_q || report_goes;
  `FFL(report_valid_q, report_valid_i, report_ready_o, 1'b0)
  `FFLNR(report_slice_q, report_slice_i, report_valid_i && report_ready_o)
  `FFLNR(report_peer_q, peer_t'(report_i.dst), report_valid_i && report_ready_o)
  `FFLNR(report_key_q, report_i.key, report_valid_i && report_ready_o)
  `FF(report_full_q, report_valid_q && (report_slice_q & report_room) == '0, 1'b0)
  assign report_turn = report_slice_q & {LANES{report_valid_q && !report_full_q}};
  assign report_here = report_turn & report_room;

  // ---- G: matching -----------------------------------------------------------------------------------------
  logic  [LANES-1:0]            h_valid_q, taken;
  peer_t [LANES-1:0]            h_peer_q, winner_peer;
  logic  [LANES-1:0][LANES-1:0] room, full_q, full_d, want, match;  // [lane][slice]
  logic  [LANES-1:0][IdxW-1:0]  winner;

  // The count of free entries does not yet know of the store that is in H.
  function automatic logic has_room(peer_t peer, logic [PEERS-1:0] some, logic [PEERS-1:0] many,
                                    logic h_valid, peer_t h_peer);
    return (h_valid && h_peer == peer) ? many[peer] : some[peer];
  endfunction

  for (genvar s = 0; s < LANES; s++) begin : gen_slice
    assign report_room[s] = has_room(report_peer_q, some_free_i[s], many_free_i[s], h_valid_q[s], h_peer_q[s]);
    for (genvar l = 0; l < LANES; l++) begin : gen_lane
      peer_t peer;
      logic  coming, reserved;
      assign peer         = head_peer_i[l][s];
      assign coming       = (leaving_i[s] && leaving_peer_i[s] == peer) || (back_i[s] && back_peer_i[s] == peer);
      assign reserved     = report_valid_q && report_slice_q[s] && report_peer_q == peer;
      assign room[l][s]   = has_room(peer, some_free_i[s], many_free_i[s], h_valid_q[s], h_peer_q[s]) && !reserved;
      assign full_d[l][s] = head_valid_i[l][s] && !room[l][s] && !coming;
      assign want[l][s]   = head_valid_i[l][s] && !full_q[l][s] && !report_turn[s];
    end
  end
  `FF(full_q, full_d, '0)

  lane_match #(.LANES(LANES)) u_match (.clk_i, .rst_ni, .want_i(want), .scarce_i(full_q != '0), .take_o(match));
  assign pop_o = match & room;

  always_comb begin
    taken       = '0;
    winner      = '0;
    winner_peer = '0;
    for (int unsigned s = 0; s < LANES; s++) begin
      if (report_here[s]) winner_peer[s] = report_peer_q;
      for (int unsigned l = 0; l < LANES; l++)
        if (pop_o[l][s]) begin
          taken[s]        = 1'b1;
          winner[s]      |= IdxW'(l);
          winner_peer[s] |= head_peer_i[l][s];
        end
    end
  end

  // ---- H, C, W: the ways stay set ------------------------------------------------------------------------
  logic [LANES-1:0]           h_report_q, c_report_q, w_report_q, c_valid_q, w_valid_q;
  logic [LANES-1:0][IdxW-1:0] h_lane_q, c_lane_q, w_lane_q;
  line_key_t                  h_report_key_q;

  for (genvar s = 0; s < LANES; s++) begin : gen_way
    `FF(h_valid_q[s], report_here[s] || taken[s], 1'b0)
    `FFNR(h_peer_q[s], winner_peer[s])
    `FFNR(h_lane_q[s], winner[s])
    `FFNR(h_report_q[s], report_here[s])
    `FF(c_valid_q[s], h_valid_q[s], 1'b0)
    `FFNR(c_lane_q[s], h_lane_q[s])
    `FFNR(c_report_q[s], h_report_q[s])
    `FF(w_valid_q[s], c_valid_q[s], 1'b0)
    `FFNR(w_lane_q[s], c_lane_q[s])
    `FFNR(w_report_q[s], c_report_q[s])

    assign store_valid_o[s] = h_valid_q[s];
    always_comb begin
      store_o[s] = '{nop: lane_nop_i[h_lane_q[s]], dst: GpuW'(h_peer_q[s]), key: lane_key_i[h_lane_q[s]]};
      if (h_report_q[s]) store_o[s] = '{nop: 1'b0, dst: GpuW'(h_peer_q[s]), key: h_report_key_q};
    end
    assign strb_o[s]        = w_report_q[s] ? '0 : lane_strb_i[w_lane_q[s]];
    assign data_o[s]        = lane_data_i[w_lane_q[s]];
  end
  `FFLNR(h_report_key_q, report_key_q, report_goes)

  logic unused;
  assign unused = report_i.nop;                          // a report has none

  assign busy_o        = report_valid_q || (h_valid_q | c_valid_q | w_valid_q) != '0;
  assign report_busy_o = report_valid_q || ((h_valid_q & h_report_q) | (c_valid_q & c_report_q)) != '0;

endmodule

`default_nettype wire
