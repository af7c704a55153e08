// Lookup pipeline of the row table: T1 read, T2 compare, T3 decide, T4 write. No stalls.
//
// A lookup of each lane may start in every cycle (alloc_nominate sees to it that no two of a bank do and
// that no set is looked up again before its write). Results come three cycles after the start.
// docs/addr_alloc.md has the table of cases.
// Cost: 2 LANES words of a set, LANES * WAYS comparators of 40 bits.
// T2 decides which case it is; T3 compares bytes and LocalRowID, and selects.
// Critical path: T3, does the region have room (alloc_pointers), result of the packet's leader, slot: 22 gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_lookup
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned LANES    = 4,    // 1..8, power of two
  parameter int unsigned BANKS    = 16,   // power of two, at least LANES
  parameter int unsigned SETS     = 64,   // power of two
  parameter int unsigned WAYS     = 4,    // 1..8
  parameter int unsigned REGIONS  = 64,   // 1..256
  parameter int unsigned DEPTH    = 16,   // 2..64
  parameter int unsigned MISS_CTX = 4,    // 1..16
  localparam int unsigned SidW    = (BANKS * SETS > 1) ? $clog2(BANKS * SETS) : 1,
  localparam int unsigned CtxW    = (MISS_CTX > 1) ? $clog2(MISS_CTX) : 1,
  localparam int unsigned SetW    = (SETS > 1) ? $clog2(SETS) : 1,
  localparam int unsigned SumW    = $clog2((DEPTH + 1) / 2 * LineBytes + 1)
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  input  wire logic                 inject_i,
  // N2
  input  wire logic [LANES-1:0]     start_i,
  input  wire nominee_t             nominee_i [LANES],
  input  wire logic [SidW-1:0]      sid_i [LANES],
  input  wire logic [LANES-1:0]     through_i,
  input  wire logic [CtxW-1:0]      ctx_i [LANES],
  // sets in flight
  output logic [LANES-1:0]          t1_valid_o,
  output logic [LANES-1:0]          t2_valid_o,
  output logic [LANES-1:0]          t3_valid_o,
  output logic [LANES-1:0]          t4_valid_o,
  output logic [SidW-1:0]           t1_sid_o [LANES],
  output logic [SidW-1:0]           t2_sid_o [LANES],
  output logic [SidW-1:0]           t3_sid_o [LANES],
  output logic [SidW-1:0]           t4_sid_o [LANES],
  // T1: size of the row and of its region
  output logic [RegionW-1:0]        t1_region_o [LANES],
  input  wire logic [RowBytesW-1:0] row_bytes_i [LANES],
  input  wire logic [LocalW-1:0]    capacity_i [LANES],
  // T2: bytes gathered, by lane, lookup, and half of the lane's window
  input  wire logic [LANES-1:0][LANES-1:0][1:0][SumW-1:0] sum_i,
  // T3, and one cycle later whether those that must ask again wait until a context has moved
  output result_t                   result_o [LANES],
  output logic [LANES-1:0]          t4_park_o,
  // contexts: findings (T2), end of one (T3), start of one with the word of its set (T3)
  input  wire verdict_t             verdict_i [MISS_CTX],
  output logic [MISS_CTX-1:0]       release_o,
  output logic [LANES-1:0]          miss_o,
  output row_key_t                  miss_key_o [LANES],
  output entry_t [WAYS-1:0]         miss_ways_o [LANES],
  output set_head_t                 miss_head_o [LANES],
  input  wire logic [LANES-1:0]     miss_taken_i,
  input  wire logic                 miss_room_i,       // a context stays free in this cycle
  // table write of a context
  input  wire logic                 write_valid_i,
  output logic                      write_ready_o,
  input  wire logic [SidW-1:0]      write_sid_i,
  input  wire entry_t [WAYS-1:0]    write_ways_i,
  input  wire set_head_t            write_head_i,
  // initialisation
  input  wire logic                 walk_i,
  input  wire logic [SetW-1:0]      walk_set_i,
  input  wire logic                 walk_all_i,
  input  wire logic                 clear_i,
  input  wire logic                 clear_all_i,
  input  wire logic [RegionW-1:0]   init_region_i,
  output logic                      clear_used_o,
  // events
  output logic [LANES-1:0]          allocated_o,
  output logic [LANES-1:0]          finished_o,
  output logic [LANES-1:0]          error_o
);

  if (LANES < 1 || LANES > 8) $fatal(1, "alloc_lookup: LANES must be 1..8");
  if (DEPTH < 2 || DEPTH > 64) $fatal(1, "alloc_lookup: DEPTH must be 2..64");
  if (MISS_CTX < 1 || MISS_CTX > 16) $fatal(1, "alloc_lookup: MISS_CTX must be 1..16");

  localparam int unsigned WayW       = (WAYS > 1) ? $clog2(WAYS) : 1;

  nominee_t         t1_q [LANES], t2_q [LANES], t3_q [LANES];
  logic [LANES-1:0] t1_through_q, t2_through_q, t3_through_q;
  logic [CtxW-1:0]  t1_ctx_q [LANES], t2_ctx_q [LANES], t3_ctx_q [LANES];

  `FF(t1_valid_o, start_i, '0)
  `FF(t2_valid_o, t1_valid_o, '0)
  `FF(t3_valid_o, t2_valid_o, '0)
  `FF(t4_valid_o, t3_valid_o, '0)
  `FF(t4_park_o, miss_o & (miss_taken_i | {LANES{!miss_room_i}}), '0)
  `FFNR(t1_through_q, through_i)
  `FFNR(t2_through_q, t1_through_q)
  `FFNR(t3_through_q, t2_through_q)

  // ---- table ----------------------------------------------------------------------------------------------
  entry_t [WAYS-1:0] t1_ways [LANES], new_ways [LANES];
  set_head_t         t1_head [LANES], new_head [LANES];
  logic [LANES-1:0]  t1_error, served;

  alloc_table #(.LANES(LANES), .BANKS(BANKS), .SETS(SETS), .WAYS(WAYS), .REGIONS(REGIONS)) u_table (
    .clk_i, .rst_ni, .inject_i,
    .start_i, .sid_i, .t1_valid_i(t1_valid_o), .t1_sid_i(t1_sid_o),
    .t1_ways_o(t1_ways), .t1_head_o(t1_head), .t1_error_o(t1_error),
    .t3_update_i(served), .t3_ways_i(new_ways), .t3_head_i(new_head), .t4_sid_i(t4_sid_o),
    .write_valid_i, .write_ready_o, .write_sid_i, .write_ways_i, .write_head_i,
    .walk_i, .walk_set_i, .walk_all_i, .walk_region_i(init_region_i)
  );

  // ---- pointers -------------------------------------------------------------------------------------------
  logic [RegionW-1:0] t2_region [LANES];
  logic [LANES-1:0]   open, given;
  logic [LocalW-1:0]  capacity [LANES];
  logic [LocalW-1:0]  new_lid [LANES];

  alloc_pointers #(.LANES(LANES), .REGIONS(REGIONS)) u_pointers (
    .clk_i, .rst_ni, .region_i(t2_region), .request_i(open),
    .capacity_i(capacity), .given_o(given), .lid_o(new_lid),
    .clear_i, .clear_all_i, .clear_region_i(init_region_i), .clear_used_o
  );

  // ---- one lookup -----------------------------------------------------------------------------------------
  for (genvar l = 0; l < LANES; l++) begin : gen_lookup
    `FFLNR(t1_q[l], nominee_i[l], start_i[l])
    `FFLNR(t2_q[l], t1_q[l], t1_valid_o[l])
    `FFLNR(t3_q[l], t2_q[l], t2_valid_o[l])
    `FFLNR(t1_sid_o[l], sid_i[l], start_i[l])
    `FFLNR(t2_sid_o[l], t1_sid_o[l], t1_valid_o[l])
    `FFLNR(t3_sid_o[l], t2_sid_o[l], t2_valid_o[l])
    `FFLNR(t4_sid_o[l], t3_sid_o[l], t3_valid_o[l])
    `FFLNR(t1_ctx_q[l], ctx_i[l], start_i[l])
    `FFLNR(t2_ctx_q[l], t1_ctx_q[l], t1_valid_o[l])
    `FFLNR(t3_ctx_q[l], t2_ctx_q[l], t2_valid_o[l])

    // T1: word of the set, row size and capacity of the region
    entry_t [WAYS-1:0]     t2_ways_q, t3_ways_q;
    set_head_t             t2_head_q, t3_head_q;
    logic                  t2_error_q;
    logic [RowBytesW-1:0]  row_bytes_q;
    logic [LocalW-1:0]     t2_capacity_q, t3_capacity_q;

    assign t1_region_o[l] = t1_q[l].key.region;
    `FFLNR(t2_ways_q, t1_ways[l], t1_valid_o[l])
    `FFLNR(t2_head_q, t1_head[l], t1_valid_o[l])
    `FFLNR(t2_error_q, t1_error[l], t1_valid_o[l])
    `FFLNR(row_bytes_q, row_bytes_i[l], t1_valid_o[l])
    `FFLNR(t2_capacity_q, capacity_i[l], t1_valid_o[l])

    // T2: tags, place for a new row, sum. After it only bytes and pointer are open: everything else is a flop of T3.
    logic                 hit, free, finished_way, vouched, usable;
    logic [WayW-1:0]      hit_way, free_way;
    logic [RowBytesW-1:0] total;
    verdict_t             verdict;

    assign t2_region[l] = t2_q[l].key.region;
    assign verdict      = t2_through_q[l] ? verdict_i[t2_ctx_q[l]] : '0;
    assign vouched      = t2_head_q.spilled == '0 || verdict.absent;
    assign usable       = t2_valid_o[l] && !t2_error_q && !verdict.refuse;
    assign open[l]      = usable && !hit && vouched && (free || finished_way);
    always_comb begin
      hit          = 1'b0;
      hit_way      = '0;
      free         = 1'b0;
      finished_way = 1'b0;
      free_way     = '0;
      if (t2_valid_o[l]) begin
        for (int w = WAYS - 1; w >= 0; w--) begin
          if (t2_ways_q[w].valid && t2_ways_q[w].key == t2_q[l].key) begin
            hit     = 1'b1;
            hit_way |= WayW'(w);
          end
          if (t2_ways_q[w].valid && t2_ways_q[w].missing == '0 && !free) begin
            finished_way = 1'b1;
            free_way     = WayW'(w);
          end
          if (!t2_ways_q[w].valid) begin
            free     = 1'b1;
            free_way = WayW'(w);
          end
        end
      end
      total = '0;
      for (int unsigned m = 0; m < LANES; m++) total += RowBytesW'(sum_i[m][l][0]) + RowBytesW'(sum_i[m][l][1]);
    end

    logic                 hit_q, miss_q, t3_error_q;
    logic [WayW-1:0]      way_q;
    logic [RowBytesW-1:0] missing_q, total_q;  // bytes that the row has room for, and bytes gathered
    logic [LocalW-1:0]    lid_q;
    refuse_e              cause, cause_q;      // should they be refused
    always_comb begin
      cause = hit ? RefuseExcess : RefuseFull;
      if (verdict.refuse) cause = verdict.cause;
      if (t2_error_q) cause = RefuseTable;
    end
    `FF(hit_q, usable && hit, 1'b0)
    `FF(miss_q, usable && !hit && !open[l], 1'b0)
    `FF(t3_error_q, t2_valid_o[l] && t2_error_q, 1'b0)
    `FFLNR(t3_ways_q, t2_ways_q, t2_valid_o[l])
    `FFLNR(t3_head_q, t2_head_q, t2_valid_o[l])
    `FFLNR(t3_capacity_q, t2_capacity_q, t2_valid_o[l])
    `FFLNR(way_q, hit ? hit_way : free_way, t2_valid_o[l])
    `FFLNR(missing_q, hit ? t2_ways_q[hit_way].missing : row_bytes_q, t2_valid_o[l])
    `FFLNR(lid_q, t2_ways_q[hit_way].lid, t2_valid_o[l])
    `FFLNR(total_q, total, t2_valid_o[l])
    `FFLNR(cause_q, cause, t2_valid_o[l])

    // T3: decision
    logic                 all_fit, one_fits;
    logic [RowBytesW-1:0] taken, left;

    assign all_fit     = total_q <= missing_q;
    assign one_fits    = RowBytesW'(t3_q[l].bytes) <= missing_q;
    assign taken       = all_fit ? total_q : RowBytesW'(t3_q[l].bytes);
    assign left        = missing_q - taken;
    assign capacity[l] = t3_capacity_q;
    assign served[l]   = (hit_q && one_fits) || given[l];
    assign miss_o[l]   = miss_q;
    assign result_o[l] = '{served: served[l], refused: !served[l] && !miss_q,
                           alone: !all_fit && ((hit_q && missing_q != '0) || given[l]),
                           cause: cause_q, lid: hit_q ? lid_q : new_lid[l]};

    always_comb begin
      new_ways[l] = t3_ways_q;
      new_head[l] = t3_head_q;
      if (hit_q) new_ways[l][way_q].missing = left;
      else begin
        new_ways[l][way_q] = '{valid: 1'b1, key: t3_q[l].key, lid: new_lid[l], missing: left};
        new_head[l].next   = (way_q == WayW'(WAYS - 1)) ? '0 : 3'(way_q) + 3'd1;
      end
    end

    assign miss_key_o[l]  = t3_q[l].key;
    assign miss_ways_o[l] = t3_ways_q;
    assign miss_head_o[l] = t3_head_q;
    assign allocated_o[l] = given[l];
    assign finished_o[l]  = served[l] && missing_q == taken;
    assign error_o[l]     = t3_error_q;

    `ASSERT(NewRowHoldsItsFirstPacket, !given[l] || one_fits)
    logic             decided;
    logic [WAYS-1:0]  match;
    assign decided = result_o[l].served || result_o[l].refused;
    always_comb
      for (int unsigned w = 0; w < WAYS; w++)
        match[w] = t3_ways_q[w].valid && t3_ways_q[w].key == t3_q[l].key;
    `ASSERT(LetThroughIsDecided, !(t3_valid_o[l] && t3_through_q[l]) || decided)
    `ASSERT(OneCaseEach, $countones({hit_q, given[l], miss_q, t3_error_q}) <= 32'(t3_valid_o[l]))
    `ASSERT(RowInOneWay, !(hit_q || given[l] || miss_q) || $countones(match) == 32'(hit_q))
    for (genvar m = 0; m < l; m++) begin : gen_pair
      logic same_set;
      assign same_set = t1_sid_o[l] == t1_sid_o[m];
      `ASSERT(SetInOneLookup, !(t1_valid_o[l] && t1_valid_o[m] && same_set))
    end
  end

  always_comb begin
    release_o = '0;
    for (int unsigned l = 0; l < LANES; l++)
      if (t3_valid_o[l] && t3_through_q[l]) release_o[t3_ctx_q[l]] = 1'b1;
  end

endmodule

`default_nettype wire
