// flow_sched with the same pins for every parameter set: eight lanes' worth of fields, and the region and
// window configuration in flops behind a write port, as hub_regs would hold it.
// Included right behind `module <name>`, after FLOW_* have been defined.
  import hub_pkg::*;
#(
  parameter int unsigned LANES = `FLOW_LANES, PEERS = `FLOW_PEERS, REGIONS = `FLOW_REGIONS,
  parameter int unsigned WINDOWS = `FLOW_WINDOWS, TILES = `FLOW_TILES
) (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,

  input  wire logic         cfg_we_i,          // region
  input  wire logic         win_we_i,          // window
  input  wire logic         live_we_i,         // region_live bit
  input  wire logic [7:0]   cfg_idx_i,
  input  wire logic         cfg_live_i,
  input  wire logic         cfg_waits_i,       // a region that is written waits: its `enable` is 0
  input  wire logic         flip_i,            // a bit of the owner table's word of region cfg_idx_i
  input  wire logic [16:0]  cfg_row_bytes_i,
  input  wire logic [19:0]  cfg_capacity_i,
  input  wire logic [3:0]   cfg_log2_i,
  input  wire logic [15:0]  cfg_base_i,
  input  wire logic [95:0]  cfg_src_i,
  input  wire logic         cfg_tiled_i,
  input  wire logic [15:0]  cfg_count_i,
  input  wire logic [31:0]  cfg_bytes_i,
  input  wire logic [31:0]  cfg_last_bytes_i,

  input  wire logic         init_valid_i,
  input  wire logic         init_is_window_i,
  input  wire logic [7:0]   init_idx_i,
  output logic              init_done_o,
  input  wire logic         inject_i,

  input  wire logic [7:0]   ack_valid_i,
  output logic [7:0]        ack_ready_o,
  input  wire logic [7:0]   ack_is_window_i,
  input  wire logic [63:0]  ack_owner_i,
  input  wire logic [127:0] ack_tile_i,
  input  wire logic [63:0]  ack_bytes_i,

  input  wire logic         report_valid_i,
  output logic              report_ready_o,
  input  wire logic [7:0]   report_src_i,
  input  wire logic [7:0]   report_region_i,
  input  wire logic [23:0]  report_rows_i,

  output logic              tile_tvalid_o,
  input  wire logic         tile_tready_i,
  output logic [1:0]        tile_kind_o,
  output logic              tile_is_window_o,
  output logic [7:0]        tile_owner_o,
  output logic [15:0]       tile_o,
  output logic [23:0]       tile_count_o,

  output logic [255:0]      region_done_o,
  output logic [15:0]       window_done_o,
  output logic              all_ready_o,
  output logic              refused_o,
  output logic [3:0]        cause_o,
  output logic [3:0]        refused_kind_o,
  output logic [7:0]        refused_src_o,
  output logic [7:0]        refused_region_o,
  output logic [23:0]       refused_row_o,
  output logic              refused_rest_o,    // anything in the other fields
  output logic [3:0]        stat_acks_o,
  output logic              stat_tiles_ready_o,
  output logic [15:0]       stat_tiles_cancelled_o,
  output logic              stat_owners_done_o,
  output logic              table_error_o,
  output logic              busy_o,
  output logic              on_o
);

  region_cfg_t        region     [REGIONS];
  logic [PEERS-1:0]   region_src [REGIONS];
  window_cfg_t        window     [WINDOWS];
  logic [REGIONS-1:0] live;

  // The registers here are clocked with the unit.
  logic on;
  assign on_o = on || cfg_we_i || win_we_i || live_we_i || flip_i;

  always_ff @(posedge clk_i or negedge rst_ni)
    if (!rst_ni) live <= '0;
    else if (live_we_i) live[cfg_idx_i] <= cfg_live_i;
  always_ff @(posedge clk_i) begin
    if (cfg_we_i) begin
      region[cfg_idx_i] <= '{enable: !cfg_waits_i, gen: '0, base: '0, row_bytes: cfg_row_bytes_i,
                             capacity: cfg_capacity_i, tile_rows_log2: cfg_log2_i, tile_base: cfg_base_i};
      region_src[cfg_idx_i] <= PEERS'(cfg_src_i);
    end
    if (win_we_i)
      window[cfg_idx_i] <= '{enable: 1'b1, base: '0, limit: '0, tiled: cfg_tiled_i, tile_log2: 6'd7,
                             tile_base: cfg_base_i, tile_count: cfg_count_i, tile_bytes: cfg_bytes_i,
                             last_tile_bytes: cfg_last_bytes_i};
  end

  ack_t               ack [LANES];
  logic [LANES-1:0]   ack_ready;
  logic [REGIONS-1:0] region_done;
  logic [WINDOWS-1:0] window_done;
  tile_msg_t          msg;
  refusal_t           refusal;
  flow_stat_t         stat;
  for (genvar l = 0; l < LANES; l++) begin : gen_ack
    assign ack[l] = '{is_window: ack_is_window_i[l], owner: ack_owner_i[8*l+:8], tile: ack_tile_i[16*l+:16],
                      bytes: ack_bytes_i[8*l+:8]};
  end
  assign ack_ready_o = 8'(ack_ready);

  flow_sched #(.LANES(LANES), .PEERS(PEERS), .REGIONS(REGIONS), .WINDOWS(WINDOWS), .TILES(TILES)) u_dut (
    .clk_i, .rst_ni, .region_i(region), .region_src_i(region_src), .region_live_i(live), .window_i(window),
    .init_valid_i, .init_is_window_i, .init_idx_i, .init_done_o, .inject_i,
    .ack_valid_i(ack_valid_i[LANES-1:0]), .ack_ready_o(ack_ready), .ack_i(ack),
    .report_valid_i, .report_ready_o,
    .report_i({report_src_i, report_region_i, report_rows_i}),
    .tile_tvalid_o, .tile_tready_i, .tile_tdata_o(msg),
    .region_done_o(region_done), .window_done_o(window_done), .all_ready_o,
    .refused_o, .refusal_o(refusal), .stat_o(stat), .table_error_o, .busy_o, .on_o(on)
  );

  always_ff @(posedge clk_i)
    if (flip_i) u_dut.u_owners.u_table.u_ram.mem[cfg_idx_i] <= u_dut.u_owners.u_table.u_ram.mem[cfg_idx_i] ^ 1'b1;

  assign {tile_kind_o, tile_is_window_o, tile_owner_o, tile_o, tile_count_o} = msg;
  assign region_done_o    = 256'(region_done);
  assign window_done_o    = 16'(window_done);
  assign cause_o          = refusal.cause;
  assign refused_kind_o   = refusal.header.kind;
  assign refused_src_o    = refusal.header.src;
  assign refused_region_o = refusal.header.region;
  assign refused_row_o    = refusal.header.row;
  header_t rest;
  always_comb begin
    rest        = refusal.header;
    rest.kind   = KindNone;
    rest.src    = '0;
    rest.region = '0;
    rest.row    = '0;
  end
  assign refused_rest_o   = rest != '0;
  assign stat_acks_o      = stat.acks;
  assign stat_tiles_ready_o     = stat.tiles_ready;
  assign stat_tiles_cancelled_o = stat.tiles_cancelled;
  assign stat_owners_done_o     = stat.owners_done;

endmodule
