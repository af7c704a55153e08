// Counters of the rows that left, for each bank, peer and region, in a memory with check bits.
//
//   stage 0  one operation: a row of one lane's queue is counted, or a word is read and cleared
//   stage 1  word read; written back, one more or zero
//
// A word holds the counters of Fields peers: peer p is field p / Words of word p mod Words of its region.
// Queues go before the fence's reads. Operations on one word in turn are forwarded. After reset all words
// are cleared, one a cycle, before anything else is done.
// A word with wrong check bits is marked when it is written back, so that reading it later still says `bad`.
//
// One row a cycle for all lanes; a lane's queue takes Depth rows, then holds its slice (`room_o`). Moved
// by: rows up, fence_ctrl's read to zero. Cost: 2 x REGIONS x Words words, LANES queues. Critical path:
// SRAM, Fields:1 multiplexer, 24-bit increment, check bits: 21 gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module row_counts
  import hub_pkg::*;
#(
  parameter int unsigned LANES   = 4,                    // 1..8
  parameter int unsigned PEERS   = 8,                    // 2..96
  parameter int unsigned REGIONS = 64,                   // 1..256
  // of a region; both cover PEERS
  localparam int unsigned Words  = 2 ** $clog2((PEERS + 7) / 8),
  localparam int unsigned Fields = (PEERS + Words - 1) / Words
) (
  input  wire logic               clk_i,
  input  wire logic               rst_ni,
  input  wire logic               inject_i,

  input  wire logic [LANES-1:0]   row_valid_i,
  input  wire row_event_t         row_i [LANES],
  output logic [LANES-1:0]        room_o,                // for the row of a packet sent in this cycle

  input  wire logic               read_valid_i,          // `peer` is the word
  input  wire row_event_t         read_i,
  output logic                    read_ready_o,
  output logic                    answer_valid_o,        // the cycle after
  output logic [Fields-1:0][RowW-1:0] answer_o,
  output logic                    answer_bad_o,

  output logic                    idle_o,                // nothing waits to be counted
  output logic                    table_error_o
);

  if (LANES < 1 || LANES > 8) $fatal(1, "row_counts: LANES must be 1..8");
  if (PEERS < 2 || PEERS > 96) $fatal(1, "row_counts: PEERS must be 2..96");
  if (REGIONS < 1 || REGIONS > 256) $fatal(1, "row_counts: REGIONS must be 1..256");

  localparam int unsigned Depth  = 4;
  localparam int unsigned CntW   = $clog2(Depth + 1);
  localparam int unsigned Size   = 2 * REGIONS * Words;
  localparam int unsigned AddrW_ = $clog2(Size);
  localparam int unsigned FieldW = (Fields > 1) ? $clog2(Fields) : 1;
  typedef logic [AddrW_-1:0] addr_t;
  typedef struct packed {
    logic                        bad;
    logic [Fields-1:0][RowW-1:0] count;
  } word_t;

  function automatic addr_t address(row_event_t row);
    return addr_t'({row.region, row.bank}) * addr_t'(Words) + (addr_t'(row.peer) & addr_t'(Words - 1));
  endfunction

  // ---- queues --------------------------------------------------------------------------------------------
  localparam int unsigned IdxW = (LANES > 1) ? $clog2(LANES) : 1;
  logic [LANES-1:0]           waits, next, ready;
  logic [LANES-1:0][CntW-1:0] stored_q;
  row_event_t                 head [LANES];
  logic                       row_valid, clearing;
  logic [IdxW-1:0]            lane;

  for (genvar l = 0; l < LANES; l++) begin : gen_queue
    fifo #(.T(row_event_t), .Depth(Depth)) u_queue (
      .clk_i, .rst_ni, .push_valid_i(row_valid_i[l]), .push_ready_o(ready[l]), .push_data_i(row_i[l]),
      .pop_valid_o(waits[l]), .pop_ready_i(next[l] && !clearing), .pop_data_o(head[l])
    );
    `FF(stored_q[l], stored_q[l] + CntW'(row_valid_i[l]) - CntW'(waits[l] && next[l] && !clearing), '0)
    assign room_o[l] = stored_q[l] <= CntW'(Depth - 2);  // one more may be on its way
  end
  rr_arb #(.N(LANES)) u_arb (
    .clk_i, .rst_ni, .req_i(waits), .advance_i(!clearing), .gnt_o(next), .idx_o(lane), .valid_o(row_valid)
  );

  // ---- stage 0 -------------------------------------------------------------------------------------------
  logic        clearing_q;
  addr_t       clear_addr_q, addr;
  row_event_t  row;
  logic        start;

  assign clearing = clearing_q;
  `FFL(clearing_q, clear_addr_q != addr_t'(Size - 1), clearing_q, 1'b1)
  `FFL(clear_addr_q, clear_addr_q + addr_t'(1), clearing_q, '0)

  assign row          = row_valid ? head[lane] : read_i;
  assign addr         = address(row);
  assign read_ready_o = read_valid_i && !row_valid && !clearing;
  assign start        = (row_valid && !clearing) || read_ready_o;

  // ---- stage 1 -------------------------------------------------------------------------------------------
  logic              busy_q, count_q, again_q, error, wrong;
  addr_t             addr_q;
  logic [FieldW-1:0] field_q;
  word_t             stored, word, word_d, last_q;

  `FF(busy_q, start, 1'b0)
  `FFLNR(count_q, row_valid, start)
  `FFLNR(addr_q, addr, start)
  `FFLNR(field_q, FieldW'(row.peer / GpuW'(Words)), start)
  `FFL(again_q, busy_q && addr == addr_q, start, 1'b0)   // the word is being written
  `FFLNR(last_q.count, word_d.count, busy_q)
  `FFLNR(last_q.bad, word_d.bad || (wrong && count_q), busy_q)

  table_ram #(.Width($bits(word_t)), .Depth(Size)) u_ram (
    .clk_i, .rst_ni, .inject_i,
    .we_i(busy_q || clearing_q), .waddr_i(clearing_q ? clear_addr_q : addr_q),
    .wdata_i(clearing_q ? '0 : word_d), .flip_i(wrong && count_q && !word.bad),
    .re_i(start), .raddr_i(addr), .rdata_o(stored), .rerror_o(error)
  );

  assign wrong = busy_q && error && !again_q;            // late: the counters do not wait for it
  assign word  = again_q ? last_q : stored;
  always_comb begin
    word_d = '0;
    if (count_q) begin
      word_d = word;
      word_d.count[field_q] = word.count[field_q] + RowW'(1);
    end
  end

  assign answer_valid_o = busy_q && !count_q;
  assign answer_o       = word.count;
  assign answer_bad_o   = word.bad || wrong;
  assign idle_o         = waits == '0 && !busy_q && !clearing_q;
  `FF(table_error_o, wrong, 1'b0)

  `ASSERT(QueueHasRoom, (row_valid_i & ~ready) == '0)

endmodule

`default_nettype wire
