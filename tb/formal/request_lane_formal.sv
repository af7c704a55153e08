// A request port of four slots for two slices and two peers. All inputs free; payload of a bit.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module request_lane_formal
  import hub_pkg::*;
(
  input wire logic       clk_i,
  input wire logic       enable_i,
  input wire logic [1:0] peer_en_i,
  input wire logic       closed_i,
  input wire logic       req_tvalid_i,
  input wire header_t    req_tuser_i,
  input wire logic [1:0] strb_i,
  input wire logic       data_i,
  input wire logic       req_tlast_i,
  input wire logic [1:0] pop_i,
  input wire logic       fence_take_i,
  input wire logic       mark_i
);

  logic       rst_ni, ready, nop, accepted, empty, fence_valid;
  logic [1:0] head_valid, head_peer;
  line_key_t  key;
  strb_t      strb;
  line_t      data;
  formal_reset u_reset (.clk_i, .rst_no(rst_ni));

  request_lane #(.LANES(2), .PEERS(2), .REGIONS(2), .SLOTS(4)) u_lane (
    .clk_i, .rst_ni, .enable_i, .self_i('0), .peer_en_i, .closed_i(closed_i || fence_valid),
    .req_tvalid_i, .req_tready_o(ready), .req_tdata_i(line_t'(data_i)), .req_tstrb_i(strb_t'(strb_i)), .req_tuser_i,
    .req_tlast_i, .head_valid_o(head_valid), .head_peer_o(head_peer), .pop_i, .nop_o(nop), .key_o(key),
    .strb_o(strb), .data_o(data), .fence_valid_o(fence_valid), .fence_header_o(), .fence_take_i,
    .accepted_o(accepted), .empty_o(empty), .refused_o(), .refusal_o()
  );
  request_lane_properties #(.LANES(2), .PEERS(2), .SLOTS(4)) u_properties (
    .clk_i, .rst_ni, .accepted_i(accepted), .req_tvalid_i, .req_tready_i(ready), .req_tuser_i, .strb_i(strb_i[0]),
    .data_i, .peer_en_i, .closed_i(closed_i || fence_valid), .head_valid_i(head_valid), .head_peer_i(head_peer),
    .pop_i, .out_nop_i(nop), .out_key_i(key), .out_strb_i(strb[0]), .out_data_i(data[0]), .empty_i(empty), .mark_i
  );

  // ---- where the followed store is, in every state -----------------------------------------------------------------
  logic [1:0]      slot_q, h_slot, c_slot;
  logic            h_valid, c_valid;
  logic [3:0][3:0] seen;                         // places that hold each slot
  logic [1:0]      queue_wrong;
  logic            slots_wrong;
  logic [1:0][3:0] waiting, mine;
  `FFLNR(slot_q, u_lane.slot, u_properties.start)
  assign h_valid = u_lane.h_valid_q;
  assign c_valid = u_lane.c_valid_q;
  assign h_slot  = u_lane.h_slot_q;
  assign c_slot  = u_lane.c_slot_q;
  logic [1:0][3:0][1:0] slot_of;
  logic [1:0][3:0]      peer_of;
  for (genvar s = 0; s < 2; s++) begin : gen_slice
    for (genvar i = 0; i < 4; i++) begin : gen_place
      assign slot_of[s][i] = u_lane.gen_queue[s].u_queue.mem_q[i].slot;
      assign peer_of[s][i] = u_lane.gen_queue[s].u_queue.mem_q[i].peer;
      assign mine[s][i]    = u_properties.waits_q && u_properties.slice_q[s] && u_properties.ahead_q == 3'(i);
    end
    assign waiting[s] = u_lane.gen_queue[s].u_queue.used_q;
    assign queue_wrong[s] = waiting[s] != 4'((8'd1 << u_properties.inside_q[s]) - 8'd1) ||
                            u_properties.inside_q[s] > 3'd4;
  end
  always_comb begin
    slots_wrong = 1'b0;
    for (int unsigned k = 0; k < 4; k++) begin
      seen[k] = 4'(h_valid && h_slot == 2'(k)) + 4'(c_valid && c_slot == 2'(k));
      for (int unsigned s = 0; s < 2; s++)
        for (int unsigned i = 0; i < 4; i++) seen[k] += 4'(waiting[s][i] && slot_of[s][i] == 2'(k));
      slots_wrong |= seen[k] != 4'(u_lane.used_q[k]);
    end
    for (int unsigned s = 0; s < 2; s++)
      for (int unsigned i = 0; i < 4; i++)
        slots_wrong |= mine[s][i] &&
                       !(waiting[s][i] && slot_of[s][i] == slot_q && peer_of[s][i] == u_properties.peer_q);
  end
  `ASSERT(QueuesCounted, queue_wrong == '0)
  `ASSERT(SlotsInOnePlace, !slots_wrong)
  `ASSERT(FollowedInOnePlace,
          $countones({u_properties.waits_q, u_properties.h_q, u_properties.c_q, u_properties.w_q}) <= 1 &&
          (!u_properties.waits_q || (u_properties.slice_q inside {2'b01, 2'b10} && mine != '0)) &&
          (!u_properties.h_q || (h_valid && h_slot == slot_q)) && (!u_properties.c_q || (c_valid && c_slot == slot_q)))
  logic [$bits(line_key_t):0]    kept;
  logic [LineBytes+LineBits-1:0] payload;
  assign kept    = u_lane.kept_q[slot_q];
  assign payload = u_lane.u_payload.mem[slot_q];
  `ASSERT(SlotKeeps, !(u_properties.waits_q || u_properties.h_q || u_properties.c_q) ||
          (kept == {u_properties.nop_q, u_properties.key_q} &&
           payload[LineBits] == u_properties.strb_q && payload[0] == u_properties.data_q))

endmodule

`default_nettype wire
