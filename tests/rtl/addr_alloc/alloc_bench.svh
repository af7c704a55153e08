// addr_alloc with pins that C++ can reach: fields of eight lanes side by side, and the configuration in flops
// behind a write port, as hub_regs would hold it.
// Included right behind `module <name>`; the parameters come from the including file (ALLOC_*).
  import hub_pkg::*;
#(
  parameter int unsigned LANES = `ALLOC_LANES,
  parameter int unsigned PEERS = `ALLOC_PEERS,
  parameter int unsigned BANKS = `ALLOC_BANKS,
  parameter int unsigned SETS = `ALLOC_SETS,
  parameter int unsigned WAYS = `ALLOC_WAYS,
  parameter int unsigned REGIONS = `ALLOC_REGIONS,
  parameter int unsigned WINDOWS = `ALLOC_WINDOWS,
  parameter int unsigned DEPTH = `ALLOC_DEPTH,
  parameter int unsigned OUTSTANDING = `ALLOC_OUTSTANDING,
  parameter int unsigned SPILL_SLOTS = `ALLOC_SPILL_SLOTS,
  parameter int unsigned MISS_CTX = `ALLOC_MISS_CTX
) (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,

  input  wire logic         cfg_enable_i,
  input  wire logic [7:0]   cfg_self_i,
  input  wire logic [15:0]  cfg_set_mask_i,
  input  wire logic [47:0]  cfg_spill_base_i,

  input  wire logic         region_we_i,
  input  wire logic         window_we_i,
  input  wire logic [7:0]   idx_i,
  input  wire logic         entry_enable_i,
  input  wire logic [7:0]   entry_gen_i,
  input  wire logic [47:0]  entry_base_i,
  input  wire logic [47:0]  entry_limit_i,
  input  wire logic [16:0]  entry_row_bytes_i,
  input  wire logic [19:0]  entry_capacity_i,
  input  wire logic         entry_tiled_i,
  input  wire logic [5:0]   entry_log2_i,
  input  wire logic [15:0]  entry_tile_base_i,
  input  wire logic [95:0]  entry_src_i,

  input  wire logic         init_valid_i,
  input  wire logic         init_is_window_i,
  input  wire logic [7:0]   init_idx_i,
  output logic              init_done_o,
  input  wire logic         flush_valid_i,
  output logic              flush_done_o,
  input  wire logic         inject_i,

  input  wire logic [LANES-1:0]       rx_valid_i,
  output logic [LANES-1:0]            rx_ready_o,
  input  wire logic [LANES*1024-1:0]  rx_data_i,
  input  wire logic [LANES*128-1:0]   rx_strb_i,
  input  wire logic [LANES*128-1:0]   rx_header_i,
  input  wire logic [LANES-1:0]       rx_last_i,
  input  wire logic [LANES-1:0]       loop_valid_i,
  output logic [LANES-1:0]            loop_ready_o,
  input  wire logic [LANES*1024-1:0]  loop_data_i,
  input  wire logic [LANES*128-1:0]   loop_strb_i,
  input  wire logic [LANES*128-1:0]   loop_header_i,

  output logic [LANES-1:0]            aw_valid_o,
  input  wire logic [LANES-1:0]       aw_ready_i,
  output logic [7:0][15:0]            aw_id_o,
  output logic [7:0][63:0]            aw_addr_o,
  output logic [LANES-1:0]            w_valid_o,
  input  wire logic [LANES-1:0]       w_ready_i,
  output logic [LANES*1024-1:0]       w_data_o,
  output logic [LANES*128-1:0]        w_strb_o,
  output logic [LANES-1:0]            w_last_o,
  input  wire logic [LANES-1:0]       b_valid_i,
  output logic [LANES-1:0]            b_ready_o,
  input  wire logic [7:0][15:0]       b_id_i,
  input  wire logic [LANES-1:0]       b_error_i,

  output logic              s_awvalid_o,
  input  wire logic         s_awready_i,
  output logic [3:0]        s_awid_o,
  output logic [47:0]       s_awaddr_o,
  output logic              s_wvalid_o,
  input  wire logic         s_wready_i,
  output logic [127:0]      s_wdata_o,
  input  wire logic         s_bvalid_i,
  output logic              s_bready_o,
  input  wire logic [3:0]   s_bid_i,
  input  wire logic [1:0]   s_bresp_i,
  output logic              s_arvalid_o,
  input  wire logic         s_arready_i,
  output logic [3:0]        s_arid_o,
  output logic [47:0]       s_araddr_o,
  output logic [7:0]        s_arlen_o,
  input  wire logic         s_rvalid_i,
  output logic              s_rready_o,
  input  wire logic [3:0]   s_rid_i,
  input  wire logic [127:0] s_rdata_i,
  input  wire logic [1:0]   s_rresp_i,
  input  wire logic         s_rlast_i,

  output logic [LANES-1:0]  ack_valid_o,
  input  wire logic [LANES-1:0] ack_ready_i,
  output logic [7:0]        ack_is_window_o,
  output logic [7:0][7:0]   ack_owner_o,
  output logic [7:0][15:0]  ack_tile_o,
  output logic [7:0][7:0]   ack_bytes_o,
  output logic              report_valid_o,
  input  wire logic         report_ready_i,
  output logic [7:0]        report_src_o,
  output logic [7:0]        report_region_o,
  output logic [23:0]       report_rows_o,
  output logic [LANES-1:0]  refused_o,
  output logic [7:0][3:0]   refused_cause_o,
  output logic [LANES*128-1:0] refused_header_o,
  output logic [LANES-1:0]  memory_refused_o,
  output logic [7:0][3:0]   memory_cause_o,
  output logic [LANES*128-1:0] memory_header_o,
  output logic [3:0]        stat_rx_packets_o,
  output logic [11:0]       stat_wr_bytes_o,
  output logic [7:0]        stat_hits_o,
  output logic [3:0]        stat_allocs_o,
  output logic [3:0]        stat_spills_o,
  output logic [3:0]        stat_fills_o,
  output logic [3:0]        stat_rows_done_o,
  output logic              table_error_o,
  output logic              waits_o,
  output logic              busy_o,
  output logic              on_o
);
  localparam int unsigned IdW = $clog2(OUTSTANDING);

  hub_cfg_t         cfg;
  region_cfg_t      region     [REGIONS];
  logic [PEERS-1:0] region_src [REGIONS];
  window_cfg_t      window     [WINDOWS];
  logic [PEERS-1:0] window_src [WINDOWS];

  hub_cfg_t cfg_d;
  always_comb begin
    cfg_d            = '0;
    cfg_d.enable     = cfg_enable_i;
    cfg_d.self       = cfg_self_i;
    cfg_d.set_mask   = cfg_set_mask_i;
    cfg_d.spill_base = cfg_spill_base_i;
  end
  always_ff @(posedge clk_i or negedge rst_ni)
    if (!rst_ni) cfg <= '0;
    else         cfg <= cfg_d;

  // The registers here are clocked with the unit.
  logic on;
  assign on_o = on || region_we_i || window_we_i || cfg != cfg_d;

  for (genvar r = 0; r < REGIONS; r++) begin : gen_region
    always_ff @(posedge clk_i or negedge rst_ni)
      if (!rst_ni) begin
        region[r]     <= '0;
        region_src[r] <= '0;
      end else if (region_we_i && idx_i == 8'(r)) begin
        region[r] <= '{enable: entry_enable_i, gen: entry_gen_i, base: entry_base_i[47:7],
                       row_bytes: entry_row_bytes_i, capacity: entry_capacity_i,
                       tile_rows_log2: entry_log2_i[3:0], tile_base: entry_tile_base_i};
        region_src[r] <= PEERS'(entry_src_i);
      end
  end
  for (genvar w = 0; w < WINDOWS; w++) begin : gen_window
    always_ff @(posedge clk_i or negedge rst_ni)
      if (!rst_ni) begin
        window[w]     <= '0;
        window_src[w] <= '0;
      end else if (window_we_i && idx_i == 8'(w)) begin
        window[w] <= '{enable: entry_enable_i, base: entry_base_i[47:7], limit: entry_limit_i[47:7],
                       tiled: entry_tiled_i, tile_log2: entry_log2_i, tile_base: entry_tile_base_i,
                       tile_count: 16'd1, tile_bytes: '0, last_tile_bytes: '0};
        window_src[w] <= PEERS'(entry_src_i);
      end
  end

  packet_t                    loop_packet [LANES];
  ack_t                       ack [LANES];
  refusal_t                   refusal [LANES], memory_refusal [LANES];
  report_t                    report;
  ingress_stat_t              stat;
  logic [LANES-1:0][IdW-1:0]  aw_id, b_id;
  logic [LANES-1:0][AddrW-1:0] aw_addr;
  logic [LANES-1:0][1:0]      b_resp;

  always_comb begin
    aw_id_o         = '0;
    aw_addr_o       = '0;
    ack_is_window_o = '0;
    ack_owner_o     = '0;
    ack_tile_o      = '0;
    ack_bytes_o     = '0;
    refused_cause_o = '0;
    memory_cause_o  = '0;
    for (int l = 0; l < LANES; l++) begin
      loop_packet[l]     = {loop_header_i[128*l+:128], loop_strb_i[128*l+:128], loop_data_i[1024*l+:1024]};
      aw_id_o[l]         = 16'(aw_id[l]);
      aw_addr_o[l]       = 64'(aw_addr[l]);
      b_id[l]            = IdW'(b_id_i[l]);
      b_resp[l]          = {b_error_i[l], 1'b0};
      ack_is_window_o[l] = ack[l].is_window;
      ack_owner_o[l]     = ack[l].owner;
      ack_tile_o[l]      = ack[l].tile;
      ack_bytes_o[l]     = ack[l].bytes;
      refused_cause_o[l] = refusal[l].cause;
      memory_cause_o[l]  = memory_refusal[l].cause;
      refused_header_o[128*l+:128] = refusal[l].header;
      memory_header_o[128*l+:128]  = memory_refusal[l].header;
    end
  end
  assign {report_src_o, report_region_o, report_rows_o} = report;
  assign {stat_rx_packets_o, stat_wr_bytes_o, stat_hits_o, stat_allocs_o, stat_spills_o, stat_fills_o,
          stat_rows_done_o} = stat;

  addr_alloc #(
    .LANES(LANES), .PEERS(PEERS), .BANKS(BANKS), .SETS(SETS), .WAYS(WAYS), .REGIONS(REGIONS), .WINDOWS(WINDOWS),
    .DEPTH(DEPTH), .OUTSTANDING(OUTSTANDING), .SPILL_SLOTS(SPILL_SLOTS), .MISS_CTX(MISS_CTX)
  ) u_dut (
    .clk_i, .rst_ni, .cfg_i(cfg), .region_i(region), .region_src_i(region_src), .window_i(window),
    .window_src_i(window_src), .init_valid_i, .init_is_window_i, .init_idx_i, .init_done_o, .flush_valid_i,
    .flush_done_o, .inject_i,
    .rx_tvalid_i(rx_valid_i), .rx_tready_o(rx_ready_o), .rx_tdata_i(rx_data_i), .rx_tstrb_i(rx_strb_i),
    .rx_tuser_i(rx_header_i), .rx_tlast_i(rx_last_i),
    .loop_valid_i, .loop_ready_o, .loop_packet_i(loop_packet),
    .m_awvalid_o(aw_valid_o), .m_awready_i(aw_ready_i), .m_awid_o(aw_id), .m_awaddr_o(aw_addr),
    .m_wvalid_o(w_valid_o), .m_wready_i(w_ready_i), .m_wdata_o(w_data_o), .m_wstrb_o(w_strb_o), .m_wlast_o(w_last_o),
    .m_bvalid_i(b_valid_i), .m_bready_o(b_ready_o), .m_bid_i(b_id), .m_bresp_i(b_resp),
    .s_awvalid_o, .s_awready_i, .s_awid_o, .s_awaddr_o, .s_wvalid_o, .s_wready_i, .s_wdata_o, .s_bvalid_i,
    .s_bready_o, .s_bid_i, .s_bresp_i, .s_arvalid_o, .s_arready_i, .s_arid_o, .s_araddr_o, .s_arlen_o, .s_rvalid_i,
    .s_rready_o, .s_rid_i, .s_rdata_i, .s_rresp_i, .s_rlast_i,
    .ack_valid_o, .ack_ready_i, .ack_o(ack), .report_valid_o, .report_ready_i, .report_o(report),
    .refused_o, .refusal_o(refusal), .memory_refused_o, .memory_refusal_o(memory_refusal),
    .stat_o(stat), .table_error_o, .waits_o, .busy_o, .on_o(on)
  );

endmodule
