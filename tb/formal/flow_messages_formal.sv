// The whole of flow_sched, one lane, two regions and a window; configuration and all inputs free in every cycle.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module flow_messages_formal
  import hub_pkg::*;
#(
  parameter int unsigned LANES = 1, PEERS = 2, REGIONS = 2, WINDOWS = 1, TILES = 8
) (
  input wire logic               clk_i,
  input wire region_cfg_t        region_i     [REGIONS],
  input wire logic [PEERS-1:0]   region_src_i [REGIONS],
  input wire logic [REGIONS-1:0] region_live_i,
  input wire window_cfg_t        window_i     [WINDOWS],
  input wire logic               init_valid_i,
  input wire logic               init_is_window_i,
  input wire logic               init_idx_i,
  input wire logic               ack_valid_i,
  input wire ack_t               ack_i,
  input wire logic               report_valid_i,
  input wire logic               report_src_i,
  input wire logic               report_region_i,
  input wire logic [RowW-1:0]    report_rows_i,
  input wire logic               tile_ready_i
);

  logic               rst_ni, all_ready;
  logic [0:0]         ack_ready;
  logic [REGIONS-1:0] region_done;
  ack_t               ack [1];
  formal_reset u_reset (.clk_i, .rst_no(rst_ni));
  assign ack[0] = ack_i;

  flow_sched #(.LANES(LANES), .PEERS(PEERS), .REGIONS(REGIONS), .WINDOWS(WINDOWS), .TILES(TILES)) u_dut (
    .clk_i, .rst_ni, .region_i, .region_src_i, .region_live_i, .window_i,
    .init_valid_i, .init_is_window_i, .init_idx_i(RegionW'(init_idx_i)), .init_done_o(), .inject_i(1'b0),
    .ack_valid_i, .ack_ready_o(ack_ready), .ack_i(ack), .report_valid_i, .report_ready_o(),
    .report_i('{src: GpuW'(report_src_i), region: RegionW'(report_region_i), rows: report_rows_i}),
    .tile_tvalid_o(), .tile_tready_i(tile_ready_i), .tile_tdata_o(), .region_done_o(region_done), .window_done_o(),
    .all_ready_o(all_ready), .refused_o(), .refusal_o(), .stat_o(), .table_error_o(), .busy_o(), .on_o()
  );

  flow_messages_properties #(.REGIONS(REGIONS)) u_properties (
    .clk_i, .rst_ni, .live_i(region_live_i), .enabled_i({region_i[1].enable, region_i[0].enable}), .done_i(region_done),
    .all_ready_i(all_ready), .space_i(u_dut.space), .said_valid_i(u_dut.msg_valid), .said_i(u_dut.msg),
    .done_valid_i(u_dut.done_valid), .done_msg_i(u_dut.done),
    .done_taken_i(u_dut.u_owners.done_valid_o && u_dut.u_owners.done_ready_i),
    .cancel_valid_i(u_dut.cancel_valid), .cancel_msg_i(u_dut.cancel),
    .cancel_taken_i(u_dut.u_closer.cancel_valid_o && u_dut.u_closer.cancel_ready_i),
    .event_taken_i(u_dut.u_events.valid_o && u_dut.u_events.ready_i),
    .tile_taken_i(u_dut.u_events.valid_o && u_dut.u_events.ready_i && u_dut.u_events.event_o.ready),
    .tile_i(u_dut.event_who), .tile_rows_i(u_dut.tile_event.rows)
  );

endmodule

`default_nettype wire
