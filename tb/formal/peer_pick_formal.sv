// Turns and credits of two, three and five peers. All inputs free, but that the own GPU is always the same.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module peer_pick_formal
  import hub_pkg::*;
(
  input wire logic            clk_i,
  input wire logic [2:0]      round_robin_i,
  input wire logic [2:0][2:0] self_i,
  input wire logic [2:0]      load_i,
  input wire logic [2:0][1:0] credits_i,
  input wire logic [2:0]      crd_valid_i,
  input wire logic [2:0][2:0] crd_peer_i,
  input wire logic [2:0][4:0] ripe_i,
  input wire logic [2:0]      guess_valid_i,
  input wire logic [2:0][2:0] guess_peer_i,
  input wire logic [2:0]      link_waits_i,
  input wire logic [2:0]      loop_waits_i,
  input wire logic [2:0]      sent_i,
  input wire logic [2:0]      more_i,
  input wire logic [2:0]      blocked_i,
  input wire logic [2:0][2:0] watch_i
);

  logic rst_ni;
  formal_reset u_reset (.clk_i, .rst_no(rst_ni));

  localparam int unsigned Peers [3] = '{2, 3, 5};
  for (genvar i = 0; i < 3; i++) begin : gen_peers
    localparam int unsigned P = Peers[i], PeerW = $clog2(P);
    logic             valid, own, credit, sent, blocked;
    logic [PeerW-1:0] peer, watch_q;
    logic [GpuW-1:0]  self_q;
    logic             round_q;
    `FFLNR(self_q, GpuW'(self_i[i]), !rst_ni)
    `FFLNR(watch_q, PeerW'(watch_i[i]), !rst_ni)
    `FFLNR(round_q, round_robin_i[i], !rst_ni)
    assign sent    = sent_i[i] && valid && credit;
    assign blocked = blocked_i[i] && valid && credit && !sent;
    peer_pick #(.PEERS(P)) u_pick (
      .clk_i, .rst_ni, .round_robin_i(round_q), .self_i(self_q),
      .load_i(load_i[i]), .credits_i(CreditW'(credits_i[i])),
      .crd_valid_i(crd_valid_i[i]), .crd_peer_i(GpuW'(crd_peer_i[i])), .ripe_i(ripe_i[i][P-1:0]),
      .guess_valid_i(guess_valid_i[i]), .guess_peer_i(PeerW'(guess_peer_i[i])),
      .link_waits_i(link_waits_i[i]), .loop_waits_i(loop_waits_i[i]),
      .pick_valid_o(valid), .pick_peer_o(peer), .pick_own_o(own), .pick_credit_o(credit),
      .sent_i(sent), .more_i(more_i[i]), .blocked_i(blocked)
    );
    peer_pick_properties #(.PEERS(P)) u_properties (
      .clk_i, .rst_ni, .round_robin_i(round_q), .self_i(self_q),
      .load_i(load_i[i]), .credits_i(CreditW'(credits_i[i])),
      .crd_valid_i(crd_valid_i[i]), .crd_peer_i(GpuW'(crd_peer_i[i])), .ripe_i(ripe_i[i][P-1:0]),
      .guess_valid_i(guess_valid_i[i]), .guess_peer_i(PeerW'(guess_peer_i[i])),
      .loop_waits_i(loop_waits_i[i]), .pick_valid_i(valid), .pick_peer_i(peer), .pick_own_i(own),
      .pick_credit_i(credit), .sent_i(sent), .more_i(more_i[i]), .blocked_i(blocked), .watch_i(watch_q)
    );
    // ---- what holds in every state -----------------------------------------------------------------------------
    // The unit keeps the same count for every peer; here for the followed one.
    logic [CreditW-1:0] credit_left;
    assign credit_left = u_pick.credit_q[watch_q];
    `ASSERT(CountIsKept, credit_left == u_properties.all_q - u_properties.out_q &&
            u_pick.missing_one_q == u_properties.all_q - CreditW'(1) &&
            u_pick.credited_q[watch_q] == (credit_left != '0) &&
            u_pick.last_q[watch_q] == (credit_left == CreditW'(1)) &&
            u_pick.whole_q[watch_q] == (u_properties.out_q == '0))
    `ASSERT(PeersNamed, 32'(self_q) < P && 32'(watch_q) < P && 32'(u_pick.served_q.peer) < P)
    `ASSERT(OneHot, !valid || (u_pick.pick_q.onehot == P'(1) << peer &&
                               (own || u_pick.pick_q.after == (~P'(1)) << peer)))
    `ASSERT(ServedByLink, (u_pick.served_q == '0 && (GpuW'(watch_q) == self_q || u_properties.turns_q == '0)) ||
            (!u_pick.served_q.own && GpuW'(u_pick.served_q.peer) != self_q &&
            u_pick.served_q.onehot == P'(1) << u_pick.served_q.peer &&
            u_pick.served_q.after == (~P'(1)) << u_pick.served_q.peer))

    // Each turn of another peer of the link brings the round nearer to the followed one: steps from one to the other,
    // the own GPU left out.
    function automatic logic [3:0] way(logic [3:0] from, logic [3:0] to);
      return (to > from) ? to - from : to + 4'(P) - from;
    endfunction
    function automatic logic [3:0] steps(logic [3:0] from, logic [3:0] to, logic [3:0] self);
      return way(from, to) - 4'(self != from && way(from, self) < way(from, to));
    endfunction
    logic [3:0] turns, of_served, of_pick;
    assign turns     = u_properties.turns_q;
    assign of_served = steps(4'(u_pick.served_q.peer), 4'(watch_q), 4'(self_q));
    assign of_pick   = steps(4'(peer), 4'(watch_q), 4'(self_q));
    `ASSERT(ComesNearer, !round_q || GpuW'(watch_q) == self_q || (turns <= 4'(P - 1) - of_served &&
            (!u_pick.link_now || peer == watch_q || turns <= 4'(P - 2) - of_pick)))
    `ASSERT(OwnIsNext, GpuW'(watch_q) != self_q || u_properties.turns_q == '0 || u_properties.mine)
  end

endmodule

`default_nettype wire
