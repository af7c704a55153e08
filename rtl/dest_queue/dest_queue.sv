// Egress of the hub: stores that name a peer become merged, scheduled packets; fences become row counts.
//
// Wires request lanes, crossbar, slices, fence and row counters together, and keeps what all slices share:
// the tick of the entries' ages, the loading of credits, statistics, and `busy_o`.
// Latency 6 cycles from the acceptance of the store that completes a line to `tx_tvalid_o`; throughput
// LANES stores in and LANES packets out a cycle. Stages, rules, cost: docs/dest_queue.md.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module dest_queue
  import hub_pkg::*;
#(
  parameter int unsigned LANES   = 4,                    // 1..8, power of two
  parameter int unsigned PEERS   = 8,                    // 2..96
  parameter int unsigned ENTRIES = 64,                   // of a peer: LANES x (2..32)
  parameter int unsigned REGIONS = 64                    // 1..256
) (
  input  wire logic                          clk_i,
  input  wire logic                          rst_ni,
  input  wire hub_cfg_t                      cfg_i,
  input  wire logic [PEERS-1:0]              peer_en_i,
  input  wire logic                          inject_i,

  input  wire logic [LANES-1:0]              req_tvalid_i,
  output logic [LANES-1:0]                   req_tready_o,
  input  wire logic [LANES-1:0][LineBits-1:0]   req_tdata_i,
  input  wire logic [LANES-1:0][LineBytes-1:0]  req_tstrb_i,
  input  wire logic [LANES-1:0][HeaderBits-1:0] req_tuser_i,
  input  wire logic [LANES-1:0]              req_tlast_i,

  output logic [LANES-1:0]                   tx_tvalid_o,
  input  wire logic [LANES-1:0]              tx_tready_i,
  output logic [LANES-1:0][LineBits-1:0]     tx_tdata_o,
  output logic [LANES-1:0][LineBytes-1:0]    tx_tstrb_o,
  output logic [LANES-1:0][HeaderBits-1:0]   tx_tuser_o,
  output logic [LANES-1:0]                   tx_tlast_o,
  input  wire logic [LANES-1:0]              crd_valid_i,
  input  wire logic [LANES-1:0][GpuW-1:0]    crd_peer_i,

  output logic [LANES-1:0]                   loop_valid_o,
  input  wire logic [LANES-1:0]              loop_ready_i,
  output packet_t                            loop_packet_o [LANES],

  output logic [LANES-1:0]                   refused_o,
  output refusal_t                           refusal_o [LANES],
  output egress_stat_t                       stat_o,
  output logic                               table_error_o,
  output logic                               busy_o,
  output logic                               on_o    // the next edge matters: busy, or an input of this cycle
);

  if (LANES < 1 || LANES > 8 || (LANES & (LANES - 1)) != 0)
    $fatal(1, "dest_queue: LANES must be a power of two, 1..8");
  if (PEERS < 2 || PEERS > MaxPeers) $fatal(1, "dest_queue: PEERS must be 2..96");
  if (ENTRIES < 2 * LANES || ENTRIES > 32 * LANES || ENTRIES % LANES != 0)
    $fatal(1, "dest_queue: ENTRIES must be a multiple of LANES, 2 to 32 times LANES");
  if (REGIONS < 1 || REGIONS > 256) $fatal(1, "dest_queue: REGIONS must be 1..256");

  localparam int unsigned PeerW  = $clog2(PEERS);
  localparam int unsigned Slots  = 16;                    // stores of a lane on their way to a slice
  localparam int unsigned Words  = 2 ** $clog2((PEERS + 7) / 8);  // as in row_counts
  localparam int unsigned Fields = (PEERS + Words - 1) / Words;

  // ---- requests ------------------------------------------------------------------------------------------
  logic [LANES-1:0][LANES-1:0]           head_valid, pop;
  logic [LANES-1:0][LANES-1:0][PeerW-1:0] head_peer;
  logic [LANES-1:0] lane_nop;
  line_key_t        lane_key   [LANES];
  store_t           store      [LANES];
  strb_t            lane_strb  [LANES], strb  [LANES];
  line_t            lane_data  [LANES], data  [LANES];
  logic [LANES-1:0] fence_valid, fence_take, accepted, lane_empty, lane_refused;
  header_t          fence_header [LANES];
  refusal_t         lane_refusal [LANES];

  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    request_lane #(.LANES(LANES), .PEERS(PEERS), .REGIONS(REGIONS), .SLOTS(Slots)) u_lane (
      .clk_i, .rst_ni, .enable_i(cfg_i.enable), .self_i(cfg_i.self), .peer_en_i,
      .closed_i(fence_valid != '0),
      .req_tvalid_i(req_tvalid_i[l]), .req_tready_o(req_tready_o[l]), .req_tdata_i(req_tdata_i[l]),
      .req_tstrb_i(req_tstrb_i[l]), .req_tuser_i(header_t'(req_tuser_i[l])), .req_tlast_i(req_tlast_i[l]),
      .head_valid_o(head_valid[l]), .head_peer_o(head_peer[l]), .pop_i(pop[l]),
      .nop_o(lane_nop[l]), .key_o(lane_key[l]), .strb_o(lane_strb[l]), .data_o(lane_data[l]),
      .fence_valid_o(fence_valid[l]), .fence_header_o(fence_header[l]), .fence_take_i(fence_take[l]),
      .accepted_o(accepted[l]), .empty_o(lane_empty[l]),
      .refused_o(lane_refused[l]), .refusal_o(lane_refusal[l])
    );
  end

  logic                        report_valid, report_ready, xbar_busy, report_busy;
  logic [LANES-1:0]            report_slice, store_valid;
  store_t                      report;
  logic [LANES-1:0][PEERS-1:0] some_free, many_free;
  logic [LANES-1:0]            leaving, back;
  logic [LANES-1:0][PeerW-1:0] leaving_peer, back_peer;

  request_xbar #(.LANES(LANES), .PEERS(PEERS)) u_xbar (
    .clk_i, .rst_ni, .head_valid_i(head_valid), .head_peer_i(head_peer), .pop_o(pop),
    .lane_nop_i(lane_nop), .lane_key_i(lane_key), .lane_strb_i(lane_strb), .lane_data_i(lane_data),
    .report_valid_i(report_valid), .report_slice_i(report_slice), .report_i(report),
    .report_ready_o(report_ready),
    .some_free_i(some_free), .many_free_i(many_free),
    .leaving_i(leaving), .leaving_peer_i(leaving_peer), .back_i(back), .back_peer_i(back_peer),
    .store_valid_o(store_valid), .store_o(store), .strb_o(strb), .data_o(data),
    .busy_o(xbar_busy), .report_busy_o(report_busy)
  );

  // ---- slices --------------------------------------------------------------------------------------------
  logic               tick, load_q, enable_q, epoch, fence, hold;
  logic [REGIONS-1:0] bank;
  logic [LANES-1:0]   old, used, merged, row_room, row_valid;
  row_event_t         row [LANES];
  packet_t            tx_packet [LANES];

  for (genvar s = 0; s < LANES; s++) begin : gen_slice
    merge_slice #(.PEERS(PEERS), .N(ENTRIES / LANES), .REGIONS(REGIONS)) u_slice (
      .clk_i, .rst_ni, .self_i(cfg_i.self), .policy_i(cfg_i.policy), .merge_age_i(cfg_i.merge_age),
      .deadline_age_i(cfg_i.deadline_age), .tick_i(tick),
      .epoch_i(epoch), .fence_i(fence), .bank_i(bank), .hold_i(hold), .old_o(old[s]),
      .some_free_o(some_free[s]), .many_free_o(many_free[s]),
      .leaving_o(leaving[s]), .leaving_peer_o(leaving_peer[s]), .back_o(back[s]), .back_peer_o(back_peer[s]),
      .store_valid_i(store_valid[s]), .store_i(store[s]), .strb_i(strb[s]), .data_i(data[s]),
      .load_i(load_q), .credits_i(cfg_i.credits), .crd_valid_i(crd_valid_i[s]), .crd_peer_i(crd_peer_i[s]),
      .row_room_i(row_room[s]), .row_valid_o(row_valid[s]), .row_o(row[s]),
      .tx_valid_o(tx_tvalid_o[s]), .tx_ready_i(tx_tready_i[s]), .tx_packet_o(tx_packet[s]),
      .loop_valid_o(loop_valid_o[s]), .loop_ready_i(loop_ready_i[s]), .loop_packet_o(loop_packet_o[s]),
      .merged_o(merged[s]), .used_o(used[s])
    );
    assign tx_tdata_o[s] = tx_packet[s].data;
    assign tx_tstrb_o[s] = tx_packet[s].strb;
    assign tx_tuser_o[s] = tx_packet[s].header;
    assign tx_tlast_o[s] = 1'b1;
  end

  // Credits are loaded in the cycle after `enable` rose.
  `FF(enable_q, cfg_i.enable, 1'b0)
  `FF(load_q, cfg_i.enable && !enable_q, 1'b0)

  // Ages: the timer runs while there is something to grow old.
  logic [15:0] timer_q;
  assign tick = used != '0 && timer_q + 16'd1 >= cfg_i.tick;
  `FF(timer_q, (used == '0 || tick) ? '0 : timer_q + 16'd1, '0)

  // ---- fence and row counters ------------------------------------------------------------------------------
  logic                        read_valid, read_ready, answer_valid, answer_bad, counted;
  row_event_t                  read;
  logic [Fields-1:0][RowW-1:0] answer;
  logic                        fence_refused, fence_done;
  refusal_t                    fence_refusal;

  fence_ctrl #(.LANES(LANES), .PEERS(PEERS), .REGIONS(REGIONS)) u_fence (
    .clk_i, .rst_ni, .peer_en_i,
    .fence_valid_i(fence_valid), .fence_header_i(fence_header), .fence_take_o(fence_take),
    .lanes_empty_i(&lane_empty),
    .epoch_o(epoch), .fence_o(fence), .bank_o(bank), .hold_o(hold), .old_i(old != '0 || report_busy),
    .read_valid_o(read_valid), .read_o(read), .read_ready_i(read_ready),
    .answer_valid_i(answer_valid), .answer_i(answer), .answer_bad_i(answer_bad), .counted_i(counted),
    .report_valid_o(report_valid), .report_slice_o(report_slice), .report_o(report),
    .report_ready_i(report_ready),
    .refused_o(fence_refused), .refusal_o(fence_refusal), .refused_take_i(fence_refused && !lane_refused[0]),
    .done_o(fence_done)
  );

  row_counts #(.LANES(LANES), .PEERS(PEERS), .REGIONS(REGIONS)) u_counts (
    .clk_i, .rst_ni, .inject_i, .row_valid_i(row_valid), .row_i(row), .room_o(row_room),
    .read_valid_i(read_valid), .read_i(read), .read_ready_o(read_ready),
    .answer_valid_o(answer_valid), .answer_o(answer), .answer_bad_o(answer_bad),
    .idle_o(counted), .table_error_o
  );

  // Lane 0's port also carries the fence's refusals, when it is free.
  for (genvar l = 0; l < LANES; l++) begin : gen_refusal
    if (l == 0) begin : gen_shared
      assign refused_o[l] = lane_refused[l] || fence_refused;
      assign refusal_o[l] = lane_refused[l] ? lane_refusal[l] : fence_refusal;
    end else begin : gen_own
      assign refused_o[l] = lane_refused[l];
      assign refusal_o[l] = lane_refusal[l];
    end
  end

  // ---- statistics ------------------------------------------------------------------------------------------
  egress_stats #(.LANES(LANES)) u_stats (
    .clk_i, .rst_ni, .accepted_i(accepted), .merged_i(merged), .tx_sent_i(tx_tvalid_o & tx_tready_i),
    .tx_strb_i(tx_tstrb_o), .loop_sent_i(loop_valid_o & loop_ready_i), .fence_done_i(fence_done), .stat_o
  );

  // ---- busy --------------------------------------------------------------------------------------------
  // What is awake stays so for some cycles, until all registers behind it have come to rest.
  logic       awake;
  logic [2:0] rest_q;
  assign awake = !(&lane_empty) || fence_valid != '0 || fence || xbar_busy || used != '0 || !counted ||
                 (tx_tvalid_o | loop_valid_o | refused_o) != '0 || enable_q != cfg_i.enable;
  `FFL(rest_q, awake ? '1 : rest_q - 3'd1, awake || rest_q != '0, '0)
  assign busy_o = awake || rest_q != '0;
  assign on_o   = busy_o || (req_tvalid_i | crd_valid_i) != '0 || inject_i;

  logic unused;
  assign unused = ^{cfg_i.set_mask, cfg_i.spill_base};

endmodule

`default_nettype wire
