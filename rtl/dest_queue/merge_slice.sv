// One slice of the merge buffer: the lines of every peer that hash to it, one link lane, one loop lane.
//
//   H  store arrives    C  entry found, its mask read    W  payload merged under its mask
//   E  entry chosen     O  packet on tx or loop
//
// Puts the two memories between the units: `u_lines` (tag, mask, data; written in W, read in E) and
// `u_masks` (mask; read in C, written in W, to see when a line is full). A store in W and the next one in
// C may mean the same entry: the mask just written is then taken from a register.
// One store in and one packet out a cycle, also when all are for one peer (N >= 5; N/5 below).
// Cost: PEERS x N x 1336 bits of SRAM and what the units say. Critical path: merge_entries, into the
// address of u_lines.
`default_nettype none
`include "common/registers.svh"

module merge_slice
  import hub_pkg::*;
#(
  parameter int unsigned PEERS   = 8,                    // 2..96
  parameter int unsigned N       = 16,                   // 2..32: entries of a peer
  parameter int unsigned REGIONS = 64,                   // 1..256
  localparam int unsigned PeerW  = $clog2(PEERS)
) (
  input  wire logic               clk_i,
  input  wire logic               rst_ni,
  input  wire logic [GpuW-1:0]    self_i,
  input  wire policy_t            policy_i,
  input  wire logic [AgeW-1:0]    merge_age_i,
  input  wire logic [AgeW-1:0]    deadline_age_i,
  input  wire logic               tick_i,

  // fence
  input  wire logic               epoch_i,
  input  wire logic               fence_i,
  input  wire logic [REGIONS-1:0] bank_i,
  input  wire logic               hold_i,                // send nothing
  output logic                    old_o,

  // stores
  output logic [PEERS-1:0]        some_free_o,
  output logic [PEERS-1:0]        many_free_o,
  output logic                    leaving_o,             // perhaps an entry of this peer comes free
  output logic [PeerW-1:0]        leaving_peer_o,
  output logic                    back_o,                // an entry of this peer comes free
  output logic [PeerW-1:0]        back_peer_o,
  input  wire logic               store_valid_i,         // H
  input  wire store_t             store_i,
  input  wire strb_t              strb_i,                // W
  input  wire line_t              data_i,

  // credits
  input  wire logic               load_i,
  input  wire logic [CreditW-1:0] credits_i,
  input  wire logic               crd_valid_i,
  input  wire logic [GpuW-1:0]    crd_peer_i,

  // rows that leave
  input  wire logic               row_room_i,
  output logic                    row_valid_o,
  output row_event_t              row_o,

  // packets
  output logic                    tx_valid_o,
  input  wire logic               tx_ready_i,
  output packet_t                 tx_packet_o,
  output logic                    loop_valid_o,
  input  wire logic               loop_ready_i,
  output packet_t                 loop_packet_o,

  output logic                    merged_o,              // a store joined an entry
  output logic                    used_o                 // an entry is in use
);

  localparam int unsigned IdxW  = $clog2(N);
  localparam int unsigned AddrW_ = $clog2(PEERS * N);
  localparam int unsigned TagBytes = ($bits(line_tag_t) + 7) / 8;

  function automatic logic [AddrW_-1:0] address(logic [PeerW-1:0] peer, logic [IdxW-1:0] idx);
    return AddrW_'(peer) * AddrW_'(N) + AddrW_'(idx);
  endfunction

  logic pick_valid, pick_own, pick_credit, may, room, link_room, loop_room, link_waits, loop_waits;

  // ---- entries -------------------------------------------------------------------------------------------
  logic             mask_read, write, fresh, full, take;
  logic [PeerW-1:0] mask_peer, write_peer, pick_peer;
  logic [IdxW-1:0]  mask_idx, write_idx, pick_idx;
  line_tag_t        write_tag;
  logic             pick_any, pick_more;
  logic [PEERS-1:0] ripe;

  merge_entries #(.PEERS(PEERS), .N(N), .REGIONS(REGIONS)) u_entries (
    .clk_i, .rst_ni, .policy_i, .merge_age_i, .deadline_age_i, .tick_i,
    .epoch_i, .fence_i, .bank_i,
    .store_valid_i, .store_i, .some_free_o, .many_free_o,
    .mask_read_o(mask_read), .mask_peer_o(mask_peer), .mask_idx_o(mask_idx),
    .write_o(write), .write_peer_o(write_peer), .write_idx_o(write_idx), .write_fresh_o(fresh),
    .write_tag_o(write_tag), .full_i(full),
    .ripe_o(ripe), .pick_peer_i(pick_peer), .pick_any_o(pick_any), .pick_more_o(pick_more),
    .pick_idx_o(pick_idx), .take_i(take), .old_o, .used_o
  );
  assign merged_o       = write && !fresh;
  assign back_o         = write && !fresh;
  assign back_peer_o    = write_peer;
  assign leaving_o      = pick_valid && room;
  assign leaving_peer_o = pick_peer;

  // ---- masks and lines -----------------------------------------------------------------------------------
  logic [AddrW_-1:0] mask_addr, write_addr;
  strb_t             mask_read_data, mask_before, mask, mask_last_q;
  logic              repeat_q;

  assign mask_addr  = address(mask_peer, mask_idx);
  assign write_addr = address(write_peer, write_idx);
  `FFL(repeat_q, write && write_addr == mask_addr, mask_read, 1'b0)
  `FFLNR(mask_last_q, mask, write)

  assign mask_before = repeat_q ? mask_last_q : mask_read_data;
  assign mask        = strb_i | (fresh ? '0 : mask_before);
  assign full        = &mask;

  sram_1r1w #(.Width(LineBytes), .Depth(PEERS * N)) u_masks (
    .clk_i, .we_i(write), .waddr_i(write_addr), .wmask_i(1'b1), .wdata_i(mask),
    .re_i(mask_read), .raddr_i(mask_addr), .rdata_o(mask_read_data)
  );

  line_tag_t                 read_tag;
  strb_t                     read_strb;
  line_t                     read_data;
  logic [8*TagBytes-$bits(line_tag_t)-1:0] unused_tag_padding;

  sram_1r1w #(.Width(8 * TagBytes + LineBytes + LineBits), .Depth(PEERS * N), .Granule(8)) u_lines (
    .clk_i, .we_i(write), .waddr_i(write_addr),
    .wmask_i({{(TagBytes + LineBytes / 8){1'b1}}, strb_i | {LineBytes{fresh}}}),
    .wdata_i({(8 * TagBytes)'(write_tag), mask, data_i}),
    .re_i(take), .raddr_i(address(pick_peer, pick_idx)),
    .rdata_o({unused_tag_padding, read_tag, read_strb, read_data})
  );

  // ---- whose turn ----------------------------------------------------------------------------------------
  assign may  = pick_valid && pick_any && pick_credit;
  assign room = (pick_own ? loop_room : link_room) && row_room_i && !hold_i;
  assign take = may && room;

  peer_pick #(.PEERS(PEERS)) u_peers (
    .clk_i, .rst_ni, .round_robin_i(policy_i.round_robin), .self_i,
    .load_i, .credits_i, .crd_valid_i, .crd_peer_i,
    .ripe_i(ripe), .guess_valid_i(write), .guess_peer_i(write_peer),
    .link_waits_i(link_waits), .loop_waits_i(loop_waits),
    .pick_valid_o(pick_valid), .pick_peer_o(pick_peer), .pick_own_o(pick_own),
    .pick_credit_o(pick_credit), .sent_i(take), .more_i(pick_more), .blocked_i(may && !room)
  );

  packet_out u_out (
    .clk_i, .rst_ni, .self_i,
    .send_i(take), .peer_i(GpuW'(pick_peer)), .own_i(pick_own),
    .link_room_o(link_room), .loop_room_o(loop_room),
    .link_waits_o(link_waits), .loop_waits_o(loop_waits),
    .tag_i(read_tag), .strb_i(read_strb), .data_i(read_data), .row_valid_o, .row_o,
    .tx_valid_o, .tx_ready_i, .tx_packet_o, .loop_valid_o, .loop_ready_i, .loop_packet_o
  );

endmodule

`default_nettype wire
