// Arbiters of four sizes side by side; requests, grants and indices in eight bits each. Each has the properties that
// are proved of it, for its last requester.
`default_nettype none

module top_rr_arb (
  input  wire logic             clk_i,
  input  wire logic             rst_ni,
  input  wire logic [3:0][7:0]  req_i,
  input  wire logic [3:0]       advance_i,
  output logic [3:0][7:0]       gnt_o,
  output logic [3:0][7:0]       idx_o,
  output logic [3:0]            valid_o
);

  localparam int unsigned Sizes [4] = '{1, 2, 5, 8};

  for (genvar i = 0; i < 4; i++) begin : gen_arb
    localparam int unsigned N    = Sizes[i];
    localparam int unsigned IdxW = (N > 1) ? $clog2(N) : 1;
    logic [N-1:0]    gnt;
    logic [IdxW-1:0] idx;
    rr_arb #(.N(N)) u_arb (
      .clk_i, .rst_ni, .req_i(req_i[i][N-1:0]), .advance_i(advance_i[i]),
      .gnt_o(gnt), .idx_o(idx), .valid_o(valid_o[i])
    );
    rr_arb_properties #(.N(N)) u_properties (
      .clk_i, .rst_ni, .req_i(req_i[i][N-1:0]), .advance_i(advance_i[i]), .gnt_i(gnt), .idx_i(idx),
      .valid_i(valid_o[i]), .watch_i(IdxW'(N - 1))
    );
    assign gnt_o[i] = 8'(gnt);
    assign idx_o[i] = 8'(idx);
  end

endmodule

`default_nettype wire
