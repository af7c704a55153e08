// The end of a dispatch: waits for all that lies before a fence, then reports the rows of each region.
//
//   Idle    a fence waits at a lane and no lane holds a store: the epoch and the regions' banks flip
//   Drain   until no slice holds an entry of the old epoch
//   Settle  `hold_o`: nothing leaves until what left is counted
//   Read    counters of up to Fields peers of a region are read and cleared
//   Send    one report for each enabled peer; without valid counters a refusal instead
//   Flush   until the reports have left their slices
//
// One fence at a time; a fence closes all lanes from the cycle after its acceptance until it is taken
// (`closed` is the lanes' state). Takes a few cycles and REGIONS asked x (2 x Words + PEERS), when nothing waits.
// Moved here alone: epoch, banks. Cost: REGIONS bits and two headers. Critical path: range of the banks.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module fence_ctrl
  import hub_pkg::*;
#(
  parameter int unsigned LANES   = 4,                    // 1..8, power of two
  parameter int unsigned PEERS   = 8,                    // 2..96
  parameter int unsigned REGIONS = 64,                   // 1..256
  localparam int unsigned Words  = 2 ** $clog2((PEERS + 7) / 8),  // as in row_counts
  localparam int unsigned Fields = (PEERS + Words - 1) / Words
) (
  input  wire logic               clk_i,
  input  wire logic               rst_ni,
  input  wire logic [PEERS-1:0]   peer_en_i,

  // lanes
  input  wire logic [LANES-1:0]   fence_valid_i,
  input  wire header_t            fence_header_i [LANES],
  output logic [LANES-1:0]        fence_take_o,
  input  wire logic               lanes_empty_i,

  // slices
  output logic                    epoch_o,
  output logic                    fence_o,               // in progress
  output logic [REGIONS-1:0]      bank_o,
  output logic                    hold_o,
  input  wire logic               old_i,                 // an entry, or a report on its way to one

  // counters
  output logic                    read_valid_o,
  output row_event_t              read_o,
  input  wire logic               read_ready_i,
  input  wire logic               answer_valid_i,
  input  wire logic [Fields-1:0][RowW-1:0] answer_i,
  input  wire logic               answer_bad_i,
  input  wire logic               counted_i,             // nothing waits to be counted

  output logic                    report_valid_o,
  output logic [LANES-1:0]        report_slice_o,
  output store_t                  report_o,
  input  wire logic               report_ready_i,

  output logic                    refused_o,             // state: holds until taken
  output refusal_t                refusal_o,
  input  wire logic               refused_take_i,
  output logic                    done_o                 // one cycle a fence
);

  if (LANES < 1 || LANES > 8) $fatal(1, "fence_ctrl: LANES must be 1..8");
  if (PEERS < 2 || PEERS > 96) $fatal(1, "fence_ctrl: PEERS must be 2..96");
  if (REGIONS < 1 || REGIONS > 256) $fatal(1, "fence_ctrl: REGIONS must be 1..256");

  typedef enum logic [2:0] {Idle, Drain, Settle, Read, Send, Flush} state_e;
  localparam int unsigned CntW = $clog2(REGIONS + 1);

  state_e               state_q, state_d;
  header_t              header_q, taken;
  logic [RegionW-1:0]   region_q;                        // being reported
  logic [CntW-1:0]      left_q;                          // regions, this one included
  logic [GpuW-1:0]      word_q, peer_q;
  logic [Fields-1:0][RowW-1:0] counts_q;                 // of peer_q first
  logic                 bad_q, take, next_peer, last_peer, last_word, enabled;
  logic [2**GpuW-1:0]   enabled_peers;
  logic [LANES-1:0]     first;                           // of the fences that wait

  // ---- taking a fence ------------------------------------------------------------------------------------
  assign take         = state_q == Idle && fence_valid_i != '0 && lanes_empty_i;
  assign first        = fence_valid_i & (~fence_valid_i + LANES'(1));
  assign fence_take_o = first & {LANES{take}};
  always_comb begin
    taken = '0;
    if (fence_valid_i != '0)
      for (int unsigned l = 0; l < LANES; l++) if (first[l]) taken |= fence_header_i[l];
  end

  // Both ends are at most REGIONS.
  logic [REGIONS-1:0] ones, asked;
  assign ones  = '1;
  assign asked = (ones << taken.region) & ~(ones << ((RegionW+1)'(taken.region) + (RegionW+1)'(taken.row)));
  `FFL(epoch_o, !epoch_o, take, 1'b0)
  `FFL(bank_o, bank_o ^ asked, take, '0)
  `FFLNR(header_q, taken, take)

  // ---- walk ----------------------------------------------------------------------------------------------
  assign enabled_peers = (2**GpuW)'(peer_en_i);
  assign enabled   = enabled_peers[peer_q];              // none above PEERS
  assign next_peer = state_q == Send && (!enabled || report_ready_i || refused_take_i);
  assign last_peer = peer_q >= GpuW'(PEERS - Words);
  assign last_word = word_q == GpuW'(Words - 1);

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Idle:    if (take) state_d = Drain;
      Drain:   if (!old_i) state_d = Settle;
      Settle:  if (counted_i) state_d = (left_q == '0) ? Flush : Read;
      Read:    if (answer_valid_i) state_d = Send;
      Send:    if (next_peer && last_peer)
                 state_d = (last_word && left_q == CntW'(1)) ? Flush : Read;
      default: if (!old_i) state_d = Idle;
    endcase
  end
  `FF(state_q, state_d, Idle)
  `FF(fence_o, state_d != Idle, 1'b0)
  assign done_o = state_q == Flush && !old_i;

  logic next_word, asked_q;
  assign next_word = next_peer && last_peer;
  `FFL(left_q, take ? CntW'(taken.row) : left_q - CntW'(1), take || (next_word && last_word), '0)
  `FFLNR(region_q, take ? taken.region : region_q + RegionW'(1), take || (next_word && last_word))
  `FFLNR(word_q, (take || last_word) ? '0 : word_q + GpuW'(1), take || next_word)
  `FFLNR(peer_q, (state_q == Read) ? word_q : peer_q + GpuW'(Words), state_q == Read || next_peer)
  `FFLNR(counts_q, (state_q == Read) ? answer_i : counts_q >> RowW, answer_valid_i || next_peer)
  `FFLNR(bad_q, answer_bad_i, answer_valid_i)

  // Asked once, answered in the cycle after.
  logic [2**RegionW-1:0] bank_now;
  assign bank_now = (2**RegionW)'(bank_o);
  `FF(asked_q, read_valid_o && read_ready_i, 1'b0)
  assign read_valid_o = state_q == Read && !asked_q;
  assign read_o       = '{bank: !bank_now[region_q], peer: word_q, region: region_q};

  // ---- reports -------------------------------------------------------------------------------------------
  assign report_valid_o = state_q == Send && enabled && !bad_q;
  assign report_o = '{nop: 1'b0, dst: peer_q,
                      key: '{kind: 2'(KindCount), region: region_q, gen: header_q.gen, row: counts_q[0],
                             line: '0}};
  for (genvar s = 0; s < LANES; s++) begin : gen_slice
    assign report_slice_o[s] = region_q % RegionW'(LANES) == RegionW'(s);
  end

  assign refused_o = state_q == Send && enabled && bad_q;
  always_comb begin
    refusal_o.cause  = RefuseTable;
    refusal_o.header = header_of(report_o.key, 1'b0, header_q.src, peer_q);
  end

  assign hold_o  = state_q == Settle;

  logic unused;
  assign unused = ^header_q;

  `ASSERT(AnswersWhenAsked, answer_valid_i == asked_q)
  `ASSERT(TakesWholeFence, !take || RowW'(taken.region) + taken.row <= RowW'(REGIONS))

endmodule

`default_nettype wire
