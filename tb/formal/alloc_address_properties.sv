// Where a packet is written: a row store in its own row, a store in an enabled window; or it is refused.
//
// One packet is followed, from the cycle in which `mark_i` is high and it is taken (a proof leaves `mark_i` free), with
// the entry of its region and the windows as they were then. `watch_i` is one byte of its line (constant, free).
// `issue_i` says that the followed packet or another one of the lane goes to the writer, `load_i` that its address is
// next on AW; between the two packets stay in order.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_address_properties
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned PEERS   = 2,
  parameter int unsigned WINDOWS = 2,
  parameter int unsigned DEPTH   = 2,
  localparam int unsigned SlotW  = $clog2(DEPTH)
) (
  input wire logic              clk_i,
  input wire logic              rst_ni,
  input wire logic [GpuW-1:0]   self_i,
  input wire logic              mark_i,
  input wire logic [6:0]        watch_i,
  // packet, and the entry that it names
  input wire logic              take_i,
  input wire header_t           header_i,
  input wire strb_t             strb_i,
  input wire logic              truncated_i,
  input wire logic [SlotW-1:0]  slot_i,
  input wire region_cfg_t       region_i,
  input wire logic              known_i,                 // there is such a region
  input wire logic [PEERS-1:0]  region_src_i,
  input wire window_cfg_t       window_i [WINDOWS],
  // a cycle later
  input wire logic              fill_valid_i,
  input wire fill_e             fill_i,
  input wire refuse_e           fill_cause_i,
  // to the writer
  input wire logic              issue_i,
  input wire logic [SlotW-1:0]  issue_slot_i,
  input wire logic              issue_refused_i,
  input wire logic [LocalW-1:0] issue_lid_i,
  input wire logic              load_i,
  // memory
  input wire logic              awvalid_i,
  input wire logic [AddrW-1:0]  awaddr_i,
  input wire logic              wvalid_i,
  input wire strb_t             wstrb_i
);

  typedef enum logic [2:0] { None, Taken, Waits, Issued, Written } stage_e;
  stage_e             stage_q, stage;
  logic [SlotW-1:0]   slot_q;
  header_t            header_q;
  logic               byte_q, some_q, truncated_q, known_q, source_q, in_window, in_window_q;
  region_cfg_t        region_q;
  logic [LocalW-1:0]  lid_q;
  logic [1:0]         inside_q, ahead_q;                 // packets in the writer; those before the followed one
  logic               start, issue, issues, loads, taken, waits, issued, written;

  assign start  = stage_q == None && take_i && mark_i;
  assign issue  = issue_i && !issue_refused_i;
  assign issues = waits && issue_i && issue_slot_i == slot_q;
  assign loads  = issued && load_i && ahead_q == '0;
  assign taken   = stage_q == Taken;
  assign waits   = stage_q == Waits;
  assign issued  = stage_q == Issued;
  assign written = stage_q == Written;
  always_comb begin
    stage = stage_q;
    unique case (stage_q)
      None:    if (start) stage = Taken;
      Taken:   stage = (fill_i == FillNothing) ? None : Waits;
      Waits:   if (issues) stage = issue_refused_i ? None : Issued;
      Issued:  if (loads) stage = Written;
      default: stage = None;
    endcase
  end
  `FF(stage_q, stage, None)
  `FF(inside_q, inside_q + 2'(issue) - 2'(load_i), '0)
  `FFL(ahead_q, issues ? inside_q - 2'(load_i) : ahead_q - 2'd1, issues || (issued && load_i), '0)

  // As hub_regs keeps it (hub_regs_properties).
  `ASSUME(RowBytesInRange, !take_i || 32'(region_i.row_bytes) <= 65536)
  always_comb begin
    in_window = 1'b0;
    for (int unsigned w = 0; w < WINDOWS; w++)
      in_window |= window_i[w].enable && header_i.addr[AddrW-1:LineShift] >= window_i[w].base &&
                   header_i.addr[AddrW-1:LineShift] <= window_i[w].limit;
  end
  `FFLNR(slot_q, slot_i, start)
  `FFLNR(header_q, header_i, start)
  `FFLNR(byte_q, strb_i[watch_i], start)
  `FFLNR(some_q, strb_i != '0, start)
  `FFLNR(truncated_q, truncated_i, start)
  `FFLNR(known_q, known_i, start)
  `FFLNR(source_q, 32'(header_i.src) < PEERS && region_src_i[$clog2(PEERS)'(header_i.src)], start)
  `FFLNR(region_q, region_i, start)
  `FFLNR(in_window_q, in_window, start)
  `FFLNR(lid_q, issue_lid_i, issues)

  // ---- what is not refused -------------------------------------------------------------------------------------
  // Rows lie `pitch` lines apart, so a byte below the row's size lies within them.
  logic                 is_row, is_st;
  logic [PitchW-1:0]    pitch;
  logic [LineIdxW-1:0]  line;
  logic [RowBytesW-1:0] place;                           // of the watched byte in the row
  assign is_row = header_q.kind == KindRowsp;
  assign is_st  = header_q.kind == KindSt;
  assign line   = header_q.offset[OffsetW-1:LineShift];
  assign pitch  = PitchW'((32'(region_q.row_bytes) + 32'd127) >> LineShift);
  assign place  = RowBytesW'(header_q.offset) + RowBytesW'(watch_i);
  `ASSERT(FilledACycleLater, !taken || fill_valid_i)
  `ASSERT(RefusedWithCause, !taken || (fill_i == FillRefuse) == (fill_cause_i != RefuseNone))
  `ASSERT(RowsAreLookedUp, !(taken && fill_i == FillLookup) ||
                           (is_row && known_q && region_q.enable && header_q.gen == region_q.gen && source_q))
  `ASSERT(BytesInTheRow, !(taken && fill_i == FillLookup && byte_q) || place < region_q.row_bytes)
  `ASSERT(LineInTheRow, !(taken && fill_i == FillLookup) || PitchW'(line) < pitch)
  `ASSERT(StoresInAWindow, !(taken && fill_i == FillWrite) || (is_st && in_window_q))
  `ASSERT(WellFormed, !(taken && fill_i != FillRefuse) || (!truncated_q && header_q.dst == self_i &&
                      32'(header_q.src) < PEERS && header_q.rsvd == '0 && some_q == (fill_i != FillNothing)))
  `ASSERT(WholeLines, !(taken && fill_i != FillRefuse) || ((!is_row || header_q.offset[LineShift-1:0] == '0) &&
                                                            (!is_st || header_q.addr[LineShift-1:0] == '0)))

  // ---- where it goes -------------------------------------------------------------------------------------------
  // The row's first line: LocalRowID times the pitch, in two halves.
  localparam int unsigned HalfW = PitchW / 2;
  logic [LineAddrW-1:0] low, high, addr_q;
  assign low  = LineAddrW'(lid_q) * LineAddrW'(pitch[HalfW-1:0]);
  assign high = LineAddrW'(lid_q) * LineAddrW'(pitch[PitchW-1:HalfW]);
  `FFLNR(addr_q, region_q.base + LineAddrW'(line) + low + (high << HalfW), loads)
  `ASSERT(Offered, !written || (awvalid_i && wvalid_i))
  `ASSERT(RowsGoToTheirLine, !(written && is_row) ||
                             awaddr_i == {addr_q, LineShift'(0)})
  `ASSERT(StoresGoWhereTheySay, !(written && is_st) || awaddr_i == header_q.addr)
  `ASSERT(SameBytes, !written || wstrb_i[watch_i] == byte_q)

  // All that is known of a packet that is written.
  logic allowed;
  assign allowed = is_row ? PitchW'(line) < pitch && (!byte_q || place < region_q.row_bytes) && known_q && source_q &&
                            region_q.enable && header_q.gen == region_q.gen
                          : is_st && in_window_q && header_q.addr[LineShift-1:0] == '0;
  `ASSERT(WrittenIsAllowed, !written || allowed)

  `COVER(LastByteOfARow, written && is_row && byte_q && place + RowBytesW'(1) == region_q.row_bytes &&
                         region_q.row_bytes == RowBytesW'(300) && lid_q == LocalW'(5))
  `COVER(LastLineOfAWindow, written && is_st && awaddr_i == {window_i[1].limit, LineShift'(0)})
  `COVER(BehindAnother, issues && inside_q == 2'd1)
  `COVER(RefusedByLookup, issues && issue_refused_i && is_row)

endmodule

`default_nettype wire
