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
// Cost O(PEERS); critical path: a parallel prefix over PEERS, encode: about 10 + 2 log2 PEERS gates.
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
  // Beside each counter: is it above zero, one, as at the beginning. So no decision waits for an adder.
  logic [PEERS-1:0][CreditW-1:0] credit_q;
  peers_t                        credited_q, last_q, whole_q;
  logic [CreditW-1:0]            missing_one_q;          // as at the beginning but one
  logic                          spend, give, back_known;
  peer_t                         back;

  assign back_known = crd_valid_i && crd_peer_i < GpuW'(PEERS);
  assign back       = back_known ? peer_t'(crd_peer_i) : '0;
  assign spend      = sent_i && !pick_own_o && !(back_known && back == pick_peer_o);
  assign give       = back_known && !whole_q[back] && !(sent_i && !pick_own_o && back == pick_peer_o);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      credit_q      <= '0;
      credited_q    <= '0;
      last_q        <= '0;
      whole_q       <= '1;
      missing_one_q <= '1;
    end else if (load_i) begin
      credit_q      <= {PEERS{credits_i}};
      credited_q    <= {PEERS{credits_i != '0}};
      last_q        <= {PEERS{credits_i == CreditW'(1)}};
      whole_q       <= '1;
      missing_one_q <= credits_i - CreditW'(1);
    end else begin                                       // never the same peer
      if (spend) begin
        credit_q[pick_peer_o]   <= credit_q[pick_peer_o] - CreditW'(1);
        credited_q[pick_peer_o] <= !last_q[pick_peer_o];
        last_q[pick_peer_o]     <= credit_q[pick_peer_o] == CreditW'(2);
        whole_q[pick_peer_o]    <= 1'b0;
      end
      if (give) begin
        credit_q[back]   <= credit_q[back] + CreditW'(1);
        credited_q[back] <= 1'b1;
        last_q[back]     <= credit_q[back] == '0;
        whole_q[back]    <= credit_q[back] == missing_one_q;
      end
    end
  end

  // ---- turns ---------------------------------------------------------------------------------------------
  typedef struct packed {
    logic   own;
    peer_t  peer;
    peers_t onehot;
    peers_t after;                                       // the peers above it
  } pick_t;

  pick_t  pick_q, pick_d, served_q;                      // served_q: of the link, the last
  pick_t  turn, other, own, guess;
  peers_t others, later, others_up, later_up;
  logic   link_now, again, link_any, own_ripe, own_turn, stays;

  // Ones from the lowest one up.
  function automatic peers_t upward(peers_t x);
    upward = x;
    for (int unsigned s = 1; s < PEERS; s *= 2) upward |= upward << s;
  endfunction

  // The round goes on behind the peer picked, provided that it is served in this cycle. The same peer
  // goes on (`again`) when it has more and nobody else waits, or when there is no round.
  assign link_now = pick_valid_o && !pick_q.own;
  assign turn     = link_now ? pick_q : served_q;
  assign again    = (ripe_i & credited_q & turn.onehot) != '0 &&
                    (!link_now || (more_i && (last_q & turn.onehot) == '0));

  assign others    = ripe_i & credited_q & ~own.onehot & ~turn.onehot;
  assign later     = others & turn.after;
  assign others_up = upward(others);
  assign later_up  = upward(later);
  assign link_any  = others != '0 || again;
  always_comb begin
    other.own    = 1'b0;
    other.after  = ((later != '0) ? later_up : others_up) << 1;
    other.onehot = (later != '0) ? later & ~(later_up << 1) : others & ~(others_up << 1);
    other.peer   = '0;
    for (int unsigned p = 0; p < PEERS; p++) if (other.onehot[p]) other.peer |= peer_t'(p);
  end

  // The own GPU.
  assign own = '{own: 1'b1, peer: peer_t'(self_i), onehot: peers_t'(1) << self_i, after: '0};
  assign own_ripe = (pick_valid_o && pick_q.own) ? more_i : (ripe_i & own.onehot) != '0;
  assign own_turn = own_ripe && (!link_any || (!loop_waits_i && (link_waits_i || !pick_q.own)));

  assign guess = '{own: guess_peer_i == own.peer, peer: guess_peer_i, onehot: peers_t'(1) << guess_peer_i,
                   after: (~peers_t'(1)) << guess_peer_i};

  always_comb begin
    if (own_turn) pick_d = own;
    else if (again && (!round_robin_i || others == '0)) pick_d = turn;
    else if (others != '0) pick_d = other;
    else pick_d = guess;
  end
  assign stays = blocked_i && !pick_q.own && !own_turn;

  `FF(pick_valid_o, stays || own_turn || link_any || guess_valid_i, 1'b0)
  `FFLNR(pick_q, pick_d, !stays)
  `FFL(served_q, pick_q, link_now && !blocked_i, '0)

  assign pick_peer_o = pick_q.peer;
  assign pick_own_o  = pick_q.own;
  assign pick_credit_o = pick_q.own || credited_q[pick_peer_o];

  `ASSERT(SpendsOnlyCredits, !sent_i || pick_credit_o)
  `ASSERT(CreditNeverAboveInitial, load_i || !back_known || !whole_q[back])
  `ASSERT(FlagsFollowCounter, credited_q[pick_peer_o] == (credit_q[pick_peer_o] != '0) &&
          last_q[pick_peer_o] == (credit_q[pick_peer_o] == CreditW'(1)))

endmodule

`default_nettype wire
