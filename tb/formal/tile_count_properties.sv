// A tile is ready once, when the last byte that it waits for has been acknowledged, and not before.
//
// One tile is followed, `watch_i` (constant; a proof leaves it free), from the cycle in which its number of bytes is
// written. `ready_i` and so on are the events of the tile table, in the cycle in which they are queued; `inside_i`: an
// acknowledgement or an operation of this tile is still on its way.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module tile_count_properties
  import hub_pkg::*;
#(
  parameter int unsigned LANES  = 2,
  parameter int unsigned CountW = 5,                       // bytes of a lane, and of operations, are below 2^CountW
  localparam int unsigned LeftW = CountW + 4               // signed
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic [TileW-1:0] watch_i,
  input wire logic [LANES-1:0] ack_valid_i,
  input wire logic [LANES-1:0] ack_ready_i,
  input wire tile_ref_t        ack_i [LANES],
  input wire logic [ByteCntW-1:0] ack_bytes_i [LANES],
  input wire logic             op_valid_i,
  input wire logic             op_ready_i,
  input wire tile_op_t         op_i,
  input wire logic [LANES-1:0] event_valid_i,
  input wire tile_event_t      event_i [LANES],
  input wire logic             inside_i
);

  logic [LANES-1:0]    arrives, mine, none, fits;
  // Bytes that it waits for at first, of these no more, acknowledged; and what is left, below 0: too many came.
  logic [LeftW-1:0]    threshold_q, less_q, left;
  logic [LANES-1:0][LeftW-1:0] acked_q;
  logic                op, writes, said_q, known_q, ready, excess, broken;
  logic [TileRowsW-1:0] rows_q, rows;
  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    assign arrives[l] = ack_valid_i[l] && ack_ready_i[l] && ack_i[l].tile == watch_i;
    assign mine[l]    = event_valid_i[l] && event_i[l].who.tile == watch_i;
    assign none[l]    = ack_valid_i[l] && ack_bytes_i[l] == '0;
    assign fits[l]    = 32'(ack_bytes_i[l]) <= LineBytes;
  end
  assign op     = op_valid_i && op_ready_i && op_i.who.tile == watch_i;
  assign writes = op && op_i.op == TileWrite;

  // What the user keeps: an acknowledgement has bytes, a tile waits for some, is written when nothing of it is inside,
  // and counts do not overflow.
  `ASSUME(AcksHaveBytes, none == '0 && fits == '1)
  `ASSUME(WritesAtRest, !writes || (op_i.word.missing != '0 && !inside_i && arrives == '0))
  `ASSUME(CountsFit, !op_valid_i || (op_i.word.missing >> CountW) == '0)
  logic [LANES-1:0] few;
  for (genvar l = 0; l < LANES; l++) begin : gen_few
    assign few[l] = acked_q[l] < LeftW'(1) << CountW;
  end
  `ASSUME(FewBytes, !known_q || (few == '1 && less_q < LeftW'(1) << CountW))

  always_comb begin
    left   = threshold_q - less_q;
    ready  = 1'b0;
    excess = 1'b0;
    broken = 1'b0;
    rows   = '0;
    for (int unsigned l = 0; l < LANES; l++) begin
      left   -= acked_q[l];
      ready  |= mine[l] && event_i[l].ready;
      excess |= mine[l] && event_i[l].excess;
      broken |= mine[l] && event_i[l].broken;
      if (mine[l]) rows |= event_i[l].rows;
    end
  end
  for (genvar l = 0; l < LANES; l++) begin : gen_acked
    `FFLNR(acked_q[l], writes ? '0 : acked_q[l] + LeftW'(ack_bytes_i[l]), writes || arrives[l])
  end
  `FFL(known_q, 1'b1, writes, 1'b0)
  `FFLNR(threshold_q, LeftW'(op_i.word.missing), writes)
  `FFLNR(less_q, writes ? '0 : less_q + LeftW'(op_i.word.missing), op)
  `FFL(said_q, !writes, writes || ready, 1'b0)
  `FFLNR(rows_q, op_i.word.rows, op)

  logic some_left;                                         // bytes that have not been acknowledged
  assign some_left = !left[LeftW-1] && left != '0;
  `ASSERT(NotBeforeTheLastByte, !(known_q && ready) || !some_left)
  `ASSERT(ReadyOnce, !(known_q && ready && said_q))
  `ASSERT(ReadyAtLast, !known_q || some_left || inside_i || said_q)
  `ASSERT(RowsAsWritten, !(known_q && ready) || rows == rows_q)
  `ASSERT(ExcessIsTrue, !(known_q && excess) || left[LeftW-1])
  `ASSERT(NeverBroken, !(known_q && broken))

  `COVER(Ready, known_q && ready && rows_q == TileRowsW'(3))
  `COVER(ExcessAfterReady, known_q && said_q && excess)
  `COVER(AllLanesAtOnce, known_q && arrives == '1 && left == '0)

endmodule

`default_nettype wire
