// Statistics: counters of 48 bits in the order of the map, fed by the units' events of a cycle.
//
// Events are registered, then added: a counter follows by two cycles. Reading a low word latches the high
// word that belongs to it. Cost: 17 adders of 48 bits; critical path: one of them.
`default_nettype none
`include "common/registers.svh"

module regs_stats
  import hub_pkg::*;
  import hub_regs_pkg::*;
(
  input  wire logic          clk_i,
  input  wire logic          rst_ni,
  input  wire access_t       access_i,
  output answer_t            answer_o,
  input  wire logic          clear_i,
  input  wire egress_stat_t  egress_i,
  input  wire ingress_stat_t ingress_i,
  input  wire flow_stat_t    flow_i,
  output logic               busy_o
);

  localparam int unsigned EventW = 16;

  logic [EventW-1:0] event_d [NumStats];
  logic [EventW-1:0] event_q [NumStats];
  logic [StatW-1:0]  count_q [NumStats];
  logic              any, any_q;

  assign any = {egress_i, ingress_i, flow_i} != '0;
  always_comb begin
    for (int unsigned i = 0; i < NumStats; i++) event_d[i] = '0;
    if (any) begin
      event_d[0]  = EventW'(egress_i.requests);
      event_d[1]  = EventW'(egress_i.merges);
      event_d[2]  = EventW'(egress_i.tx_packets);
      event_d[3]  = EventW'(egress_i.loop_packets);
      event_d[4]  = EventW'(egress_i.tx_bytes);
      event_d[5]  = EventW'(egress_i.fences);
      event_d[6]  = EventW'(ingress_i.rx_packets);
      event_d[7]  = EventW'(ingress_i.wr_bytes);
      event_d[8]  = EventW'(ingress_i.rat_hits);
      event_d[9]  = EventW'(ingress_i.rat_allocs);
      event_d[10] = EventW'(ingress_i.rat_spills);
      event_d[11] = EventW'(ingress_i.rat_fills);
      event_d[12] = EventW'(ingress_i.rows_done);
      event_d[13] = EventW'(flow_i.acks);
      event_d[14] = EventW'(flow_i.tiles_ready);
      event_d[15] = EventW'(flow_i.tiles_cancelled);
      event_d[16] = EventW'(flow_i.owners_done);
    end
  end

  `FF(any_q, any, 1'b0)
  always_ff @(posedge clk_i) if (any) event_q <= event_d;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int unsigned i = 0; i < NumStats; i++) count_q[i] <= '0;
    end else if (clear_i) begin
      for (int unsigned i = 0; i < NumStats; i++) count_q[i] <= '0;
    end else if (any_q) begin
      for (int unsigned i = 0; i < NumStats; i++) count_q[i] <= count_q[i] + StatW'(event_q[i]);
    end
  end

  // ---- access --------------------------------------------------------------------------------------------
  logic [4:0]          idx;
  logic                known;
  logic [StatW-1:0]    count;
  logic [StatW-33:0]   high_q;

  assign idx   = access_i.addr[7:3];
  assign known = 32'(idx) < NumStats;
  assign count = known ? count_q[idx] : '0;
  `FFLNR(high_q, count[StatW-1:32], access_i.read && known && !access_i.addr[2])

  assign answer_o.rdata = access_i.addr[2] ? 32'(high_q) : count[31:0];
  assign answer_o.error = !known || access_i.write;
  assign busy_o         = any_q;

  logic unused;
  assign unused = &{access_i.select, access_i.wdata, access_i.addr[15:8], access_i.addr[1:0], 1'b0};

endmodule

`default_nettype wire
