// Refusals and interrupts: a saturating counter a cause, the first refusal captured until it is freed.
//
// Counters follow the refusal by two cycles: the refusals of a cycle are summed by cause, then added. Of several
// refusals in one cycle the lowest input is captured.
// Cost: 16 counters of 32 bits; critical path: population count of REFUSALS bits, 5 levels of adders.
`default_nettype none
`include "common/registers.svh"

module regs_errors
  import hub_pkg::*;
  import hub_regs_pkg::*;
#(
  parameter int unsigned REFUSALS = 13   // 1..64: refusal inputs
) (
  input  wire logic                clk_i,
  input  wire logic                rst_ni,
  input  wire access_t             access_i,
  output answer_t                  answer_o,
  input  wire logic                clear_i,
  input  wire logic [REFUSALS-1:0] refused_i,
  input  wire refusal_t            refusal_i [REFUSALS],
  input  wire logic                table_error_i,
  input  wire logic                all_ready_i,
  output logic                     captured_o,
  output logic                     irq_o,
  output logic                     busy_o
);

  if (REFUSALS < 1 || REFUSALS > 64) $fatal(1, "regs_errors: REFUSALS must be 1..64");

  localparam int unsigned SumW = $clog2(REFUSALS + 1);

  logic [SumW-1:0] sum_q [NumCauses];
  logic [31:0]     count_q [NumCauses];
  logic            any_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      any_q <= 1'b0;
    end else begin
      any_q <= refused_i != '0;
    end
  end

  logic [SumW-1:0] sum_d [NumCauses];
  always_comb begin
    for (int unsigned c = 0; c < NumCauses; c++) begin
      logic [REFUSALS-1:0] mine;
      mine = '0;
      if (refused_i != '0)
        for (int unsigned i = 0; i < REFUSALS; i++) mine[i] = refused_i[i] && refusal_i[i].cause == refuse_e'(c);
      sum_d[c] = SumW'($countones(mine));
    end
  end
  always_ff @(posedge clk_i) if (refused_i != '0) sum_q <= sum_d;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int unsigned c = 0; c < NumCauses; c++) count_q[c] <= '0;
    end else if (clear_i) begin
      for (int unsigned c = 0; c < NumCauses; c++) count_q[c] <= '0;
    end else if (any_q) begin
      for (int unsigned c = 0; c < NumCauses; c++)
        count_q[c] <= (count_q[c] > 32'hffffffff - 32'(sum_q[c])) ? '1 : count_q[c] + 32'(sum_q[c]);
    end
  end

  // ---- first refusal -------------------------------------------------------------------------------------
  refusal_t            first, capture_q;
  logic [REFUSALS-1:0] lower, lowest;            // a refusal at a lower input; the lowest one
  logic                capture, free;

  // Prefix OR in log2 REFUSALS steps.
  always_comb begin
    lower = refused_i << 1;
    for (int unsigned step = 1; step < REFUSALS; step *= 2) lower |= lower << step;
  end
  assign lowest = refused_i & ~lower;
  always_comb begin
    first = '0;
    if (refused_i != '0 && !captured_o)
      for (int unsigned i = 0; i < REFUSALS; i++) if (lowest[i]) first |= refusal_i[i];
  end
  assign capture = refused_i != '0 && !captured_o;
  assign free    = access_i.write && access_i.addr == AddrErrCause;
  `FF(captured_o, capture || (captured_o && !free), 1'b0)
  `FFLNR(capture_q, first, capture)

  // ---- interrupt -----------------------------------------------------------------------------------------
  logic [2:0] irq_status_q, irq_enable_q, irq_set, irq_clear;
  logic       all_ready_q;

  assign irq_set   = {table_error_i, all_ready_i && !all_ready_q, refused_i != '0};
  assign irq_clear = (access_i.write && access_i.addr == AddrIrqStatus) ? access_i.wdata[2:0] : '0;
  `FF(all_ready_q, all_ready_i, 1'b0)
  `FF(irq_status_q, (irq_status_q & ~irq_clear) | irq_set, '0)
  `FFL(irq_enable_q, access_i.wdata[2:0], access_i.write && access_i.addr == AddrIrqEnable, '0)
  `FF(irq_o, (irq_status_q & irq_enable_q) != '0, 1'b0)

  // ---- access --------------------------------------------------------------------------------------------
  logic mapped, writable;
  logic [127:0] header;
  assign header = capture_q.header;

  always_comb begin
    answer_o.rdata = '0;
    mapped         = 1'b1;
    writable       = 1'b0;
    case (access_i.addr)
      AddrIrqStatus:         begin answer_o.rdata = 32'(irq_status_q); writable = 1'b1; end
      AddrIrqEnable:         begin answer_o.rdata = 32'(irq_enable_q); writable = 1'b1; end
      AddrErrCause:          begin
        if (captured_o) answer_o.rdata = {1'b1, 27'h0, capture_q.cause};
        writable = 1'b1;
      end
      AddrErrHeader:         if (captured_o) answer_o.rdata = header[31:0];
      AddrErrHeader + 16'h4: if (captured_o) answer_o.rdata = header[63:32];
      AddrErrHeader + 16'h8: if (captured_o) answer_o.rdata = header[95:64];
      AddrErrHeader + 16'hc: if (captured_o) answer_o.rdata = header[127:96];
      default: begin
        mapped = access_i.addr[15:6] == AddrRefused[15:6];
        if (mapped) answer_o.rdata = count_q[access_i.addr[5:2]];
      end
    endcase
    answer_o.error = !mapped || (access_i.write && !writable);
  end

  assign busy_o = any_q || (irq_o != ((irq_status_q & irq_enable_q) != '0)) || all_ready_q != all_ready_i;

  logic unused;
  assign unused = &{access_i.select, access_i.read, access_i.wdata, access_i.addr[1:0], 1'b0};

endmodule

`default_nettype wire
