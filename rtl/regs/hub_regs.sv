// Registers of the hub: AXI4-Lite in, configuration out, refusals and statistics counted.
//
// Wires the front to the blocks that hold the registers; the address chooses whose answer counts. An access
// takes six cycles from the last of its channels to the response. docs/registers.md has the map.
`default_nettype none
`include "common/registers.svh"

module hub_regs
  import hub_pkg::*;
  import hub_regs_pkg::*;
#(
  parameter int unsigned LANES    = 4,     // 1..8
  parameter int unsigned PEERS    = 8,     // 2..96
  parameter int unsigned ENTRIES  = 64,
  parameter int unsigned BANKS    = 16,
  parameter int unsigned SETS     = 64,    // power of two, up to 65536
  parameter int unsigned WAYS     = 4,
  parameter int unsigned REGIONS  = 64,    // 1..256
  parameter int unsigned WINDOWS  = 8,     // 1..16
  parameter int unsigned TILES    = 1024,  // 2..65536
  parameter int unsigned REFUSALS = 13     // 1..64
) (
  input  wire logic                clk_i,
  input  wire logic                rst_ni,

  input  wire logic                c_awvalid_i,
  output logic                     c_awready_o,
  input  wire logic [15:0]         c_awaddr_i,
  input  wire logic [2:0]          c_awprot_i,
  input  wire logic                c_wvalid_i,
  output logic                     c_wready_o,
  input  wire logic [31:0]         c_wdata_i,
  input  wire logic [3:0]          c_wstrb_i,
  output logic                     c_bvalid_o,
  input  wire logic                c_bready_i,
  output logic [1:0]               c_bresp_o,
  input  wire logic                c_arvalid_i,
  output logic                     c_arready_o,
  input  wire logic [15:0]         c_araddr_i,
  input  wire logic [2:0]          c_arprot_i,
  output logic                     c_rvalid_o,
  input  wire logic                c_rready_i,
  output logic [31:0]              c_rdata_o,
  output logic [1:0]               c_rresp_o,

  output hub_cfg_t                 cfg_o,
  output logic [PEERS-1:0]         peer_en_o,
  output region_cfg_t              region_o     [REGIONS],
  output logic [PEERS-1:0]         region_src_o [REGIONS],
  output logic [REGIONS-1:0]       region_live_o,
  output window_cfg_t              window_o     [WINDOWS],
  output logic [PEERS-1:0]         window_src_o [WINDOWS],

  output logic [1:0]               init_valid_o,      // [1] addr_alloc, [0] flow_sched
  output logic                     init_is_window_o,
  output logic [RegionW-1:0]       init_idx_o,
  input  wire logic [1:0]          init_done_i,
  output logic                     flush_valid_o,
  input  wire logic                flush_done_i,
  output logic                     inject_rat_o,
  output logic                     inject_tile_o,
  output logic                     inject_count_o,

  input  wire logic [REFUSALS-1:0] refused_i,
  input  wire refusal_t            refusal_i [REFUSALS],
  input  wire egress_stat_t        egress_stat_i,
  input  wire ingress_stat_t       ingress_stat_i,
  input  wire flow_stat_t          flow_stat_i,
  input  wire logic                table_error_i,
  input  wire logic [REGIONS-1:0]  region_done_i,
  input  wire logic [WINDOWS-1:0]  window_done_i,
  input  wire logic                all_ready_i,
  input  wire logic                datapath_busy_i,
  output logic                     busy_o,
  output logic                     on_o,            // the next edge matters: busy, or an input of this cycle
  output logic                     irq_o
);

  if (SETS < 1 || SETS > 65536 || (SETS & (SETS - 1)) != 0)
    $fatal(1, "hub_regs: SETS must be a power of two, 1..65536");

  // ---- access: one block at a time -------------------------------------------------------------------------
  typedef enum logic [2:0] {Config, Errors, Stats, Windows, Regions, Nothing} block_e;

  access_t access, to_config, to_errors, to_stats, to_windows, to_regions;
  answer_t answer, of_config, of_errors, of_stats, of_windows, of_regions;
  block_e  target_d, target;                 // of the address, registered: it is stable for four cycles

  always_comb begin
    if (access.addr[1:0] != '0)               target_d = Nothing;
    else if (access.addr >= AddrRegion)       target_d = (access.addr < AddrRegion + 16'h4000) ? Regions : Nothing;
    else if (access.addr >= AddrWindow)       target_d = (access.addr < AddrWindow + 16'h0400) ? Windows : Nothing;
    else if (access.addr >= AddrStat)         target_d = (access.addr < AddrStat + 16'h0100) ? Stats : Nothing;
    else if (access.addr >= AddrIrqStatus)    target_d = Errors;
    else                                      target_d = Config;
  end
  `FFNR(target, target_d)

  function automatic access_t only_if(access_t all, logic mine);
    only_if       = all;
    only_if.write = all.write && mine;
    only_if.read  = all.read && mine;
  endfunction

  assign to_config  = only_if(access, target == Config);
  assign to_errors  = only_if(access, target == Errors);
  assign to_stats   = only_if(access, target == Stats);
  assign to_windows = only_if(access, target == Windows);
  assign to_regions = only_if(access, target == Regions);

  always_comb begin
    case (target)
      Config:  answer = of_config;
      Errors:  answer = of_errors;
      Stats:   answer = of_stats;
      Windows: answer = of_windows;
      Regions: answer = of_regions;
      default: answer = '{error: 1'b1, rdata: '0};
    endcase
  end

  logic front_busy, errors_busy, stats_busy, init_busy, captured, flush, clear;

  axil_front u_front (
    .clk_i, .rst_ni,
    .c_awvalid_i, .c_awready_o, .c_awaddr_i, .c_awprot_i, .c_wvalid_i, .c_wready_o, .c_wdata_i, .c_wstrb_i,
    .c_bvalid_o, .c_bready_i, .c_bresp_o, .c_arvalid_i, .c_arready_o, .c_araddr_i, .c_arprot_i,
    .c_rvalid_o, .c_rready_i, .c_rdata_o, .c_rresp_o,
    .access_o(access), .answer_i(answer), .busy_o(front_busy)
  );

  regs_config #(
    .LANES(LANES), .PEERS(PEERS), .ENTRIES(ENTRIES), .BANKS(BANKS), .SETS(SETS), .WAYS(WAYS),
    .REGIONS(REGIONS), .TILES(TILES)
  ) u_config (
    .clk_i, .rst_ni, .access_i(to_config), .answer_o(of_config),
    .status_i({captured, all_ready_i, init_busy, datapath_busy_i}),
    .cfg_o, .peer_en_o, .flush_o(flush), .clear_o(clear),
    .inject_rat_o, .inject_tile_o, .inject_count_o
  );

  // ---- regions and windows -----------------------------------------------------------------------------------
  logic               region_start, region_enable, window_start, window_enable;
  logic [RegionW-1:0] region_start_idx, window_start_idx;
  logic [WINDOWS-1:0] window_live;

  regs_regions #(.PEERS(PEERS), .REGIONS(REGIONS), .TILES(TILES)) u_regions (
    .clk_i, .rst_ni, .access_i(to_regions), .answer_o(of_regions),
    .start_o(region_start), .start_idx_o(region_start_idx),
    .enable_i(region_enable), .enable_idx_i(init_idx_o), .done_i(region_done_i),
    .region_o, .region_src_o, .live_o(region_live_o)
  );

  regs_windows #(.PEERS(PEERS), .WINDOWS(WINDOWS), .TILES(TILES)) u_windows (
    .clk_i, .rst_ni, .access_i(to_windows), .answer_o(of_windows),
    .start_o(window_start), .start_idx_o(window_start_idx),
    .enable_i(window_enable), .enable_idx_i(init_idx_o), .done_i(window_done_i),
    .window_o, .window_src_o, .live_o(window_live)
  );

  regs_init #(.REGIONS(REGIONS), .WINDOWS(WINDOWS)) u_init (
    .clk_i, .rst_ni, .flush_i(flush),
    .region_start_i(region_start), .region_start_idx_i(region_start_idx), .region_live_i(region_live_o),
    .window_start_i(window_start), .window_start_idx_i(window_start_idx), .window_live_i(window_live),
    .init_valid_o, .init_is_window_o, .init_idx_o, .init_done_i,
    .flush_valid_o, .flush_done_i,
    .region_enable_o(region_enable), .window_enable_o(window_enable), .busy_o(init_busy)
  );

  // ---- refusals, interrupt, statistics -------------------------------------------------------------------------
  regs_errors #(.REFUSALS(REFUSALS)) u_errors (
    .clk_i, .rst_ni, .access_i(to_errors), .answer_o(of_errors), .clear_i(clear),
    .refused_i, .refusal_i, .table_error_i, .all_ready_i,
    .captured_o(captured), .irq_o, .busy_o(errors_busy)
  );

  regs_stats u_stats (
    .clk_i, .rst_ni, .access_i(to_stats), .answer_o(of_stats), .clear_i(clear),
    .egress_i(egress_stat_i), .ingress_i(ingress_stat_i), .flow_i(flow_stat_i), .busy_o(stats_busy)
  );

  assign busy_o = front_busy || init_busy || errors_busy || stats_busy || flush || clear
                  || inject_rat_o || inject_tile_o || inject_count_o;
  assign on_o = busy_o || c_awvalid_i || c_wvalid_i || c_arvalid_i || refused_i != '0 || table_error_i
                || {egress_stat_i, ingress_stat_i, flow_stat_i} != '0;

endmodule

`default_nettype wire
