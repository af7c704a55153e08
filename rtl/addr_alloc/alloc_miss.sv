// Misses that need the spill memory: MISS_CTX contexts, their AXI port and their way into the row table.
//
// One miss a cycle gets a free context (lanes in turn); the others ask again. The AXI identifier of a context
// is its index, a context has one read burst or one write under way. Reads, writes, and table writes are
// arbitrated round robin. `wake_o` tells, one cycle after the fact, that a context lets its row pass
// or has become free.
// Cost: MISS_CTX contexts (a word of a set each). Critical path: round robin, context's slot, address: 22 gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_miss
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned LANES       = 4,    // 1..8
  parameter int unsigned BANKS       = 16,   // power of two
  parameter int unsigned SETS        = 64,   // power of two
  parameter int unsigned WAYS        = 4,    // 1..8
  parameter int unsigned SPILL_SLOTS = 64,   // 1..256
  parameter int unsigned MISS_CTX    = 4,    // 1..16
  localparam int unsigned SidW       = (BANKS * SETS > 1) ? $clog2(BANKS * SETS) : 1
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  input  wire logic [AddrW-1:0]     spill_base_i,
  input  wire logic                 drain_i,         // start no context
  // region of a spilled row
  output logic [RegionW-1:0]        beat_region_o,
  input  wire logic                 beat_enable_i,
  input  wire logic [GenW-1:0]      beat_gen_i,
  // misses of T3
  input  wire logic [LANES-1:0]     miss_i,
  input  wire row_key_t             miss_key_i [LANES],
  input  wire logic [SidW-1:0]      miss_sid_i [LANES],
  input  wire entry_t [WAYS-1:0]    miss_ways_i [LANES],
  input  wire set_head_t            miss_head_i [LANES],
  output logic [LANES-1:0]          taken_o,
  output logic                      room_o,          // a context stays free
  // locks
  output logic [MISS_CTX-1:0]       busy_o,
  output logic [MISS_CTX-1:0]       go_o,
  output row_key_t                  key_o [MISS_CTX],
  output logic [SidW-1:0]           sid_o [MISS_CTX],
  output verdict_t                  verdict_o [MISS_CTX],
  output logic [MISS_CTX-1:0]       writes_o,        // wants to write its set: its bank is shut to lookups
  input  wire logic [MISS_CTX-1:0]  release_i,
  output logic                      wake_o,
  // table write
  output logic                      write_valid_o,
  input  wire logic                 write_ready_i,
  output logic [SidW-1:0]           write_sid_o,
  output entry_t [WAYS-1:0]         write_ways_o,
  output set_head_t                 write_head_o,
  // AXI4
  output logic                      s_awvalid_o,
  input  wire logic                 s_awready_i,
  output logic [3:0]                s_awid_o,
  output logic [AddrW-1:0]          s_awaddr_o,
  output logic                      s_wvalid_o,
  input  wire logic                 s_wready_i,
  output logic [127:0]              s_wdata_o,
  input  wire logic                 s_bvalid_i,
  output logic                      s_bready_o,
  input  wire logic [3:0]           s_bid_i,
  input  wire logic [1:0]           s_bresp_i,
  output logic                      s_arvalid_o,
  input  wire logic                 s_arready_i,
  output logic [3:0]                s_arid_o,
  output logic [AddrW-1:0]          s_araddr_o,
  output logic [7:0]                s_arlen_o,
  input  wire logic                 s_rvalid_i,
  output logic                      s_rready_o,
  input  wire logic [3:0]           s_rid_i,
  input  wire logic [127:0]         s_rdata_i,
  input  wire logic [1:0]           s_rresp_i,
  input  wire logic                 s_rlast_i,
  // events
  output logic                      spilled_o,
  output logic                      filled_o
);

  if (LANES < 1 || LANES > 8) $fatal(1, "alloc_miss: LANES must be 1..8");
  if (MISS_CTX < 1 || MISS_CTX > 16) $fatal(1, "alloc_miss: MISS_CTX must be 1..16");

  localparam int unsigned LaneW     = (LANES > 1) ? $clog2(LANES) : 1;
  localparam int unsigned CtxW      = (MISS_CTX > 1) ? $clog2(MISS_CTX) : 1;
  localparam int unsigned ListShift = $clog2(SPILL_SLOTS) + SpillShift;  // lists lie a power of two apart

  // ---- start ----------------------------------------------------------------------------------------------
  logic [MISS_CTX-1:0] start;
  logic [LANES-1:0]    miss_grant;
  logic [LaneW-1:0]    miss_lane;
  logic                miss_any, free_any;

  rr_arb #(.N(LANES)) u_miss_arb (
    .clk_i, .rst_ni, .req_i(miss_i), .advance_i(start != '0),
    .gnt_o(miss_grant), .idx_o(miss_lane), .valid_o(miss_any)
  );
  assign free_any = busy_o != '1 && !drain_i;
  assign start    = (miss_any && free_any) ? ~busy_o & (busy_o + MISS_CTX'(1)) : '0;
  assign taken_o  = (start != '0) ? miss_grant : '0;
  assign room_o   = (~busy_o & ~start) != '0 && !drain_i;

  // ---- beats and responses --------------------------------------------------------------------------------
  logic              beat_valid_q, beat_error_q, beat_last_q, beat_dead;
  logic [3:0]        beat_id_q;
  entry_t            beat_q;
  logic              response_valid_q, response_error_q;
  logic [3:0]        response_id_q;

  assign s_rready_o = 1'b1;
  assign s_bready_o = 1'b1;
  `FF(beat_valid_q, s_rvalid_i, 1'b0)
  `FFLNR(beat_id_q, s_rid_i, s_rvalid_i)
  `FFLNR(beat_q, entry_t'(s_rdata_i[$bits(entry_t)-1:0]), s_rvalid_i)
  `FFLNR(beat_error_q, s_rresp_i != '0, s_rvalid_i)
  `FFLNR(beat_last_q, s_rlast_i, s_rvalid_i)
  `FF(response_valid_q, s_bvalid_i, 1'b0)
  `FFLNR(response_id_q, s_bid_i, s_bvalid_i)
  `FFLNR(response_error_q, s_bresp_i != '0, s_bvalid_i)

  assign beat_region_o = beat_q.key.region;
  assign beat_dead     = !beat_enable_i || beat_gen_i != beat_q.key.gen;

  logic unused_rdata;
  assign unused_rdata = ^s_rdata_i;         // bits above an entry

  // ---- contexts -------------------------------------------------------------------------------------------
  logic [MISS_CTX-1:0] read, read_grant, store, store_grant, write, write_grant, spilled, filled;
  logic [7:0]          read_len [MISS_CTX], store_slot [MISS_CTX];
  entry_t              store_entry [MISS_CTX];
  entry_t [WAYS-1:0]   write_ways [MISS_CTX];
  set_head_t           write_head [MISS_CTX];
  logic [CtxW-1:0]     read_idx, store_idx, write_idx;
  logic                read_any, store_any, read_load, store_load;

  for (genvar c = 0; c < MISS_CTX; c++) begin : gen_ctx
    `FFLNR(sid_o[c], miss_sid_i[miss_lane], start[c])

    alloc_context #(.WAYS(WAYS), .SPILL_SLOTS(SPILL_SLOTS)) u_context (
      .clk_i, .rst_ni,
      .start_i(start[c]), .start_key_i(miss_key_i[miss_lane]), .start_ways_i(miss_ways_i[miss_lane]),
      .start_head_i(miss_head_i[miss_lane]),
      .busy_o(busy_o[c]), .go_o(go_o[c]), .key_o(key_o[c]), .verdict_o(verdict_o[c]),
      .release_i(release_i[c]),
      .read_valid_o(read[c]), .read_ready_i(read_grant[c] && read_load), .read_len_o(read_len[c]),
      .beat_valid_i(beat_valid_q && beat_id_q == 4'(c)), .beat_entry_i(beat_q), .beat_dead_i(beat_dead),
      .beat_error_i(beat_error_q), .beat_last_i(beat_last_q),
      .store_valid_o(store[c]), .store_ready_i(store_grant[c] && store_load), .store_slot_o(store_slot[c]),
      .store_entry_o(store_entry[c]),
      .response_valid_i(response_valid_q && response_id_q == 4'(c)), .response_error_i(response_error_q),
      .write_valid_o(write[c]), .write_ready_i(write_grant[c] && write_ready_i),
      .write_ways_o(write_ways[c]), .write_head_o(write_head[c]),
      .spilled_o(spilled[c]), .filled_o(filled[c])
    );
  end

  // ---- table write ----------------------------------------------------------------------------------------
  rr_arb #(.N(MISS_CTX)) u_write_arb (
    .clk_i, .rst_ni, .req_i(write), .advance_i(write_ready_i),
    .gnt_o(write_grant), .idx_o(write_idx), .valid_o(write_valid_o)
  );
  assign writes_o     = write;
  assign write_sid_o  = sid_o[write_idx];
  assign write_ways_o = write_ways[write_idx];
  assign write_head_o = write_head[write_idx];
  assign spilled_o    = spilled != '0;
  assign filled_o     = filled != '0;

  logic [MISS_CTX-1:0] go_q;
  `FF(go_q, go_o, '0)
  // One cycle after a context came to Go, or left it.
  assign wake_o = go_o != go_q;

  // ---- read and write requests ----------------------------------------------------------------------------
  function automatic logic [AddrW-1:0] list_addr(logic [AddrW-1:0] base, logic [SidW-1:0] sid, logic [7:0] slot);
    return base + (AddrW'(sid) << ListShift) + (AddrW'(slot) << SpillShift);
  endfunction

  rr_arb #(.N(MISS_CTX)) u_read_arb (
    .clk_i, .rst_ni, .req_i(read), .advance_i(read_load),
    .gnt_o(read_grant), .idx_o(read_idx), .valid_o(read_any)
  );
  assign read_load = read_any && !s_arvalid_o;
  `FFL(s_arvalid_o, read_load, read_load || s_arready_i, 1'b0)
  `FFLNR(s_arid_o, 4'(read_idx), read_load)
  `FFLNR(s_araddr_o, list_addr(spill_base_i, sid_o[read_idx], '0), read_load)
  `FFLNR(s_arlen_o, read_len[read_idx], read_load)

  rr_arb #(.N(MISS_CTX)) u_store_arb (
    .clk_i, .rst_ni, .req_i(store), .advance_i(store_load),
    .gnt_o(store_grant), .idx_o(store_idx), .valid_o(store_any)
  );
  assign store_load = store_any && !s_awvalid_o && !s_wvalid_o;
  `FFL(s_awvalid_o, store_load, store_load || s_awready_i, 1'b0)
  `FFL(s_wvalid_o, store_load, store_load || s_wready_i, 1'b0)
  `FFLNR(s_awid_o, 4'(store_idx), store_load)
  `FFLNR(s_awaddr_o, list_addr(spill_base_i, sid_o[store_idx], store_slot[store_idx]), store_load)
  `FFLNR(s_wdata_o, 128'(store_entry[store_idx]), store_load)

  `ASSERT(OneMiss, $countones(taken_o) <= 1 && (taken_o & ~miss_i) == '0)
  `ASSERT(ReadStays, !(s_arvalid_o && !s_arready_i) || !read_load)
  `ASSERT(StoreStays, !((s_awvalid_o && !s_awready_i) || (s_wvalid_o && !s_wready_i)) || !store_load)

endmodule

`default_nettype wire
