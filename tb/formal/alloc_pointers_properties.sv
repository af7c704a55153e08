// LocalRowIDs of a region are 0, 1, 2, ... without gap or repetition, below its capacity, since it was cleared.
//
// One region is followed, `watch_i` (constant; a proof leaves it free).
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_pointers_properties
  import hub_pkg::*;
#(
  parameter int unsigned LANES   = 2,
  parameter int unsigned REGIONS = 2
) (
  input wire logic                clk_i,
  input wire logic                rst_ni,
  input wire logic [RegionW-1:0]  region_i [LANES],
  input wire logic [LANES-1:0]    request_i,
  input wire logic [LocalW-1:0]   capacity_i [LANES],
  input wire logic [LANES-1:0]    given_i,
  input wire logic [LocalW-1:0]   lid_i [LANES],
  input wire logic                clear_i,
  input wire logic                clear_all_i,
  input wire logic [RegionW-1:0]  clear_region_i,
  input wire logic [RegionW-1:0]  watch_i
);

  logic [LANES-1:0]  request_q, wants_q;         // in T3; those for the followed region
  logic [RegionW-1:0] region_q [LANES];
  logic [LocalW-1:0] count_q, count;             // rows given to the followed region
  logic              clear;
  logic [LANES-1:0]  wrong, known, held_back;
  assign clear = clear_all_i || (clear_i && clear_region_i == watch_i);
  `FF(request_q, request_i, '0)
  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    `FFNR(region_q[l], region_i[l])
    assign wants_q[l] = request_q[l] && region_q[l] == watch_i;
    assign known[l]   = !request_i[l] || 32'(region_i[l]) < REGIONS;
  end
  `ASSUME(RegionKnown, &known && 32'(clear_region_i) < REGIONS)
  // alloc_init stops lookups before it clears.
  `ASSUME(ClearedAtRest, !(clear_i || clear_all_i) || (request_i == '0 && request_q == '0))

  always_comb begin
    count     = count_q;
    wrong     = '0;
    held_back = '0;
    for (int unsigned l = 0; l < LANES; l++) begin
      if (wants_q[l] && given_i[l]) begin
        wrong[l] = lid_i[l] != count || lid_i[l] >= capacity_i[l];
        count    = count + LocalW'(1);
      end
      held_back[l] = wants_q[l] && !given_i[l] && count < capacity_i[l];
    end
  end
  `FF(count_q, clear ? '0 : count, '0)

  `ASSERT(GivesToRequests, (given_i & ~request_q) == '0)
  `ASSERT(NextOneBelowCapacity, wrong == '0)
  `ASSERT(RefusesOnlyWhenFull, held_back == '0)
  `COVER(AllLanesAtOnce, wants_q == '1 && given_i == '1 && count_q != '0)
  `COVER(SomeFit, wants_q == '1 && given_i == LANES'(1))

endmodule

`default_nettype wire
