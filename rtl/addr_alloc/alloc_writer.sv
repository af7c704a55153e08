// Write side of one lane: payload memory, address, AW and W.
//
// Payload is written when its packet leaves the input register and read when its write enters W; the rest
// (`meta`) is written after the checks and read at I. Stages: I slot chosen (alloc_window), A1 products
// and sums of two, A2 address and tile, W. A refused packet ends at A1 as a refusal and frees A1 at once.
// Throughput 1 a cycle while AW and W are ready together; AW and W have a handshake each and are at most
// one packet apart. m_wdata_o is the output register of the payload memory.
// Cost: DEPTH * (1152 + 227) bits of SRAM, a 20 x 10 multiplier in two halves, a 41-bit shifter.
// Critical path: A1, five partial products of 20 bits, 20 gates; A2, shift and add, 21 gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_writer
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned DEPTH       = 16,    // 2..64
  parameter int unsigned OUTSTANDING = 256,   // power of two, 2..65536
  localparam int unsigned SlotW      = $clog2(DEPTH),
  localparam int unsigned IdW        = $clog2(OUTSTANDING)
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  // payload and meta in
  input  wire logic                 take_i,
  input  wire logic [SlotW-1:0]     take_slot_i,
  input  wire strb_t                take_strb_i,
  input  wire line_t                take_data_i,
  input  wire logic                 fill_valid_i,
  input  wire logic [SlotW-1:0]     fill_slot_i,
  input  wire meta_t                fill_meta_i,
  // oldest finished packet of the window
  input  wire logic                 ready_i,
  input  wire logic [SlotW-1:0]     ready_slot_i,
  input  wire logic                 ready_refused_i,
  input  wire refuse_e              ready_cause_i,
  input  wire logic [LocalW-1:0]    ready_lid_i,
  output logic                      issue_o,
  output logic                      free_o,
  output logic [SlotW-1:0]          free_slot_o,
  output logic                      refused_o,
  output refusal_t                  refusal_o,
  // identifier of the write and its record
  input  wire logic                 id_valid_i,
  input  wire logic [IdW-1:0]       id_i,
  output logic                      take_id_o,
  output record_t                   record_o,
  // memory
  output logic                      m_awvalid_o,
  input  wire logic                 m_awready_i,
  output logic [IdW-1:0]            m_awid_o,
  output logic [AddrW-1:0]          m_awaddr_o,
  output logic                      m_wvalid_o,
  input  wire logic                 m_wready_i,
  output line_t                     m_wdata_o,
  output strb_t                     m_wstrb_o,
  output logic                      busy_o
);

  if (DEPTH < 2 || DEPTH > 64) $fatal(1, "alloc_writer: DEPTH must be 2..64");
  if (OUTSTANDING < 2 || OUTSTANDING > 65536 || (OUTSTANDING & (OUTSTANDING - 1)) != 0)
    $fatal(1, "alloc_writer: OUTSTANDING must be a power of two, 2..65536");

  localparam int unsigned HalfW = PitchW / 2;
  localparam int unsigned ProdW = LocalW + HalfW;

  logic a1_valid_q, a2_valid_q, a1_free, a2_free, w_free;

  // ---- I --------------------------------------------------------------------------------------------------
  meta_t             meta;
  logic [SlotW-1:0]  a1_slot_q;
  logic [LocalW-1:0] a1_lid_q;
  refuse_e           cause_q;

  assign issue_o = ready_i && a1_free;
  sram_1r1w #(.Width($bits(meta_t)), .Depth(DEPTH)) u_meta (
    .clk_i, .we_i(fill_valid_i), .waddr_i(fill_slot_i), .wmask_i(1'b1), .wdata_i(fill_meta_i),
    .re_i(issue_o), .raddr_i(ready_slot_i), .rdata_o(meta)
  );
  `FFL(a1_valid_q, issue_o && !ready_refused_i, a1_free, 1'b0)
  `FF(refused_o, issue_o && ready_refused_i, 1'b0)
  `FFLNR(a1_slot_q, ready_slot_i, issue_o)
  `FFLNR(a1_lid_q, ready_lid_i, issue_o)
  `FFLNR(cause_q, ready_cause_i, issue_o)

  // ---- A1 -------------------------------------------------------------------------------------------------
  logic                 is_st;
  logic [LocalW-1:0]    lid;
  logic [ProdW-1:0]     a2_low_q, a2_high_q;    // LocalRowID times the halves of the pitch
  logic [LineAddrW-1:0] line_addr, a2_base_q, a2_units_q;
  logic [5:0]           a2_shift_q;
  logic [TileW-1:0]     a2_tile_base_q;
  logic [SlotW-1:0]     a2_slot_q;
  record_t              a2_record_q, record_d;

  assign refusal_o = '{cause: cause_q, header: meta.header};
  assign is_st     = meta.header.kind == KindSt;
  assign lid       = is_st ? '0 : a1_lid_q;
  assign line_addr = meta.header.addr[AddrW-1:LineShift];
  assign a1_free   = !a1_valid_q || a2_free;
  assign record_d  = '{is_st: is_st, nop: meta.header.nop, src: meta.header.src,
                       place: is_st ? {meta.owner, line_addr}
                                    : {meta.header.region, meta.header.gen, meta.header.row,
                                       meta.header.offset[OffsetW-1:LineShift]},
                       tile: '0, bytes: meta.bytes, counted: meta.counted};

  `FFL(a2_valid_q, a1_valid_q, a2_free, 1'b0)
  `FFLNR(a2_low_q, ProdW'(lid) * ProdW'(meta.pitch[HalfW-1:0]), a1_valid_q && a2_free)
  `FFLNR(a2_high_q, ProdW'(lid) * ProdW'(meta.pitch[PitchW-1:HalfW]), a1_valid_q && a2_free)
  `FFLNR(a2_base_q, is_st ? line_addr : meta.base + LineAddrW'(meta.header.offset[OffsetW-1:LineShift]),
         a1_valid_q && a2_free)
  `FFLNR(a2_units_q, is_st ? line_addr - meta.base : LineAddrW'(a1_lid_q), a1_valid_q && a2_free)
  `FFLNR(a2_shift_q, meta.shift, a1_valid_q && a2_free)
  `FFLNR(a2_tile_base_q, meta.tile_base, a1_valid_q && a2_free)
  `FFLNR(a2_slot_q, a1_slot_q, a1_valid_q && a2_free)
  `FFLNR(a2_record_q, record_d, a1_valid_q && a2_free)

  // ---- A2 -------------------------------------------------------------------------------------------------
  logic                 load;
  logic [LineAddrW-1:0] addr;

  assign load    = a2_valid_q && id_valid_i && w_free;
  assign a2_free = !a2_valid_q || (id_valid_i && w_free);
  assign addr    = a2_base_q + LineAddrW'(a2_low_q) + (LineAddrW'(a2_high_q) << HalfW);
  always_comb begin
    record_o      = a2_record_q;
    record_o.tile = a2_tile_base_q + TileW'(a2_units_q >> a2_shift_q);
  end
  assign take_id_o   = load;
  assign free_o      = load;
  assign free_slot_o = a2_slot_q;

  // ---- W --------------------------------------------------------------------------------------------------
  assign w_free = (!m_awvalid_o || m_awready_i) && (!m_wvalid_o || m_wready_i);
  `FFL(m_awvalid_o, load, load || m_awready_i, 1'b0)
  `FFL(m_wvalid_o, load, load || m_wready_i, 1'b0)
  `FFLNR(m_awid_o, id_i, load)
  `FFLNR(m_awaddr_o, {addr, LineShift'(0)}, load)
  sram_1r1w #(.Width(LineBytes + LineBits), .Depth(DEPTH)) u_payload (
    .clk_i, .we_i(take_i), .waddr_i(take_slot_i), .wmask_i(1'b1), .wdata_i({take_strb_i, take_data_i}),
    .re_i(load), .raddr_i(a2_slot_q), .rdata_o({m_wstrb_o, m_wdata_o})
  );

  assign busy_o = a1_valid_q || a2_valid_q || refused_o || m_awvalid_o || m_wvalid_o;

  `ASSERT(AwWaits, !(m_awvalid_o && !m_awready_i && load))
  `ASSERT(WWaits, !(m_wvalid_o && !m_wready_i && load))
  `ASSERT(RefusalHasCause, !refused_o || cause_q != RefuseNone)

endmodule

`default_nettype wire
