// What the end of a dispatch promises: nothing is reported before all that lies before the fence has left and is counted;
// then every enabled peer has one report, or one refusal, of every region asked for, with the rows that were counted.
//
// One region and one peer are followed, `region_i` and `peer_i` (constants; a proof leaves them free).
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module fence_ctrl_properties
  import hub_pkg::*;
#(
  parameter int unsigned LANES   = 2,
  parameter int unsigned PEERS   = 2,
  parameter int unsigned REGIONS = 2,
  localparam int unsigned Words  = 2 ** $clog2((PEERS + 7) / 8),
  localparam int unsigned Fields = (PEERS + Words - 1) / Words
) (
  input wire logic               clk_i,
  input wire logic               rst_ni,
  input wire logic [PEERS-1:0]   peer_en_i,
  input wire logic [LANES-1:0]   fence_valid_i,
  input wire header_t            fence_header_i [LANES],
  input wire logic [LANES-1:0]   fence_take_i,
  input wire logic               lanes_empty_i,
  input wire logic               epoch_i,
  input wire logic               fence_i,
  input wire logic [REGIONS-1:0] bank_i,
  input wire logic               hold_i,
  input wire logic               old_i,
  input wire logic               read_valid_i,
  input wire row_event_t         read_i,
  input wire logic               read_ready_i,
  input wire logic               answer_valid_i,
  input wire logic [Fields-1:0][RowW-1:0] answer_i,
  input wire logic               answer_bad_i,
  input wire logic               counted_i,
  input wire logic               report_valid_i,
  input wire logic [LANES-1:0]   report_slice_i,
  input wire store_t             report_i,
  input wire logic               report_ready_i,
  input wire logic               refused_i,
  input wire refusal_t           refusal_i,
  input wire logic               refused_take_i,
  input wire logic               done_i,
  input wire logic [RegionW-1:0] region_i,
  input wire logic [GpuW-1:0]    peer_i
);

  // ---- the user ------------------------------------------------------------------------------------------------
  logic [LANES-1:0] legal;
  logic             asked_q, known_q;
  logic [PEERS-1:0] peer_en_q;
  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    assign legal[l] = !fence_valid_i[l] || (fence_header_i[l].row <= RowW'(REGIONS) &&
                      RowW'(fence_header_i[l].region) + fence_header_i[l].row <= RowW'(REGIONS));
  end
  `FF(asked_q, read_valid_i && read_ready_i, 1'b0)
  `FF(known_q, 1'b1, 1'b0)
  `FFNR(peer_en_q, peer_en_i)
  `ASSUME(WholeFences, &legal)
  `ASSUME(AnswersTheCycleAfter, answer_valid_i == asked_q)
  `ASSUME(PeersStay, !known_q || peer_en_i == peer_en_q)
  // At once: one that lane 0's own refusal holds up is lost (docs/verification.md).
  `ASSUME(TakesWhatIsRefused, refused_take_i == refused_i)
  `ASSUME(NamesOne, 32'(region_i) < REGIONS && 32'(peer_i) < PEERS)

  // ---- one fence at a time ----------------------------------------------------------------------------------------
  logic               take, walks_q, drained_q, counted_q, epoch_q, in_range, of_fence_q, bank_q;
  logic [REGIONS-1:0] banks;
  header_t            taken, header_q;
  assign take = fence_take_i != '0;
  always_comb begin
    taken = '0;
    for (int unsigned l = 0; l < LANES; l++) if (fence_take_i[l]) taken = fence_header_i[l];
  end
  assign in_range = region_i >= taken.region && RowW'(region_i) < RowW'(taken.region) + taken.row;
  `FFL(walks_q, take, take || done_i, 1'b0)
  `FFLNR(header_q, taken, take)
  `FFL(of_fence_q, in_range, take, 1'b0)
  `FF(epoch_q, epoch_i ^ take, 1'b0)
  `FF(bank_q, bank_i[region_i] ^ (take && in_range), 1'b0)
  `FF(drained_q, !take && !done_i && walks_q && (drained_q || !old_i), 1'b0)
  `FF(counted_q, !take && !done_i && walks_q && (counted_q || (drained_q && hold_i && counted_i)), 1'b0)
  assign banks = bank_i;

  `ASSERT(TakesOneWaiting, (fence_take_i & (fence_take_i - LANES'(1))) == '0 && (fence_take_i & ~fence_valid_i) == '0)
  `ASSERT(TakesBetweenFences, !take || (lanes_empty_i && !walks_q))
  `ASSERT(DoneIsDrained, !done_i || (walks_q && counted_q && !old_i))
  `ASSERT(InProgress, fence_i == walks_q)
  `ASSERT(FlipsWhenTaken, epoch_i == epoch_q && banks[region_i] == bank_q)
  `ASSERT(NothingTooEarly, !(read_valid_i || report_valid_i || refused_i) || counted_q)
  `ASSERT(HoldsWhileCounting, !hold_i || (walks_q && drained_q))

  // ---- the followed region and peer ---------------------------------------------------------------------------------
  logic            reads, answers_q, reported, report_here, refuse_here, bad_q;
  logic [1:0]      reads_q, got_q;
  logic [RowW-1:0] rows_q;
  assign reads       = read_valid_i && read_ready_i && read_i.region == region_i &&
                       read_i.peer == GpuW'(32'(peer_i) % Words);
  assign report_here = report_valid_i && report_i.dst == peer_i && report_i.key.region == region_i;
  assign refuse_here = refused_i && refusal_i.header.dst == peer_i && refusal_i.header.region == region_i;
  assign reported    = (report_here && report_ready_i) || (refuse_here && refused_take_i);
  `FF(answers_q, reads, 1'b0)
  `FF(reads_q, take ? '0 : reads_q + 2'(reads), '0)
  `FF(got_q, take ? '0 : got_q + 2'(reported), '0)
  `FFLNR(rows_q, answer_i[32'(peer_i) / Words], answers_q)
  `FFLNR(bad_q, answer_bad_i, answers_q)
  `ASSERT(ReadsOnce, !reads || (of_fence_q && reads_q == '0 && read_i.bank != banks[region_i]))
  `ASSERT(ReportsOnce, !(report_here || refuse_here) ||
                       (of_fence_q && peer_en_i[peer_i] && reads_q == 2'd1 && got_q == '0))
  `ASSERT(ReportsAll, !done_i || got_q == 2'(of_fence_q && peer_en_i[peer_i]))
  `ASSERT(ReportsWhatWasRead, !report_here || (!bad_q && report_i.key.row == rows_q && report_i.key.gen == header_q.gen &&
          report_i.key.kind == 2'(KindCount) && report_slice_i == LANES'(1) << (32'(region_i) % LANES)))
  `ASSERT(RefusesWhatIsBroken, !refuse_here || (bad_q && refusal_i.cause == RefuseTable))
  `COVER(ReportsTheSecond, report_here && report_i.key.region != '0 && report_i.dst != '0 && rows_q != '0)
  `COVER(RefusesOne, refuse_here && refused_take_i)
  `COVER(SecondFence, done_i && epoch_i == 1'b0 && got_q == 2'd1)
  `COVER(FenceOverNothing, done_i && header_q.row == '0)

endmodule

`default_nettype wire
