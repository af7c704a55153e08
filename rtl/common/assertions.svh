// Properties that simulation checks in every cycle and that formal proofs reuse. Booleans only, which
// every tool reads (Verilator 5.006, slang); a property over time keeps its history in a register. ASSUME is what a
// unit's user has to keep: proofs take it for granted, simulation checks it.
`ifndef COMMON_ASSERTIONS_SVH
`define COMMON_ASSERTIONS_SVH

`ifdef SYNTHESIS
`define ASSERT(name, expr)
`define ASSUME(name, expr)
`define COVER(name, expr)
`else
`define ASSERT(name, expr) \
  name : assert property (@(posedge clk_i) disable iff (!rst_ni) (expr));
`ifdef FORMAL
`define ASSUME(name, expr) \
  name : assume property (@(posedge clk_i) disable iff (!rst_ni) (expr));
`else
`define ASSUME(name, expr) `ASSERT(name, expr)
`endif
`define COVER(name, expr) \
  name : cover property (@(posedge clk_i) disable iff (!rst_ni) (expr));
`endif

`endif
