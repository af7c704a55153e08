// Queues of four depths side by side, each with its own handshakes and the properties that are proved of it.
`default_nettype none

module top_fifo (
  input  wire logic              clk_i,
  input  wire logic              rst_ni,
  input  wire logic [3:0]        push_valid_i,
  output logic [3:0]             push_ready_o,
  input  wire logic [3:0][15:0]  push_data_i,
  output logic [3:0]             pop_valid_o,
  input  wire logic [3:0]        pop_ready_i,
  output logic [3:0][15:0]       pop_data_o
);

  localparam int unsigned Depths [4] = '{1, 2, 3, 8};

  for (genvar i = 0; i < 4; i++) begin : gen_fifo
    fifo #(.T(logic [15:0]), .Depth(Depths[i])) u_fifo (
      .clk_i, .rst_ni,
      .push_valid_i(push_valid_i[i]), .push_ready_o(push_ready_o[i]), .push_data_i(push_data_i[i]),
      .pop_valid_o(pop_valid_o[i]), .pop_ready_i(pop_ready_i[i]), .pop_data_o(pop_data_o[i])
    );
    fifo_properties #(.T(logic [15:0]), .Depth(Depths[i])) u_properties (
      .clk_i, .rst_ni,
      .push_valid_i(push_valid_i[i]), .push_ready_i(push_ready_o[i]), .push_data_i(push_data_i[i]),
      .pop_valid_i(pop_valid_o[i]), .pop_ready_i(pop_ready_i[i]), .pop_data_i(pop_data_o[i]), .mark_i(1'b1)
    );
  end

endmodule

`default_nettype wire
