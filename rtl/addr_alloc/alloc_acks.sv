// Ring of write identifiers of one lane, and what becomes of each acknowledgement.
//
// `head` gives out identifiers in order, with a write that enters W; `tail` passes those whose acknowledgement
// has left. In between they may come back in any order. A write's record lies in SRAM and is read when
// its B response is accepted: the SRAM's output register is the output, with one register behind it, so B runs
// at full rate and `bready` is a function of state. B accepted to `ack_valid_o`: 1 cycle.
// An error response becomes a refusal; a write that counts for no tile leaves silently.
// Cost: OUTSTANDING busy bits, OUTSTANDING * 84 bits of SRAM. Critical path: busy bit of `tail`, 17 gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_acks
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned OUTSTANDING = 256,   // power of two, 2..65536
  localparam int unsigned IdW        = $clog2(OUTSTANDING)
) (
  input  wire logic             clk_i,
  input  wire logic             rst_ni,
  input  wire logic [GpuW-1:0]  self_i,
  // a write
  output logic                  id_valid_o,
  output logic [IdW-1:0]        id_o,
  input  wire logic             take_i,
  input  wire record_t          record_i,
  // its response
  input  wire logic             m_bvalid_i,
  output logic                  m_bready_o,
  input  wire logic [IdW-1:0]   m_bid_i,
  input  wire logic [1:0]       m_bresp_i,
  // what becomes of it
  output logic                  ack_valid_o,
  input  wire logic             ack_ready_i,
  output ack_t                  ack_o,
  output logic                  refused_o,
  output refusal_t              refusal_o,
  // all writes before the mark have left
  input  wire logic             mark_i,
  output logic                  passed_o,
  output logic                  waits_o,       // a write has not been acknowledged, or its identifier is not yet free
  output logic                  busy_o         // something moves though memory says nothing
);

  if (OUTSTANDING < 2 || OUTSTANDING > 65536 || (OUTSTANDING & (OUTSTANDING - 1)) != 0)
    $fatal(1, "alloc_acks: OUTSTANDING must be a power of two, 2..65536");

  logic [IdW:0]           head_q, tail_q, mark_q;
  logic [OUTSTANDING-1:0] busy_q, busy_d;
  logic                   passed_q;

  // ---- response -------------------------------------------------------------------------------------------
  record_t        record;                      // with first_valid_q
  logic           first_valid_q, first_error_q, second_valid_q;
  logic [IdW-1:0] first_id_q, second_id_q;
  ack_t           first, second_q;
  logic           accept, counts, pop, drop, shift;

  assign m_bready_o  = !second_valid_q;
  assign accept      = m_bvalid_i && m_bready_o;
  assign counts      = first_valid_q && !first_error_q && record.counted;
  assign drop        = first_valid_q && !counts;
  assign ack_valid_o = second_valid_q || counts;
  assign pop         = ack_valid_o && ack_ready_i;
  assign shift       = counts && accept && !ack_ready_i;   // makes place for the one that is read now

  sram_1r1w #(.Width($bits(record_t)), .Depth(OUTSTANDING)) u_records (
    .clk_i, .we_i(take_i), .waddr_i(id_o), .wmask_i(1'b1), .wdata_i(record_i),
    .re_i(accept), .raddr_i(m_bid_i), .rdata_o(record)
  );
  assign first = '{is_window: record.is_st, owner: record.place[PlaceW-1-:RegionW], tile: record.tile,
                   bytes: record.bytes};
  assign ack_o = second_valid_q ? second_q : first;

  `FF(first_valid_q, accept || (counts && (second_valid_q || !ack_ready_i)), 1'b0)
  `FFLNR(first_id_q, m_bid_i, accept)
  `FFLNR(first_error_q, m_bresp_i != '0, accept)
  `FFL(second_valid_q, shift, shift || pop, 1'b0)
  `FFLNR(second_q, first, shift)
  `FFLNR(second_id_q, first_id_q, shift)

  always_comb begin
    refusal_o        = '0;
    refusal_o.cause  = RefuseMemory;
    refusal_o.header.nop = record.nop;
    refusal_o.header.src = record.src;
    refusal_o.header.dst = self_i;
    if (record.is_st) begin
      refusal_o.header.kind = KindSt;
      refusal_o.header.addr = {record.place[LineAddrW-1:0], LineShift'(0)};
    end else begin
      refusal_o.header.kind = KindRowsp;
      {refusal_o.header.region, refusal_o.header.gen, refusal_o.header.row, refusal_o.header.offset}
          = {record.place, LineShift'(0)};
    end
  end
  assign refused_o = first_valid_q && first_error_q;

  // ---- ring -----------------------------------------------------------------------------------------------
  logic step;
  assign id_o       = head_q[IdW-1:0];
  assign id_valid_o = head_q - tail_q != (IdW + 1)'(OUTSTANDING);
  assign step       = tail_q != head_q && !busy_q[tail_q[IdW-1:0]];
  always_comb begin
    busy_d = busy_q;
    if (take_i) busy_d[id_o] = 1'b1;
    if (pop) busy_d[second_valid_q ? second_id_q : first_id_q] = 1'b0;
    if (drop) busy_d[first_id_q] = 1'b0;
  end
  `FFL(busy_q, busy_d, take_i || pop || drop, '0)
  `FFL(head_q, head_q + (IdW + 1)'(1), take_i, '0)
  `FFL(tail_q, tail_q + (IdW + 1)'(1), step, '0)

  `FFLNR(mark_q, head_q, mark_i)
  `FFL(passed_q, !mark_i, mark_i || tail_q == mark_q, 1'b0)
  assign passed_o = passed_q;
  assign waits_o  = head_q != tail_q;
  assign busy_o   = step || first_valid_q || second_valid_q || (tail_q == mark_q && !passed_q);

  `ASSERT(TakesFreeId, !take_i || (id_valid_o && !busy_q[id_o]))
  `ASSERT(RespondsToWrite, !accept || busy_q[m_bid_i])
  `ASSERT(RespondsOnce, !accept || !(first_valid_q && first_id_q == m_bid_i)
                        && !(second_valid_q && second_id_q == m_bid_i))
  `ASSERT(RingInOrder, head_q - tail_q <= (IdW + 1)'(OUTSTANDING))
  `ASSERT(NothingOverwritten, !shift || !second_valid_q)

endmodule

`default_nettype wire
