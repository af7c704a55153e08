// Round-robin arbiters of four sizes, all inputs free.
`default_nettype none
`include "common/registers.svh"

module rr_arb_formal (
  input wire logic            clk_i,
  input wire logic [3:0][7:0] req_i,
  input wire logic [3:0]      advance_i,
  input wire logic [2:0]      watch_i
);

  localparam int unsigned Sizes [4] = '{1, 2, 5, 8};

  logic       rst_ni;
  logic [2:0] watch_q;
  formal_reset u_reset (.clk_i, .rst_no(rst_ni));
  `FFLNR(watch_q, watch_i, !rst_ni)

  for (genvar i = 0; i < 4; i++) begin : gen_size
    localparam int unsigned N    = Sizes[i];
    localparam int unsigned IdxW = (N > 1) ? $clog2(N) : 1;
    logic [N-1:0]    gnt;
    logic [IdxW-1:0] idx;
    logic            valid;
    rr_arb #(.N(N)) u_arb (
      .clk_i, .rst_ni, .req_i(req_i[i][N-1:0]), .advance_i(advance_i[i]), .gnt_o(gnt), .idx_o(idx), .valid_o(valid)
    );
    rr_arb_properties #(.N(N)) u_properties (
      .clk_i, .rst_ni, .req_i(req_i[i][N-1:0]), .advance_i(advance_i[i]), .gnt_i(gnt), .idx_i(idx), .valid_i(valid),
      .watch_i(IdxW'(watch_q))
    );
  end

endmodule

`default_nettype wire
