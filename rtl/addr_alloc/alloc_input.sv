// Input of one lane: a register for the link, one for the loop, and the turn between them.
//
// Latency 1 cycle, a packet a cycle. `ready` is a function of state: a register is ready when it is empty
// or its packet leaves. A packet leaves when the window has room (reports: also the report queue).
// A link packet whose first beat lacks `tlast` is marked truncated and its further beats are dropped up to
// and with the one that has it. Cost: two packets of flops. Critical path: room to `ready`, 4 gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_input
  import hub_pkg::*;
(
  input  wire logic                  clk_i,
  input  wire logic                  rst_ni,
  input  wire logic                  open_i,         // packets may enter and leave
  input  wire logic                  rx_tvalid_i,
  output logic                       rx_tready_o,
  input  wire logic [LineBits-1:0]   rx_tdata_i,
  input  wire logic [LineBytes-1:0]  rx_tstrb_i,
  input  wire logic [HeaderBits-1:0] rx_tuser_i,
  input  wire logic                  rx_tlast_i,
  input  wire logic                  loop_valid_i,
  output logic                       loop_ready_o,
  input  wire packet_t               loop_packet_i,
  input  wire logic                  room_i,         // window
  input  wire logic                  report_room_i,  // report queue
  output logic                       take_o,
  output packet_t                    packet_o,       // with take_o
  output logic                       truncated_o,
  output logic                       busy_o
);

  packet_t link_q, loop_q;
  logic    link_valid_q, loop_valid_q, truncated_q, dropping_q, loop_turn_q;
  logic    link_fire, loop_fire, pick_loop, pop_link, pop_loop;

  assign pick_loop   = loop_valid_q && (loop_turn_q || !link_valid_q);
  assign packet_o    = pick_loop ? loop_q : link_q;
  assign truncated_o = !pick_loop && truncated_q;
  assign take_o      = open_i && (link_valid_q || loop_valid_q) && room_i
                       && (report_room_i || packet_o.header.kind != KindCount);
  assign pop_link    = take_o && !pick_loop;
  assign pop_loop    = take_o && pick_loop;

  assign rx_tready_o  = open_i && (!link_valid_q || pop_link);
  assign loop_ready_o = open_i && (!loop_valid_q || pop_loop);
  assign link_fire    = rx_tvalid_i && rx_tready_o;
  assign loop_fire    = loop_valid_i && loop_ready_o;

  `FFL(link_valid_q, link_fire && !dropping_q, link_fire || pop_link, 1'b0)
  `FFL(loop_valid_q, loop_fire, loop_fire || pop_loop, 1'b0)
  `FFL(dropping_q, !rx_tlast_i, link_fire, 1'b0)
  `FFL(loop_turn_q, pop_link, take_o, 1'b0)
  `FFLNR(link_q, packet_t'({rx_tuser_i, rx_tstrb_i, rx_tdata_i}), link_fire && !dropping_q)
  `FFLNR(truncated_q, !rx_tlast_i, link_fire && !dropping_q)
  `FFLNR(loop_q, loop_packet_i, loop_fire)

  assign busy_o = link_valid_q || loop_valid_q;

  `ASSERT(TakesOne, !(pop_link && pop_loop))
  `ASSERT(TakesWhatIsThere, !take_o || (pick_loop ? loop_valid_q : link_valid_q))

endmodule

`default_nettype wire
