// Events of the tile table's ports, queued, one a cycle in turns.
//
// A lookup may cause one event two cycles after it won, so a port may look up only while its queue has a
// place for every lookup under way: `room_o`. A place is taken for a port that wins, and given back when its event
// leaves, or in the cycle after a lookup that has caused none (the subtraction of stage 2 is a long path already). A
// port whose events cannot leave stops looking up; its acknowledgements are taken along by other ports that look up
// the same tile.
// Throughput 1 event a cycle, latency 1. Cost: LANES * 4 events of 44 bits; critical path: arbiter, event
// multiplexer, about 12 gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module tile_events
  import hub_pkg::*;
#(
  parameter int unsigned LANES = 4,                              // 1..8
  parameter int unsigned DEPTH = 4                               // 4 for full rate, 1..15
) (
  input  wire logic              clk_i,
  input  wire logic              rst_ni,
  output logic [LANES-1:0]       room_o,
  input  wire logic [LANES-1:0]  stage1_valid_i,
  input  wire logic [LANES-1:0]  stage2_valid_i,                 // of these ...
  input  wire logic [LANES-1:0]  event_valid_i,                  // ... these cause an event
  input  wire tile_event_t       event_i [LANES],
  output logic [LANES-1:0]       waiting_o,
  output logic                   valid_o,
  input  wire logic              ready_i,
  output tile_event_t            event_o
);

  if (LANES < 1 || LANES > 8) $fatal(1, "tile_events: LANES must be 1..8");
  if (DEPTH < 1 || DEPTH > 15) $fatal(1, "tile_events: DEPTH must be 1..15");

  logic [LANES-1:0] pop, places;
  tile_event_t      head [LANES];

  for (genvar p = 0; p < LANES; p++) begin : gen_port
    logic       leaves, nothing_q;
    logic [3:0] room_q;
    fifo #(.T(tile_event_t), .Depth(DEPTH)) u_queue (
      .clk_i, .rst_ni,
      .push_valid_i(event_valid_i[p]), .push_ready_o(places[p]), .push_data_i(event_i[p]),
      .pop_valid_o(waiting_o[p]), .pop_ready_i(pop[p]), .pop_data_o(head[p])
    );
    assign leaves    = pop[p] && waiting_o[p];
    `FF(nothing_q, stage2_valid_i[p] && !event_valid_i[p], 1'b0)
    // A place is taken a cycle after the win, off the path that chooses winners.
    assign room_o[p] = room_q > 4'(stage1_valid_i[p]);
    `FFL(room_q, room_q - 4'(stage1_valid_i[p]) + 4'(leaves) + 4'(nothing_q),
         stage1_valid_i[p] || leaves || nothing_q, 4'(DEPTH))
    `ASSERT(PlaceForEvent, !event_valid_i[p] || places[p])
  end

  logic [LANES-1:0] gnt;
  logic [((LANES > 1) ? $clog2(LANES) : 1)-1:0] unused_idx;
  rr_arb #(.N(LANES)) u_arb (
    .clk_i, .rst_ni, .req_i(waiting_o), .advance_i(ready_i), .gnt_o(gnt), .idx_o(unused_idx), .valid_o(valid_o)
  );
  assign pop = ready_i ? gnt : '0;
  always_comb begin
    event_o = '0;
    if (valid_o)
      for (int unsigned p = 0; p < LANES; p++) if (gnt[p]) event_o |= head[p];
  end

endmodule

`default_nettype wire
