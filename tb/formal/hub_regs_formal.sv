// Registers of a small hub, all inputs free but that initialisation is done only when it is asked for.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module hub_regs_formal
  import hub_pkg::*;
#(
  parameter int unsigned LANES = 1, PEERS = 2, SETS = 4, REGIONS = 2, WINDOWS = 2, TILES = 16, REFUSALS = 1
) (
  input wire logic                clk_i,
  input wire logic                awvalid_i,
  input wire logic [15:0]         awaddr_i,
  input wire logic [2:0]          awprot_i,
  input wire logic                wvalid_i,
  input wire logic [31:0]         wdata_i,
  input wire logic [3:0]          wstrb_i,
  input wire logic                bready_i,
  input wire logic                arvalid_i,
  input wire logic [15:0]         araddr_i,
  input wire logic [2:0]          arprot_i,
  input wire logic                rready_i,
  input wire logic [1:0]          init_done_i,
  input wire logic                flush_done_i,
  input wire logic [REFUSALS-1:0] refused_i,
  input wire refusal_t            refusal_i [REFUSALS],
  input wire egress_stat_t        egress_stat_i,
  input wire ingress_stat_t       ingress_stat_i,
  input wire flow_stat_t          flow_stat_i,
  input wire logic                table_error_i,
  input wire logic [REGIONS-1:0]  region_done_i,
  input wire logic [WINDOWS-1:0]  window_done_i,
  input wire logic                all_ready_i,
  input wire logic                datapath_busy_i,
  input wire logic [15:0]         watch_i
);

  logic               rst_ni, awready, wready, bvalid, arready, rvalid, init_is_window, flush_valid;
  logic [1:0]         bresp, rresp, init_valid;
  logic [31:0]        rdata;
  logic [15:0]        watch_q;
  hub_cfg_t           cfg;
  logic [PEERS-1:0]   peer_en;
  region_cfg_t        region     [REGIONS];
  logic [PEERS-1:0]   region_src [REGIONS];
  logic [REGIONS-1:0] region_live;
  window_cfg_t        window     [WINDOWS];
  logic [PEERS-1:0]   window_src [WINDOWS];
  logic [RegionW-1:0] init_idx;

  formal_reset u_reset (.clk_i, .rst_no(rst_ni));
  `FFLNR(watch_q, watch_i, !rst_ni)

  hub_regs #(
    .LANES(LANES), .PEERS(PEERS), .ENTRIES(4), .BANKS(2), .SETS(SETS), .WAYS(2), .REGIONS(REGIONS), .WINDOWS(WINDOWS),
    .TILES(TILES), .REFUSALS(REFUSALS)
  ) u_dut (
    .clk_i, .rst_ni,
    .c_awvalid_i(awvalid_i), .c_awready_o(awready), .c_awaddr_i(awaddr_i), .c_awprot_i(awprot_i),
    .c_wvalid_i(wvalid_i), .c_wready_o(wready), .c_wdata_i(wdata_i), .c_wstrb_i(wstrb_i),
    .c_bvalid_o(bvalid), .c_bready_i(bready_i), .c_bresp_o(bresp),
    .c_arvalid_i(arvalid_i), .c_arready_o(arready), .c_araddr_i(araddr_i), .c_arprot_i(arprot_i),
    .c_rvalid_o(rvalid), .c_rready_i(rready_i), .c_rdata_o(rdata), .c_rresp_o(rresp),
    .cfg_o(cfg), .peer_en_o(peer_en), .region_o(region), .region_src_o(region_src), .region_live_o(region_live),
    .window_o(window), .window_src_o(window_src),
    .init_valid_o(init_valid), .init_is_window_o(init_is_window), .init_idx_o(init_idx), .init_done_i,
    .flush_valid_o(flush_valid), .flush_done_i,
    .inject_rat_o(), .inject_tile_o(), .inject_count_o(),
    .refused_i, .refusal_i, .egress_stat_i, .ingress_stat_i, .flow_stat_i, .table_error_i,
    .region_done_i, .window_done_i, .all_ready_i, .datapath_busy_i, .busy_o(), .on_o(), .irq_o()
  );

  hub_regs_properties #(
    .PEERS(PEERS), .SETS(SETS), .REGIONS(REGIONS), .WINDOWS(WINDOWS), .TILES(TILES)
  ) u_properties (
    .clk_i, .rst_ni, .awvalid_i, .awready_i(awready), .awaddr_i, .awprivileged_i(awprot_i[0]),
    .wvalid_i, .wready_i(wready), .wdata_i, .wstrb_i,
    .bvalid_i(bvalid), .bready_i, .bresp_i(bresp), .arvalid_i, .arready_i(arready), .araddr_i, .arprivileged_i(arprot_i[0]),
    .rvalid_i(rvalid), .rready_i, .rdata_i(rdata), .rresp_i(rresp),
    .cfg_i(cfg), .peer_en_i(peer_en), .region_i(region), .region_src_i(region_src), .region_live_i(region_live),
    .window_i(window), .window_src_i(window_src), .init_valid_i(init_valid), .init_is_window_i(init_is_window),
    .init_idx_i(init_idx), .init_done_i, .flush_valid_i(flush_valid), .flush_done_i, .watch_i(watch_q)
  );

  // The properties keep the addresses and data that the front keeps.
  `ASSERT(SameWriteAddress, !u_dut.u_front.aw_q || u_dut.u_front.awaddr_q == u_properties.awaddr_q)
  `ASSERT(SameReadAddress, !u_dut.u_front.ar_q || u_dut.u_front.araddr_q == u_properties.araddr_q)
  `ASSERT(SameData, !u_dut.u_front.w_q || (u_dut.u_front.wdata_q == u_properties.wdata_q &&
                                           u_dut.u_front.partial_q == (u_properties.wstrb_q != '1)))

endmodule

`default_nettype wire
