// Ingress address unit: what arrives gets its LocalRowID, its address and its memory write.
//
// docs/addr_alloc.md has stages, tables, bounds and cost. Latency rx accepted to awvalid: 11 cycles for
// a row, 6 for an ordinary store. Throughput: LANES packets a cycle while their rows are in the table or new.
// This module wires lanes (alloc_lane) to what they share.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module addr_alloc
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned LANES       = 4,    // 1, 2, 4, 8
  parameter int unsigned PEERS       = 8,    // 2..96
  parameter int unsigned BANKS       = 16,   // power of two, at least LANES
  parameter int unsigned SETS        = 64,   // power of two, 1..65536
  parameter int unsigned WAYS        = 4,    // 1..8
  parameter int unsigned REGIONS     = 64,   // 1..256
  parameter int unsigned WINDOWS     = 8,    // 1..16
  parameter int unsigned DEPTH       = 16,   // 2..64
  parameter int unsigned OUTSTANDING = 256,  // power of two, 2..65536
  parameter int unsigned SPILL_SLOTS = 64,   // 1..256
  parameter int unsigned MISS_CTX    = 4,    // 1..16
  localparam int unsigned IdW        = $clog2(OUTSTANDING)
) (
  input  wire logic                          clk_i,
  input  wire logic                          rst_ni,
  input  wire hub_cfg_t                      cfg_i,
  input  wire region_cfg_t                   region_i     [REGIONS],
  input  wire logic [PEERS-1:0]              region_src_i [REGIONS],
  input  wire window_cfg_t                   window_i     [WINDOWS],
  input  wire logic [PEERS-1:0]              window_src_i [WINDOWS],
  input  wire logic                          init_valid_i,
  input  wire logic                          init_is_window_i,
  input  wire logic [RegionW-1:0]            init_idx_i,
  output logic                               init_done_o,
  input  wire logic                          flush_valid_i,
  output logic                               flush_done_o,
  input  wire logic                          inject_i,

  input  wire logic [LANES-1:0]              rx_tvalid_i,
  output logic [LANES-1:0]                   rx_tready_o,
  input  wire logic [LANES-1:0][LineBits-1:0]   rx_tdata_i,
  input  wire logic [LANES-1:0][LineBytes-1:0]  rx_tstrb_i,
  input  wire logic [LANES-1:0][HeaderBits-1:0] rx_tuser_i,
  input  wire logic [LANES-1:0]              rx_tlast_i,
  input  wire logic [LANES-1:0]              loop_valid_i,
  output logic [LANES-1:0]                   loop_ready_o,
  input  wire packet_t                       loop_packet_i [LANES],

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

  output logic [LANES-1:0]                   ack_valid_o,
  input  wire logic [LANES-1:0]              ack_ready_i,
  output ack_t                               ack_o [LANES],
  output logic                               report_valid_o,
  input  wire logic                          report_ready_i,
  output report_t                            report_o,
  output logic [LANES-1:0]                   refused_o,
  output refusal_t                           refusal_o [LANES],
  output logic [LANES-1:0]                   memory_refused_o,
  output refusal_t                           memory_refusal_o [LANES],
  output ingress_stat_t                      stat_o,
  output logic                               table_error_o,
  output logic                               waits_o,     // memory has writes that it has not acknowledged
  output logic                               busy_o,
  output logic                               on_o         // the next edge matters: busy, or an input of this cycle
);

  if (LANES < 1 || LANES > 8 || (LANES & (LANES - 1)) != 0)
    $fatal(1, "addr_alloc: LANES must be 1, 2, 4 or 8");
  if (BANKS < LANES || (BANKS & (BANKS - 1)) != 0)
    $fatal(1, "addr_alloc: BANKS must be a power of two and at least LANES");

  localparam int unsigned SlotW = $clog2(DEPTH);
  localparam int unsigned SumW  = $clog2((DEPTH + 1) / 2 * LineBytes + 1);
  localparam int unsigned SidW  = (BANKS * SETS > 1) ? $clog2(BANKS * SETS) : 1;
  localparam int unsigned SetW  = (SETS > 1) ? $clog2(SETS) : 1;
  localparam int unsigned CtxW  = (MISS_CTX > 1) ? $clog2(MISS_CTX) : 1;

  // ---- input and checks -----------------------------------------------------------------------------------
  logic             shut;
  logic [LANES-1:0] take, truncated, report_ready, report_pending, report_push;
  header_t          header [LANES];
  strb_t            strb [LANES];
  logic [SlotW-1:0] claim_slot [LANES], fill_slot [LANES];
  logic [LANES-1:0] fill_valid;
  fill_e            fill [LANES];
  row_key_t         fill_key [LANES];
  refuse_e          fill_cause [LANES];
  meta_t            fill_meta [LANES];
  report_t          report [LANES];

  // Entries of the region table that packets, lookups and spilled rows name. Read here, so that the table is
  // not handed through the hierarchy.
  localparam int unsigned RegionIdxW = (REGIONS > 1) ? $clog2(REGIONS) : 1;
  region_cfg_t        packet_region [LANES];
  logic [PEERS-1:0]   packet_source [LANES];
  logic [RegionW-1:0] t1_region [LANES], beat_region;
  logic [RowBytesW-1:0] row_bytes [LANES];
  logic [LocalW-1:0]  capacity [LANES];
  logic [GenW-1:0]    beat_gen;
  logic               beat_enable;

  for (genvar l = 0; l < LANES; l++) begin : gen_region_read
    alloc_region_read #(.PEERS(PEERS), .REGIONS(REGIONS)) u_read (
      .region_i, .region_src_i,
      .packet_idx_i(header[l].region), .packet_region_o(packet_region[l]), .packet_source_o(packet_source[l]),
      .t1_idx_i(t1_region[l]), .row_bytes_o(row_bytes[l]), .capacity_o(capacity[l])
    );
  end
  assign beat_enable = region_i[RegionIdxW'(beat_region)].enable;
  assign beat_gen    = region_i[RegionIdxW'(beat_region)].gen;

  alloc_check #(
    .LANES(LANES), .PEERS(PEERS), .REGIONS(REGIONS), .WINDOWS(WINDOWS), .DEPTH(DEPTH)
  ) u_check (
    .clk_i, .rst_ni, .self_i(cfg_i.self), .region_i(packet_region), .region_src_i(packet_source),
    .window_i, .window_src_i,
    .take_i(take), .header_i(header), .strb_i(strb), .truncated_i(truncated), .slot_i(claim_slot),
    .fill_valid_o(fill_valid), .fill_o(fill), .fill_slot_o(fill_slot), .fill_key_o(fill_key),
    .fill_cause_o(fill_cause), .fill_meta_o(fill_meta),
    .report_pending_o(report_pending), .report_valid_o(report_push), .report_o(report)
  );

  logic reports_busy;
  alloc_reports #(.LANES(LANES)) u_reports (
    .clk_i, .rst_ni, .push_valid_i(report_push), .push_ready_o(report_ready), .push_i(report),
    .report_valid_o, .report_ready_i, .report_o, .busy_o(reports_busy)
  );

  // ---- lookups --------------------------------------------------------------------------------------------
  logic [LANES-1:0]    nominee_valid, win, park, hold, leave, through;
  nominee_t            nominee [LANES];
  logic [SidW-1:0]     sid [LANES], t1_sid [LANES], t2_sid [LANES], t3_sid [LANES], t4_sid [LANES];
  logic [LANES-1:0]    t1_valid, t2_valid, t3_valid, t4_valid, t4_park;
  logic [CtxW-1:0]     ctx [LANES];
  logic [MISS_CTX-1:0] ctx_busy, ctx_go, ctx_release, ctx_writes;
  row_key_t            ctx_key [MISS_CTX];
  logic [SidW-1:0]     ctx_sid [MISS_CTX];
  verdict_t            verdict [MISS_CTX];
  logic                write_valid, write_ready, stop, drain, walk, walk_all, clear, clear_all, clear_used;
  logic [SidW-1:0]     write_sid;
  entry_t [WAYS-1:0]   write_ways;
  set_head_t           write_head;
  logic [SetW-1:0]     walk_set;
  logic                owner_is_window;  // of what is initialised
  logic [RegionW-1:0]  owner_idx;
  result_t             result [LANES];
  logic [LANES-1:0][LANES-1:0][1:0][SumW-1:0] sum;
  logic [LANES-1:0]    miss, miss_taken, allocated, finished, table_error;
  logic                miss_room, miss_wake, init_wake, spilled, filled;
  row_key_t            miss_key [LANES];
  entry_t [WAYS-1:0]   miss_ways [LANES];
  set_head_t           miss_head [LANES];

  alloc_nominate #(.LANES(LANES), .BANKS(BANKS), .SETS(SETS), .MISS_CTX(MISS_CTX)) u_nominate (
    .clk_i, .rst_ni, .set_mask_i(cfg_i.set_mask), .stop_i(stop),
    .nominee_valid_i(nominee_valid), .nominee_i(nominee),
    .t1_valid_i(t1_valid), .t2_valid_i(t2_valid), .t3_valid_i(t3_valid), .t4_valid_i(t4_valid),
    .t1_sid_i(t1_sid), .t2_sid_i(t2_sid), .t3_sid_i(t3_sid), .t4_sid_i(t4_sid),
    .ctx_busy_i(ctx_busy), .ctx_go_i(ctx_go), .ctx_key_i(ctx_key), .ctx_sid_i(ctx_sid),
    .ctx_write_i(ctx_writes),
    .win_o(win), .park_o(park), .hold_o(hold), .leave_o(leave), .sid_o(sid), .through_o(through), .ctx_o(ctx)
  );

  alloc_lookup #(
    .LANES(LANES), .BANKS(BANKS), .SETS(SETS), .WAYS(WAYS), .REGIONS(REGIONS), .DEPTH(DEPTH),
    .MISS_CTX(MISS_CTX)
  ) u_lookup (
    .clk_i, .rst_ni, .inject_i, .t1_region_o(t1_region), .row_bytes_i(row_bytes), .capacity_i(capacity),
    .start_i(win), .nominee_i(nominee), .sid_i(sid), .through_i(through), .ctx_i(ctx),
    .t1_valid_o(t1_valid), .t2_valid_o(t2_valid), .t3_valid_o(t3_valid), .t4_valid_o(t4_valid),
    .t1_sid_o(t1_sid), .t2_sid_o(t2_sid), .t3_sid_o(t3_sid), .t4_sid_o(t4_sid),
    .sum_i(sum), .result_o(result), .t4_park_o(t4_park), .verdict_i(verdict), .release_o(ctx_release),
    .miss_o(miss), .miss_key_o(miss_key), .miss_ways_o(miss_ways), .miss_head_o(miss_head),
    .miss_taken_i(miss_taken), .miss_room_i(miss_room),
    .write_valid_i(write_valid), .write_ready_o(write_ready), .write_sid_i(write_sid),
    .write_ways_i(write_ways), .write_head_i(write_head),
    .walk_i(walk), .walk_set_i(walk_set), .walk_all_i(walk_all), .clear_i(clear), .clear_all_i(clear_all),
    .init_region_i(owner_idx), .clear_used_o(clear_used),
    .allocated_o(allocated), .finished_o(finished), .error_o(table_error)
  );

  alloc_miss #(
    .LANES(LANES), .BANKS(BANKS), .SETS(SETS), .WAYS(WAYS), .SPILL_SLOTS(SPILL_SLOTS), .MISS_CTX(MISS_CTX)
  ) u_miss (
    .clk_i, .rst_ni, .spill_base_i(cfg_i.spill_base), .drain_i(drain),
    .beat_region_o(beat_region), .beat_enable_i(beat_enable), .beat_gen_i(beat_gen),
    .miss_i(miss), .miss_key_i(miss_key), .miss_sid_i(t3_sid), .miss_ways_i(miss_ways), .miss_head_i(miss_head),
    .taken_o(miss_taken), .room_o(miss_room),
    .busy_o(ctx_busy), .go_o(ctx_go), .key_o(ctx_key), .sid_o(ctx_sid), .verdict_o(verdict),
    .writes_o(ctx_writes), .release_i(ctx_release), .wake_o(miss_wake),
    .write_valid_o(write_valid), .write_ready_i(write_ready), .write_sid_o(write_sid),
    .write_ways_o(write_ways), .write_head_o(write_head),
    .s_awvalid_o, .s_awready_i, .s_awid_o, .s_awaddr_o, .s_wvalid_o, .s_wready_i, .s_wdata_o,
    .s_bvalid_i, .s_bready_o, .s_bid_i, .s_bresp_i, .s_arvalid_o, .s_arready_i, .s_arid_o, .s_araddr_o,
    .s_arlen_o, .s_rvalid_i, .s_rready_o, .s_rid_i, .s_rdata_i, .s_rresp_i, .s_rlast_i,
    .spilled_o(spilled), .filled_o(filled)
  );

  // ---- lanes ----------------------------------------------------------------------------------------------
  logic [LANES-1:0] lane_busy, lane_waits, window_busy, probe_hit, passed;
  logic             probe, mark;
  logic [SlotW:0]   served [LANES];
  logic [ByteCntW-1:0] write_bytes [LANES];

  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    alloc_lane #(.LANES(LANES), .DEPTH(DEPTH), .OUTSTANDING(OUTSTANDING)) u_lane (
      .clk_i, .rst_ni, .self_i(cfg_i.self), .open_i(cfg_i.enable && !shut),
      .rx_tvalid_i(rx_tvalid_i[l]), .rx_tready_o(rx_tready_o[l]), .rx_tdata_i(rx_tdata_i[l]),
      .rx_tstrb_i(rx_tstrb_i[l]), .rx_tuser_i(rx_tuser_i[l]), .rx_tlast_i(rx_tlast_i[l]),
      .loop_valid_i(loop_valid_i[l]), .loop_ready_o(loop_ready_o[l]), .loop_packet_i(loop_packet_i[l]),
      .report_room_i(report_ready[l] && !report_pending[l]),
      .take_o(take[l]), .header_o(header[l]), .strb_o(strb[l]), .truncated_o(truncated[l]),
      .slot_o(claim_slot[l]),
      .fill_valid_i(fill_valid[l]), .fill_i(fill[l]), .fill_slot_i(fill_slot[l]), .fill_key_i(fill_key[l]),
      .fill_cause_i(fill_cause[l]), .fill_meta_i(fill_meta[l]),
      .nominee_valid_o(nominee_valid[l]), .nominee_o(nominee[l]),
      .nominee_valid_i(nominee_valid), .nominee_i(nominee), .win_i(win), .park_i(park), .hold_i(hold),
      .won_i(win[l]), .leave_i(leave[l]), .wake_i(miss_wake || init_wake),
      .sum_o(sum[l]), .result_i(result), .t4_park_i(t4_park), .served_o(served[l]),
      .m_awvalid_o(m_awvalid_o[l]), .m_awready_i(m_awready_i[l]), .m_awid_o(m_awid_o[l]),
      .m_awaddr_o(m_awaddr_o[l]), .m_wvalid_o(m_wvalid_o[l]), .m_wready_i(m_wready_i[l]),
      .m_wdata_o(m_wdata_o[l]), .m_wstrb_o(m_wstrb_o[l]),
      .m_bvalid_i(m_bvalid_i[l]), .m_bready_o(m_bready_o[l]), .m_bid_i(m_bid_i[l]), .m_bresp_i(m_bresp_i[l]),
      .ack_valid_o(ack_valid_o[l]), .ack_ready_i(ack_ready_i[l]), .ack_o(ack_o[l]),
      .refused_o(refused_o[l]), .refusal_o(refusal_o[l]),
      .memory_refused_o(memory_refused_o[l]), .memory_refusal_o(memory_refusal_o[l]),
      .probe_i(probe), .probe_window_i(owner_is_window), .probe_idx_i(owner_idx), .probe_hit_o(probe_hit[l]),
      .mark_i(mark), .passed_o(passed[l]), .write_bytes_o(write_bytes[l]),
      .window_busy_o(window_busy[l]), .waits_o(lane_waits[l]), .busy_o(lane_busy[l])
    );
  end
  assign m_wlast_o = '1;
  logic unused_cfg;
  assign unused_cfg = ^{cfg_i, beat_region};  // fields of egress; bits above REGIONS

  // ---- initialisation -------------------------------------------------------------------------------------
  logic init_busy;
  alloc_init #(.SETS(SETS)) u_init (
    .clk_i, .rst_ni, .init_valid_i, .init_is_window_i, .init_idx_i, .init_done_o,
    .is_window_o(owner_is_window), .idx_o(owner_idx), .flush_valid_i, .flush_done_o,
    .shut_o(shut), .windows_busy_i(window_busy != '0), .probe_o(probe), .probe_hit_i(probe_hit != '0),
    .reports_busy_i(reports_busy), .mark_o(mark), .passed_i(passed == '1), .used_i(clear_used),
    .contexts_busy_i(ctx_busy != '0), .drain_o(drain), .wake_o(init_wake), .stop_o(stop),
    .walk_o(walk), .walk_set_o(walk_set), .all_o(walk_all), .clear_o(clear), .clear_all_o(clear_all),
    .busy_o(init_busy)
  );

  // ---- events ---------------------------------------------------------------------------------------------
  // Packets served are counted a cycle after T3, and with them the rows given. The window is busy meanwhile.
  ingress_stat_t    stat_d;
  logic [LANES-1:0] allocated_q;
  `FF(allocated_q, allocated, '0)
  always_comb begin
    stat_d            = '0;
    stat_d.rx_packets = 4'($countones(take));
    stat_d.rat_allocs = 4'($countones(allocated_q));
    stat_d.rat_spills = 4'(spilled);
    stat_d.rat_fills  = 4'(filled);
    stat_d.rows_done  = 4'($countones(finished));
    for (int unsigned l = 0; l < LANES; l++) begin
      stat_d.rat_hits += 8'(served[l]);
      stat_d.wr_bytes += 12'(write_bytes[l]);
    end
    stat_d.rat_hits -= 8'(stat_d.rat_allocs);
  end
  `FF(stat_o, stat_d, '0)
  `FF(table_error_o, table_error != '0, 1'b0)

  assign on_o    = busy_o || (rx_tvalid_i | loop_valid_i | m_bvalid_i) != '0 || s_bvalid_i || s_rvalid_i ||
                   init_valid_i || flush_valid_i || inject_i;
  assign waits_o = lane_waits != '0;
  assign busy_o  = lane_busy != '0 || reports_busy || ctx_busy != '0 || init_busy || stat_o != '0 || table_error_o;

endmodule

`default_nettype wire
