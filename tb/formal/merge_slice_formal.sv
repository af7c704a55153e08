// A slice for two peers, N entries each. Policies, ages, receivers, whose turn it is: free. Lines differ in four bits.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module merge_slice_formal
  import hub_pkg::*;
#(
  parameter int unsigned N = 3,
  localparam int unsigned IdxW = $clog2(N)
) (
  input wire logic            clk_i,
  input wire logic            self_i,
  input wire policy_t         policy_i,
  input wire logic [AgeW-1:0] merge_age_i,
  input wire logic [AgeW-1:0] deadline_age_i,
  input wire logic            tick_i,
  input wire logic            epoch_i,
  input wire logic            fence_i,
  input wire logic            bank_i,
  input wire logic            hold_i,
  input wire logic            store_valid_i,
  input wire logic            store_nop_i,
  input wire logic            store_peer_i,
  input wire logic [1:0]      store_kind_i,
  input wire logic            store_row_i,
  input wire logic            store_line_i,
  input wire logic [5:0]      strb_i,
  input wire logic [1:0]      data_i,
  input wire logic            load_i,
  input wire logic [1:0]      credits_i,
  input wire logic            crd_valid_i,
  input wire logic            crd_peer_i,
  input wire logic            row_room_i,
  input wire logic            tx_ready_i,
  input wire logic            loop_ready_i,
  input wire logic            peer_i,
  input wire logic [1:0]      kind_i,
  input wire logic            row_i,
  input wire logic            line_i
);

  logic       rst_ni, self_q, peer_q, old, row_valid, tx_valid, loop_valid, used;
  logic [1:0] some_free;
  store_t     store;
  strb_t      strb;
  line_t      data;
  line_key_t  key_q;
  row_event_t row;
  packet_t    tx_packet, loop_packet;
  formal_reset u_reset (.clk_i, .rst_no(rst_ni));

  function automatic line_key_t line_key(logic [1:0] kind, logic in_row, logic in_line);
    return '{kind: kind, region: '0, gen: '0, row: RowW'(in_row), line: LineIdxW'(in_line)};
  endfunction

  `FFLNR(self_q, self_i, !rst_ni)
  `FFLNR(peer_q, peer_i, !rst_ni)
  `FFLNR(key_q, line_key(kind_i, row_i, line_i), !rst_ni)
  assign store = '{nop: store_nop_i, dst: GpuW'(store_peer_i), key: line_key(store_kind_i, store_row_i, store_line_i)};
  assign strb  = strb_t'(strb_i);
  assign data  = line_t'({data_i[1], 7'h0, data_i[0]});
  // peer_pick is cut off: it may name any peer at any time, with or without credit.
  `ASSUME(OwnIsSelf, !u_slice.pick_valid || u_slice.pick_own == (u_slice.pick_peer == self_q))
  `ASSUME(TakesWhatIsFree, !store_valid_i || some_free[store_peer_i])

  merge_slice #(.PEERS(2), .N(N), .REGIONS(1)) u_slice (
    .clk_i, .rst_ni, .self_i(GpuW'(self_q)), .policy_i, .merge_age_i, .deadline_age_i, .tick_i,
    .epoch_i, .fence_i, .bank_i, .hold_i, .old_o(old), .some_free_o(some_free), .many_free_o(),
    .leaving_o(), .leaving_peer_o(), .back_o(), .back_peer_o(),
    .store_valid_i, .store_i(store), .strb_i(strb), .data_i(data),
    .load_i, .credits_i(CreditW'(credits_i)), .crd_valid_i, .crd_peer_i(GpuW'(crd_peer_i)),
    .row_room_i, .row_valid_o(row_valid), .row_o(row),
    .tx_valid_o(tx_valid), .tx_ready_i, .tx_packet_o(tx_packet),
    .loop_valid_o(loop_valid), .loop_ready_i, .loop_packet_o(loop_packet), .merged_o(), .used_o(used)
  );
  merge_slice_properties u_properties (
    .clk_i, .rst_ni, .self_i(GpuW'(self_q)), .epoch_i, .fence_i, .bank_i, .old_i(old), .store_valid_i, .store_i(store),
    .strb_i, .data_i, .row_valid_i(row_valid), .row_i(row),
    .tx_valid_i(tx_valid), .tx_ready_i, .tx_packet_i(tx_packet),
    .loop_valid_i(loop_valid), .loop_ready_i, .loop_packet_i(loop_packet), .used_i(used),
    .peer_i(GpuW'(peer_q)), .key_i(key_q)
  );

  // ---- what holds of each entry in every state: with it the properties follow by one step of induction ------------
  typedef logic [1:0][N-1:0] flags_t;                    // [peer][entry]
  localparam int unsigned KeyBits = $bits(line_key_t);

  // Of the pipeline.
  logic   c_valid, w_valid, w_joined, w_fresh, left, left_here, row_order;
  logic   c_peer, w_peer, left_peer;
  logic [IdxW-1:0] w_idx, w_prev, left_idx;
  assign c_valid   = u_slice.u_entries.c_valid_q;
  assign c_peer    = u_slice.u_entries.c_peer;
  assign w_valid   = u_slice.write;
  assign w_joined  = u_slice.u_entries.w_joined_q;
  assign w_fresh   = u_slice.fresh;
  assign w_peer    = u_slice.write_peer;
  assign w_idx     = u_slice.write_idx;
  assign w_prev    = u_slice.u_entries.w_prev_q;
  assign left      = u_slice.u_entries.left_q;
  assign left_peer = u_slice.u_entries.left_peer_q;
  assign left_idx  = u_slice.u_entries.left_idx_q;
  assign left_here = u_slice.u_entries.left_here;
  assign row_order = u_slice.u_entries.row_order_q;

  `ASSERT(SameCompare, c_valid == u_properties.c_valid_q && w_valid == u_properties.w_valid_q &&
          (!c_valid || (u_properties.c_here_q == (c_peer == peer_q && u_slice.u_entries.c_q.key == key_q) &&
                        u_slice.u_entries.c_q.dst[GpuW-1:1] == '0 && u_slice.u_entries.c_q.key.region == '0 &&
                        u_properties.c_nop_q == u_slice.u_entries.c_q.nop)))
  `ASSERT(SameReport, u_properties.c_report_q == (c_valid && u_slice.u_entries.c_report))
  `ASSERT(SameHere, u_properties.w_here_q == (w_valid && w_peer == peer_q && u_slice.write_tag.key == key_q))
  `ASSERT(SameWrite, !w_valid || (u_properties.w_nop_q == u_slice.write_tag.nop &&
                                  u_properties.w_bank_q == u_slice.write_tag.bank))
  `ASSERT(ReportsInTheFence, !u_properties.c_report_q || (u_properties.fence_q && !u_properties.drained_q))
  `ASSERT(FewKeys, key_q == line_key(key_q.kind, key_q.row[0], key_q.line[0]))
  `ASSERT(WrittenInItsEpoch, !w_valid || u_slice.write_tag.key.kind == 2'(KindCount) ||
          (u_properties.w_epoch_q == u_properties.epoch_q && u_properties.w_bank_q == u_properties.bank_q))
  `ASSERT(IndexInRange, (!w_valid || (32'(w_idx) < N && 32'(w_prev) < N)) && (!left || 32'(left_idx) < N))
  `ASSERT(HereOnly, !(u_properties.c_here_q && !c_valid) && !(u_properties.w_here_q && !w_valid))
  `ASSERT(JoinsTheYoungest, !(w_valid && w_joined) || (u_slice.u_entries.w_has_prev_q && w_prev == w_idx))

  // ---- entries -----------------------------------------------------------------------------------------------------
  flags_t               valid, live, mine;               // in use; its words are valid too; of the followed line
  flags_t               tag_wrong, mask_wrong, read_wrong, bank_wrong, value_wrong, dye_wrong, epoch_wrong;
  flags_t               youngest_wrong, blocked, wait_wrong, age_wrong, order_wrong, before_wrong;
  flags_t               late_ones, holds, ones;
  logic [1:0]           count_wrong;
  line_key_t            key_of    [2][N];
  line_tag_t            tag_of    [2][N];
  logic [5:0]           strb_of   [2][N];
  logic [1:0]           data_of   [2][N];
  logic [IdxW-1:0]      blocker   [2][N];
  logic [N-1:0]         younger_q [2][N];                // [a][b]: a was made after b

  function automatic logic [RowW-1:0] rank_of(line_key_t key);
    return (key.kind == 2'(KindSt)) ? '0 : key.row;
  endfunction

  for (genvar p = 0; p < 2; p++) begin : gen_peer
    logic made;
    logic [IdxW-1:0] made_idx;
    assign made_idx = u_slice.u_entries.target_idx;
    assign made     = c_valid && c_peer == 1'(p) && (u_slice.u_entries.match == '0 ||
                      (u_slice.take && u_slice.pick_peer == 1'(p) && u_slice.pick_idx == made_idx));
    assign count_wrong[p] = 32'(u_slice.u_entries.u_free.count_q[p]) + $countones(valid[p]) +
        32'(c_valid && c_peer == 1'(p)) + 32'(w_valid && !w_fresh && w_peer == 1'(p)) != N ||
        u_slice.some_free_o[p] != (u_slice.u_entries.u_free.count_q[p] != '0) ||
        u_slice.many_free_o[p] != (32'(u_slice.u_entries.u_free.count_q[p]) > 1);
    for (genvar e = 0; e < N; e++) begin : gen_entry
      localparam int unsigned A = p * N + e;
      logic [8*7+LineBytes+LineBits-1:0] word;
      logic w_here, fresh, reading;
      assign word       = u_slice.u_lines.mem[A];
      assign w_here     = w_valid && w_peer == 1'(p) && w_idx == IdxW'(e);
      assign fresh      = w_here && w_fresh;
      assign valid[p][e]   = u_slice.u_entries.valid_q[p][e];
      assign live[p][e]    = valid[p][e] && !fresh;
      assign tag_of[p][e]  = line_tag_t'(word[LineBytes+LineBits+:$bits(line_tag_t)]);
      assign key_of[p][e]  = u_slice.u_entries.u_keys.u_keys.mem[p][e*KeyBits+:KeyBits];
      assign mine[p][e]    = live[p][e] && key_of[p][e] == key_q && 1'(p) == peer_q;
      assign strb_of[p][e] = word[LineBits+:6] & {6{mine[p][e]}};
      assign data_of[p][e] = {word[8], word[0]};
      assign holds[p][e]   = strb_of[p][e][0];
      assign ones[p][e]    = strb_of[p][e][1] && data_of[p][e][1];

      // Memories and flags tell the same.
      assign reading = c_valid && c_peer == 1'(p) && !(w_here && !w_joined);
      assign tag_wrong[p][e]  = (valid[p][e] && key_of[p][e].region != '0) ||
          (live[p][e] && (tag_of[p][e].key != key_of[p][e] || tag_of[p][e].nop != u_slice.u_entries.nop_q[p][e])) ||
          (w_here && (!valid[p][e] || !u_slice.u_entries.last_q[p][e] || u_slice.write_tag.key != key_of[p][e] ||
                      u_slice.write_tag.nop != u_slice.u_entries.nop_q[p][e] ||
                      u_properties.w_epoch_q != u_slice.u_entries.epoch_q[p][e]));
      assign mask_wrong[p][e] = (live[p][e] && u_slice.u_masks.mem[A][5:0] != word[LineBits+:6]) ||
          (w_here && !w_fresh && u_slice.mask_before[5:0] != word[LineBits+:6]);
      assign read_wrong[p][e] = reading && valid[p][e] && u_slice.u_entries.u_keys.key[e] != key_of[p][e];
      assign epoch_wrong[p][e] = valid[p][e] && (!u_properties.fence_q || u_properties.drained_q) &&
          u_slice.u_entries.epoch_q[p][e] != u_properties.epoch_q;
      assign bank_wrong[p][e] = live[p][e] && key_of[p][e].kind != 2'(KindCount) &&
          u_slice.u_entries.epoch_q[p][e] == u_properties.epoch_q && tag_of[p][e].bank != u_properties.bank_q;

      // What the followed bytes are.
      assign value_wrong[p][e] = holds[p][e] && (data_of[p][e][0] != u_properties.value_q ||
          tag_of[p][e].nop != u_properties.nop_q || u_slice.u_entries.epoch_q[p][e] != u_properties.of_epoch_q ||
          (tag_of[p][e].bank != u_properties.of_bank_q && key_q.kind != 2'(KindCount)));
      assign dye_wrong[p][e] = (strb_of[p][e][5:2] & {!u_slice.u_entries.nop_q[p][e], u_slice.u_entries.nop_q[p][e],
          !u_slice.u_entries.epoch_q[p][e], u_slice.u_entries.epoch_q[p][e]}) != '0;
      assign late_ones[p][e] = strb_of[p][e][1] && !data_of[p][e][1];

      // Entries of a line wait for each other in the order in which they were made.
      assign blocked[p][e] = fresh ? !w_joined && u_slice.u_entries.w_has_prev_q && !left_here :
          u_slice.u_entries.held_q[p][e] &&
          !(left && left_peer == 1'(p) && left_idx == u_slice.u_entries.older_q[p][e]);
      assign blocker[p][e] = fresh ? w_prev : u_slice.u_entries.older_q[p][e];
      always_comb begin
        logic oldest, youngest;
        oldest   = 1'b1;
        youngest = 1'b1;
        age_wrong[p][e]    = 1'b0;
        wait_wrong[p][e]   = 1'b0;
        order_wrong[p][e]  = 1'b0;
        before_wrong[p][e] = 1'b0;
        for (int unsigned b = 0; b < N; b++) begin
          logic same, first;
          same = b != e && valid[p][e] && valid[p][b] && key_of[p][b] == key_of[p][e];
          if (same && younger_q[p][e][b]) oldest = 1'b0;
          if (same && younger_q[p][b][e]) youngest = 1'b0;
          if (b != e && valid[p][e] && valid[p][b]) age_wrong[p][e] |= younger_q[p][e][b] == younger_q[p][b][e];
          for (int unsigned c = 0; c < N; c++) begin
            if (b != e && c != e && b != c && valid[p][e] && valid[p][b] && valid[p][c])
              age_wrong[p][e] |= younger_q[p][e][b] && younger_q[p][b][c] && !younger_q[p][e][c];
            // The one that it waits for is older, and none of the line lies between.
            if (same && blocked[p][e] && blocker[p][e] == IdxW'(c) && c != b && younger_q[p][e][b])
              wait_wrong[p][e] |= younger_q[p][b][c];
          end
          if (blocked[p][e] && blocker[p][e] == IdxW'(b))
            wait_wrong[p][e] |= valid[p][e] && !(same && younger_q[p][e][b]);
          first = rank_of(key_of[p][e]) < rank_of(key_of[p][b]) ||
                  (rank_of(key_of[p][e]) == rank_of(key_of[p][b]) && younger_q[p][b][e]);
          if (!row_order) first = younger_q[p][b][e];
          if (b == e) first = 1'b1;
          if (live[p][e] && live[p][b]) order_wrong[p][e] |= u_slice.u_entries.order_q[p][e][b] != first;
          if (fresh && live[p][b]) before_wrong[p][e] |= u_slice.u_entries.w_before_q[b] !=
              (!row_order || rank_of(key_of[p][b]) <= rank_of(key_of[p][e])) || !younger_q[p][e][b];
        end
        wait_wrong[p][e] |= valid[p][e] && (blocked[p][e] == oldest || (blocked[p][e] && 32'(blocker[p][e]) >= N));
        youngest_wrong[p][e] = valid[p][e] && u_slice.u_entries.last_q[p][e] != youngest;
      end
    end
    always_ff @(posedge clk_i) begin
      if (made) begin
        younger_q[p][made_idx] <= '1;
        for (int unsigned b = 0; b < N; b++) if (IdxW'(b) != made_idx) younger_q[p][b][made_idx] <= 1'b0;
      end
    end
  end

  logic left_wrong, order_late;
  always_comb begin
    left_wrong = left && valid[left_peer][left_idx] &&
                 !(w_valid && w_joined && w_peer == left_peer && w_idx == left_idx);
    order_late = 1'b0;
    for (int unsigned a = 0; a < N; a++)
      for (int unsigned b = 0; b < N; b++)
        order_late |= ones[peer_q][a] && late_ones[peer_q][b] && younger_q[peer_q][b][a];
  end

  `ASSERT(CountsFree, count_wrong == '0)
  `ASSERT(TagsAreKeys, tag_wrong == '0)
  `ASSERT(MasksAgree, mask_wrong == '0)
  `ASSERT(KeysRead, read_wrong == '0)
  `ASSERT(OneEpochOutsideOfFences, epoch_wrong == '0)
  `ASSERT(OneBankOfAnEpoch, bank_wrong == '0)
  `ASSERT(AgesAreAnOrder, age_wrong == '0)
  `ASSERT(OrderAsAsked, order_wrong == '0)
  `ASSERT(OrderWritten, before_wrong == '0)
  `ASSERT(WaitsForTheNextOlder, wait_wrong == '0)
  `ASSERT(YoungestIsMarked, youngest_wrong == '0)
  `ASSERT(LeftIsFree, !left_wrong)

  // ---- ages: after `deadline_age` ticks an entry is past its deadline, and then only such entries go before it ------
  // As long as `policy.timer` is on and the ages asked for stay what they are.
  flags_t          since_wrong, overtaken, late_wait_wrong, late, ripe;
  logic [1:0][N-1:0][AgeW-1:0] since_q;                  // ticks since its first bytes, 15 or more
  logic [AgeW-1:0] deadline_q, merge_age_q;
  logic            known_q, steady_q, steady;
  `FF(known_q, 1'b1, 1'b0)
  `FFNR(deadline_q, deadline_age_i)
  `FFNR(merge_age_q, merge_age_i)
  assign steady = policy_i.timer &&
                  (!known_q || (steady_q && deadline_age_i == deadline_q && merge_age_i == merge_age_q));
  `FF(steady_q, steady, 1'b1)
  assign late = u_slice.u_entries.late_q;
  assign ripe = u_slice.u_entries.ripe_q;
  for (genvar p = 0; p < 2; p++) begin : gen_ages
    for (genvar e = 0; e < N; e++) begin : gen_entry
      logic [AgeW-1:0] age;
      logic            fresh;
      for (genvar b = 0; b < AgeW; b++) begin : gen_bit
        assign age[b] = u_slice.u_entries.age_q[b][p][e];
      end
      assign fresh = valid[p][e] && !live[p][e];
      always_ff @(posedge clk_i)
        if (fresh) since_q[p][e] <= '0;
        else if (tick_i && since_q[p][e] != '1) since_q[p][e] <= since_q[p][e] + AgeW'(1);
      assign since_wrong[p][e] = live[p][e] && ((since_q[p][e] != '1 && age != since_q[p][e]) ||
          (late[p][e] && !ripe[p][e]) ||
          (known_q && steady_q && (late[p][e] != (since_q[p][e] >= deadline_q) ||
                                   (since_q[p][e] >= merge_age_q && !ripe[p][e]))));
      always_comb begin
        late_wait_wrong[p][e] = 1'b0;
        for (int unsigned b = 0; b < N; b++)
          if (b != e && live[p][e] && live[p][b] && younger_q[p][e][b] && key_of[p][e] == key_of[p][b])
            late_wait_wrong[p][e] |= since_q[p][b] < since_q[p][e];
      end
      assign overtaken[p][e] = u_slice.take && u_slice.pick_peer == 1'(p) && live[p][e] && late[p][e] &&
          !u_slice.u_entries.held_q[p][e] && !(w_valid && w_peer == 1'(p) && w_idx == IdxW'(e)) &&
          !late[p][u_slice.pick_idx];
    end
  end
  `ASSERT(LateInTime, since_wrong == '0 && (known_q || valid == '0))
  `ASSERT(OlderOnesAreLateToo, late_wait_wrong == '0)
  `ASSERT(LateGoesFirst, overtaken == '0)
  `COVER(LateLeaves, steady_q && deadline_q == AgeW'(2) && u_slice.take &&
         late[u_slice.pick_peer][u_slice.pick_idx] && since_q[u_slice.pick_peer][u_slice.pick_idx] == AgeW'(2))

  // ---- the followed bytes --------------------------------------------------------------------------------------
  logic       out_here, out_one, out_zero;
  logic [5:0] out_strb;
  assign out_here = u_slice.u_out.valid_q && u_slice.u_out.peer_q == GpuW'(peer_q) && u_slice.read_tag.key == key_q;
  assign out_strb = u_slice.read_strb[5:0] & {6{out_here}};
  assign out_one  = out_strb[1] && u_slice.read_data[8];
  assign out_zero = out_strb[1] && !u_slice.read_data[8];
  `ASSERT(OutIsSeen, u_slice.u_out.waits_q == {u_properties.loop_waits_q, u_properties.tx_waits_q} &&
          (!u_slice.u_out.valid_q || (u_slice.u_out.peer_q[GpuW-1:1] == '0 && u_slice.read_tag.key.region == '0 &&
           u_slice.u_out.own_q == (u_slice.u_out.peer_q == GpuW'(self_q)))) && u_properties.here == out_here)
  `ASSERT(InOnePlace, $countones(holds) + 32'(out_strb[0]) == 32'(u_properties.pending_q))
  `ASSERT(ValueKept, value_wrong == '0 && (!out_strb[0] ||
          (u_slice.read_data[0] == u_properties.value_q && u_slice.read_tag.nop == u_properties.nop_q &&
           (u_slice.read_tag.bank == u_properties.of_bank_q || key_q.kind == 2'(KindCount)))))
  `ASSERT(DyesKept, dye_wrong == '0 && out_strb[3:2] != '1 &&
          (out_strb[5:4] & {!u_slice.read_tag.nop, u_slice.read_tag.nop}) == '0)
  `ASSERT(OnesAreYounger, !order_late && !(late_ones != '0 && (out_one || u_properties.one_left_q)) &&
          !(out_zero && u_properties.one_left_q))
  `ASSERT(OnesCameIn, u_properties.one_came_q == (ones != '0 || out_one || u_properties.one_left_q))
  `ASSERT(LastIsOne, u_properties.last_q == u_properties.one_left_q)

endmodule

`default_nettype wire
