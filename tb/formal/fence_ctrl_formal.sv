// The fence's walk over two regions, for two peers and for nine, whose counters lie in two words. All inputs free, but that
// counts have three bits and an answer follows its question.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module fence_ctrl_formal
  import hub_pkg::*;
#(
  parameter int unsigned PEERS = 2,
  localparam int unsigned LANES = 2, REGIONS = 2,
  localparam int unsigned Words = 2 ** $clog2((PEERS + 7) / 8), Fields = (PEERS + Words - 1) / Words
) (
  input wire logic                 clk_i,
  input wire logic [PEERS-1:0]     peer_en_i,
  input wire logic [LANES-1:0]     fence_valid_i,
  input wire logic [LANES-1:0][1:0] fence_region_i,
  input wire logic [LANES-1:0][1:0] fence_row_i,
  input wire logic [LANES-1:0]     fence_gen_i,
  input wire logic                 lanes_empty_i,
  input wire logic                 old_i,
  input wire logic                 read_ready_i,
  input wire logic [Fields-1:0][2:0] answer_i,
  input wire logic                 answer_bad_i,
  input wire logic                 counted_i,
  input wire logic                 report_ready_i,
  input wire logic                 refused_take_i,
  input wire logic                 region_i,
  input wire logic [3:0]           peer_i
);

  logic               rst_ni, epoch, fence, hold, read_valid, asked_q, report_valid, refused, done;
  logic [REGIONS-1:0] bank;
  logic [LANES-1:0]   take, slice;
  header_t            header [LANES];
  row_event_t         read;
  store_t             report;
  refusal_t           refusal;
  logic [RegionW-1:0] region_q;
  logic [GpuW-1:0]    peer_q;
  logic [Fields-1:0][RowW-1:0] answer;
  formal_reset u_reset (.clk_i, .rst_no(rst_ni));
  `FFLNR(region_q, RegionW'(region_i), !rst_ni)
  `FFLNR(peer_q, GpuW'(peer_i), !rst_ni)
  `FF(asked_q, read_valid && read_ready_i, 1'b0)
  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    always_comb begin
      header[l]        = '0;
      header[l].region = RegionW'(fence_region_i[l]);
      header[l].row    = RowW'(fence_row_i[l]);
      header[l].gen    = GenW'(fence_gen_i[l]);
    end
  end
  for (genvar f = 0; f < Fields; f++) begin : gen_field
    assign answer[f] = RowW'(answer_i[f]);
  end

  fence_ctrl #(.LANES(LANES), .PEERS(PEERS), .REGIONS(REGIONS)) u_fence (
    .clk_i, .rst_ni, .peer_en_i, .fence_valid_i, .fence_header_i(header), .fence_take_o(take), .lanes_empty_i,
    .epoch_o(epoch), .fence_o(fence), .bank_o(bank), .hold_o(hold), .old_i,
    .read_valid_o(read_valid), .read_o(read), .read_ready_i, .answer_valid_i(asked_q), .answer_i(answer), .answer_bad_i,
    .counted_i, .report_valid_o(report_valid), .report_slice_o(slice), .report_o(report), .report_ready_i,
    .refused_o(refused), .refusal_o(refusal), .refused_take_i(refused_take_i && refused), .done_o(done)
  );
  fence_ctrl_properties #(.LANES(LANES), .PEERS(PEERS), .REGIONS(REGIONS)) u_properties (
    .clk_i, .rst_ni, .peer_en_i, .fence_valid_i, .fence_header_i(header), .fence_take_i(take), .lanes_empty_i,
    .epoch_i(epoch), .fence_i(fence), .bank_i(bank), .hold_i(hold), .old_i,
    .read_valid_i(read_valid), .read_i(read), .read_ready_i, .answer_valid_i(asked_q), .answer_i(answer), .answer_bad_i,
    .counted_i, .report_valid_i(report_valid), .report_slice_i(slice), .report_i(report), .report_ready_i,
    .refused_i(refused), .refusal_i(refusal), .refused_take_i(refused_take_i && refused), .done_i(done),
    .region_i(region_q), .peer_i(peer_q)
  );

  // ---- where the walk is, in every state -----------------------------------------------------------------------------
  localparam logic [2:0] Idle = 3'd0, Drain = 3'd1, Settle = 3'd2, Read = 3'd3, Send = 3'd4, Flush = 3'd5;
  logic [2:0]  state;
  int unsigned first, rows, now, left, word, peer, my_word;
  logic        in_turn, word_read, passed;
  assign state   = u_fence.state_q;
  assign first   = 32'(u_properties.header_q.region);
  assign rows    = 32'(u_properties.header_q.row);
  assign now     = 32'(u_fence.region_q);
  assign left    = 32'(u_fence.left_q);
  assign word    = 32'(u_fence.word_q);
  assign peer    = 32'(u_fence.peer_q);
  assign my_word = 32'(peer_q) % Words;
  assign in_turn = now == 32'(region_q);
  // The followed counter has been read; the followed peer has been passed.
  assign word_read = u_properties.of_fence_q && (now > 32'(region_q) ||
                     (in_turn && (word > my_word || (word == my_word && (state == Send || u_fence.asked_q)))));
  assign passed    = u_properties.of_fence_q && (now > 32'(region_q) ||
                     (in_turn && (word > my_word || (word == my_word && state == Send && peer > 32'(peer_q)))));
  `ASSERT(StateKnown, state <= Flush && (state != Idle) == u_properties.walks_q &&
          u_fence.asked_q == asked_q && u_properties.asked_q == asked_q && (!asked_q || state == Read))
  `ASSERT(StateDrained, u_properties.drained_q == (state >= Settle) && u_properties.counted_q == (state >= Read))
  `ASSERT(SameFence, !u_properties.walks_q || (u_fence.header_q == u_properties.header_q &&
          first + rows <= REGIONS && rows <= REGIONS &&
          u_properties.of_fence_q == (32'(region_q) >= first && 32'(region_q) < first + rows)))
  `ASSERT(Walks, !u_properties.walks_q || (now + left == first + rows && now >= first && word < Words &&
          (state > Settle || (now == first && word == 0)) &&
          (state != Flush || left == 0) && (!(state inside {Read, Send}) || left != 0)))
  `ASSERT(SendsOfTheWord, state != Send || (peer < PEERS && peer % Words == word))
  `ASSERT(FollowedRead, !u_properties.walks_q || u_properties.reads_q == 2'(word_read))
  `ASSERT(FollowedSent, !u_properties.walks_q || u_properties.got_q == 2'(passed && peer_en_i[peer_q]))
  `ASSERT(CountsKept, !(u_properties.walks_q && state == Send && in_turn && word == my_word && peer <= 32'(peer_q)) ||
          (u_fence.bad_q == u_properties.bad_q &&
           u_fence.counts_q[(32'(peer_q) - peer) / Words] == u_properties.rows_q))
  `ASSERT(AnswersMine, u_properties.answers_q == (asked_q && u_properties.of_fence_q && in_turn && word == my_word))

endmodule

`default_nettype wire
