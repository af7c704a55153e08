// The owner table of two regions and a window with two sources; configuration constant, operations any that its users
// may cause.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module owner_table_formal
  import hub_pkg::*;
#(
  parameter int unsigned PEERS = 2, REGIONS = 2, WINDOWS = 1, TILES = 4
) (
  input wire logic              clk_i,
  input wire logic              watch_is_window_i,
  input wire logic              watch_i,
  input wire region_cfg_t       region_i     [REGIONS],
  input wire logic [PEERS-1:0]  region_src_i [REGIONS],
  input wire window_cfg_t       window_i     [WINDOWS],
  input wire logic              init_valid_i,
  input wire logic              init_is_window_i,
  input wire logic              init_idx_i,
  input wire logic              close_valid_i,
  input wire logic              close_region_i,
  input wire logic [LocalW-1:0] close_tiles_i,
  input wire logic              tile_valid_i,
  input wire logic              tile_is_window_i,
  input wire logic              tile_owner_i,
  input wire logic              report_valid_i,
  input wire logic              report_src_i,
  input wire logic              report_region_i,
  input wire logic [RowW-1:0]   report_rows_i,
  input wire logic              closing_ready_i,
  input wire logic              done_ready_i
);

  logic rst_ni, is_window_q, watch_q;
  formal_reset u_reset (.clk_i, .rst_no(rst_ni));
  `FFLNR(is_window_q, watch_is_window_i, !rst_ni)
  `FFLNR(watch_q, watch_i && !watch_is_window_i, !rst_ni)

  region_cfg_t        region     [REGIONS];
  logic [PEERS-1:0]   region_src [REGIONS];
  window_cfg_t        window     [WINDOWS];
  for (genvar r = 0; r < REGIONS; r++) begin : gen_region
    `FFLNR(region[r], region_i[r], !rst_ni)
    `FFLNR(region_src[r], region_src_i[r], !rst_ni)
  end
  for (genvar w = 0; w < WINDOWS; w++) begin : gen_window
    `FFLNR(window[w], window_i[w], !rst_ni)
  end

  logic               init_ready, close_ready, tile_ready, report_ready, closing_valid, done_valid, refused, broken;
  logic [RegionW-1:0] init_idx;
  tile_ref_t          tile;
  report_t            report;
  closing_t           closing;
  tile_msg_t          done;
  logic [REGIONS-1:0] region_done;
  logic [WINDOWS-1:0] window_done;
  assign init_idx = RegionW'(init_idx_i && !init_is_window_i);
  assign tile     = '{is_window: tile_is_window_i, owner: RegionW'(tile_owner_i && !tile_is_window_i), tile: '0};
  assign report   = '{src: GpuW'(report_src_i), region: RegionW'(report_region_i), rows: report_rows_i};
  stream_properties #(.T(report_t), .Input(1'b1)) u_report (
    .clk_i, .rst_ni, .valid_i(report_valid_i), .ready_i(report_ready), .data_i(report)
  );

  owner_table #(.PEERS(PEERS), .REGIONS(REGIONS), .WINDOWS(WINDOWS), .TILES(TILES)) u_table (
    .clk_i, .rst_ni, .region_i(region), .region_src_i(region_src), .window_i(window),
    .init_valid_i, .init_ready_o(init_ready), .init_is_window_i, .init_idx_i(init_idx),
    .close_valid_i, .close_ready_o(close_ready), .close_region_i(RegionW'(close_region_i)), .close_tiles_i,
    .tile_valid_i, .tile_ready_o(tile_ready), .tile_i(tile),
    .report_valid_i, .report_ready_o(report_ready), .report_i(report),
    .closing_valid_o(closing_valid), .closing_ready_i, .closing_o(closing),
    .done_valid_o(done_valid), .done_ready_i, .done_o(done),
    .refused_o(refused), .broken_o(broken), .refusal_o(), .may_refuse_o(),
    .region_done_o(region_done), .window_done_o(window_done), .reports_busy_o()
  );

  owner_table_properties #(.PEERS(PEERS), .REGIONS(REGIONS), .WINDOWS(WINDOWS), .TILES(TILES)) u_properties (
    .clk_i, .rst_ni, .watch_is_window_i(is_window_q), .watch_i(RegionW'(watch_q)),
    .region_i(region[watch_q]), .sources_i(region_src[watch_q]), .window_i(window[0]),
    .init_i(init_valid_i && init_ready), .init_is_window_i, .init_idx_i(init_idx),
    .close_i(close_valid_i && close_ready), .close_region_i(RegionW'(close_region_i)), .close_tiles_i,
    .tile_i(tile_valid_i && tile_ready), .tile_who_i(tile),
    .report_valid_i, .report_i(report_valid_i && report_ready), .report_data_i(report),
    .closing_valid_i(closing_valid), .closing_ready_i, .closing_i(closing),
    .done_valid_i(done_valid), .done_ready_i, .done_i(done), .refused_i(refused), .broken_i(broken),
    .done_bit_i(is_window_q ? window_done[0] : region_done[watch_q])
  );

  // ---- the word of the followed owner, as the operations that left made it -----------------------------------------
  localparam int unsigned OpenW = $clog2(TILES + 1) + 1;
  localparam int unsigned WordW = 1 + OpenW + LocalW + PEERS;
  localparam int unsigned KeptW = WordW + check_pkg::check_width(WordW);
  logic [WordW-1:0] word_q, word_after;                            // before, and with, the second stage
  logic [OpenW-1:0] open;
  logic [KeptW-1:0] kept, good;
  logic [1:0]       owner;
  logic             known_q;
  assign owner      = is_window_q ? 2'(REGIONS) : 2'(watch_q);
  assign open       = (u_properties.state_q.closed ? OpenW'(u_properties.state_q.count) : '0) -
                      OpenW'(u_properties.state_q.ready);
  assign word_after = {u_properties.state_q.closed, open, u_properties.state_q.rows, u_properties.state_q.reported};
  `FFLNR(word_q, word_after, u_properties.leaves)
  `FFL(known_q, 1'b1, u_properties.leaves, 1'b0)
  word_check #(.Width(WordW)) u_check (.valid_i(1'b1), .word_i(word_q), .check_o(good[KeptW-1:WordW]));
  assign good[WordW-1:0] = word_q;
  assign kept = u_table.u_table.u_ram.mem[owner];
  `ASSERT(Here, u_properties.here_q == (u_table.valid_q && u_table.is_window_q == is_window_q &&
                                        u_table.idx_q == RegionW'(watch_q)))
  `ASSERT(OwnerOfIndex, !u_table.valid_q ||
                        (u_table.owner_q == (u_table.is_window_q ? 2'(REGIONS) : 2'(u_table.idx_q)) &&
                         32'(u_table.idx_q) < (u_table.is_window_q ? WINDOWS : REGIONS)))
  `ASSERT(KnownTogether, known_q ? u_properties.state_q.known
                                 : (u_properties.state_q.known == u_properties.here_q &&
                                    (!u_properties.here_q || u_properties.init_q)))
  logic report_refused;
  assign report_refused = u_properties.refuses_q && u_table.op_q == 2'd3;
  `ASSERT(AtRest, !known_q || u_properties.here_q || word_q == word_after)
  `ASSERT(Kept, !known_q || kept == good)
  `ASSERT(Read, !(known_q && u_properties.here_q) ||
                (u_table.forward_q ? u_table.last_q == word_q : {u_table.u_table.rcheck, u_table.rdata} == good))
  `ASSERT(Makes, !u_properties.here_q || (report_refused ? word_q == word_after : u_table.word_d == word_after))
  `ASSERT(NothingInjected, !u_table.u_table.inject_q)
  `ASSERT(OneWindow, !(is_window_q && watch_q))
  `ASSERT(ClosedWhenAsked, is_window_q || !u_properties.state_q.closed || u_properties.state_q.asked)
  `ASSERT(RegionsReport, !u_table.valid_q || !u_table.is_window_q || (u_table.op_q != 2'd1 && u_table.op_q != 2'd3))
  `ASSERT(AsksNow, !u_properties.here_q || u_table.closing == u_properties.asks_q)
  `ASSERT(RefusedOrDone, !u_properties.here_q || !u_properties.finishes_q || !u_properties.refuses_q)
  `ASSERT(Pointers, (u_table.u_closing.wr_q == u_table.u_closing.rd_q) == (u_table.u_closing.used_q != 2'd1))
  `ASSERT(Small, 32'(u_properties.state_q.ready) <= TILES && 32'(u_properties.state_q.count) <= TILES)
  `ASSERT(LastOpen, !u_table.valid_q || ((u_table.op_q != 2'd2 || u_table.last_open_q == OpenW'(1)) &&
                                         (u_table.op_q != 2'd1 || u_table.last_open_q == -OpenW'(u_table.count_q))))
  `ASSERT(SameOperation, !u_properties.here_q || (u_properties.init_q == (u_table.op_q == 2'd0) &&
                         (!u_properties.asks_q || (u_table.op_q == 2'd3 &&
                                                   u_table.capacity_q == region[watch_q].capacity))))

  // ---- on the way to be closed -----------------------------------------------------------------------------------
  logic [1:0] mine;
  closing_t   first, second;
  assign first   = u_table.u_closing.mem[u_table.u_closing.rd_q];
  assign second  = u_table.u_closing.mem[!u_table.u_closing.rd_q];
  assign mine[0] = !is_window_q && u_table.u_closing.used_q != '0 && first.region == RegionW'(watch_q);
  assign mine[1] = !is_window_q && u_table.u_closing.used_q == 2'd2 && second.region == RegionW'(watch_q);
  `ASSERT(PlacesAddUp, 3'(u_table.places_q) + 3'(u_table.u_closing.used_q) +
                       3'(u_table.valid_q && u_table.op_q == 2'd3) == 3'd2)
  `ASSERT(WaitsInTheQueue, u_properties.waits_q == (mine != '0) && mine != '1)
  `ASSERT(WaitsUnchanged, (!mine[0] || (first.rows == u_properties.state_q.rows &&
                                        first.capacity == region[watch_q].capacity)) &&
                          (!mine[1] || (second.rows == u_properties.state_q.rows &&
                                        second.capacity == region[watch_q].capacity)))
  `ASSERT(OnItsWay, 2'(u_properties.here_q && u_properties.asks_q) + 2'(u_properties.waits_q) +
                    2'(u_properties.asked_q) ==
                    2'(u_properties.state_q.asked && !u_properties.state_q.closed))
  `ASSERT(AskedWhenAllReported, !u_properties.state_q.asked ||
                                (!is_window_q && (region_src[watch_q] & ~u_properties.state_q.reported) == '0))
  `ASSERT(TurnIsOfAReport, !u_table.report_turn_q || (u_report.waits_q && u_table.places_q != '0))

endmodule

`default_nettype wire
