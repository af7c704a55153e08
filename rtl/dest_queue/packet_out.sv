// Output of a slice: the line that was read goes to the link or to the own GPU's loop.
//
// Cycle E: `send_i`, allowed when the packet's side has room. Cycle O: tag, mask and data come from the
// line SRAM and are on the side's pins at once. What the side does not take in that cycle waits in the
// side's register, so that the other side goes on. `room` depends on the side's ready of the same cycle.
// Valid stays and payload is stable until ready. Full rate; cost two packets in flops; critical path
// from the line SRAM through a 2:1 multiplexer to the pins.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module packet_out
  import hub_pkg::*;
(
  input  wire logic            clk_i,
  input  wire logic            rst_ni,
  input  wire logic [GpuW-1:0] self_i,

  input  wire logic            send_i,           // E
  input  wire logic [GpuW-1:0] peer_i,
  input  wire logic            own_i,
  output logic                 link_room_o,
  output logic                 loop_room_o,
  output logic                 link_waits_o,     // state: the register is in use
  output logic                 loop_waits_o,

  input  wire line_tag_t       tag_i,            // O
  input  wire strb_t           strb_i,
  input  wire line_t           data_i,
  output logic                 row_valid_o,      // byte 0 of a row leaves
  output row_event_t           row_o,

  output logic                 tx_valid_o,
  input  wire logic            tx_ready_i,
  output packet_t              tx_packet_o,
  output logic                 loop_valid_o,
  input  wire logic            loop_ready_i,
  output packet_t              loop_packet_o
);

  localparam int unsigned Link = 0;
  localparam int unsigned Loop = 1;

  logic            valid_q, own_q;
  logic [GpuW-1:0] peer_q;
  packet_t         read;
  packet_t         packet [2], wait_q [2];
  logic [1:0]      here, valid, ready, waits_q;

  `FF(valid_q, send_i, 1'b0)
  `FFLNR(own_q, own_i, send_i)
  `FFLNR(peer_q, peer_i, send_i)

  assign read = '{header: header_of(tag_i.key, tag_i.nop, self_i, peer_q), strb: strb_i, data: data_i};
  assign here = {valid_q && own_q, valid_q && !own_q};
  assign ready = {loop_ready_i, tx_ready_i};

  for (genvar s = 0; s < 2; s++) begin : gen_side
    assign valid[s]  = waits_q[s] || here[s];
    assign packet[s] = waits_q[s] ? wait_q[s] : read;
    `FF(waits_q[s], valid[s] && !ready[s], 1'b0)
    `FFLNR(wait_q[s], read, here[s] && !ready[s])
  end

  assign link_room_o  = !valid[Link] || ready[Link];
  assign loop_room_o  = !valid[Loop] || ready[Loop];
  assign link_waits_o = waits_q[Link];
  assign loop_waits_o = waits_q[Loop];

  assign tx_valid_o    = valid[Link];
  assign tx_packet_o   = packet[Link];
  assign loop_valid_o  = valid[Loop];
  assign loop_packet_o = packet[Loop];

  assign row_valid_o = valid_q && tag_i.key.kind == 2'(KindRowsp) && tag_i.key.line == '0 && strb_i[0];
  assign row_o       = '{bank: tag_i.bank, peer: peer_q, region: tag_i.key.region};

  `ASSERT(SendsIntoRoom, !send_i || (own_i ? loop_room_o : link_room_o))
  `ASSERT(OneAtATime, (here & waits_q) == '0)

endmodule

`default_nettype wire
