// Checks and writer of one lane with two slots, between them any window: it issues packets that were filled, once each,
// in any order, refused if the checks or a lookup refused them, with any LocalRowID. All inputs free.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_address_formal
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned PEERS = 2, REGIONS = 2, WINDOWS = 2
) (
  input wire logic              clk_i,
  input wire logic [GpuW-1:0]   self_i,
  input wire logic              mark_i,
  input wire logic [6:0]        watch_i,
  input wire region_cfg_t       region_i,
  input wire logic [PEERS-1:0]  region_src_i,
  input wire window_cfg_t       window_i [WINDOWS],
  input wire logic [PEERS-1:0]  window_src_i [WINDOWS],
  input wire logic              take_i,
  input wire header_t           header_i,
  input wire strb_t             strb_i,
  input wire logic              truncated_i,
  input wire logic              slot_i,
  input wire logic              ready_i,
  input wire logic              ready_slot_i,
  input wire logic              ready_refused_i,
  input wire refuse_e           ready_cause_i,
  input wire logic [LocalW-1:0] ready_lid_i,
  input wire logic              id_valid_i,
  input wire logic              id_i,
  input wire logic              awready_i,
  input wire logic              wready_i
);

  logic       rst_ni;
  logic [6:0] watch_q;
  logic [GpuW-1:0] self_q;
  formal_reset u_reset (.clk_i, .rst_no(rst_ni));
  `FFLNR(watch_q, watch_i, !rst_ni)
  `FFLNR(self_q, self_i, !rst_ni)

  // An enabled window stays as it is, as hub_regs keeps it (hub_regs_properties).
  logic [WINDOWS-1:0] stays;
  for (genvar w = 0; w < WINDOWS; w++) begin : gen_window
    window_cfg_t now, now_q, was;
    `FFNR(now_q, window_i[w])
    assign now = window_i[w];
    always_comb begin
      was        = now_q;
      was.enable = now.enable;
    end
    assign stays[w] = !now_q.enable || (now == was && (!now.tiled || now.tile_log2 >= 6'(LineShift)));
  end
  logic past_q;
  `FF(past_q, 1'b1, 1'b0)
  `ASSUME(EnabledIsTheSame, !past_q || stays == '1)

  logic [0:0]         fill_valid, fill_slot [1];
  fill_e              fill [1];
  refuse_e            fill_cause [1];
  meta_t              fill_meta [1];
  region_cfg_t        region [1];
  logic [PEERS-1:0]   region_src [1];
  header_t            header [1];
  strb_t              strb [1];
  logic [0:0]         slot [1];
  assign region[0]     = region_i;
  assign region_src[0] = region_src_i;
  assign header[0]     = header_i;
  assign strb[0]       = strb_i;
  assign slot[0]       = slot_i;
  alloc_check #(.LANES(1), .PEERS(PEERS), .REGIONS(REGIONS), .WINDOWS(WINDOWS), .DEPTH(2)) u_check (
    .clk_i, .rst_ni, .self_i(self_q), .region_i(region), .region_src_i(region_src), .window_i, .window_src_i,
    .take_i, .header_i(header), .strb_i(strb), .truncated_i, .slot_i(slot),
    .fill_valid_o(fill_valid), .fill_o(fill), .fill_slot_o(fill_slot), .fill_key_o(), .fill_cause_o(fill_cause),
    .fill_meta_o(fill_meta), .report_pending_o(), .report_valid_o(), .report_o()
  );

  logic              issue, freed, freed_slot, load, awvalid, wvalid;
  logic [AddrW-1:0]  awaddr;
  strb_t             wstrb;
  alloc_writer #(.DEPTH(2), .OUTSTANDING(2)) u_writer (
    .clk_i, .rst_ni, .take_i, .take_slot_i(slot_i), .take_strb_i(strb_i), .take_data_i('0),
    .fill_valid_i(fill_valid[0]), .fill_slot_i(fill_slot[0]), .fill_meta_i(fill_meta[0]),
    .ready_i, .ready_slot_i, .ready_refused_i, .ready_cause_i, .ready_lid_i, .issue_o(issue),
    .free_o(freed), .free_slot_o(freed_slot), .refused_o(), .refusal_o(),
    .id_valid_i, .id_i, .take_id_o(load), .record_o(),
    .m_awvalid_o(awvalid), .m_awready_i(awready_i), .m_awid_o(), .m_awaddr_o(awaddr),
    .m_wvalid_o(wvalid), .m_wready_i(wready_i), .m_wdata_o(), .m_wstrb_o(wstrb), .busy_o()
  );

  // The window's side: a slot is claimed, filled, issued once, and free again when its payload has been read.
  logic [1:0] busy_q, filled_q, refused_q, claim, fill_slots, issued, freed_slots, refuses, drops;
  assign claim       = take_i ? 2'b01 << slot_i : '0;
  assign fill_slots  = fill_valid[0] ? 2'b01 << fill_slot[0] : '0;
  assign refuses     = fill[0] == FillRefuse ? fill_slots : '0;
  assign drops       = fill[0] == FillNothing ? fill_slots : '0;
  assign issued      = issue ? 2'b01 << ready_slot_i : '0;
  assign freed_slots = (freed ? 2'b01 << freed_slot : '0) | (ready_refused_i ? issued : '0) | drops;
  `FF(busy_q, (busy_q & ~freed_slots) | claim, '0)
  `FF(filled_q, (filled_q & ~issued) | (fill_slots & ~drops), '0)
  `FF(refused_q, (refused_q & ~claim) | refuses, '0)
  logic [1:0] is_store_q;
  `FF(is_store_q, (is_store_q & ~claim) | (fill[0] == FillWrite ? fill_slots : '0), '0)
  `ASSUME(ClaimsAFreeSlot, (claim & busy_q) == '0)
  `ASSUME(IssuesWhatIsFilled, !ready_i || (filled_q[ready_slot_i] && (!refused_q[ready_slot_i] || ready_refused_i) &&
                              (!is_store_q[ready_slot_i] || !ready_refused_i) &&
                              (!ready_refused_i || ready_cause_i != RefuseNone)))

  // SAT solvers find products hard: LocalRowIDs have five bits, the lowest or the highest ones.
  localparam int unsigned FewW = 5;
  `ASSUME(FewBits, ready_lid_i[LocalW-1:FewW] == '0 || ready_lid_i[LocalW-FewW-1:0] == '0)

  alloc_address_properties #(.PEERS(PEERS), .WINDOWS(WINDOWS), .DEPTH(2)) u_properties (
    .clk_i, .rst_ni, .self_i(self_q), .mark_i, .watch_i(watch_q),
    .take_i, .header_i, .strb_i, .truncated_i, .slot_i, .region_i, .known_i(32'(header_i.region) < REGIONS),
    .region_src_i, .window_i,
    .fill_valid_i(fill_valid[0]), .fill_i(fill[0]), .fill_cause_i(fill_cause[0]),
    .issue_i(issue), .issue_slot_i(ready_slot_i), .issue_refused_i(ready_refused_i), .issue_lid_i(ready_lid_i),
    .load_i(load), .awvalid_i(awvalid), .awaddr_i(awaddr), .wvalid_i(wvalid), .wstrb_i(wstrb)
  );

  // ---- where the followed packet is ------------------------------------------------------------------------------
  meta_t      kept;
  strb_t      kept_strb;
  logic       waits, in_a1, in_a2;
  logic [1:0] slots_a;
  assign waits     = u_properties.waits;
  assign in_a1     = u_properties.issued && u_writer.a1_valid_q && u_writer.a1_slot_q == u_properties.slot_q;
  assign in_a2     = u_properties.issued && u_writer.a2_valid_q && u_writer.a2_slot_q == u_properties.slot_q;
  assign kept      = u_writer.u_meta.mem[u_properties.slot_q];
  assign kept_strb = u_writer.u_payload.mem[u_properties.slot_q][LineBytes+LineBits-1:LineBits];
  assign slots_a   = (u_writer.a1_valid_q ? 2'b01 << u_writer.a1_slot_q : '0) |
                     (u_writer.a2_valid_q ? 2'b01 << u_writer.a2_slot_q : '0);

  function automatic logic same(meta_t meta);
    return meta.header == u_properties.header_q &&
           (u_properties.is_st || (meta.base == u_properties.region_q.base && meta.pitch == u_properties.pitch));
  endfunction
  `ASSERT(SlotsDiffer, !(u_writer.a1_valid_q && u_writer.a2_valid_q && u_writer.a1_slot_q == u_writer.a2_slot_q))
  `ASSERT(InTheWriterIsBusy, (slots_a & ~busy_q) == '0 && (slots_a & filled_q) == '0 && (filled_q & ~busy_q) == '0)
  `ASSERT(FillIsBusy, (fill_slots & ~busy_q) == '0 && (fill_slots & (filled_q | slots_a)) == '0)
  `ASSERT(CountsTheWriter, u_properties.inside_q == 2'(u_writer.a1_valid_q) + 2'(u_writer.a2_valid_q))
  `ASSERT(FollowedIsThere, !u_properties.issued ||
                           (in_a2 ? u_properties.ahead_q == '0
                                  : in_a1 && u_properties.ahead_q == 2'(u_writer.a2_valid_q)))
  `ASSERT(FollowedWaits, !waits || (filled_q[u_properties.slot_q] && busy_q[u_properties.slot_q]))
  `ASSERT(FollowedFills, !u_properties.taken || (fill_slot[0] == u_properties.slot_q && busy_q[u_properties.slot_q]))
  `ASSERT(FilledWithItsOwn, !u_properties.taken || fill[0] == FillRefuse || fill[0] == FillNothing ||
                            same(fill_meta[0]))
  `ASSERT(KeepsTheHeader, !waits || refused_q[u_properties.slot_q] || same(kept))
  `ASSERT(KeepsTheByte, !(waits || in_a1 || in_a2 || u_properties.taken) || kept_strb[watch_q] == u_properties.byte_q)
  `ASSERT(FewBitsKept, !u_properties.issued || u_properties.lid_q[LocalW-1:FewW] == '0 ||
                       u_properties.lid_q[LocalW-FewW-1:0] == '0)
  `ASSERT(InA1, !in_a1 || (same(u_writer.meta) && u_writer.a1_lid_q == u_properties.lid_q))
  `ASSERT(Base, !in_a2 || u_writer.a2_base_q == (u_properties.is_st ? u_properties.header_q.addr[AddrW-1:LineShift] :
                          u_properties.region_q.base + LineAddrW'(u_properties.line)))
  `ASSERT(LowProduct, !in_a2 || LineAddrW'(u_writer.a2_low_q) == (u_properties.is_st ? '0 : u_properties.low))
  `ASSERT(HighProduct, !in_a2 || LineAddrW'(u_writer.a2_high_q) == (u_properties.is_st ? '0 : u_properties.high))
  `ASSERT(AllowedSince, !((waits && !refused_q[u_properties.slot_q]) || u_properties.issued) || u_properties.allowed)

endmodule

`default_nettype wire
