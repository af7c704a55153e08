// Next free LocalRowID of every region; up to LANES new rows a cycle.
//
// Asked in T2 (region), answered in T3 (LocalRowID, or that the region is full). The value read in T2 is
// corrected in T3 by what the cycle before has given out, and each request by its rank among those of
// the same region, so new rows of one region get consecutive LocalRowIDs in one cycle.
// The pointer of a region is moved by T3 alone, by the rows that fitted, and cleared by alloc_init.
// Cost: REGIONS * 21 flops, LANES multiplexers of them, LANES^2 comparators of a region.
// Critical path: T2, 1 of REGIONS; T3, count of up to 2 LANES - 1 bits, add 20 bits: 18 gates.
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
  input  wire logic [RegionW-1:0]   t2_region_i [LANES],
  // T3
  input  wire logic [LANES-1:0]     request_i,                  // a new row
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

  localparam int unsigned IdxW = (REGIONS > 1) ? $clog2(REGIONS) : 1;

  logic [REGIONS-1:0] used_q;              // next_q counts; else the pointer is 0
  logic [LocalW-1:0]  next_q  [REGIONS];
  logic [IdxW-1:0]    region_q [LANES];
  logic [LocalW-1:0]  base_q  [LANES];     // pointer as read in T2
  logic [LANES-1:0]   given_q;             // a cycle ago
  logic [LANES-1:0]   stale_q [LANES];     // whose gift of a cycle ago base_q does not have
  logic [LANES-1:0]   peer_q  [LANES];     // lower lanes with the same region

  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    logic [IdxW-1:0]   region;
    logic [LANES-1:0]  stale, peer;
    logic [LocalW-1:0] lid;
    logic [4:0]        behind;             // rows given since base_q was read, and before this one

    assign region = IdxW'(t2_region_i[l]);
    always_comb begin
      stale = '0;
      peer  = '0;
      for (int m = 0; m < LANES; m++) begin
        stale[m] = region_q[m] == region;
        peer[m]  = m < l && IdxW'(t2_region_i[m]) == region;
      end
    end
    `FFNR(region_q[l], region)
    `FFNR(base_q[l], used_q[region] ? next_q[region] : '0)
    `FFNR(stale_q[l], stale)
    `FFNR(peer_q[l], peer)

    assign behind     = 5'($countones(stale_q[l] & given_q)) + 5'($countones(peer_q[l] & request_i));
    assign lid        = base_q[l] + LocalW'(behind);
    assign lid_o[l]   = lid;
    assign given_o[l] = request_i[l] && (LocalW + 1)'(base_q[l]) + (LocalW + 1)'(behind) < (LocalW + 1)'(capacity_i[l]);

    logic fits, first, in_place;
    assign fits     = lid < capacity_i[l];
    assign first    = (peer_q[l] & given_o) == '0;
    assign in_place = lid == (used_q[region_q[l]] ? next_q[region_q[l]] : '0);
    `ASSERT(WithinCapacity, !given_o[l] || fits)
    `ASSERT(PointerIsDense, !(given_o[l] && first) || in_place)
    for (genvar m = 0; m < l; m++) begin : gen_pair
      logic same;
      assign same = region_q[l] == region_q[m] && lid_o[l] == lid_o[m];
      `ASSERT(DistinctRows, !(given_o[l] && given_o[m] && same))
    end
  end

  `FF(given_q, given_o, '0)
  logic unused_region;
  assign unused_region = ^clear_region_i;   // bits above REGIONS

  always_ff @(posedge clk_i)
    for (int unsigned l = 0; l < LANES; l++)
      if (given_o[l]) next_q[region_q[l]] <= lid_o[l] + LocalW'(1);   // the last one has the highest

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
