// The stream of messages to the thread-block scheduler: one message a cycle in, one out.
//
// An empty queue lets a message through in the same cycle; one that is not taken is queued, so the stream
// is stable while it waits. `space_o` says that the queue takes a message whatever the scheduler does.
// Pushed by flow_sched, popped by the scheduler. Latency 0, cost Depth messages of 51 bits, critical path
// one multiplexer.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module tile_message
  import hub_pkg::*;
#(
  parameter int unsigned DEPTH = 4                               // 1..64
) (
  input  wire logic      clk_i,
  input  wire logic      rst_ni,
  output logic           space_o,
  input  wire logic      valid_i,                                // only with space
  input  wire tile_msg_t msg_i,
  output logic           tile_tvalid_o,
  input  wire logic      tile_tready_i,
  output tile_msg_t      tile_tdata_o,
  output logic           busy_o
);

  if (DEPTH < 1 || DEPTH > 64) $fatal(1, "tile_message: DEPTH must be 1..64");

  logic      queued;
  tile_msg_t head;
  fifo #(.T(tile_msg_t), .Depth(DEPTH)) u_queue (
    .clk_i, .rst_ni,
    .push_valid_i(valid_i && (queued || !tile_tready_i)), .push_ready_o(space_o), .push_data_i(msg_i),
    .pop_valid_o(queued), .pop_ready_i(tile_tready_i), .pop_data_o(head)
  );
  assign tile_tvalid_o = queued || valid_i;
  assign tile_tdata_o  = queued ? head : msg_i;
  assign busy_o        = queued;

  // The stream's own rules.
  logic      waits_q;
  tile_msg_t shown_q;
  `FF(waits_q, tile_tvalid_o && !tile_tready_i, 1'b0)
  `FFLNR(shown_q, tile_tdata_o, tile_tvalid_o)
  `ASSERT(OnlyWithSpace, !valid_i || space_o)
  `ASSERT(StreamHolds, !waits_q || (tile_tvalid_o && tile_tdata_o == shown_q))

endmodule

`default_nettype wire
