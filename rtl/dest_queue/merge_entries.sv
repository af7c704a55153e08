// The merge buffer's control state: one partition of N entries for every peer.
//
//   H  a store is on its way: one free entry of its partition is reserved
//   C  its key is compared with the partition's entries: it joins the youngest entry of its line, or
//      takes a free one (`mask_*`: the entry joined, whose mask is to be read)
//   W  `write_*`: where its bytes go; the slice answers with `full_i`
//   E  `pick_*`: the first entry of a peer that may leave; `take_i` frees it
//
// Nothing waits in here. The entry that is in W cannot be picked. A store that joins an entry while it
// is picked takes it over as a fresh one (`write_fresh_o`), which is known in W.
// Who sets what: docs/dest_queue.md. Throughput one store in, one entry out a cycle.
// Cost per entry: eight flags, 4 bits of age, log2 N of the entry it waits for, N of the order matrix, and a
// PEERS:1 multiplexer of all that; merge_keys. Critical path: E, multiplexer, choice,
// encode: about 7 + 2 log2 PEERS + 2 log2 N gates, then an SRAM address.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module merge_entries
  import hub_pkg::*;
#(
  parameter int unsigned PEERS   = 8,                    // 2..96: partitions
  parameter int unsigned N       = 16,                   // 2..32: entries of a partition
  parameter int unsigned REGIONS = 64,                   // 1..256
  localparam int unsigned PeerW  = $clog2(PEERS),
  localparam int unsigned IdxW   = $clog2(N)
) (
  input  wire logic               clk_i,
  input  wire logic               rst_ni,
  input  wire policy_t            policy_i,
  input  wire logic [AgeW-1:0]    merge_age_i,
  input  wire logic [AgeW-1:0]    deadline_age_i,
  input  wire logic               tick_i,
  input  wire logic               epoch_i,
  input  wire logic               fence_i,               // a fence is in progress
  input  wire logic [REGIONS-1:0] bank_i,                // of each region's row counters

  input  wire logic               store_valid_i,         // H
  input  wire store_t             store_i,
  output logic [PEERS-1:0]        some_free_o,           // entries neither used nor reserved: one or more,
  output logic [PEERS-1:0]        many_free_o,           // two or more

  output logic                    mask_read_o,           // C
  output logic [PeerW-1:0]        mask_peer_o,
  output logic [IdxW-1:0]         mask_idx_o,

  output logic                    write_o,               // W
  output logic [PeerW-1:0]        write_peer_o,
  output logic [IdxW-1:0]         write_idx_o,
  output logic                    write_fresh_o,         // the first bytes of an entry
  output line_tag_t               write_tag_o,
  input  wire logic               full_i,                // the entry's mask is full now

  output logic [PEERS-1:0]        ripe_o,                // state: peers with an eligible entry
  input  wire logic [PeerW-1:0]   pick_peer_i,           // E
  output logic                    pick_any_o,
  output logic                    pick_more_o,           // more than one may leave
  output logic [IdxW-1:0]         pick_idx_o,
  input  wire logic               take_i,

  output logic                    old_o,                 // an entry lies before the fence
  output logic                    used_o                 // any entry
);

  if (PEERS < 2 || PEERS > 96) $fatal(1, "merge_entries: PEERS must be 2..96");
  if (N < 2 || N > 32) $fatal(1, "merge_entries: N must be 2..32");
  if (REGIONS < 1 || REGIONS > 256) $fatal(1, "merge_entries: REGIONS must be 1..256");

  typedef logic [PeerW-1:0] peer_t;
  typedef logic [IdxW-1:0]  idx_t;
  typedef logic [N-1:0]     entries_t;                  // one bit an entry of a partition
  typedef logic [PEERS-1:0][N-1:0] flags_t;             // one bit an entry

  function automatic idx_t encode(entries_t onehot);
    encode = '0;
    for (int unsigned e = 0; e < N; e++) if (onehot[e]) encode |= idx_t'(e);
  endfunction

  // ---- state ---------------------------------------------------------------------------------------------
  flags_t    valid_q;                                   // in use
  flags_t    nop_q, epoch_q;                            // of its stores
  flags_t    last_q;                                    // youngest of its line
  flags_t    held_q;                                    // an older one of its line must leave first
  flags_t    full_q, late_q;                            // mask full; past the deadline
  flags_t    ripe_q;                                    // full, late or old enough
  flags_t    age_q [AgeW];                              // in ticks, one vector a bit
  logic [N-1:0][IdxW-1:0] older_q [PEERS];              // the one that a held entry waits for
  logic [N-1:0][N-1:0]    order_q [PEERS];              // [a][b]: a goes before b

  // ---- C: compare ----------------------------------------------------------------------------------------
  logic      c_valid_q, c_report, row_order_q;
  store_t    c_q;
  peer_t     c_peer;
  entries_t  same, prev, match, free, ahead, pick;
  idx_t      free_idx, target_idx;
  logic      w_valid_q, w_joined_q, w_has_prev_q;
  peer_t     w_peer_q, left_peer_q;
  idx_t      w_idx_q, w_prev_q, left_idx_q;
  entries_t  w_before_q, left_waiters;
  line_tag_t w_tag_q;

  `FF(c_valid_q, store_valid_i, 1'b0)
  `FFLNR(c_q, store_i, store_valid_i)
  // Mixed with the other order the matrix would not be an order: changes wait for the last entry.
  `FFL(row_order_q, policy_i.row_order, !used_o && !c_valid_q, 1'b0)

  assign c_peer   = peer_t'(c_q.dst);
  assign c_report = c_q.key.kind == 2'(KindCount);

  merge_keys #(.PEERS(PEERS), .N(N)) u_keys (
    .clk_i, .row_order_i(row_order_q), .read_i(store_valid_i), .read_peer_i(peer_t'(store_i.dst)),
    .store_i(c_valid_q), .store_peer_i(c_peer), .store_key_i(c_q.key), .free_i(free), .same_o(same), .ahead_o(ahead),
    .fresh_i(w_valid_q && !w_joined_q), .fresh_peer_i(w_peer_q), .fresh_idx_i(w_idx_q), .fresh_key_i(w_tag_q.key)
  );
  assign prev = same & valid_q[c_peer] & last_q[c_peer];
  assign match = prev & ~(nop_q[c_peer] ^ {N{c_q.nop}}) & ~(epoch_q[c_peer] ^ {N{epoch_i}}) &
                ~late_q[c_peer] & {N{policy_i.merge && !c_report}};
  assign free  = ~valid_q[c_peer] & (valid_q[c_peer] + entries_t'(1));
  assign free_idx   = encode(free);
  assign target_idx = encode(match | (free & {N{match == '0}}));

  assign mask_read_o = c_valid_q;
  assign mask_peer_o = c_peer;
  assign mask_idx_o  = encode(prev);

  // ---- W: write ------------------------------------------------------------------------------------------
  logic      left_q, left_here, w_held;
  logic [2**RegionW-1:0] bank;

  assign bank = (2**RegionW)'(bank_i);
  `FF(w_valid_q, c_valid_q, 1'b0)
  `FFLNR(w_peer_q, c_peer, c_valid_q)
  `FFLNR(w_idx_q, target_idx, c_valid_q)
  `FFLNR(w_joined_q, match != '0, c_valid_q)
  `FFLNR(w_has_prev_q, prev != '0, c_valid_q)
  `FFLNR(w_prev_q, encode(prev), c_valid_q)
  `FFLNR(w_before_q, ahead, c_valid_q)
  `FFLNR(w_tag_q, '{bank: bank[c_q.key.region], nop: c_q.nop, key: c_q.key}, c_valid_q)

  // Of the entry that left one cycle ago.
  `FF(left_q, take_i, 1'b0)
  `FFLNR(left_peer_q, pick_peer_i, take_i)
  `FFLNR(left_idx_q, pick_idx_o, take_i)
  assign left_here = left_q && left_peer_q == w_peer_q && left_idx_q == w_prev_q;

  assign w_held    = !w_joined_q && w_has_prev_q && !left_here;

  assign write_o       = w_valid_q;
  assign write_peer_o  = w_peer_q;
  assign write_idx_o   = w_idx_q;
  assign write_fresh_o = !w_joined_q || left_here;
  assign write_tag_o   = w_tag_q;

  // ---- ages ----------------------------------------------------------------------------------------------
  flags_t age_d [AgeW];
  flags_t carry;

  always_comb begin
    carry = '1;                                         // past 15 it starts anew: the flags stay set
    for (int unsigned b = 0; b < AgeW; b++) begin
      age_d[b] = age_q[b] ^ carry;
      carry   &= age_q[b];
    end
  end

  function automatic flags_t at_least(flags_t age [AgeW], logic [AgeW-1:0] limit);
    at_least = '1;
    for (int unsigned b = 0; b < AgeW; b++) at_least = limit[b] ? (at_least & age[b]) : (at_least | age[b]);
  endfunction

  logic new_late, new_ripe;
  assign new_late = policy_i.timer && deadline_age_i == '0;
  assign new_ripe = merge_age_i == '0 || new_late;

  // ---- flags: later statements win -----------------------------------------------------------------------
  for (genvar e = 0; e < N; e++) begin : gen_waiter
    assign left_waiters[e] = older_q[left_peer_q][e] == left_idx_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= '0;
    end else begin
      if (take_i) valid_q[pick_peer_i] <= valid_q[pick_peer_i] & ~pick;  // no way round over its index
      if (c_valid_q) valid_q[c_peer][target_idx] <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (tick_i) begin
      age_q  <= age_d;
      late_q <= late_q | (at_least(age_d, deadline_age_i) & {PEERS*N{policy_i.timer}});
      ripe_q <= ripe_q | (at_least(age_d, deadline_age_i) & {PEERS*N{policy_i.timer}}) |
                at_least(age_d, merge_age_i);
    end
    if (left_q) held_q[left_peer_q] <= held_q[left_peer_q] & ~left_waiters;
    if (w_valid_q) begin
      if (write_fresh_o) begin
        for (int unsigned b = 0; b < AgeW; b++) age_q[b][w_peer_q][w_idx_q] <= 1'b0;
        late_q[w_peer_q][w_idx_q] <= new_late;
        ripe_q[w_peer_q][w_idx_q] <= full_i || new_ripe;
        full_q[w_peer_q][w_idx_q] <= full_i;
        held_q[w_peer_q][w_idx_q] <= w_held;
      end else if (full_i) begin
        ripe_q[w_peer_q][w_idx_q] <= 1'b1;
        full_q[w_peer_q][w_idx_q] <= 1'b1;
      end
    end
    if (c_valid_q) begin                                // where nothing is taken it does no harm
      late_q[c_peer][free_idx]  <= 1'b0;
      nop_q[c_peer][free_idx]   <= c_q.nop;
      epoch_q[c_peer][free_idx] <= epoch_i ^ c_report;  // a report belongs to the fence before it
      if (match == '0) last_q[c_peer] <= (last_q[c_peer] & ~prev) | free;
    end
  end

  `FFLNR(older_q[w_peer_q][w_idx_q], w_prev_q, w_valid_q && !w_joined_q)

  logic [N-1:0][N-1:0] order_d;
  always_comb begin
    order_d = order_q[w_peer_q];
    for (int unsigned e = 0; e < N; e++) order_d[e][w_idx_q] = w_before_q[e];
    order_d[w_idx_q] = ~w_before_q;
    order_d[w_idx_q][w_idx_q] = 1'b1;
  end
  `FFLNR(order_q[w_peer_q], order_d, w_valid_q && write_fresh_o)

  // ---- free entries --------------------------------------------------------------------------------------
  free_entries #(.PEERS(PEERS), .N(N)) u_free (
    .clk_i, .rst_ni, .less_i(store_valid_i), .less_peer_i(peer_t'(store_i.dst)),
    .back_i(w_valid_q && !write_fresh_o), .back_peer_i(w_peer_q),
    .leaves_i(take_i), .leaves_peer_i(pick_peer_i), .some_o(some_free_o), .many_o(many_free_o)
  );

  // ---- E: choice -----------------------------------------------------------------------------------------
  flags_t   old, eligible;
  entries_t writing, candidates;
  logic [PEERS-1:0] ripe;

  assign used_o = valid_q != '0;
  assign old    = fence_i ? epoch_q ^ {PEERS*N{epoch_i}} : '0;
  assign old_o  = (valid_q & old) != '0;
  always_comb begin
    eligible = '0;
    if (used_o) begin
      eligible = ripe_q | old;
      for (int unsigned p = 0; p < PEERS; p++)
        if (!policy_i.merge || !some_free_o[p]) eligible[p] = '1;
      eligible &= valid_q & ~held_q;
    end
  end

  // As it will be in the next cycle, but for entries that only grow old or free now.
  always_comb begin
    ripe = '0;
    for (int unsigned p = 0; p < PEERS; p++) ripe[p] = eligible[p] != '0;
    if (take_i) ripe[pick_peer_i] = pick_more_o;
    if (w_valid_q && full_i && !w_held) ripe[w_peer_q] = 1'b1;
  end
  `FF(ripe_o, ripe, '0)

  always_comb begin
    writing = '0;
    writing[w_idx_q] = w_valid_q && w_peer_q == pick_peer_i;
  end
  assign candidates = eligible[pick_peer_i] & ~writing;
  assign pick_any_o  = candidates != '0;
  assign pick_more_o = (candidates & (candidates - entries_t'(1))) != '0;
  assign pick_idx_o = encode(pick);

  entry_pick #(.N(N)) u_pick (
    .clk_i, .rst_ni, .eligible_i(candidates), .late_i(late_q[pick_peer_i]), .old_i(old[pick_peer_i]),
    .high_i(~nop_q[pick_peer_i] & {N{policy_i.prio}}), .full_i(full_q[pick_peer_i] & {N{policy_i.full_first}}),
    .order_i(order_q[pick_peer_i]), .pick_o(pick)
  );

  logic unused;
  assign unused = ^{policy_i.rsvd, policy_i.round_robin, c_q.dst, store_i.dst};

  `ASSERT(OneYoungest, (prev & (prev - entries_t'(1))) == '0)
  `ASSERT(FreeEntryWaits, !c_valid_q || free != '0)
  `ASSERT(TakesEligible, !take_i || pick_any_o)

endmodule

`default_nettype wire
