// Pointers of two regions for one, two and four lanes. A region's capacity is the same for all lanes and constant.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_pointers_formal
  import hub_pkg::*;
(
  input wire logic                              clk_i,
  input wire logic [2:0][3:0][RegionW-1:0]      region_i,
  input wire logic [2:0][3:0]                   request_i,
  input wire logic [1:0][LocalW-1:0]            capacity_i,
  input wire logic [2:0]                        clear_i,
  input wire logic [2:0]                        clear_all_i,
  input wire logic [2:0][RegionW-1:0]           clear_region_i,
  input wire logic                              watch_i
);

  logic                   rst_ni, watch_q;
  logic [1:0][LocalW-1:0] capacity_q;
  formal_reset u_reset (.clk_i, .rst_no(rst_ni));
  `FFLNR(watch_q, watch_i, !rst_ni)
  `FFLNR(capacity_q, capacity_i, !rst_ni)

  localparam int unsigned Lanes [3] = '{1, 2, 4};
  for (genvar i = 0; i < 3; i++) begin : gen_lanes
    localparam int unsigned L = Lanes[i];
    logic [RegionW-1:0] region [L];
    logic [L-1:0]       given, in_t3_q;
    logic [LocalW-1:0]  capacity [L];
    logic [LocalW-1:0]  lid [L];
    for (genvar l = 0; l < L; l++) begin : gen_lane
      assign region[l] = region_i[i][l];
      `FFNR(in_t3_q[l], region_i[i][l][0])
      assign capacity[l] = capacity_q[in_t3_q[l]];
    end
    alloc_pointers #(.LANES(L), .REGIONS(2)) u_pointers (
      .clk_i, .rst_ni, .region_i(region), .request_i(request_i[i][L-1:0]), .capacity_i(capacity), .given_o(given),
      .lid_o(lid), .clear_i(clear_i[i]), .clear_all_i(clear_all_i[i]), .clear_region_i(clear_region_i[i]),
      .clear_used_o()
    );
    alloc_pointers_properties #(.LANES(L), .REGIONS(2)) u_properties (
      .clk_i, .rst_ni, .region_i(region), .request_i(request_i[i][L-1:0]), .capacity_i(capacity), .given_i(given),
      .lid_i(lid), .clear_i(clear_i[i]), .clear_all_i(clear_all_i[i]), .clear_region_i(clear_region_i[i]),
      .watch_i(RegionW'(watch_q))
    );
    // What the properties count is what the unit keeps.
    logic [LocalW-1:0] kept;
    assign kept = u_pointers.used_q[watch_q] ? u_pointers.next_q[watch_q] : '0;
    `ASSERT(CountIsKept, u_properties.count_q == kept)
  end

endmodule

`default_nettype wire
