// hub_regs with the same pins for every parameter set. Refusal input i carries a header whose `row` is i and
// the cause given for it. One region and one window are watched at a time.
// Included right behind `module <name>`, after REGS_* have been defined.
  import hub_pkg::*;
#(
  parameter int unsigned LANES = `REGS_LANES, PEERS = `REGS_PEERS, REGIONS = `REGS_REGIONS,
  parameter int unsigned WINDOWS = `REGS_WINDOWS, TILES = `REGS_TILES, SETS = `REGS_SETS,
  parameter int unsigned REFUSALS = 3 * LANES + 1
) (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,

  input  wire logic         c_awvalid_i,
  output logic              c_awready_o,
  input  wire logic [15:0]  c_awaddr_i,
  input  wire logic [2:0]   c_awprot_i,
  input  wire logic         c_wvalid_i,
  output logic              c_wready_o,
  input  wire logic [31:0]  c_wdata_i,
  input  wire logic [3:0]   c_wstrb_i,
  output logic              c_bvalid_o,
  input  wire logic         c_bready_i,
  output logic [1:0]        c_bresp_o,
  input  wire logic         c_arvalid_i,
  output logic              c_arready_o,
  input  wire logic [15:0]  c_araddr_i,
  input  wire logic [2:0]   c_arprot_i,
  output logic              c_rvalid_o,
  input  wire logic         c_rready_i,
  output logic [31:0]       c_rdata_o,
  output logic [1:0]        c_rresp_o,

  // hub_cfg_t, field by field
  output logic              enable_o,
  output logic [7:0]        self_o,
  output logic [11:0]       policy_o,
  output logic [15:0]       tick_o,
  output logic [3:0]        merge_age_o,
  output logic [3:0]        deadline_age_o,
  output logic [11:0]       credits_o,
  output logic [15:0]       set_mask_o,
  output logic [47:0]       spill_base_o,
  output logic [95:0]       peer_en_o,

  input  wire logic [7:0]   watch_i,
  output logic              reg_enable_o,
  output logic [7:0]        reg_gen_o,
  output logic [40:0]       reg_base_o,
  output logic [16:0]       reg_row_bytes_o,
  output logic [19:0]       reg_capacity_o,
  output logic [3:0]        reg_log2_o,
  output logic [15:0]       reg_tile_base_o,
  output logic [95:0]       reg_src_o,
  output logic              reg_live_o,
  output logic              win_enable_o,
  output logic [40:0]       win_base_o,
  output logic [40:0]       win_limit_o,
  output logic              win_tiled_o,
  output logic [5:0]        win_log2_o,
  output logic [15:0]       win_tile_base_o,
  output logic [15:0]       win_count_o,
  output logic [31:0]       win_bytes_o,
  output logic [31:0]       win_last_bytes_o,
  output logic [95:0]       win_src_o,

  output logic [1:0]        init_valid_o,
  output logic              init_is_window_o,
  output logic [7:0]        init_idx_o,
  input  wire logic [1:0]   init_done_i,
  output logic              flush_valid_o,
  input  wire logic         flush_done_i,
  output logic [2:0]        inject_o,        // row table, tile table, row counters

  input  wire logic [31:0]  refused_i,       // low REFUSALS bits
  input  wire logic [127:0] cause_i,         // 4 bits each
  input  wire logic         preset_i,        // cause 2's counter to almost full
  input  wire logic [28:0]  egress_stat_i,
  input  wire logic [39:0]  ingress_stat_i,
  input  wire logic [21:0]  flow_stat_i,
  input  wire logic         table_error_i,
  input  wire logic [255:0] region_done_i,
  input  wire logic [15:0]  window_done_i,
  input  wire logic         all_ready_i,
  input  wire logic         datapath_busy_i,
  output logic              busy_o,
  output logic              on_o,
  output logic              irq_o
);

  hub_cfg_t           cfg;
  logic [PEERS-1:0]   peer_en;
  region_cfg_t        region     [REGIONS];
  logic [PEERS-1:0]   region_src [REGIONS];
  logic [REGIONS-1:0] live;
  window_cfg_t        window     [WINDOWS];
  logic [PEERS-1:0]   window_src [WINDOWS];
  refusal_t           refusal    [REFUSALS];
  logic               on;

  for (genvar i = 0; i < REFUSALS; i++) begin : gen_refusal
    header_t header;
    always_comb begin
      header      = '0;
      header.kind = KindSt;
      header.row  = RowW'(i);
      header.addr = 48'h123456789a80;
    end
    assign refusal[i] = '{cause: refuse_e'(cause_i[4*i+:4]), header: header};
  end

  hub_regs #(
    .LANES(LANES), .PEERS(PEERS), .ENTRIES(32), .BANKS(16), .SETS(SETS), .WAYS(4), .REGIONS(REGIONS),
    .WINDOWS(WINDOWS), .TILES(TILES), .REFUSALS(REFUSALS)
  ) u_dut (
    .clk_i, .rst_ni,
    .c_awvalid_i, .c_awready_o, .c_awaddr_i, .c_awprot_i, .c_wvalid_i, .c_wready_o, .c_wdata_i, .c_wstrb_i,
    .c_bvalid_o, .c_bready_i, .c_bresp_o, .c_arvalid_i, .c_arready_o, .c_araddr_i, .c_arprot_i,
    .c_rvalid_o, .c_rready_i, .c_rdata_o, .c_rresp_o,
    .cfg_o(cfg), .peer_en_o(peer_en), .region_o(region), .region_src_o(region_src), .region_live_o(live),
    .window_o(window), .window_src_o(window_src),
    .init_valid_o, .init_is_window_o, .init_idx_o, .init_done_i, .flush_valid_o, .flush_done_i,
    .inject_rat_o(inject_o[0]), .inject_tile_o(inject_o[1]), .inject_count_o(inject_o[2]),
    .refused_i(refused_i[REFUSALS-1:0]), .refusal_i(refusal),
    .egress_stat_i, .ingress_stat_i, .flow_stat_i, .table_error_i,
    .region_done_i(region_done_i[REGIONS-1:0]), .window_done_i(window_done_i[WINDOWS-1:0]),
    .all_ready_i, .datapath_busy_i, .busy_o, .on_o(on), .irq_o
  );

  hub_regs_properties #(
    .PEERS(PEERS), .SETS(SETS), .REGIONS(REGIONS), .WINDOWS(WINDOWS), .TILES(TILES)
  ) u_properties (
    .clk_i, .rst_ni, .awvalid_i(c_awvalid_i), .awready_i(c_awready_o), .awaddr_i(c_awaddr_i), .awprivileged_i(c_awprot_i[0]),
    .wvalid_i(c_wvalid_i), .wready_i(c_wready_o), .wdata_i(c_wdata_i), .wstrb_i(c_wstrb_i),
    .bvalid_i(c_bvalid_o), .bready_i(c_bready_i), .bresp_i(c_bresp_o),
    .arvalid_i(c_arvalid_i), .arready_i(c_arready_o), .araddr_i(c_araddr_i), .arprivileged_i(c_arprot_i[0]),
    .rvalid_i(c_rvalid_o), .rready_i(c_rready_i), .rdata_i(c_rdata_o), .rresp_i(c_rresp_o),
    .cfg_i(cfg), .peer_en_i(peer_en), .region_i(region), .region_src_i(region_src), .region_live_i(live),
    .window_i(window), .window_src_i(window_src), .init_valid_i(init_valid_o), .init_is_window_i(init_is_window_o),
    .init_idx_i(init_idx_o), .init_done_i, .flush_valid_i(flush_valid_o), .flush_done_i,
    .watch_i(hub_regs_pkg::AddrTimer)
  );

  assign on_o = on || preset_i;

  // A counter close to its end; counting there takes too long.
  always_ff @(posedge clk_i or negedge rst_ni)
    if (rst_ni && preset_i) u_dut.u_errors.count_q[2] <= 32'hfffffffd;

  assign {enable_o, self_o, policy_o, tick_o, merge_age_o, deadline_age_o, credits_o, set_mask_o, spill_base_o} = cfg;
  assign peer_en_o = 96'(peer_en);
  assign {reg_enable_o, reg_gen_o, reg_base_o, reg_row_bytes_o, reg_capacity_o, reg_log2_o, reg_tile_base_o} =
    region[32'(watch_i) % REGIONS];
  assign reg_src_o  = 96'(region_src[32'(watch_i) % REGIONS]);
  assign reg_live_o = live[32'(watch_i) % REGIONS];
  assign {win_enable_o, win_base_o, win_limit_o, win_tiled_o, win_log2_o, win_tile_base_o, win_count_o, win_bytes_o,
          win_last_bytes_o} = window[32'(watch_i) % WINDOWS];
  assign win_src_o  = 96'(window_src[32'(watch_i) % WINDOWS]);

endmodule
