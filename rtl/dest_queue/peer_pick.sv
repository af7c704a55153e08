// Whose turn it is: the peer from which the slice sends next, and the credits of each.
//
// Link peers with an eligible entry and a credit are served round robin, or (`round_robin_i` off) the one
// served last goes on while it can. The own GPU has a turn between them: it alternates with the link while
// both could go, and takes over when only the link does not accept. If nobody waits, the peer of the store
// being written is guessed.
//
// `pick_*` is a register, chosen while the pick before it is used. Whether the peer really has an entry and
// a credit is looked at when it is used: a wrong guess costs an empty cycle. A peer whose packet was not
// accepted keeps its turn.
// Credits: set to `credits_i` by `load_i`, one less per packet (`sent_i`), one more per `crd_valid_i`.
// Cost O(PEERS); critical path: two parallel prefixes over PEERS, encode: about 6 + 3 log2 PEERS gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module peer_pick
  import hub_pkg::*;
#(
  parameter int unsigned PEERS  = 8,                     // 2..96
  localparam int unsigned PeerW = $clog2(PEERS)
) (
  input  wire logic               clk_i,
  input  wire logic               rst_ni,
  input  wire logic               round_robin_i,
  input  wire logic [GpuW-1:0]    self_i,

  input  wire logic               load_i,
  input  wire logic [CreditW-1:0] credits_i,
  input  wire logic               crd_valid_i,
  input  wire logic [GpuW-1:0]    crd_peer_i,

  input  wire logic [PEERS-1:0]   ripe_i,                // state: peers with an eligible entry
  input  wire logic               guess_valid_i,
  input  wire logic [PeerW-1:0]   guess_peer_i,
  input  wire logic               link_waits_i,          // a packet that the link did not take
  input  wire logic               loop_waits_i,

  output logic                    pick_valid_o,
  output logic [PeerW-1:0]        pick_peer_o,
  output logic                    pick_own_o,
  output logic                    pick_credit_o,         // a packet to it may be sent
  input  wire logic               sent_i,                // in this cycle, of the peer picked
  input  wire logic               more_i,                // it has more than that to send
  input  wire logic               blocked_i              // it could send, but its side does not accept
);

  if (PEERS < 2 || PEERS > 96) $fatal(1, "peer_pick: PEERS must be 2..96");

  typedef logic [PeerW-1:0] peer_t;
  typedef logic [PEERS-1:0] peers_t;

  // ---- credits -------------------------------------------------------------------------------------------
  logic [PEERS-1:0][CreditW-1:0] credit_q;
  peers_t                        credited_q;             // credit_q is not zero
  logic [CreditW-1:0]            initial_q, sent_left, back_left;
  logic                          spend, give;
  peer_t                         back;
  logic                          back_known;

  assign back_known = crd_valid_i && crd_peer_i < GpuW'(PEERS);
  assign back       = back_known ? peer_t'(crd_peer_i) : '0;
  assign spend      = sent_i && !pick_own_o;
  assign give       = back_known && credit_q[back] != initial_q;
  assign sent_left  = credit_q[pick_peer_o] - CreditW'(1) + CreditW'(give && back == pick_peer_o);
  assign back_left  = credit_q[back] + CreditW'(1) - CreditW'(spend && back == pick_peer_o);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      credit_q   <= '0;
      credited_q <= '0;
      initial_q  <= '0;
    end else if (load_i) begin
      credit_q   <= {PEERS{credits_i}};
      credited_q <= {PEERS{credits_i != '0}};
      initial_q  <= credits_i;
    end else begin                                       // the same peer, the same value
      if (spend) begin
        credit_q[pick_peer_o]   <= sent_left;
        credited_q[pick_peer_o] <= sent_left != '0;
      end
      if (give) begin
        credit_q[back]   <= back_left;
        credited_q[back] <= back_left != '0;
      end
    end
  end

  // ---- turns ---------------------------------------------------------------------------------------------
  peers_t own, others, later, pick_d;
  peers_t pick_q, after_pick_q;                          // the peer picked, and those behind it
  peers_t served_q, after_served_q;                      // the same of the link peer served last
  peers_t turn, after_turn;
  logic   link_now, own_ripe, own_turn, again, link_any, stays, moves_on;
  peer_t  peer_d;

  function automatic peers_t lowest(peers_t x);
    return x & (~x + peers_t'(1));
  endfunction

  // The round goes on behind the peer picked, provided that it is served in this cycle; it may go on
  // itself (`again`) when it has more.
  assign link_now   = pick_valid_o && !pick_own_o;
  assign moves_on   = link_now && !blocked_i;
  assign turn       = link_now ? pick_q : served_q;
  assign after_turn = link_now ? after_pick_q : after_served_q;

  assign own      = peers_t'(1) << self_i;
  assign others   = ripe_i & credited_q & ~own & ~turn;
  assign later    = others & after_turn;
  assign again    = (ripe_i & credited_q & ~own & turn) != '0 &&
                    (!link_now || (more_i && !(spend && sent_left == '0)));
  assign link_any = others != '0 || again;

  assign own_ripe = (pick_valid_o && pick_own_o) ? more_i : (ripe_i & own) != '0;
  assign own_turn = own_ripe && (!link_any || (!loop_waits_i && (link_waits_i || !pick_own_o)));
  assign stays    = blocked_i && !pick_own_o && !own_turn;

  always_comb begin
    if (own_turn) pick_d = own;
    else if (again && (!round_robin_i || others == '0)) pick_d = turn;
    else if (others != '0) pick_d = lowest((later != '0) ? later : others);
    else pick_d = peers_t'(1) << guess_peer_i;
    peer_d = '0;
    for (int unsigned p = 0; p < PEERS; p++) if (pick_d[p]) peer_d |= peer_t'(p);
  end

  `FF(pick_valid_o, stays || own_turn || link_any || guess_valid_i, 1'b0)
  `FFLNR(pick_peer_o, peer_d, !stays)
  `FFLNR(pick_own_o, (pick_d & own) != '0, !stays)
  `FFLNR(pick_q, pick_d, !stays)
  `FFLNR(after_pick_q, ~(pick_d | (pick_d - peers_t'(1))), !stays)
  `FFL(served_q, pick_q, moves_on, '0)
  `FFL(after_served_q, after_pick_q, moves_on, '0)

  assign pick_credit_o = pick_own_o || credited_q[pick_peer_o];

  `ASSERT(CreditNeverNegative, !spend || credit_q[pick_peer_o] != '0)
  `ASSERT(CreditNeverAboveInitial, load_i || !back_known || credit_q[back] != initial_q)

endmodule

`default_nettype wire
