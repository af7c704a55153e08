// Dataflow scheduler: turns acknowledged memory writes into messages to the thread-block scheduler.
//
//   ack_window x LANES   gather acknowledgements by tile
//   tile_pick            choose up to LANES tiles a cycle, one a bank
//   tile_table           count down what each tile waits for
//   tile_events          tiles that became ready, one a cycle
//   owner_table          reports and ready tiles of each region and window
//   region_closer        cancelled and partial tiles once the number of rows is known
//   owner_init           first state of the tables
//   tile_message         the stream out
//
// Acknowledgement to `tile_tvalid_o`: 4 cycles at zero load. Throughput: LANES acknowledgements and one message a
// cycle. Only the scheduler's tile_tready_i can stop it for good. See docs/flow_sched.md.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module flow_sched
  import hub_pkg::*;
#(
  parameter int unsigned LANES   = 4,                            // 1..8, power of two
  parameter int unsigned PEERS   = 8,                            // 2..96
  parameter int unsigned REGIONS = 64,                           // 1..256
  parameter int unsigned WINDOWS = 8,                            // 1..16
  parameter int unsigned TILES   = 1024                          // 2..65536
) (
  input  wire logic               clk_i,
  input  wire logic               rst_ni,
  input  wire region_cfg_t        region_i     [REGIONS],
  input  wire logic [PEERS-1:0]   region_src_i [REGIONS],
  input  wire logic [REGIONS-1:0] region_live_i,                 // enabled, or about to be
  input  wire window_cfg_t        window_i     [WINDOWS],

  input  wire logic               init_valid_i,
  input  wire logic               init_is_window_i,
  input  wire logic [RegionW-1:0] init_idx_i,
  output logic                    init_done_o,
  input  wire logic               inject_i,

  input  wire logic [LANES-1:0]   ack_valid_i,
  output logic [LANES-1:0]        ack_ready_o,
  input  wire ack_t               ack_i [LANES],
  input  wire logic               report_valid_i,
  output logic                    report_ready_o,
  input  wire report_t            report_i,

  output logic                    tile_tvalid_o,
  input  wire logic               tile_tready_i,
  output tile_msg_t               tile_tdata_o,
  output logic [REGIONS-1:0]      region_done_o,
  output logic [WINDOWS-1:0]      window_done_o,
  output logic                    all_ready_o,

  output logic                    refused_o,
  output refusal_t                refusal_o,
  output flow_stat_t              stat_o,
  output logic                    table_error_o,
  output logic                    busy_o,
  output logic                    on_o                           // the next edge matters: busy, or an input of this cycle
);

  if (LANES < 1 || LANES > 8 || (LANES & (LANES - 1)) != 0)
    $fatal(1, "flow_sched: LANES must be a power of two, 1..8");
  if (PEERS < 2 || PEERS > MaxPeers) $fatal(1, "flow_sched: PEERS must be 2..96");
  if (REGIONS < 1 || REGIONS > 256) $fatal(1, "flow_sched: REGIONS must be 1..256");
  if (WINDOWS < 1 || WINDOWS > 16) $fatal(1, "flow_sched: WINDOWS must be 1..16");
  if (TILES < 2 || TILES > 65536) $fatal(1, "flow_sched: TILES must be 2..65536");

  localparam int unsigned WindowDepth  = 6;                      // tiles that a lane waits for
  localparam int unsigned PendW        = 12;
  localparam int unsigned MessageDepth = 4;
  localparam int unsigned Banks        = 4 * LANES;
  localparam int unsigned BankW        = $clog2(Banks);
  localparam int unsigned Rows         = (TILES > 2 * Banks) ? (TILES + Banks - 1) / Banks : 2;
  localparam int unsigned TileIdxW     = $clog2(TILES);
  localparam int unsigned ClassW       = (LANES > 1) ? $clog2(LANES) : 1;

  // ---- acknowledgements wait, gathered by tile --------------------------------------------------------------
  logic              open, find, found, is_op, init_op_valid, init_op_ready, close_op_valid, close_op_ready;
  logic              op_valid, op_ready, table_busy;
  tile_op_t          init_op, close_op, op;
  logic              owner_is_window;                            // of what is initialised
  logic [RegionW-1:0] owner_idx;
  logic [LANES-1:0]  nom_valid, nom_turn, nom_flying, look, win, found_lane, window_busy, room;
  logic [LANES-1:0]  stage1_valid, stage2_valid, event_valid, event_waiting;
  tile_ref_t         nom [LANES];
  tile_ref_t         who [LANES];
  tile_ref_t         stage1 [LANES];
  tile_ref_t         stage2 [LANES];
  tile_event_t       port_event [LANES];
  logic [ClassW-1:0] turn [LANES];
  logic [PendW-1:0]  part [LANES][LANES];

  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    ack_t      ack;
    tile_ref_t ack_who;
    assign ack = ack_i[l];
    assign ack_who.is_window = ack.is_window;
    assign ack_who.owner     = ack.owner;
    assign ack_who.tile      = tile_swizzle(TileW'(ack.tile[TileIdxW-1:0]), BankW);

    ack_window #(.LANES(LANES), .DEPTH(WindowDepth)) u_window (
      .clk_i, .rst_ni, .open_i(open),
      .ack_valid_i(ack_valid_i[l]), .ack_ready_o(ack_ready_o[l]), .ack_i(ack_who), .ack_bytes_i(ack.bytes),
      .turn_i(turn[l]), .nom_valid_o(nom_valid[l]), .nom_turn_o(nom_turn[l]),
      .nom_flying_o(nom_flying[l]), .nom_o(nom[l]),
      .stage1_valid_i(stage1_valid), .stage1_i(stage1), .stage2_valid_i(stage2_valid), .stage2_i(stage2),
      .look_i(look), .win_i(win), .look_ref_i(who), .part_o(part[l]),
      .find_i(find), .find_is_window_i(owner_is_window), .find_owner_i(owner_idx),
      .found_o(found_lane[l]), .busy_o(window_busy[l])
    );

    `ASSERT(TileKnown, !ack_valid_i[l] || 32'(ack.tile) < TILES)
    `ASSERT(OwnerKnown, !ack_valid_i[l] || 32'(ack.owner) < (ack.is_window ? WINDOWS : REGIONS))
    `ASSERT(BytesOfOneLine, !ack_valid_i[l] || 32'(ack.bytes) <= LineBytes)
  end
  assign found = found_lane != '0;

  // ---- the tile table counts -----------------------------------------------------------------------------------
  assign op_valid       = close_op_valid || init_op_valid;
  assign op             = close_op_valid ? close_op : init_op;
  assign close_op_ready = op_ready && close_op_valid;
  assign init_op_ready  = op_ready && !close_op_valid;

  tile_pick #(.LANES(LANES), .BANKS(Banks)) u_pick (
    .clk_i, .rst_ni, .turn_o(turn),
    .nom_valid_i(nom_valid), .nom_turn_i(nom_turn), .nom_flying_i(nom_flying), .nom_i(nom),
    .op_valid_i(op_valid), .op_ready_o(op_ready), .op_who_i(op.who),
    .op_closes_i(close_op_valid), .closes_tile_i(close_op.who.tile), .room_i(room),
    .stage1_valid_i(stage1_valid), .stage1_i(stage1), .stage2_valid_i(stage2_valid), .stage2_i(stage2),
    .is_op_o(is_op), .look_o(look), .win_o(win), .who_o(who)
  );

  tile_table #(.LANES(LANES), .BANKS(Banks), .ROWS(Rows)) u_tiles (
    .clk_i, .rst_ni, .inject_i,
    .win_i(win), .who_i(who), .is_op_i(is_op), .op_i(op.op), .op_word_i(op.word), .part_i(part),
    .stage1_valid_o(stage1_valid), .stage1_o(stage1), .stage2_valid_o(stage2_valid), .stage2_o(stage2),
    .event_valid_o(event_valid), .event_o(port_event), .busy_o(table_busy)
  );

  // ---- events: a message, the owner's count, a refusal, together ------------------------------------------------
  logic        event_waits, event_go, owner_takes, space, tile_refused, owner_refused, owner_broken, owner_may_refuse, done_valid, cancel_valid;
  tile_event_t tile_event;
  tile_ref_t   event_who;

  tile_events #(.LANES(LANES)) u_events (
    .clk_i, .rst_ni, .room_o(room), .stage1_valid_i(stage1_valid), .stage2_valid_i(stage2_valid),
    .event_valid_i(event_valid), .event_i(port_event), .waiting_o(event_waiting),
    .valid_o(event_waits), .ready_i(event_go), .event_o(tile_event)
  );

  always_comb begin
    event_who      = tile_event.who;
    event_who.tile = tile_swizzle(tile_event.who.tile, BankW);
  end

  logic event_may;                                               // but for the owner table
  assign event_may = event_waits &&
                     (!tile_event.ready || (space && !done_valid && !cancel_valid)) &&
                     (!(tile_event.excess || tile_event.broken) || !owner_may_refuse);
  assign event_go  = event_may && (!tile_event.ready || owner_takes);
  assign tile_refused = event_go && (tile_event.excess || tile_event.broken);

  // ---- owners ------------------------------------------------------------------------------------------------
  logic               owner_init_valid, owner_init_ready, close_valid, close_ready, closing_valid, closing_ready;
  logic [RegionW-1:0] close_region;
  logic [LocalW-1:0]  close_tiles;
  closing_t           closing;
  logic               reports_busy, closer_busy, init_busy, message_busy, report_taken;
  refusal_t           owner_refusal;
  tile_msg_t          done, cancel;

  owner_table #(.PEERS(PEERS), .REGIONS(REGIONS), .WINDOWS(WINDOWS), .TILES(TILES)) u_owners (
    .clk_i, .rst_ni, .region_i, .region_src_i, .window_i,
    .init_valid_i(owner_init_valid), .init_ready_o(owner_init_ready),
    .init_is_window_i(owner_is_window), .init_idx_i(owner_idx),
    .close_valid_i(close_valid), .close_ready_o(close_ready),
    .close_region_i(close_region), .close_tiles_i(close_tiles),
    .tile_valid_i(event_may && tile_event.ready), .tile_ready_o(owner_takes), .tile_i(event_who),
    .report_valid_i(report_valid_i && open), .report_ready_o(report_taken), .report_i,
    .closing_valid_o(closing_valid), .closing_ready_i(closing_ready), .closing_o(closing),
    .done_valid_o(done_valid), .done_ready_i(space), .done_o(done),
    .refused_o(owner_refused), .broken_o(owner_broken), .refusal_o(owner_refusal), .may_refuse_o(owner_may_refuse),
    .region_done_o, .window_done_o, .reports_busy_o(reports_busy)
  );
  assign report_ready_o = report_taken && open;

  region_closer #(.BANKS(Banks)) u_closer (
    .clk_i, .rst_ni,
    .closing_valid_i(closing_valid), .closing_ready_o(closing_ready), .closing_i(closing),
    .cancel_valid_o(cancel_valid), .cancel_ready_i(space && !done_valid), .cancel_o(cancel),
    .op_valid_o(close_op_valid), .op_ready_i(close_op_ready), .op_o(close_op),
    .close_valid_o(close_valid), .close_ready_i(close_ready),
    .close_region_o(close_region), .close_tiles_o(close_tiles), .busy_o(closer_busy)
  );

  owner_init #(.LANES(LANES), .REGIONS(REGIONS), .WINDOWS(WINDOWS), .BANKS(Banks), .ROWS(Rows)) u_init (
    .clk_i, .rst_ni, .region_i, .window_i,
    .init_valid_i, .init_is_window_i, .init_idx_i, .init_done_o, .is_window_o(owner_is_window), .idx_o(owner_idx),
    .open_o(open), .find_o(find), .found_i(found), .events_i(event_waiting),
    .closing_i(reports_busy || closer_busy), .messages_i(message_busy || done_valid),
    .op_valid_o(init_op_valid), .op_ready_i(init_op_ready), .op_o(init_op),
    .owner_valid_o(owner_init_valid), .owner_ready_i(owner_init_ready), .busy_o(init_busy)
  );

  // ---- every live region complete: one message, and the level ---------------------------------------------------
  // A region that waits for its initialisation still has the done bit of its old life.
  logic               all_done_d, all_done_q, all_ready_go;
  logic [REGIONS-1:0] enabled;
  for (genvar r = 0; r < REGIONS; r++) begin : gen_enabled
    assign enabled[r] = region_i[r].enable;
  end
  assign all_done_d   = region_live_i != '0 && (region_live_i & ~(region_done_o & enabled)) == '0;
  assign all_ready_go = all_done_q && !all_ready_o && space && !done_valid && !cancel_valid && !event_go;
  `FF(all_done_q, all_done_d, 1'b0)
  `FFL(all_ready_o, all_done_q, !all_done_q || all_ready_go, 1'b0)

  // ---- messages --------------------------------------------------------------------------------------------------
  logic      msg_valid, tile_ready_go;
  tile_msg_t msg;
  assign tile_ready_go = event_go && tile_event.ready;
  assign msg_valid     = space && (done_valid || cancel_valid || tile_ready_go || all_ready_go);
  always_comb begin
    msg      = '0;
    msg.kind = AllReady;
    if (done_valid) msg = done;
    else if (cancel_valid) msg = cancel;
    else if (tile_ready_go) begin
      msg.kind      = TileReady;
      msg.is_window = event_who.is_window;
      msg.owner     = event_who.owner;
      msg.tile      = event_who.tile;
      msg.count     = RowW'(tile_event.rows);
    end
  end

  tile_message #(.DEPTH(MessageDepth)) u_message (
    .clk_i, .rst_ni, .space_o(space), .valid_i(msg_valid), .msg_i(msg),
    .tile_tvalid_o, .tile_tready_i, .tile_tdata_o, .busy_o(message_busy)
  );

  // ---- refusals and statistics, a cycle later -----------------------------------------------------------------------
  refusal_t refusal;
  always_comb begin
    refusal = owner_refusal;
    if (!owner_refused) begin
      refusal               = '0;
      refusal.cause         = tile_event.broken ? RefuseTable : RefuseExcess;
      refusal.header.kind   = tile_event.who.is_window ? KindSt : KindRowsp;
      refusal.header.region = tile_event.who.owner;
      refusal.header.row    = RowW'(event_who.tile);
    end
  end
  `FF(refused_o, owner_refused || tile_refused, 1'b0)
  `FFLNR(refusal_o, refusal, owner_refused || tile_refused)
  `FF(table_error_o, owner_broken || (tile_refused && tile_event.broken), 1'b0)

  flow_stat_t stat;
  always_comb begin
    stat = '0;
    if (ack_valid_i != '0) stat.acks = 4'($countones(ack_valid_i & ack_ready_o));
    stat.tiles_ready     = tile_ready_go;
    stat.tiles_cancelled = (cancel_valid && !done_valid && space) ? TileW'(cancel.count) : '0;
    stat.owners_done     = done_valid && space;
  end
  `FF(stat_o, stat, '0)

  `ASSERT(OnlyWithRoom, (win & ~room) == '0)

  // Also while an output of this cycle has yet to be seen: a hub that is not busy may not be clocked.
  assign busy_o = window_busy != '0 || table_busy || event_waiting != '0 || owner_may_refuse || reports_busy ||
                  closer_busy || init_busy || message_busy || refused_o || stat_o != '0 ||
                  all_done_d != all_ready_o || all_done_q != all_ready_o;
  assign on_o   = busy_o || ack_valid_i != '0 || report_valid_i || init_valid_i || inject_i;

endmodule

`default_nettype wire
