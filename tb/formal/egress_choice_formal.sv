// Who goes first in dest_queue: the matching of lanes and slices at three sizes, the choice among entries at two.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module egress_choice_formal (
  input wire logic                      clk_i,
  input wire logic [2:0][3:0][3:0]      want_i,
  input wire logic [2:0]                scarce_i,
  input wire logic [2:0]                lane_i,
  input wire logic [2:0]                slice_i,
  input wire logic [1:0][3:0]           eligible_i,
  input wire logic [1:0][3:0]           late_i,
  input wire logic [1:0][3:0]           old_i,
  input wire logic [1:0][3:0]           high_i,
  input wire logic [1:0][3:0]           full_i,
  input wire logic [1:0][3:0][3:0]      order_i
);

  logic       rst_ni;
  logic [2:0] lane_q, slice_q;
  formal_reset u_reset (.clk_i, .rst_no(rst_ni));
  `FFLNR(lane_q, lane_i, !rst_ni)
  `FFLNR(slice_q, slice_i, !rst_ni)

  localparam int unsigned Lanes [3] = '{1, 2, 4};
  for (genvar i = 0; i < 3; i++) begin : gen_match
    localparam int unsigned L = Lanes[i];
    logic [L-1:0][L-1:0] want, take;
    for (genvar l = 0; l < L; l++) begin : gen_lane
      assign want[l] = want_i[i][l][L-1:0];
    end
    lane_match #(.LANES(L)) u_match (.clk_i, .rst_ni, .want_i(want), .scarce_i(scarce_i[i]), .take_o(take));
    lane_match_properties #(.LANES(L)) u_properties (
      .clk_i, .rst_ni, .want_i(want), .scarce_i(scarce_i[i]), .take_i(take), .lane_i(lane_q), .slice_i(slice_q)
    );
  end

  // `order_i` is an order, as merge_entries keeps it.
  localparam int unsigned Entries [2] = '{2, 4};
  for (genvar i = 0; i < 2; i++) begin : gen_pick
    localparam int unsigned N = Entries[i];
    logic [N-1:0][N-1:0] order;
    logic [N-1:0]        pick, eligible, beaten;
    logic                is_order;
    assign eligible = eligible_i[i][N-1:0];
    always_comb begin
      is_order = 1'b1;
      for (int unsigned a = 0; a < N; a++) begin
        order[a]  = order_i[i][a][N-1:0];
        is_order &= order_i[i][a][a];
        for (int unsigned b = 0; b < N; b++) begin
          if (a != b) is_order &= order_i[i][a][b] != order_i[i][b][a];
          for (int unsigned c = 0; c < N; c++)
            is_order &= !(order_i[i][a][b] && order_i[i][b][c]) || order_i[i][a][c];
        end
      end
    end
    `ASSUME(IsOrder, is_order)
    entry_pick #(.N(N)) u_pick (
      .clk_i, .rst_ni, .eligible_i(eligible), .late_i(late_i[i][N-1:0]), .old_i(old_i[i][N-1:0]),
      .high_i(high_i[i][N-1:0]), .full_i(full_i[i][N-1:0]), .order_i(order), .pick_o(pick)
    );
    // Eligible entries that go before the chosen one: there are none.
    always_comb begin
      beaten = '0;
      for (int unsigned e = 0; e < N; e++)
        for (int unsigned f = 0; f < N; f++)
          if (pick[e] && eligible[f] && f != e) begin
            logic [3:0] of_e, of_f;
            of_e = {late_i[i][e], old_i[i][e], high_i[i][e], full_i[i][e]};
            of_f = {late_i[i][f], old_i[i][f], high_i[i][f], full_i[i][f]};
            beaten[f] |= of_f > of_e || (of_f == of_e && order_i[i][f][e]);
          end
    end
    `ASSERT(PicksEligible, (pick & ~eligible) == '0)
    `ASSERT(PicksTheFirst, beaten == '0)
    `COVER(ByOrderAlone, eligible == '1 && {late_i[i], old_i[i], high_i[i], full_i[i]} == '0 && pick[N-1])
  end

endmodule

`default_nettype wire
