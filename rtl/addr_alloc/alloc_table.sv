// The row table: BANKS banks behind one read and one write port for each lane's lookup.
//
// Read in the cycle of `start`, word of each lane's set one cycle later (T1), write in T3. No two lookups of a
// cycle share a bank, so there is no arbitration; a context writes when T3 leaves its bank alone.
// An injected parity error goes to the bank of the next lookup that passes T2, into that bank's next write.
// Cost: LANES 1-of-BANKS and BANKS 1-of-LANES multiplexers of a word. Critical path: both, 4 and 3 gates,
// behind the SRAM and in front of it.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_table
  import hub_pkg::*;
  import addr_alloc_pkg::*;
#(
  parameter int unsigned LANES   = 4,    // 1..8, power of two
  parameter int unsigned BANKS   = 16,   // power of two, at least LANES
  parameter int unsigned SETS    = 64,   // power of two
  parameter int unsigned WAYS    = 4,    // 1..8
  parameter int unsigned REGIONS = 64,   // 1..256
  localparam int unsigned SidW   = (BANKS * SETS > 1) ? $clog2(BANKS * SETS) : 1,
  localparam int unsigned SetW   = (SETS > 1) ? $clog2(SETS) : 1
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  input  wire logic                 inject_i,
  // lookups
  input  wire logic [LANES-1:0]     start_i,
  input  wire logic [SidW-1:0]      sid_i [LANES],
  input  wire logic [SidW-1:0]      t1_sid_i [LANES],
  output entry_t [WAYS-1:0]         t1_ways_o [LANES],
  output set_head_t                 t1_head_o [LANES],
  output logic [LANES-1:0]          t1_error_o,
  input  wire logic [LANES-1:0]     t2_valid_i,
  input  wire logic [SidW-1:0]      t2_sid_i [LANES],
  input  wire logic [LANES-1:0]     t3_valid_i,
  input  wire logic [SidW-1:0]      t3_sid_i [LANES],
  input  wire logic [LANES-1:0]     update_i,
  input  wire entry_t [WAYS-1:0]    ways_i [LANES],
  input  wire set_head_t            head_i [LANES],
  // write of a context
  input  wire logic                 write_valid_i,
  output logic                      write_ready_o,
  input  wire logic [SidW-1:0]      write_sid_i,
  input  wire entry_t [WAYS-1:0]    write_ways_i,
  input  wire set_head_t            write_head_i,
  // walk
  input  wire logic                 walk_i,
  input  wire logic [SetW-1:0]      walk_set_i,
  input  wire logic                 walk_all_i,
  input  wire logic [RegionW-1:0]   walk_region_i
);

  if (LANES < 1 || LANES > 8) $fatal(1, "alloc_table: LANES must be 1..8");
  if (BANKS < LANES || (BANKS & (BANKS - 1)) != 0)
    $fatal(1, "alloc_table: BANKS must be a power of two and at least LANES");

  localparam int unsigned BankW = (BANKS > 1) ? $clog2(BANKS) : 1;

  function automatic logic [BankW-1:0] bank(logic [SidW-1:0] sid);
    return BankW'(32'(sid) % BANKS);
  endfunction
  function automatic logic [SetW-1:0] set(logic [SidW-1:0] sid);
    return SetW'(32'(sid) / BANKS);
  endfunction

  entry_t [WAYS-1:0] bank_ways [BANKS];
  set_head_t         bank_head [BANKS];
  logic [BANKS-1:0]  bank_error, re, inject;
  logic              inject_q;
  logic [LANES-1:0]  inject_lane;

  assign inject_lane = inject_q ? t2_valid_i & (~t2_valid_i + LANES'(1)) : '0;
  `FFL(inject_q, inject_i, inject_i || t2_valid_i != '0, 1'b0)

  always_comb begin
    re     = '0;
    inject = '0;
    for (int unsigned l = 0; l < LANES; l++) begin
      if (start_i[l]) re[bank(sid_i[l])] = 1'b1;
      if (inject_lane[l]) inject[bank(t2_sid_i[l])] = 1'b1;
    end
  end

  for (genvar b = 0; b < BANKS; b++) begin : gen_bank
    logic [SetW-1:0]   raddr, waddr;
    entry_t [WAYS-1:0] ways;
    set_head_t         head;
    logic              we;

    always_comb begin
      raddr = '0;
      for (int unsigned l = 0; l < LANES; l++)
        if (start_i[l] && bank(sid_i[l]) == BankW'(b)) raddr |= set(sid_i[l]);
    end
    always_comb begin
      we    = write_valid_i && write_ready_o && bank(write_sid_i) == BankW'(b);
      waddr = set(write_sid_i);
      ways  = write_ways_i;
      head  = write_head_i;
      for (int unsigned l = 0; l < LANES; l++)
        if (t3_valid_i[l] && bank(t3_sid_i[l]) == BankW'(b)) begin
          we    = update_i[l];
          waddr = set(t3_sid_i[l]);
          ways  = ways_i[l];
          head  = head_i[l];
        end
    end

    alloc_bank #(.SETS(SETS), .WAYS(WAYS), .REGIONS(REGIONS)) u_bank (
      .clk_i, .rst_ni, .inject_i(inject[b]),
      .re_i(re[b]), .raddr_i(raddr), .ways_o(bank_ways[b]), .head_o(bank_head[b]), .error_o(bank_error[b]),
      .we_i(we), .waddr_i(waddr), .ways_i(ways), .head_i(head),
      .walk_i, .walk_set_i, .walk_all_i, .walk_region_i
    );
  end

  always_comb begin
    write_ready_o = 1'b1;
    for (int unsigned l = 0; l < LANES; l++)
      if (t3_valid_i[l] && bank(t3_sid_i[l]) == bank(write_sid_i)) write_ready_o = 1'b0;
  end

  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    assign t1_ways_o[l]  = bank_ways[bank(t1_sid_i[l])];
    assign t1_head_o[l]  = bank_head[bank(t1_sid_i[l])];
    assign t1_error_o[l] = bank_error[bank(t1_sid_i[l])];
    for (genvar m = 0; m < l; m++) begin : gen_pair
      logic same_bank;
      assign same_bank = bank(t3_sid_i[l]) == bank(t3_sid_i[m]);
      `ASSERT(BankInOneLookup, !(t3_valid_i[l] && t3_valid_i[m] && same_bank))
    end
  end

endmodule

`default_nettype wire
