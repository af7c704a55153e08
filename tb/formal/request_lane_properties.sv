// What a request port promises: a store that it accepts waits for its slice behind those accepted before it, and leaves
// once, with its peer, key, mask and data.
//
// One store at a time is followed: `mark_i` says that the one accepted in this cycle is to be it. Of mask and data the
// lowest bit is looked at.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module request_lane_properties
  import hub_pkg::*;
#(
  parameter int unsigned LANES  = 2,
  parameter int unsigned PEERS  = 2,
  parameter int unsigned SLOTS  = 4,
  localparam int unsigned PeerW = $clog2(PEERS),
  localparam int unsigned CntW  = $clog2(SLOTS + 1)
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic             accepted_i,
  input wire logic             req_tvalid_i,
  input wire logic             req_tready_i,
  input wire header_t          req_tuser_i,
  input wire logic             strb_i,
  input wire logic             data_i,
  input wire logic [PEERS-1:0] peer_en_i,
  input wire logic             closed_i,
  input wire logic [LANES-1:0] head_valid_i,
  input wire logic [LANES-1:0][PeerW-1:0] head_peer_i,
  input wire logic [LANES-1:0] pop_i,
  input wire logic             out_nop_i,       // the cycle after
  input wire line_key_t        out_key_i,
  input wire logic             out_strb_i,      // two cycles later
  input wire logic             out_data_i,
  input wire logic             empty_i,
  input wire logic             mark_i
);

  `ASSUME(PopsOneThatWaits, (pop_i & ~head_valid_i) == '0 && (pop_i & (pop_i - LANES'(1))) == '0)

  // ---- the followed store ----------------------------------------------------------------------------------------
  logic      start, leaves, waits_q, h_q, c_q, w_q, nop_q, strb_q, data_q, follows;
  logic [LineIdxW-1:0] hash;
  logic [LANES-1:0]  slice, slice_q, pushes;
  logic [LANES-1:0][CntW-1:0] inside_q;         // stores that wait for each slice
  logic [CntW-1:0]   ahead_q, already;
  logic [PeerW-1:0]  peer_q;
  line_key_t         key, key_q;
  always_comb begin
    key  = '{kind: req_tuser_i.kind[1:0], region: req_tuser_i.region, gen: req_tuser_i.gen, row: req_tuser_i.row,
             line: req_tuser_i.offset[OffsetW-1:LineShift]};
    hash = key.line ^ key.row[LineIdxW-1:0];
    if (req_tuser_i.kind == KindSt) begin
      key.region = '0;
      {key.gen, key.row, key.line} = req_tuser_i.addr[AddrW-1:LineShift];
      hash = key.line;
    end
    for (int unsigned s = 0; s < LANES; s++) slice[s] = 32'(hash) % LANES == s;
    already = '0;
    for (int unsigned s = 0; s < LANES; s++) if (slice[s]) already = inside_q[s] - CntW'(pop_i[s]);
  end
  assign pushes  = slice & {LANES{accepted_i}};
  assign follows = waits_q || h_q || c_q || w_q;
  assign start   = accepted_i && mark_i && !follows;
  assign leaves  = waits_q && ahead_q == '0 && (pop_i & slice_q) != '0;
  for (genvar s = 0; s < LANES; s++) begin : gen_slice
    `FF(inside_q[s], inside_q[s] + CntW'(pushes[s]) - CntW'(pop_i[s]), '0)
    `ASSERT(WaitsUntilEmpty, head_valid_i[s] == (inside_q[s] != '0))
    `ASSERT(NamesItsPeer, !(waits_q && slice_q[s] && ahead_q == '0) || (head_valid_i[s] && head_peer_i[s] == peer_q))
  end
  `FFL(waits_q, start, start || leaves, 1'b0)
  `FFL(ahead_q, start ? already : ahead_q - CntW'(1), start || (waits_q && (pop_i & slice_q) != '0), '0)
  `FF(h_q, leaves, 1'b0)
  `FF(c_q, h_q, 1'b0)
  `FF(w_q, c_q, 1'b0)
  `FFLNR(slice_q, slice, start)
  `FFLNR(peer_q, PeerW'(req_tuser_i.dst), start)
  `FFLNR(nop_q, req_tuser_i.nop, start)
  `FFLNR(key_q, key, start)
  `FFLNR(strb_q, strb_i, start)
  `FFLNR(data_q, data_i, start)

  `ASSERT(KeyOfTheStore, !h_q || (out_nop_i == nop_q && out_key_i == key_q))
  `ASSERT(BytesOfTheStore, !w_q || (out_strb_i == strb_q && out_data_i == data_q))
  `ASSERT(NotEmptyWithIt, !(waits_q || h_q || c_q) || !empty_i)
  `ASSERT(AcceptsStores, !accepted_i || (req_tvalid_i && req_tready_i && !closed_i &&
                         32'(req_tuser_i.dst) < PEERS && peer_en_i[PeerW'(req_tuser_i.dst)]))
  `COVER(BehindOthers, waits_q && ahead_q == CntW'(2) && slice_q[LANES-1])
  `COVER(Leaves, w_q && slice_q[LANES-1] && key_q.kind == 2'(KindSt) && strb_q && data_q)
  `COVER(FullLane, inside_q[0] == CntW'(SLOTS - 1) && inside_q[1] == CntW'(1))

endmodule

`default_nettype wire
