// Properties of parts of addr_alloc that a result at its ports does not show: who comes first, who makes place, what
// cannot happen. Bound in the unit's tests.
`default_nettype none
`include "common/assertions.svh"
`include "common/registers.svh"

// Of several misses the one is taken whose lane was not served last.
module alloc_miss_properties #(
  parameter int unsigned LANES = 4
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic [LANES-1:0] miss_i,
  input wire logic [LANES-1:0] taken_o
);
  logic [LANES-1:0] last_q;
  `FFL(last_q, taken_o, taken_o != '0, '0)
  `ASSERT(ServedLastComesLast, (taken_o & last_q) == '0 || (miss_i & ~taken_o) == '0)
endmodule

bind alloc_miss alloc_miss_properties #(.LANES(LANES)) u_properties (.*);

// A nominee whose set is being looked up makes place for another one of its lane, unless it is the lane's turn.
module alloc_nominate_properties #(
  parameter int unsigned LANES = 4,
  parameter int unsigned SidW  = 10
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic [LANES-1:0] nominee_valid_i,
  input wire logic [LANES-1:0] turn,
  input wire logic [LANES-1:0] leave_o,
  input wire logic [LANES-1:0] t1_valid_i,
  input wire logic [LANES-1:0] t2_valid_i,
  input wire logic [LANES-1:0] t3_valid_i,
  input wire logic [SidW-1:0]  sid_o [LANES],
  input wire logic [SidW-1:0]  t1_sid_i [LANES],
  input wire logic [SidW-1:0]  t2_sid_i [LANES],
  input wire logic [SidW-1:0]  t3_sid_i [LANES]
);
  logic [LANES-1:0] under_way;
  always_comb begin
    under_way = '0;
    for (int unsigned l = 0; l < LANES; l++)
      for (int unsigned m = 0; m < LANES; m++)
        under_way[l] |= (t1_valid_i[m] && t1_sid_i[m] == sid_o[l]) || (t2_valid_i[m] && t2_sid_i[m] == sid_o[l]) ||
                        (t3_valid_i[m] && t3_sid_i[m] == sid_o[l]);
  end
  `ASSERT(MakesPlace, (nominee_valid_i & under_way & ~turn & ~leave_o) == '0)
endmodule

bind alloc_nominate alloc_nominate_properties #(.LANES(LANES), .SidW(SidW)) u_properties (.*);

// A packet that was told to pause is not the next nominee.
module alloc_window_properties
  import ingress_pkg::*;
#(
  parameter int unsigned LANES = 4,
  parameter int unsigned DEPTH = 16
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic [LANES-1:0] nominee_valid_i,
  input wire nominee_t         nominee_i [LANES],
  input wire logic [LANES-1:0] hold_i,
  input wire row_key_t         key_q [DEPTH],
  input wire logic [DEPTH-1:0] waiting,
  input wire logic [DEPTH-1:0] back_q,
  input wire logic [DEPTH-1:0] gathered,
  input wire logic [DEPTH-1:0] pick,
  input wire logic             load
);
  logic [DEPTH-1:0] paused, paused_q;
  always_comb begin
    paused = '0;
    for (int unsigned s = 0; s < DEPTH; s++)
      for (int unsigned l = 0; l < LANES; l++)
        paused[s] |= waiting[s] && nominee_valid_i[l] && hold_i[l] && key_q[s] == nominee_i[l].key;
  end
  `FF(paused_q, paused, '0)
  `ASSERT(HeldRowPauses, !load || (pick & paused_q) == '0)
  // What is given back waits for a cycle at least: its set is in T4.
  `ASSERT(BackIsNotGathered, (back_q & gathered) == '0)
endmodule

bind alloc_window alloc_window_properties #(.LANES(LANES), .DEPTH(DEPTH)) u_properties (.*);

// A flush has no context to wait for: it waits for the windows first, and a context works for a packet there.
module alloc_init_properties (
  input wire logic clk_i,
  input wire logic rst_ni,
  input wire logic contexts,
  input wire logic all_q,
  input wire logic contexts_busy_i
);
  `ASSERT(FlushFindsNoContext, !(contexts && all_q && contexts_busy_i))
endmodule

bind alloc_init alloc_init_properties u_properties (.*, .contexts(state_q == Contexts));

`default_nettype wire
