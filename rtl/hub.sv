// The hub: egress, ingress and registers wired together; no logic of its own.
//
// Store requests of the own GPU enter on `req_*` and leave merged and scheduled on `tx_*`; packets of
// other GPUs enter on `rx_*`, get their address, are written on `m_*`, and their acknowledgements
// become messages on `tile_*`. Stores to the own GPU go through the same ingress by a loop inside.
//
// Streams carry one packet in one beat (`tlast` set): payload in tdata, byte mask in tstrb, header in
// tuser. All outputs are registered or depend on state alone: no input reaches an output in the same
// cycle. Throughput: LANES packets a cycle in and out. Latency: docs/architecture.md.
`default_nettype none

module hub
  import hub_pkg::*;
#(
  parameter int unsigned LANES       = 4,    // 1..8, power of two: packets a cycle
  parameter int unsigned PEERS       = 8,    // 2..96: GPUs, the own one included
  parameter int unsigned ENTRIES     = 64,   // merge-buffer entries per peer, LANES*2..LANES*32
  parameter int unsigned RAT_BANKS   = 16,   // power of two, at least LANES
  parameter int unsigned RAT_SETS    = 64,   // sets of a bank, power of two
  parameter int unsigned RAT_WAYS    = 4,    // 1..8
  parameter int unsigned REGIONS     = 64,   // 1..256
  parameter int unsigned WINDOWS     = 8,    // 1..16: address windows of ordinary stores
  parameter int unsigned TILES       = 1024, // 2..65536
  parameter int unsigned DEPTH       = 16,   // packets of a lane between acceptance and memory write
  parameter int unsigned OUTSTANDING = 256,  // memory writes of a lane not yet acknowledged, power of two
  parameter int unsigned SPILL_SLOTS = 64,   // spilled entries of a set, 1..256
  parameter int unsigned MISS_CTX    = 4,    // row-table misses in progress at the spill memory
  localparam int unsigned IdW        = $clog2(OUTSTANDING)
) (
  input  wire logic                          clk_i,
  input  wire logic                          rst_ni,

  // store requests from the crossbar
  input  wire logic [LANES-1:0]              req_tvalid_i,
  output logic [LANES-1:0]                   req_tready_o,
  input  wire logic [LANES-1:0][LineBits-1:0]   req_tdata_i,
  input  wire logic [LANES-1:0][LineBytes-1:0]  req_tstrb_i,
  input  wire logic [LANES-1:0][HeaderBits-1:0] req_tuser_i,
  input  wire logic [LANES-1:0]              req_tlast_i,

  // link, transmit; one credit of (lane, peer) comes back a cycle and lane
  output logic [LANES-1:0]                   tx_tvalid_o,
  input  wire logic [LANES-1:0]              tx_tready_i,
  output logic [LANES-1:0][LineBits-1:0]     tx_tdata_o,
  output logic [LANES-1:0][LineBytes-1:0]    tx_tstrb_o,
  output logic [LANES-1:0][HeaderBits-1:0]   tx_tuser_o,
  output logic [LANES-1:0]                   tx_tlast_o,
  input  wire logic [LANES-1:0]              crd_valid_i,
  input  wire logic [LANES-1:0][GpuW-1:0]    crd_peer_i,

  // link, receive
  input  wire logic [LANES-1:0]              rx_tvalid_i,
  output logic [LANES-1:0]                   rx_tready_o,
  input  wire logic [LANES-1:0][LineBits-1:0]   rx_tdata_i,
  input  wire logic [LANES-1:0][LineBytes-1:0]  rx_tstrb_i,
  input  wire logic [LANES-1:0][HeaderBits-1:0] rx_tuser_i,
  input  wire logic [LANES-1:0]              rx_tlast_i,

  // memory writes: one AXI write port a lane, single beats of a line (awlen 0, awsize 7, INCR)
  output logic [LANES-1:0]                   m_awvalid_o,
  input  wire logic [LANES-1:0]              m_awready_i,
  output logic [LANES-1:0][IdW-1:0]          m_awid_o,
  output logic [LANES-1:0][AddrW-1:0]        m_awaddr_o,
  output logic [LANES-1:0]                   m_wvalid_o,
  input  wire logic [LANES-1:0]              m_wready_i,
  output logic [LANES-1:0][LineBits-1:0]     m_wdata_o,
  output logic [LANES-1:0][LineBytes-1:0]    m_wstrb_o,
  output logic [LANES-1:0]                   m_wlast_o,
  input  wire logic [LANES-1:0]              m_bvalid_i,
  output logic [LANES-1:0]                   m_bready_o,
  input  wire logic [LANES-1:0][IdW-1:0]     m_bid_i,
  input  wire logic [LANES-1:0][1:0]         m_bresp_i,

  // spill memory of the row table: AXI4, 16-byte beats (awsize/arsize 4, INCR)
  output logic                               s_awvalid_o,
  input  wire logic                          s_awready_i,
  output logic [3:0]                         s_awid_o,
  output logic [AddrW-1:0]                   s_awaddr_o,
  output logic                               s_wvalid_o,
  input  wire logic                          s_wready_i,
  output logic [127:0]                       s_wdata_o,
  input  wire logic                          s_bvalid_i,
  output logic                               s_bready_o,
  input  wire logic [3:0]                    s_bid_i,
  input  wire logic [1:0]                    s_bresp_i,
  output logic                               s_arvalid_o,
  input  wire logic                          s_arready_i,
  output logic [3:0]                         s_arid_o,
  output logic [AddrW-1:0]                   s_araddr_o,
  output logic [7:0]                         s_arlen_o,
  input  wire logic                          s_rvalid_i,
  output logic                               s_rready_o,
  input  wire logic [3:0]                    s_rid_i,
  input  wire logic [127:0]                  s_rdata_i,
  input  wire logic [1:0]                    s_rresp_i,
  input  wire logic                          s_rlast_i,

  // registers: AXI4-Lite, 32 bit
  input  wire logic                          c_awvalid_i,
  output logic                               c_awready_o,
  input  wire logic [15:0]                   c_awaddr_i,
  input  wire logic [2:0]                    c_awprot_i,                    // [0]: privileged
  input  wire logic                          c_wvalid_i,
  output logic                               c_wready_o,
  input  wire logic [31:0]                   c_wdata_i,
  input  wire logic [3:0]                    c_wstrb_i,
  output logic                               c_bvalid_o,
  input  wire logic                          c_bready_i,
  output logic [1:0]                         c_bresp_o,
  input  wire logic                          c_arvalid_i,
  output logic                               c_arready_o,
  input  wire logic [15:0]                   c_araddr_i,
  input  wire logic [2:0]                    c_arprot_i,
  output logic                               c_rvalid_o,
  input  wire logic                          c_rready_i,
  output logic [31:0]                        c_rdata_o,
  output logic [1:0]                         c_rresp_o,

  // ready tiles to the thread-block scheduler (tile_msg_t)
  output logic                               tile_tvalid_o,
  input  wire logic                          tile_tready_i,
  output tile_msg_t                          tile_tdata_o,

  output logic                               all_ready_o,  // level: every enabled region is complete
  output logic                               irq_o,
  output logic                               busy_o        // 0: without input nothing will change
);

  // ---- configuration and its initialisation handshake ------------------------------------------------
  hub_cfg_t             cfg;
  logic [PEERS-1:0]     peer_en;
  region_cfg_t          region     [REGIONS];
  logic [PEERS-1:0]     region_src [REGIONS];
  logic [REGIONS-1:0]   region_live;            // enabled, or waiting for its initialisation
  window_cfg_t          window     [WINDOWS];
  logic [PEERS-1:0]     window_src [WINDOWS];

  logic                 init_valid_alloc, init_valid_flow;  // one after the other
  logic                 init_is_window;
  logic [RegionW-1:0]   init_idx;
  logic                 init_done_alloc, init_done_flow;
  logic                 flush_valid, flush_done;
  logic                 inject_rat, inject_tile, inject_count;

  // ---- clocks: a unit that rests is not clocked -------------------------------------------------------
  logic                 egress_on, alloc_on, flow_on, regs_on;
  logic                 egress_clk, alloc_clk, flow_clk, regs_clk;

  clock_gate u_egress_clk (.clk_i, .rst_ni, .on_i(egress_on), .clk_o(egress_clk));
  clock_gate u_alloc_clk  (.clk_i, .rst_ni, .on_i(alloc_on),  .clk_o(alloc_clk));
  clock_gate u_flow_clk   (.clk_i, .rst_ni, .on_i(flow_on),   .clk_o(flow_clk));
  clock_gate u_regs_clk   (.clk_i, .rst_ni, .on_i(regs_on),   .clk_o(regs_clk));

  // ---- egress ----------------------------------------------------------------------------------------
  logic [LANES-1:0]     loop_valid, loop_ready;
  packet_t              loop_packet [LANES];
  refusal_t             egress_refusal [LANES];
  logic [LANES-1:0]     egress_refused;
  egress_stat_t         egress_stat;
  logic                 egress_table_error, egress_busy;

  dest_queue #(
    .LANES(LANES), .PEERS(PEERS), .ENTRIES(ENTRIES), .REGIONS(REGIONS)
  ) u_dest_queue (
    .clk_i(egress_clk), .rst_ni,
    .cfg_i(cfg), .peer_en_i(peer_en), .inject_i(inject_count),
    .req_tvalid_i, .req_tready_o, .req_tdata_i, .req_tstrb_i, .req_tuser_i, .req_tlast_i,
    .tx_tvalid_o, .tx_tready_i, .tx_tdata_o, .tx_tstrb_o, .tx_tuser_o, .tx_tlast_o,
    .crd_valid_i, .crd_peer_i,
    .loop_valid_o(loop_valid), .loop_ready_i(loop_ready), .loop_packet_o(loop_packet),
    .refused_o(egress_refused), .refusal_o(egress_refusal),
    .stat_o(egress_stat), .table_error_o(egress_table_error), .busy_o(egress_busy), .on_o(egress_on)
  );

  // ---- ingress: addresses ------------------------------------------------------------------------------
  logic [LANES-1:0]     ack_valid, ack_ready;
  ack_t                 ack [LANES];
  logic                 report_valid, report_ready;
  report_t              report;
  logic [LANES-1:0]     ingress_refused, memory_refused;
  refusal_t             ingress_refusal [LANES];
  refusal_t             memory_refusal [LANES];
  ingress_stat_t        ingress_stat;
  logic                 alloc_table_error, alloc_waits, alloc_busy;

  addr_alloc #(
    .LANES(LANES), .PEERS(PEERS), .BANKS(RAT_BANKS), .SETS(RAT_SETS), .WAYS(RAT_WAYS),
    .REGIONS(REGIONS), .WINDOWS(WINDOWS), .DEPTH(DEPTH), .OUTSTANDING(OUTSTANDING),
    .SPILL_SLOTS(SPILL_SLOTS), .MISS_CTX(MISS_CTX)
  ) u_addr_alloc (
    .clk_i(alloc_clk), .rst_ni,
    .cfg_i(cfg), .region_i(region), .region_src_i(region_src),
    .window_i(window), .window_src_i(window_src),
    .init_valid_i(init_valid_alloc), .init_is_window_i(init_is_window), .init_idx_i(init_idx),
    .init_done_o(init_done_alloc), .flush_valid_i(flush_valid), .flush_done_o(flush_done),
    .inject_i(inject_rat),
    .rx_tvalid_i, .rx_tready_o, .rx_tdata_i, .rx_tstrb_i, .rx_tuser_i, .rx_tlast_i,
    .loop_valid_i(loop_valid), .loop_ready_o(loop_ready), .loop_packet_i(loop_packet),
    .m_awvalid_o, .m_awready_i, .m_awid_o, .m_awaddr_o,
    .m_wvalid_o, .m_wready_i, .m_wdata_o, .m_wstrb_o, .m_wlast_o,
    .m_bvalid_i, .m_bready_o, .m_bid_i, .m_bresp_i,
    .s_awvalid_o, .s_awready_i, .s_awid_o, .s_awaddr_o,
    .s_wvalid_o, .s_wready_i, .s_wdata_o, .s_bvalid_i, .s_bready_o, .s_bid_i, .s_bresp_i,
    .s_arvalid_o, .s_arready_i, .s_arid_o, .s_araddr_o, .s_arlen_o,
    .s_rvalid_i, .s_rready_o, .s_rid_i, .s_rdata_i, .s_rresp_i, .s_rlast_i,
    .ack_valid_o(ack_valid), .ack_ready_i(ack_ready), .ack_o(ack),
    .report_valid_o(report_valid), .report_ready_i(report_ready), .report_o(report),
    .refused_o(ingress_refused), .refusal_o(ingress_refusal),
    .memory_refused_o(memory_refused), .memory_refusal_o(memory_refusal),
    .stat_o(ingress_stat), .table_error_o(alloc_table_error), .waits_o(alloc_waits), .busy_o(alloc_busy),
    .on_o(alloc_on)
  );

  // ---- ingress: readiness ------------------------------------------------------------------------------
  logic                 flow_refused;
  refusal_t             flow_refusal;
  flow_stat_t           flow_stat;
  logic                 flow_table_error, flow_busy;
  logic [REGIONS-1:0]   region_done;
  logic [WINDOWS-1:0]   window_done;

  flow_sched #(
    .LANES(LANES), .PEERS(PEERS), .REGIONS(REGIONS), .WINDOWS(WINDOWS), .TILES(TILES)
  ) u_flow_sched (
    .clk_i(flow_clk), .rst_ni,
    .region_i(region), .region_src_i(region_src), .region_live_i(region_live), .window_i(window),
    .init_valid_i(init_valid_flow), .init_is_window_i(init_is_window), .init_idx_i(init_idx),
    .init_done_o(init_done_flow), .inject_i(inject_tile),
    .ack_valid_i(ack_valid), .ack_ready_o(ack_ready), .ack_i(ack),
    .report_valid_i(report_valid), .report_ready_o(report_ready), .report_i(report),
    .tile_tvalid_o, .tile_tready_i, .tile_tdata_o,
    .region_done_o(region_done), .window_done_o(window_done), .all_ready_o,
    .refused_o(flow_refused), .refusal_o(flow_refusal),
    .stat_o(flow_stat), .table_error_o(flow_table_error), .busy_o(flow_busy), .on_o(flow_on)
  );

  // ---- registers ---------------------------------------------------------------------------------------
  localparam int unsigned NumRefusals = 3 * LANES + 1;
  logic [NumRefusals-1:0] refused;
  refusal_t               refusal [NumRefusals];
  for (genvar l = 0; l < LANES; l++) begin : gen_refusal
    assign refused[3*l]   = egress_refused[l];
    assign refusal[3*l]   = egress_refusal[l];
    assign refused[3*l+1] = ingress_refused[l];
    assign refusal[3*l+1] = ingress_refusal[l];
    assign refused[3*l+2] = memory_refused[l];
    assign refusal[3*l+2] = memory_refusal[l];
  end
  assign refused[NumRefusals-1] = flow_refused;
  assign refusal[NumRefusals-1] = flow_refusal;

  logic regs_busy;

  hub_regs #(
    .LANES(LANES), .PEERS(PEERS), .ENTRIES(ENTRIES), .BANKS(RAT_BANKS), .SETS(RAT_SETS),
    .WAYS(RAT_WAYS), .REGIONS(REGIONS), .WINDOWS(WINDOWS), .TILES(TILES), .REFUSALS(NumRefusals)
  ) u_regs (
    .clk_i(regs_clk), .rst_ni,
    .c_awvalid_i, .c_awready_o, .c_awaddr_i, .c_awprot_i, .c_wvalid_i, .c_wready_o, .c_wdata_i, .c_wstrb_i,
    .c_bvalid_o, .c_bready_i, .c_bresp_o,
    .c_arvalid_i, .c_arready_o, .c_araddr_i, .c_arprot_i, .c_rvalid_o, .c_rready_i, .c_rdata_o, .c_rresp_o,
    .cfg_o(cfg), .peer_en_o(peer_en), .region_o(region), .region_src_o(region_src),
    .region_live_o(region_live), .window_o(window), .window_src_o(window_src),
    .init_valid_o({init_valid_alloc, init_valid_flow}), .init_is_window_o(init_is_window), .init_idx_o(init_idx),
    .init_done_i({init_done_alloc, init_done_flow}),
    .flush_valid_o(flush_valid), .flush_done_i(flush_done),
    .inject_rat_o(inject_rat), .inject_tile_o(inject_tile), .inject_count_o(inject_count),
    .refused_i(refused), .refusal_i(refusal),
    .egress_stat_i(egress_stat), .ingress_stat_i(ingress_stat), .flow_stat_i(flow_stat),
    .table_error_i(egress_table_error | alloc_table_error | flow_table_error),
    .region_done_i(region_done), .window_done_i(window_done), .all_ready_i(all_ready_o),
    .datapath_busy_i(egress_busy | alloc_busy | alloc_waits | flow_busy),
    .busy_o(regs_busy), .on_o(regs_on), .irq_o
  );

  assign busy_o = egress_busy | alloc_busy | flow_busy | regs_busy;

endmodule

`default_nettype wire
