// What a slice of the merge buffer promises for every byte that a store brings.
//
// One line is followed, `key_i` of peer `peer_i` (constants; a proof leaves them free). Control does not look at which
// bytes a store has but for whether the line is full, and that is free in the proof; so bytes can be dyed:
//
//   byte 0     comes again only after it has left
//   byte 1     comes at any time; its lowest bit is 1 from some store on, 0 before
//   bytes 2, 3 come in even epochs, in odd ones
//   bytes 4, 5 come with high priority, with `.nop`
//
// What holds for these holds for all: of any stores, leave the byte out of all but one, or out of those that the dye is
// not for; nothing else changes.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module merge_slice_properties
  import hub_pkg::*;
(
  input wire logic            clk_i,
  input wire logic            rst_ni,
  input wire logic [GpuW-1:0] self_i,
  input wire logic            epoch_i,
  input wire logic            fence_i,
  input wire logic            bank_i,          // of the followed line's region
  input wire logic            old_i,
  input wire logic            store_valid_i,   // H
  input wire store_t          store_i,
  input wire logic [5:0]      strb_i,          // W
  input wire logic [1:0]      data_i,          // lowest bits of bytes 0 and 1
  input wire logic            row_valid_i,
  input wire row_event_t      row_i,
  input wire logic            tx_valid_i,
  input wire logic            tx_ready_i,
  input wire packet_t         tx_packet_i,
  input wire logic            loop_valid_i,
  input wire logic            loop_ready_i,
  input wire packet_t         loop_packet_i,
  input wire logic            used_i,
  input wire logic [GpuW-1:0] peer_i,
  input wire line_key_t       key_i
);

  // ---- the user ----------------------------------------------------------------------------------------------
  logic report, c_report_q, epoch_q, fence_q, drained_q, bank_q;
  assign report = store_valid_i && store_i.key.kind == 2'(KindCount);
  `FF(c_report_q, report, 1'b0)
  `FF(epoch_q, epoch_i, 1'b0)
  `FF(fence_q, fence_i, 1'b0)
  `FF(bank_q, bank_i, 1'b0)
  `FF(drained_q, !old_i && !report && !c_report_q, 1'b1)
  `ASSUME(FlipsWithAFence, epoch_i == epoch_q || (fence_i && !fence_q))
  `ASSUME(FenceEndsDrained, !fence_q || fence_i || drained_q)
  `ASSUME(ReportsInAFence, fence_i || !report)
  `ASSUME(BankFlipsWithEpoch, epoch_i != epoch_q || bank_i == bank_q)

  // ---- the followed line ---------------------------------------------------------------------------------------
  logic       c_here_q, w_here_q, c_nop_q, w_nop_q, w_epoch_q, w_bank_q, c_valid_q, w_valid_q;
  `FF(c_valid_q, store_valid_i, 1'b0)
  `FF(w_valid_q, c_valid_q, 1'b0)
  `FF(c_here_q, store_valid_i && store_i.dst == peer_i && store_i.key == key_i, 1'b0)
  `FF(w_here_q, c_here_q, 1'b0)
  `FFNR(c_nop_q, store_i.nop)
  `FFNR(w_nop_q, c_nop_q)
  `FFNR(w_epoch_q, epoch_i ^ c_report_q)       // that of C; a report belongs to the fence before it
  `FFNR(w_bank_q, bank_i)

  // A packet of the line, in the first cycle in which it is on the pins.
  logic       own, tx_waits_q, loop_waits_q, here, idle;
  packet_t    packet;
  logic [1:0] starts;
  assign own    = peer_i == self_i;
  `FF(tx_waits_q, tx_valid_i && !tx_ready_i, 1'b0)
  `FF(loop_waits_q, loop_valid_i && !loop_ready_i, 1'b0)
  assign starts = {loop_valid_i && !loop_waits_q, tx_valid_i && !tx_waits_q};
  assign packet = own ? loop_packet_i : tx_packet_i;
  assign here   = starts[own] && packet.header == header_of(key_i, packet.header.nop, self_i, peer_i);
  assign idle   = !store_valid_i && !c_valid_q && !w_valid_q && !used_i && starts == '0;

  `ASSERT(OwnByTheLoop, (!tx_valid_i || tx_packet_i.header.dst != self_i) &&
                        (!loop_valid_i || loop_packet_i.header.dst == self_i))

  // ---- byte 0: once, unchanged, before its fence is through -----------------------------------------------------
  logic enters, leaves, pending_q, value_q, nop_q, of_epoch_q, of_bank_q;
  assign enters = w_here_q && strb_i[0];
  assign leaves = here && packet.strb[0];
  `FFL(pending_q, enters, enters || leaves, 1'b0)
  `FFLNR(value_q, data_i[0], enters)
  `FFLNR(nop_q, w_nop_q, enters)
  `FFLNR(of_epoch_q, w_epoch_q, enters)
  `FFLNR(of_bank_q, w_bank_q, enters)
  `ASSUME(ByteZeroComesAlone, !enters || !pending_q)
  `ASSERT(LeavesOnce, !leaves || pending_q)
  `ASSERT(LeavesUnchanged, !leaves || (packet.data[0] == value_q && packet.header.nop == nop_q))
  `ASSERT(NothingStays, !idle || !pending_q)
  `ASSERT(NothingBeforeTheFence, !fence_i || old_i || !(pending_q && !leaves) || of_epoch_q == epoch_i)
  `ASSERT(RowCounted, !leaves || row_valid_i == (key_i.kind == 2'(KindRowsp) && key_i.line == '0))
  `ASSERT(RowOfItsTime, !leaves || !row_valid_i ||
                        (row_i.bank == of_bank_q && row_i.peer == peer_i && row_i.region == key_i.region))

  // ---- byte 1: the latest write wins ---------------------------------------------------------------------------
  logic one_came_q, one_left_q, last_q;
  `FF(one_came_q, one_came_q || (w_here_q && strb_i[1] && data_i[1]), 1'b0)
  `FF(one_left_q, one_left_q || (here && packet.strb[1] && packet.data[8]), 1'b0)
  `FFL(last_q, packet.data[8], here && packet.strb[1], 1'b0)
  `ASSUME(OnesFromSomeStoreOn, !(w_here_q && strb_i[1] && one_came_q) || data_i[1])
  `ASSERT(InOrder, !(here && packet.strb[1]) || packet.data[8] || !one_left_q)
  `ASSERT(LatestWins, !idle || last_q == one_came_q)

  // ---- bytes 2 to 5: what does not merge -----------------------------------------------------------------------
  `ASSUME(DyedByEpoch, !w_here_q || (strb_i[3:2] & {!w_epoch_q, w_epoch_q}) == '0)
  `ASSUME(DyedByPriority, !w_here_q || (strb_i[5:4] & {!w_nop_q, w_nop_q}) == '0)
  `ASSERT(NoMergeAcrossFence, !here || packet.strb[3:2] != '1)
  `ASSERT(NoMergeAcrossPriority, !here || (packet.strb[5:4] & {!packet.header.nop, packet.header.nop}) == '0)

  `COVER(MergesAndLeaves, leaves && packet.strb[1] && packet.data[8] && !packet.strb[2])
  `COVER(OlderValueFirst, here && packet.strb[1] && !packet.data[8] && one_came_q)
  `COVER(ByTheLoop, leaves && own && packet.header.nop)
  `COVER(WaitsThenFence, leaves && fence_i && of_epoch_q != epoch_i && row_valid_i)
  `COVER(ReportLeaves, here && key_i.kind == 2'(KindCount))
  `COVER(IdleAgain, idle && one_left_q)

endmodule

`default_nettype wire
