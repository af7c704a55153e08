// What the choice of a peer promises: a credit is spent only where there is one and none is lost; a peer of the link
// that could send has its turn before any other has had two, the own GPU after one of the link.
//
// One peer is followed, `watch_i` (constant; a proof leaves it free).
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module peer_pick_properties
  import hub_pkg::*;
#(
  parameter int unsigned PEERS  = 4,
  localparam int unsigned PeerW = $clog2(PEERS)
) (
  input wire logic               clk_i,
  input wire logic               rst_ni,
  input wire logic               round_robin_i,
  input wire logic [GpuW-1:0]    self_i,
  input wire logic               load_i,
  input wire logic [CreditW-1:0] credits_i,
  input wire logic               crd_valid_i,
  input wire logic [GpuW-1:0]    crd_peer_i,
  input wire logic [PEERS-1:0]   ripe_i,
  input wire logic               guess_valid_i,
  input wire logic [PeerW-1:0]   guess_peer_i,
  input wire logic               loop_waits_i,
  input wire logic               pick_valid_i,
  input wire logic [PeerW-1:0]   pick_peer_i,
  input wire logic               pick_own_i,
  input wire logic               pick_credit_i,
  input wire logic               sent_i,
  input wire logic               more_i,
  input wire logic               blocked_i,
  input wire logic [PeerW-1:0]   watch_i
);

  // ---- credits of the followed peer ------------------------------------------------------------------------------
  logic               mine, own, spends, back;
  logic [CreditW-1:0] all_q, out_q;              // loaded; spent and not back
  assign own    = GpuW'(watch_i) == self_i;
  assign mine   = pick_valid_i && pick_peer_i == watch_i;
  assign spends = sent_i && mine && !own;
  assign back   = crd_valid_i && crd_peer_i == GpuW'(watch_i);
  `FFL(all_q, credits_i, load_i, '0)
  `FF(out_q, load_i ? '0 : out_q + CreditW'(spends) - CreditW'(back), '0)
  `ASSUME(NamesAPeer, 32'(watch_i) < PEERS && 32'(self_i) < PEERS && 32'(guess_peer_i) < PEERS)
  `ASSUME(ComesBackOnce, !back || out_q != '0)
  `ASSUME(SendsWhatIsPicked, !sent_i || (pick_valid_i && pick_credit_i && !blocked_i))
  `ASSUME(BlockedIsPicked, !blocked_i || (pick_valid_i && pick_credit_i))

  `ASSERT(NamesOne, !pick_valid_i || (32'(pick_peer_i) < PEERS && pick_own_i == (GpuW'(pick_peer_i) == self_i)))
  `ASSERT(CreditOrNone, !(mine && !own) || pick_credit_i == (out_q != all_q))
  `ASSERT(NeverAboveAll, out_q <= all_q)
  `ASSERT(OwnNeedsNone, !(mine && own) || pick_credit_i)

  `COVER(AllSpent, out_q == all_q && 32'(all_q) == 2)
  `COVER(LastSpentWhileBack, spends && back && out_q == all_q - CreditW'(1) && 32'(all_q) == 2)

  // ---- turns -----------------------------------------------------------------------------------------------------
  // The followed peer waits while it has an eligible entry (and a credit, on the link) and is not picked. Another has
  // its turn when it is picked and the link accepts; the own GPU waits for nobody but the loop.
  logic       waits, turn;
  logic [3:0] turns_q;                           // of others since
  assign waits = ripe_i[watch_i] && (own || out_q != all_q) && !mine;
  assign turn  = pick_valid_i && !mine && (own ? !loop_waits_i : !blocked_i && !pick_own_i);
  `FF(turns_q, waits ? turns_q + 4'(turn && turns_q != '1) : '0, '0)
  `ASSERT(WithinARound, own || !round_robin_i || 32'(turns_q) < PEERS - 1)
  `ASSERT(OwnInTurn, !own || 32'(turns_q) <= 1)
  `COVER(WaitsARound, round_robin_i && mine && (own ? turns_q == 4'd1 : 32'(turns_q) == PEERS - 2))

endmodule

`default_nettype wire
