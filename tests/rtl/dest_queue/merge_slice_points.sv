// Situations that the tests of dest_queue must reach: entries, choice, credits, output; see common_points.sv.
`default_nettype none
`include "common/assertions.svh"

module merge_entries_points
  import hub_pkg::*;
#(
  parameter int unsigned PEERS = 8,
  parameter int unsigned N     = 16,
  localparam int unsigned PeerW = $clog2(PEERS),
  localparam int unsigned IdxW  = $clog2(N)
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire policy_t          policy_i,
  input wire logic             tick_i,
  input wire logic             epoch_i,
  input wire logic             fence_i,
  input wire logic             row_order_q,
  input wire logic             used_o,
  input wire logic             c_valid_q,
  input wire store_t           c_q,
  input wire logic             c_report,
  input wire logic [PeerW-1:0] c_peer,
  input wire logic [N-1:0]     prev,
  input wire logic [N-1:0]     match,
  input wire logic [PEERS-1:0][N-1:0] valid_q,
  input wire logic [PEERS-1:0][N-1:0] nop_q,
  input wire logic [PEERS-1:0][N-1:0] epoch_q,
  input wire logic [PEERS-1:0][N-1:0] late_q,
  input wire logic [PEERS-1:0][N-1:0] held_q,
  input wire logic [PEERS-1:0][N-1:0] full_q,
  input wire logic [PEERS-1:0][N-1:0] ripe_q,
  input wire logic [PEERS-1:0][N-1:0] old,
  input wire logic [PEERS-1:0][N-1:0] age_3,        // top bit of the ages
  input wire logic [PEERS-1:0][N-1:0] age_d_3,
  input wire logic [PEERS-1:0]        some_free_o,
  input wire logic             w_valid_q,
  input wire logic             w_joined_q,
  input wire logic             w_has_prev_q,
  input wire logic             w_held,
  input wire logic             left_here,
  input wire logic             left_q,
  input wire logic [PeerW-1:0] left_peer_q,
  input wire logic [N-1:0]     left_waiters,
  input wire logic             write_fresh_o,
  input wire logic             full_i,
  input wire logic             take_i,
  input wire logic [PeerW-1:0] pick_peer_i,
  input wire logic             pick_any_o,
  input wire logic [N-1:0]     candidates,
  input wire logic [N-1:0]     writing,
  input wire logic [PEERS-1:0][N-1:0] eligible,
  input wire logic [N-1:0]     pick,
  input wire logic [IdxW-1:0]  w_idx_q,
  input wire logic [PeerW-1:0] w_peer_q
);
  // What joins, and what keeps a store from joining the youngest entry of its line.
  logic alone, mergeable, other_nop, other_epoch, late;
  assign alone       = c_valid_q && prev != '0 && match == '0;
  assign mergeable   = policy_i.merge && !c_report;
  assign other_nop   = (prev & (nop_q[c_peer] ^ {N{c_q.nop}})) != '0;
  assign other_epoch = (prev & (epoch_q[c_peer] ^ {N{epoch_i}})) != '0;
  assign late        = (prev & late_q[c_peer]) != '0;
  `COVER(Joins, c_valid_q && match != '0)  // a store joins the entry of its line
  `COVER(OtherNop, alone && mergeable && other_nop && !other_epoch && !late)  // not one of another priority
  `COVER(OtherEpoch, alone && mergeable && other_epoch && !other_nop && !late)  // not one before the fence
  `COVER(LateEntry, alone && mergeable && late && !other_nop && !other_epoch)  // not one past its deadline
  `COVER(NoMerging, alone && !policy_i.merge && !c_report)  // not when merging is off
  `COVER(JoinsBehind,
         w_valid_q && w_joined_q && c_valid_q && match[w_idx_q] && c_peer == w_peer_q)  // two stores in a row join
  `COVER(JoinsFresh,
         w_valid_q && !w_joined_q && c_valid_q && match[w_idx_q] &&
         c_peer == w_peer_q)  // the second one of a new entry
  `COVER(LastEntry,
         c_valid_q && match == '0 && $countones(valid_q[c_peer]) == N - 1)  // a store takes the partition's last entry
  `COVER(TakesOver, w_valid_q && w_joined_q && left_here)  // the entry it joins has just left: it takes it over
  `COVER(HeldFreeAtOnce,
         w_valid_q && !w_joined_q && w_has_prev_q && left_here)  // the one before it has just left: not held
  `COVER(Held, w_valid_q && w_held)  // an entry waits for an older one of its line
  `COVER(HeldFull, w_valid_q && w_held && full_i)  // a full one does
  `COVER(Released,
         left_q && (held_q[left_peer_q] & left_waiters & valid_q[left_peer_q]) != '0)  // the older one has left
  `COVER(FullAtOnce, w_valid_q && write_fresh_o && full_i)  // a whole line in one store
  `COVER(FullByMerge, w_valid_q && !write_fresh_o && full_i)  // a line becomes whole by a store that joins
  `COVER(WriteInTick, tick_i && w_valid_q && write_fresh_o)  // a new entry in the cycle of a tick
  `COVER(AgePast15, tick_i && (valid_q & age_3 & ~age_d_3) != '0)  // an entry's age starts anew
  `COVER(TakenInTick, tick_i && take_i)  // an entry leaves in the cycle of a tick
  `COVER(OrderWaits, policy_i.row_order != row_order_q && used_o)  // another order waits for the last entry
  // Why an entry may leave.
  logic [N-1:0] mine;
  assign mine = take_i ? pick : '0;
  `COVER(LeavesFull, (mine & full_q[pick_peer_i]) != '0)  // a whole line leaves
  `COVER(LeavesLate, (mine & late_q[pick_peer_i] & ~full_q[pick_peer_i]) != '0)  // one past its deadline
  `COVER(LeavesAged,
         (mine & ripe_q[pick_peer_i] & ~late_q[pick_peer_i] & ~full_q[pick_peer_i]) != '0)  // one old enough
  `COVER(LeavesOld, (mine & old[pick_peer_i] & ~ripe_q[pick_peer_i]) != '0)  // a partial line before the fence
  `COVER(LeavesForRoom,
         (mine & ~ripe_q[pick_peer_i] & ~old[pick_peer_i]) != '0 && policy_i.merge)  // to make room for a store
  `COVER(LeavesUnmerged, (mine & ~ripe_q[pick_peer_i]) != '0 && !policy_i.merge)  // merging is off
  // Which of several goes first.
  logic [N-1:0] others;
  assign others = candidates & ~pick;
  `COVER(LateFirst,
         take_i && (pick & late_q[pick_peer_i]) != '0 && (others & ~late_q[pick_peer_i]) != '0)  // past its deadline
  `COVER(OldFirst,
         take_i && fence_i && (pick & old[pick_peer_i]) != '0 &&
         (others & ~old[pick_peer_i]) != '0)  // before the fence
  `COVER(HighFirst,
         take_i && policy_i.prio && (pick & ~nop_q[pick_peer_i]) != '0 &&
         (others & nop_q[pick_peer_i]) != '0)  // critical
  `COVER(FullFirst,
         take_i && policy_i.full_first && (pick & full_q[pick_peer_i]) != '0 &&
         (others & ~full_q[pick_peer_i]) != '0)  // whole
  `COVER(RowFirst, take_i && row_order_q && others != '0)  // by RowID
  `COVER(AgeFirst, take_i && !row_order_q && others != '0)  // by age
  `COVER(AllEligible, &candidates)  // every entry of a partition may leave
  `COVER(WritingStays, (eligible[pick_peer_i] & writing) != '0)  // the one that is being written does not leave yet
  `COVER(NothingToTake, !pick_any_o && used_o)  // a peer is asked that has nothing that may leave
  `COVER(PartitionFull, some_free_o != '1)  // a partition has no free entry
endmodule

bind merge_entries merge_entries_points #(.PEERS(PEERS), .N(N)) u_points (
  .*, .age_3(age_q[AgeW-1]), .age_d_3(age_d[AgeW-1])
);

module merge_slice_points (
  input wire logic clk_i,
  input wire logic rst_ni,
  input wire logic repeat_q,
  input wire logic write,
  input wire logic fresh,
  input wire logic may,
  input wire logic room,
  input wire logic row_room_i,
  input wire logic hold_i,
  input wire logic take
);
  `COVER(MaskForwarded, repeat_q && write && !fresh)  // a store merges with what was written a cycle ago
  `COVER(WaitsForCounter, may && !row_room_i)  // a packet waits until rows are counted
  `COVER(WaitsForFence, may && hold_i)  // a packet waits while the fence reads
  `COVER(WriteAndTake, write && take)  // a line is written as another one is read
endmodule

bind merge_slice merge_slice_points u_points (.*);

module free_entries_points #(
  parameter int unsigned PEERS = 8,
  parameter int unsigned N     = 16,
  localparam int unsigned PeerW = $clog2(PEERS)
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic             less_i,
  input wire logic [PeerW-1:0] less_peer_i,
  input wire logic             back_i,
  input wire logic [PeerW-1:0] back_peer_i,
  input wire logic             leaves_i,
  input wire logic [PeerW-1:0] leaves_peer_i,
  input wire logic [PEERS-1:0] some_o,
  input wire logic [PEERS-1:0] many_o
);
  `COVER(Last, less_i && some_o[less_peer_i] && !many_o[less_peer_i])  // the last free one is reserved
  `COVER(LastAsOneLeaves,
         less_i && !many_o[less_peer_i] && leaves_i && leaves_peer_i == less_peer_i)  // as another comes free
  `COVER(LessAndBack, less_i && back_i && !leaves_i && less_peer_i == back_peer_i)  // one reserved, one given back
  `COVER(BackAndLeaves, back_i && leaves_i && !less_i && back_peer_i == leaves_peer_i)  // two come free
  `COVER(AllThree,
         less_i && back_i && leaves_i && less_peer_i == back_peer_i && back_peer_i == leaves_peer_i)  // of one peer
  `COVER(ThreePeers, less_i && back_i && leaves_i && less_peer_i != back_peer_i && back_peer_i != leaves_peer_i &&
         less_peer_i != leaves_peer_i)  // of three peers
endmodule

bind free_entries free_entries_points #(.PEERS(PEERS), .N(N)) u_points (.*);

module slot_queue_points #(
  parameter int unsigned Depth = 8
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic             push_i,
  input wire logic             pop_i,
  input wire logic [Depth-1:0] used_q
);
  `COVER(Full, &used_q)  // every slot of a lane waits for one slice
  `COVER(LastPlace, push_i && !pop_i && used_q[Depth-2] && !used_q[Depth-1])  // the last place is taken
  `COVER(PushAndPop, push_i && pop_i && used_q[1])  // both, others stay between
  `COVER(PushAndPopOne, push_i && pop_i && !used_q[1])  // both, the one that comes is the head at once
endmodule

bind slot_queue slot_queue_points #(.Depth(Depth)) u_points (.*);

module peer_pick_points
  import hub_pkg::*;
#(
  parameter int unsigned PEERS = 8,
  localparam int unsigned PeerW = $clog2(PEERS)
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic             round_robin_i,
  input wire logic [PEERS-1:0] ripe_i,
  input wire logic [PEERS-1:0] credited_q,
  input wire logic [PEERS-1:0] last_q,
  input wire logic [PEERS-1:0] whole_q,
  input wire logic             spend,
  input wire logic             give,
  input wire logic             sent_i,
  input wire logic             back_known,
  input wire logic             crd_valid_i,
  input wire logic [PeerW-1:0] back,
  input wire logic [PeerW-1:0] pick_peer_o,
  input wire logic             pick_own_o,
  input wire logic             pick_valid_o,
  input wire logic             blocked_i,
  input wire logic             more_i,
  input wire logic             link_waits_i,
  input wire logic             loop_waits_i,
  input wire logic             again,
  input wire logic             own_turn,
  input wire logic             own_ripe,
  input wire logic             link_any,
  input wire logic             link_now,
  input wire logic             stays,
  input wire logic             guess_valid_i,
  input wire logic [PEERS-1:0] others,
  input wire logic [PEERS-1:0] later,
  input wire logic [PEERS-1:0] own_onehot
);
  logic guessed_q;
  always_ff @(posedge clk_i) guessed_q <= !stays && !own_turn && !link_any && guess_valid_i;
  `COVER(NoCredit, (ripe_i & ~credited_q & ~own_onehot) != '0)  // a peer that could send has no credit
  `COVER(AllWithoutCredit, ripe_i != '0 && (ripe_i & (credited_q | own_onehot)) == '0)  // nobody who could send has one
  `COVER(LastCredit, spend && last_q[pick_peer_o])  // the last credit of a peer is spent
  `COVER(SpentAsGiven, sent_i && !pick_own_o && back_known && back == pick_peer_o)  // spent as it comes back
  `COVER(GivenAtZero, give && !credited_q[back])  // the first one comes back
  `COVER(GivenWhole, give && whole_q != '1)  // credits come back
  `COVER(UnknownPeer, crd_valid_i && !back_known)  // a credit of a peer that is none
  `COVER(RoundWraps, !own_turn && others != '0 && later == '0 && round_robin_i)  // the round starts anew
  `COVER(RoundGoesOn, link_now && later != '0 && round_robin_i)  // the next peer of the round
  `COVER(Again, again && others == '0 && round_robin_i)  // nobody else waits: the same peer goes on
  `COVER(StaysOnPeer,
         link_now && again && others != '0 && !round_robin_i)  // without round: the same one though others wait
  `COVER(LeavesPeer, link_now && !again && others != '0 && !round_robin_i)  // until it has nothing more
  `COVER(OwnTurn, own_turn && link_any)  // the own GPU goes, though a link peer could
  `COVER(LinkTurn, !own_turn && own_ripe && link_any)  // a link peer goes, though the own GPU could
  `COVER(OwnInPlace, own_turn && link_waits_i && link_any)  // the own GPU goes while the link does not accept
  `COVER(LinkInPlace, !own_turn && own_ripe && loop_waits_i && link_any)  // the link while the own GPU does not
  `COVER(OwnAgain, pick_valid_o && pick_own_o && own_turn && more_i)  // the own GPU goes on
  `COVER(Stays, stays)  // a peer whose packet was not accepted keeps its turn
  `COVER(GuessRight, guessed_q && sent_i)  // the peer of the store being written could send
  `COVER(GuessWrong, guessed_q && !sent_i && !blocked_i)  // it could not
endmodule

bind peer_pick peer_pick_points #(.PEERS(PEERS)) u_points (.*, .own_onehot(own.onehot));

module packet_out_points (
  input wire logic       clk_i,
  input wire logic       rst_ni,
  input wire logic [1:0] here,
  input wire logic [1:0] valid,
  input wire logic [1:0] ready,
  input wire logic [1:0] waits_q,
  input wire logic       row_valid_o
);
  `COVER(LinkStalls, waits_q[0] && !ready[0])  // a packet waits for the link
  `COVER(LoopStalls, waits_q[1] && !ready[1])  // a packet waits for the own GPU
  `COVER(BothStall, waits_q == 2'b11)  // both
  `COVER(LoopPassesLink, waits_q[0] && here[1])  // the own GPU's packet passes one that waits for the link
  `COVER(LinkPassesLoop, waits_q[1] && here[0])  // and the other way round
  `COVER(FullRate, here[0] && ready[0] && valid[0])  // taken as it is read
  `COVER(RowLeaves, row_valid_o)  // byte 0 of a row leaves
endmodule

bind packet_out packet_out_points u_points (.*);

`default_nettype wire
