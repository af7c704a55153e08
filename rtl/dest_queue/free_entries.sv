// How many entries of each partition are free: neither in use nor reserved.
//
//   less    a store is on its way to the partition and will need one
//   back    a store joined an entry: it did not need the one reserved for it
//   leaves  an entry has been sent; known last, so it only selects between values that are there
//
// Beside each count: is it above zero, above one. All three may mean one peer; the last of them to be written
// knows of the others. Cost PEERS x (2 + log2 N) flops, three PEERS:1 multiplexers of a count; critical path of
// `leaves`: one decoder, one multiplexer.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module free_entries #(
  parameter int unsigned PEERS  = 8,                     // 2..96: partitions
  parameter int unsigned N      = 16,                    // 2..32: entries of a partition
  localparam int unsigned PeerW = $clog2(PEERS)
) (
  input  wire logic             clk_i,
  input  wire logic             rst_ni,
  input  wire logic             less_i,
  input  wire logic [PeerW-1:0] less_peer_i,
  input  wire logic             back_i,
  input  wire logic [PeerW-1:0] back_peer_i,
  input  wire logic             leaves_i,
  input  wire logic [PeerW-1:0] leaves_peer_i,
  output logic [PEERS-1:0]      some_o,                  // one or more
  output logic [PEERS-1:0]      many_o                   // two or more
);

  if (PEERS < 2 || PEERS > 96) $fatal(1, "free_entries: PEERS must be 2..96");
  if (N < 2 || N > 32) $fatal(1, "free_entries: N must be 2..32");

  typedef logic [$clog2(N+1)-1:0] count_t;

  logic [PEERS-1:0][$bits(count_t)-1:0] count_q;
  count_t less, back, leaves;

  assign less   = count_q[less_peer_i] - count_t'(1);
  assign back   = count_q[back_peer_i] + count_t'(1) - count_t'(less_i && less_peer_i == back_peer_i);
  assign leaves = count_q[leaves_peer_i] + count_t'(1) - count_t'(less_i && less_peer_i == leaves_peer_i) +
                  count_t'(back_i && back_peer_i == leaves_peer_i);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= {PEERS{count_t'(N)}};
      some_o  <= '1;
      many_o  <= '1;
    end else begin
      if (less_i) begin
        count_q[less_peer_i] <= less;
        some_o[less_peer_i]  <= less != '0;
        many_o[less_peer_i]  <= less > count_t'(1);
      end
      if (back_i) begin
        count_q[back_peer_i] <= back;
        some_o[back_peer_i]  <= back != '0;
        many_o[back_peer_i]  <= back > count_t'(1);
      end
      if (leaves_i) begin
        count_q[leaves_peer_i] <= leaves;
        some_o[leaves_peer_i]  <= leaves != '0;
        many_o[leaves_peer_i]  <= leaves > count_t'(1);
      end
    end
  end

  `ASSERT(NeverBelowZero, !less_i || count_q[less_peer_i] != '0)
  `ASSERT(CountInRange, count_q[leaves_peer_i] <= count_t'(N))
  `ASSERT(FlagsFollowCount, some_o[less_peer_i] == (count_q[less_peer_i] != '0) &&
          many_o[less_peer_i] == (count_q[less_peer_i] > count_t'(1)))

endmodule

`default_nettype wire
