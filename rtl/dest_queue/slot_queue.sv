// Queue of a lane's stores for one slice: slot and peer of each, oldest first.
//
// A shift register, so that the head comes straight from flops: matching starts with it. Latency
// 1 cycle, one push and one pop a cycle. Push: by the lane, which has at most Depth slots, so there is
// always room. Pop: by the crossbar. Cost O(Depth * width); critical path: one multiplexer.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module slot_queue #(
  parameter type         T     = logic,
  parameter int unsigned Depth = 8       // 1..64
) (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic push_i,
  input  wire T     push_data_i,
  input  wire logic pop_i,
  output logic      valid_o,
  output T          head_o
);

  if (Depth < 1 || Depth > 64) $fatal(1, "slot_queue: Depth must be 1..64");

  logic [Depth-1:0] used_q;              // ones from bit 0 up
  logic [Depth-1:0] used_after_pop;
  T                 mem_q [Depth];

  assign valid_o        = used_q[0];
  assign head_o         = mem_q[0];
  assign used_after_pop = pop_i ? used_q >> 1 : used_q;

  `FFL(used_q, push_i ? Depth'({used_after_pop, 1'b1}) : used_after_pop, push_i || pop_i, '0)

  // A push goes behind the last one that stays.
  always_ff @(posedge clk_i) begin
    if (push_i || pop_i) begin
      for (int unsigned i = 0; i < Depth; i++) begin
        if (!used_after_pop[i]) mem_q[i] <= push_data_i;
        else if (pop_i)         mem_q[i] <= mem_q[(i + 1) % Depth];
      end
    end
  end

  `ASSERT(PopOnlyStored, !pop_i || valid_o)
  `ASSERT(PushOnlyRoom, !push_i || pop_i || !used_q[Depth-1])

endmodule

`default_nettype wire
