// Queues of four depths, all inputs free.
`default_nettype none

module fifo_formal (
  input wire logic            clk_i,
  input wire logic [3:0]      push_valid_i,
  input wire logic [3:0][1:0] push_data_i,
  input wire logic [3:0]      pop_ready_i,
  input wire logic [3:0]      mark_i
);

  localparam int unsigned Depths [4] = '{1, 2, 3, 8};
  typedef logic [1:0] word_t;

  logic rst_n;
  formal_reset u_reset (.clk_i, .rst_no(rst_n));

  for (genvar i = 0; i < 4; i++) begin : gen_depth
    logic  push_ready, pop_valid;
    word_t pop_data;
    fifo #(.T(word_t), .Depth(Depths[i])) u_fifo (
      .clk_i, .rst_ni(rst_n),
      .push_valid_i(push_valid_i[i]), .push_ready_o(push_ready), .push_data_i(push_data_i[i]),
      .pop_valid_o(pop_valid), .pop_ready_i(pop_ready_i[i]), .pop_data_o(pop_data)
    );
    fifo_properties #(.T(word_t), .Depth(Depths[i])) u_properties (
      .clk_i, .rst_ni(rst_n),
      .push_valid_i(push_valid_i[i]), .push_ready_i(push_ready), .push_data_i(push_data_i[i]),
      .pop_valid_i(pop_valid), .pop_ready_i(pop_ready_i[i]), .pop_data_i(pop_data), .mark_i(mark_i[i])
    );
  end

endmodule

`default_nettype wire
