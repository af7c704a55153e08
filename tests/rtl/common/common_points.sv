// Situations that the tests of rtl/common must reach. `make coverage` counts them: a point is hit when any test reaches
// it in any instance. A module of points a module of RTL, bound to it; what stands behind a point says what it is.
`default_nettype none
`include "common/assertions.svh"

module fifo_points #(
  parameter int unsigned Depth = 2,
  localparam int unsigned PtrW = (Depth > 1) ? $clog2(Depth) : 1,
  localparam int unsigned CntW = $clog2(Depth + 1)
) (
  input wire logic            clk_i,
  input wire logic            rst_ni,
  input wire logic            push_valid_i,
  input wire logic            pop_ready_i,
  input wire logic            push,
  input wire logic            pop,
  input wire logic [PtrW-1:0] wr_q,
  input wire logic [PtrW-1:0] rd_q,
  input wire logic [CntW-1:0] used_q
);
  logic full, empty;
  assign full  = used_q == CntW'(Depth);
  assign empty = used_q == '0;
  `COVER(PushWaitsFull, push_valid_i && full && !pop)  // a push waits, the queue stays full
  `COVER(PopWhilePushWaits, push_valid_i && full && pop)  // a pop of a full queue, and a push that it cannot take yet
  `COVER(PopWaitsEmpty, pop_ready_i && empty && !push)  // a pop waits, the queue stays empty
  `COVER(PushIntoEmptyWithPop, pop_ready_i && empty && push)  // what comes into an empty queue does not fall through
  `COVER(PushAndPop, push && pop)  // both in one cycle
  `COVER(LastPlace, push && !pop && used_q == CntW'(Depth - 1))  // a push takes the last place
  `COVER(WriteWraps, Depth > 1 && push && wr_q == PtrW'(Depth - 1))  // the write pointer starts anew
  `COVER(ReadWraps, Depth > 1 && pop && rd_q == PtrW'(Depth - 1))  // the read pointer starts anew
endmodule

bind fifo fifo_points #(.Depth(Depth)) u_points (.*);

module rr_arb_points #(
  parameter int unsigned N = 4
) (
  input wire logic         clk_i,
  input wire logic         rst_ni,
  input wire logic [N-1:0] req_i,
  input wire logic         advance_i,
  input wire logic [N-1:0] gnt_o,
  input wire logic [N-1:0] mask_q
);
  `COVER(AllAsk, N > 1 && &req_i)  // every requester at once
  `COVER(NobodyAsks, req_i == '0 && advance_i)  // the turn may move, and nobody asks
  `COVER(RoundStartsAnew, N > 1 && req_i != '0 && (req_i & mask_q) == '0)  // only requesters before the pointer
  `COVER(TurnStays, req_i != '0 && !advance_i)  // granted, but the turn stays
  `COVER(LastServed, N > 1 && advance_i && gnt_o[N-1])  // the last one is served: the pointer starts anew
endmodule

bind rr_arb rr_arb_points #(.N(N)) u_points (.*);

module sram_1r1w_points #(
  parameter int unsigned MaskW = 1,
  parameter int unsigned AddrW = 4
) (
  input wire logic             clk_i,
  input wire logic             we_i,
  input wire logic [AddrW-1:0] waddr_i,
  input wire logic [MaskW-1:0] wmask_i,
  input wire logic             re_i,
  input wire logic [AddrW-1:0] raddr_i
);
  logic rst_ni;
  assign rst_ni = 1'b1;
  `COVER(ReadMeetsWrite, we_i && re_i && waddr_i == raddr_i)  // a word is read while it is written
  `COVER(ReadBesideWrite, we_i && re_i && waddr_i != raddr_i)  // another word is read while one is written
  `COVER(WritesAll, we_i && &wmask_i && MaskW > 1)  // all granules
  `COVER(WritesSome, we_i && !(&wmask_i) && wmask_i != '0)  // some granules
  `COVER(WritesNone, we_i && wmask_i == '0)  // no granule
endmodule

bind sram_1r1w sram_1r1w_points #(.MaskW(MaskW), .AddrW(AddrW)) u_points (.*);

module table_ram_points (
  input wire logic clk_i,
  input wire logic rst_ni,
  input wire logic inject_i,
  input wire logic inject_q,
  input wire logic we_i,
  input wire logic flip_i,
  input wire logic re_i,
  input wire logic rerror_o
);
  logic read_q;
  always_ff @(posedge clk_i) read_q <= re_i;
  `COVER(InjectionWaits, inject_q && !we_i)  // an injected error waits for a write
  `COVER(InjectionInWrite, inject_i && we_i)  // an error is asked for in the cycle of a write, and goes into the next
  `COVER(Injected, inject_q && we_i)  // a wrong check bit is written
  `COVER(Flipped, we_i && flip_i)  // a word is written with its top bit flipped, and check bits that fit
  `COVER(ErrorRead, read_q && rerror_o)  // a word with wrong check bits is read
endmodule

bind table_ram table_ram_points u_points (.*);

module clock_gate_points (
  input wire logic clk_i,
  input wire logic rst_ni,
  input wire logic on_i
);
  logic on_1_q, on_2_q;
  always_ff @(posedge clk_i or negedge rst_ni)
    if (!rst_ni) {on_2_q, on_1_q} <= 2'b11;
    else         {on_2_q, on_1_q} <= {on_1_q, on_i};
  `COVER(Closes, on_1_q && !on_i)  // the clock stops
  `COVER(StopsForOneCycle, on_2_q && !on_1_q && on_i)  // work comes in the cycle in which the clock has stopped
  `COVER(RunsForOneCycle, !on_2_q && on_1_q && !on_i)  // one edge alone
  `COVER(StaysStopped, !on_2_q && !on_1_q && !on_i)  // stopped for longer
endmodule

bind clock_gate clock_gate_points u_points (.*);

`default_nettype wire
