// One request port: checks, the lane's payload memory, and a queue of stores for every slice.
//
//   cycle 0  beat on the pins: checked; payload written to a free slot, slot pushed to its slice's queue
//   cycle 1  the crossbar pops the head of at most one queue
//   cycle 2  `nop_o`, `key_o` of the popped store
//   cycle 3  payload read, slot free again
//   cycle 4  `strb_o`, `data_o`
//
// `req_tready_o` depends on state alone: a slot is free and no fence waits. A refused packet takes no
// slot. A fence takes none either: it is kept in `fence_header_o` until `fence_take_i`, and closes all lanes.
// Slots: taken by acceptance, freed in cycle 3. One store a cycle needs 4 slots; more absorb stores that
// wait for their slice or for a free entry there.
// Cost: SLOTS lines of SRAM, SLOTS x (52 + LANES x (5 + log2 PEERS)) flops. Critical path: from the pins through the
// peer's enable bit (PEERS:1) to the queue's push, about 8 + 2 log2 PEERS gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module request_lane
  import hub_pkg::*;
#(
  parameter int unsigned LANES   = 4,               // 1..8, power of two: slices
  parameter int unsigned PEERS   = 8,               // 2..96
  parameter int unsigned REGIONS = 64,              // 1..256
  parameter int unsigned SLOTS   = 8,               // 4..64, power of two
  localparam int unsigned PeerW  = $clog2(PEERS)
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  input  wire logic                 enable_i,
  input  wire logic [GpuW-1:0]      self_i,
  input  wire logic [PEERS-1:0]     peer_en_i,
  input  wire logic                 closed_i,       // a fence waits at some lane

  input  wire logic                 req_tvalid_i,
  output logic                      req_tready_o,
  input  wire line_t                req_tdata_i,
  input  wire strb_t                req_tstrb_i,
  input  wire header_t              req_tuser_i,
  input  wire logic                 req_tlast_i,

  output logic [LANES-1:0]          head_valid_o,   // oldest store for each slice
  output logic [LANES-1:0][PeerW-1:0] head_peer_o,
  input  wire logic [LANES-1:0]     pop_i,          // one-hot or zero
  output logic                      nop_o,
  output line_key_t                 key_o,
  output strb_t                     strb_o,
  output line_t                     data_o,

  output logic                      fence_valid_o,
  output header_t                   fence_header_o,
  input  wire logic                 fence_take_i,

  output logic                      accepted_o,     // a store, in this cycle
  output logic                      empty_o,        // no slot in use
  output logic                      refused_o,
  output refusal_t                  refusal_o
);

  localparam int unsigned SlotW = $clog2(SLOTS);
  typedef logic [SlotW-1:0] slot_t;
  typedef struct packed {
    slot_t            slot;
    logic [PeerW-1:0] peer;
  } place_t;
  typedef struct packed {
    logic      nop;
    line_key_t key;
  } kept_t;

  // ---- cycle 0: checks -----------------------------------------------------------------------------------
  logic                beat, inside_q, well_formed, is_rowsp, is_st, store_ok, fence_ok, refuse;
  logic [2**GpuW-1:0]  enabled;          // by dst; above PEERS nobody
  logic [RowW-1:0]     fence_end;

  assign beat      = req_tvalid_i && req_tready_o;
  assign enabled   = (2**GpuW)'(peer_en_i);
  assign fence_end = RowW'(req_tuser_i.region) + req_tuser_i.row;

  assign well_formed = enable_i && req_tlast_i && !inside_q && req_tuser_i.rsvd == '0;
  assign is_rowsp    = req_tuser_i.kind == KindRowsp && req_tuser_i.offset[LineShift-1:0] == '0;
  assign is_st       = req_tuser_i.kind == KindSt && req_tuser_i.addr[LineShift-1:0] == '0;
  assign store_ok    = well_formed && (is_rowsp || is_st) && req_tstrb_i != '0 && enabled[req_tuser_i.dst];
  assign fence_ok    = well_formed && req_tuser_i.kind == KindFence && req_tuser_i.row <= RowW'(REGIONS) &&
                       fence_end <= RowW'(REGIONS);
  assign accepted_o  = beat && store_ok;
  assign refuse      = beat && !inside_q && !store_ok && !fence_ok;

  `FFL(inside_q, !req_tlast_i, beat, 1'b0)           // within a packet of several beats
  `FF(refused_o, refuse, 1'b0)

  header_t stamped;
  always_comb begin
    stamped     = req_tuser_i;
    stamped.src = self_i;
  end
  `FFLNR(refusal_o.cause, RefuseRequest, refuse)
  `FFLNR(refusal_o.header, stamped, refuse)
  `FFLNR(fence_header_o, stamped, beat && fence_ok)
  `FFL(fence_valid_o, beat && fence_ok, (beat && fence_ok) || fence_take_i, 1'b0)

  // ---- slots ---------------------------------------------------------------------------------------------
  logic [SLOTS-1:0] used_q, used_d, free_slot;
  slot_t            slot;
  logic             h_valid_q, c_valid_q;
  slot_t            h_slot_q, c_slot_q;
  kept_t            kept_q [SLOTS];
  kept_t            store;

  assign free_slot = ~used_q & (used_q + SLOTS'(1));  // the lowest zero
  always_comb begin
    slot = '0;
    for (int unsigned i = 0; i < SLOTS; i++) if (free_slot[i]) slot |= slot_t'(i);
  end

  always_comb begin
    used_d = used_q;
    if (c_valid_q)  used_d[c_slot_q] = 1'b0;
    if (accepted_o) used_d[slot]     = 1'b1;
  end
  `FF(used_q, used_d, '0)

  assign req_tready_o = !closed_i && !(&used_q);
  assign empty_o      = used_q == '0;

  // ---- key, and the slice it belongs to ------------------------------------------------------------------
  logic [LANES-1:0]    slice;            // one-hot
  logic [LineIdxW-1:0] hash;

  always_comb begin
    store = '{nop: req_tuser_i.nop,
              key: '{kind: req_tuser_i.kind[1:0], region: req_tuser_i.region, gen: req_tuser_i.gen,
                     row: req_tuser_i.row, line: req_tuser_i.offset[OffsetW-1:LineShift]}};
    if (req_tuser_i.kind == KindSt) begin
      store.key.region = '0;
      {store.key.gen, store.key.row, store.key.line} = req_tuser_i.addr[AddrW-1:LineShift];
    end
  end
  assign hash = slice_hash(req_tuser_i.kind == KindSt, req_tuser_i.addr[LineShift+:LineIdxW],
                           req_tuser_i.offset[OffsetW-1:LineShift], req_tuser_i.row[LineIdxW-1:0]);
  for (genvar s = 0; s < LANES; s++) begin : gen_slice
    assign slice[s] = hash % LineIdxW'(LANES) == LineIdxW'(s);
  end

  `FFLNR(kept_q[slot], store, beat)

  // ---- queues, payload -----------------------------------------------------------------------------------
  place_t place, head [LANES];
  slot_t  popped;

  assign place = '{slot: slot, peer: PeerW'(req_tuser_i.dst)};
  for (genvar s = 0; s < LANES; s++) begin : gen_queue
    slot_queue #(.T(place_t), .Depth(SLOTS)) u_queue (
      .clk_i, .rst_ni, .push_i(accepted_o && slice[s]), .push_data_i(place),
      .pop_i(pop_i[s]), .valid_o(head_valid_o[s]), .head_o(head[s])
    );
    assign head_peer_o[s] = head[s].peer;
  end
  always_comb begin
    popped = '0;
    for (int unsigned s = 0; s < LANES; s++) if (pop_i[s]) popped |= head[s].slot;
  end

  `FF(h_valid_q, pop_i != '0, 1'b0)
  `FF(c_valid_q, h_valid_q, 1'b0)
  `FFNR(h_slot_q, popped)
  `FFNR(c_slot_q, h_slot_q)
  assign nop_o = kept_q[h_slot_q].nop;
  assign key_o = kept_q[h_slot_q].key;

  sram_1r1w #(.Width(LineBytes + LineBits), .Depth(SLOTS)) u_payload (
    .clk_i, .we_i(beat), .waddr_i(slot), .wmask_i(1'b1), .wdata_i({req_tstrb_i, req_tdata_i}),
    .re_i(c_valid_q), .raddr_i(c_slot_q), .rdata_o({strb_o, data_o})
  );

  if (SLOTS < 4 || SLOTS > 64 || (SLOTS & (SLOTS - 1)) != 0)
    $fatal(1, "request_lane: SLOTS must be a power of two, 4..64");

  `ASSERT(PopsOne, (pop_i & (pop_i - LANES'(1))) == '0)
  `ASSERT(FreesUsedSlot, !c_valid_q || used_q[c_slot_q])
  `ASSERT(OneFence, !(beat && fence_ok) || !fence_valid_o)

endmodule

`default_nettype wire
