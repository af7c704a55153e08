// The queues of a lane's stores are queues: fifo_properties, at three depths. Their user pushes only with room.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module slot_queue_formal (
  input wire logic            clk_i,
  input wire logic [2:0]      push_i,
  input wire logic [2:0][1:0] data_i,
  input wire logic [2:0]      pop_i,
  input wire logic [2:0]      mark_i
);

  typedef logic [1:0] word_t;
  localparam int unsigned Depths [3] = '{1, 3, 4};

  logic rst_ni;
  formal_reset u_reset (.clk_i, .rst_no(rst_ni));

  for (genvar i = 0; i < 3; i++) begin : gen_depth
    localparam int unsigned CntW = $clog2(Depths[i] + 1);
    logic [CntW-1:0] inside_q;
    logic            room, valid, push, pop;
    word_t           head;
    assign room = inside_q != CntW'(Depths[i]);
    assign push = push_i[i] && room;
    assign pop  = pop_i[i] && valid;
    `FF(inside_q, inside_q + CntW'(push) - CntW'(pop), '0)
    slot_queue #(.T(word_t), .Depth(Depths[i])) u_queue (
      .clk_i, .rst_ni, .push_i(push), .push_data_i(data_i[i]), .pop_i(pop), .valid_o(valid), .head_o(head)
    );
    fifo_properties #(.T(word_t), .Depth(Depths[i])) u_properties (
      .clk_i, .rst_ni, .push_valid_i(push_i[i]), .push_ready_i(room), .push_data_i(data_i[i]),
      .pop_valid_i(valid), .pop_ready_i(pop_i[i]), .pop_data_i(head), .mark_i(mark_i[i])
    );
  end

endmodule

`default_nettype wire
