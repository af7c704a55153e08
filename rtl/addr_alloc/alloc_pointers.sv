// Next free LocalRowID of every region; up to LANES new rows a cycle.
//
// Asked in T2, answered in T3 (LocalRowID, or that the region is full). In T2 a request gets its rank among those
// of the same region, so that new rows of one region get consecutive LocalRowIDs in one cycle, and its region's
// pointer; what T3 gives out in that cycle overtakes the pointer that is read. T3 adds the two and compares.
// The pointer of a region is moved by T3 alone, by the rows that fitted, and cleared by alloc_init.
// Cost: REGIONS * 21 flops, LANES multiplexers of them, LANES^2 comparators of a region.
// Critical path: T3 into T2, LocalRowID and capacity compared, new pointer to whoever reads it: 16 gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_pointers
  import hub_pkg::*;
#(
  parameter int unsigned LANES   = 4,    // 1..8
  parameter int unsigned REGIONS = 64    // 1..256
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  // T2
  input  wire logic [RegionW-1:0]   region_i [LANES],
  input  wire logic [LANES-1:0]     request_i,                  // a new row
  // T3
  input  wire logic [LocalW-1:0]    capacity_i [LANES],
  output logic [LANES-1:0]          given_o,
  output logic [LocalW-1:0]         lid_o [LANES],
  // initialisation
  input  wire logic                 clear_i,
  input  wire logic                 clear_all_i,
  input  wire logic [RegionW-1:0]   clear_region_i,
  output logic                      clear_used_o                // that region has given rows
);

  if (LANES < 1 || LANES > 8) $fatal(1, "alloc_pointers: LANES must be 1..8");
  if (REGIONS < 1 || REGIONS > 256) $fatal(1, "alloc_pointers: REGIONS must be 1..256");

  localparam int unsigned IdxW  = (REGIONS > 1) ? $clog2(REGIONS) : 1;
  localparam int unsigned RankW = (LANES > 1) ? $clog2(LANES) : 1;

  logic [REGIONS-1:0] used_q;              // next_q counts; else the pointer is 0
  logic [LocalW-1:0]  next_q   [REGIONS];
  logic [LANES-1:0]   request_q;
  logic [IdxW-1:0]    region   [LANES], region_q [LANES];
  logic [LocalW-1:0]  after    [LANES];    // pointer when this request has got its row

  `FF(request_q, request_i, '0)

  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    // ---- T2 -----------------------------------------------------------------------------------------------
    logic [LANES-1:0]  ahead;             // lower lanes that ask for a row of the same region
    logic [LocalW-1:0] base, base_q;
    logic [RankW-1:0]  rank_q;

    assign region[l] = IdxW'(region_i[l]);
    always_comb begin
      ahead = '0;
      for (int m = 0; m < l; m++) ahead[m] = request_i[m] && region[m] == region[l];
      base = used_q[region[l]] ? next_q[region[l]] : '0;
      for (int m = 0; m < LANES; m++)      // the last one has the highest
        if (given_o[m] && region_q[m] == region[l]) base = after[m];
    end
    `FFLNR(region_q[l], region[l], request_i[l])
    `FFLNR(base_q, base, request_i[l])
    `FFLNR(rank_q, RankW'($countones(ahead)), request_i[l])

    // ---- T3 -----------------------------------------------------------------------------------------------
    logic [LocalW+1:0] excess;             // negative while the region has room
    assign excess     = (LocalW + 2)'(base_q) + (LocalW + 2)'(rank_q) - (LocalW + 2)'(capacity_i[l]);
    assign given_o[l] = request_q[l] && excess[LocalW+1];
    assign lid_o[l]   = base_q + LocalW'(rank_q);
    assign after[l]   = base_q + LocalW'(rank_q) + LocalW'(1);

    logic [LANES-1:0] lower;
    logic             fits, in_place, in_turn;
    always_comb begin
      lower = '0;
      for (int m = 0; m < l; m++) lower[m] = request_q[m] && region_q[m] == region_q[l];
    end
    assign in_place = base_q == (used_q[region_q[l]] ? next_q[region_q[l]] : '0);
    assign fits     = lid_o[l] < capacity_i[l];
    assign in_turn  = 32'(rank_q) == $countones(lower);
    `ASSERT(WithinCapacity, !given_o[l] || fits)
    `ASSERT(PointerIsDense, !request_q[l] || (in_place && in_turn))
    for (genvar m = 0; m < l; m++) begin : gen_pair
      logic same;
      assign same = region_q[l] == region_q[m] && lid_o[l] == lid_o[m];
      `ASSERT(DistinctRows, !(given_o[l] && given_o[m] && same))
    end
  end

  logic unused_region;
  assign unused_region = ^clear_region_i;   // bits above REGIONS

  always_ff @(posedge clk_i)
    for (int unsigned l = 0; l < LANES; l++)
      if (given_o[l]) next_q[region_q[l]] <= after[l];   // the last one has the highest

  logic [REGIONS-1:0] used_d;
  always_comb begin
    used_d = used_q;
    for (int unsigned l = 0; l < LANES; l++) if (given_o[l]) used_d[region_q[l]] = 1'b1;
    if (clear_i) used_d[IdxW'(clear_region_i)] = 1'b0;
    if (clear_all_i) used_d = '0;
  end
  `FFL(used_q, used_d, given_o != '0 || clear_i || clear_all_i, '0)
  assign clear_used_o = used_q[IdxW'(clear_region_i)];

endmodule

`default_nettype wire
