// First-in first-out queue in flops, one push and one pop a cycle.
//
// Latency 1 cycle (no fall-through). Neither `ready` nor `valid` depends on the other side's signal of
// the same cycle, so a chain of queues has no long path; full rate therefore needs Depth >= 2.
// Push: moves the write pointer, only when not full. Pop: moves the read pointer, only when not empty.
// Cost O(Depth * width); critical path: read pointer through the word multiplexer.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module fifo #(
  parameter type         T     = logic,
  parameter int unsigned Depth = 2       // 1..1024, any
) (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic push_valid_i,
  output logic      push_ready_o,
  input  wire T     push_data_i,
  output logic      pop_valid_o,
  input  wire logic pop_ready_i,
  output T          pop_data_o
);

  if (Depth < 1 || Depth > 1024) $fatal(1, "fifo: Depth must be 1..1024");

  localparam int unsigned PtrW = (Depth > 1) ? $clog2(Depth) : 1;
  localparam int unsigned CntW = $clog2(Depth + 1);

  T                mem [Depth];
  logic [PtrW-1:0] wr_q, rd_q;
  logic [CntW-1:0] used_q;
  logic            push, pop;

  function automatic logic [PtrW-1:0] next(logic [PtrW-1:0] ptr);
    return (ptr == PtrW'(Depth - 1)) ? '0 : ptr + PtrW'(1);
  endfunction

  assign push_ready_o = used_q != CntW'(Depth);
  assign pop_valid_o  = used_q != '0;
  assign pop_data_o   = mem[rd_q];
  assign push         = push_valid_i && push_ready_o;
  assign pop          = pop_valid_o && pop_ready_i;

  `FFLNR(mem[wr_q], push_data_i, push)
  `FFL(wr_q, next(wr_q), push, '0)
  `FFL(rd_q, next(rd_q), pop, '0)
  `FFL(used_q, used_q + CntW'(push) - CntW'(pop), push != pop, '0)

  `ASSERT(NeverOverfull, used_q <= CntW'(Depth))

endmodule

`default_nettype wire
