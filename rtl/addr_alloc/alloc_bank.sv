// One bank of the row table: SETS words in SRAM. The word's layout and its check bits are alloc_table's.
//
// Read latency 1 cycle. A lookup that reads in cycle n writes, if at all, in n + 4, so lookups do not meet at
// the ports. A walk (alloc_init) has both ports to itself: it reads a set a cycle and writes it back, emptied,
// a cycle later. Where it removes the rows of one region it changes `valid` bits, and check bits
// with them: a word that was wrong stays wrong.
// Cost: SETS words, a 1-of-WRITERS multiplexer of a word. Critical path: SRAM, compare of a region's number, 5 gates, SRAM.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_bank
  import check_pkg::*;
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned SETS    = 64,   // power of two
  parameter int unsigned WAYS    = 4,    // 1..8
  parameter int unsigned REGIONS = 64,   // 1..256
  parameter int unsigned WRITERS = 5,    // 2..9: lanes, and a context
  localparam int unsigned SetW    = (SETS > 1) ? $clog2(SETS) : 1,
  localparam int unsigned WordW   = word_bits(WAYS, REGIONS),
  localparam int unsigned CheckW  = check_width(WordW),
  localparam int unsigned WriterW = $clog2(WRITERS)
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  input  wire logic                 re_i,
  input  wire logic [SetW-1:0]      raddr_i,
  output logic [WordW-1:0]          rword_o,         // one cycle after re_i
  output logic [CheckW-1:0]        rcheck_o,
  input  wire logic                 we_i,
  input  wire logic [WriterW-1:0]   writer_i,
  input  wire logic [SetW-1:0]      waddr_i   [WRITERS],
  input  wire logic [WordW-1:0]     wword_i   [WRITERS],
  input  wire logic [CheckW-1:0]   wcheck_i [WRITERS],
  // walk
  input  wire logic                 walk_i,          // read this set, write it in the next cycle
  input  wire logic [SetW-1:0]      walk_set_i,
  input  wire logic                 walk_all_i,
  input  wire logic [RegionW-1:0]   walk_region_i
);

  if (SETS < 1 || SETS > 65536 || (SETS & (SETS - 1)) != 0)
    $fatal(1, "alloc_bank: SETS must be a power of two, 1..65536");
  if (WAYS < 1 || WAYS > MaxWays) $fatal(1, "alloc_bank: WAYS must be 1..8");
  if (REGIONS < 1 || REGIONS > 256) $fatal(1, "alloc_bank: REGIONS must be 1..256");
  if (WRITERS < 2 || WRITERS > 9) $fatal(1, "alloc_bank: WRITERS must be 2..9");

  localparam int unsigned IdxW   = (REGIONS > 1) ? $clog2(REGIONS) : 1;
  localparam int unsigned EntryW = stored_bits(REGIONS);
  localparam int unsigned HeadW  = $bits(set_head_t);

  function automatic int unsigned valid_bit(int unsigned way);
    return HeadW + (way + 1) * EntryW - 1;
  endfunction

  logic [WordW-1:0]   wword;
  logic [CheckW-1:0] wcheck;
  logic               walk_q;
  logic [SetW-1:0]    walk_set_q;

  `FF(walk_q, walk_i, 1'b0)
  `FFLNR(walk_set_q, walk_set_i, walk_i)

  always_comb begin
    wword   = wword_i[writer_i];
    wcheck = wcheck_i[writer_i];
    if (walk_q) begin
      wword   = '0;
      wcheck = '0;
      if (!walk_all_i) begin
        wword   = rword_o;
        wcheck = rcheck_o;
        for (int unsigned w = 0; w < WAYS; w++)
          if (rword_o[HeadW + w * EntryW +: IdxW] == IdxW'(walk_region_i)) begin
            wword[valid_bit(w)] = 1'b0;
            if (rword_o[valid_bit(w)]) wcheck[CodeW * (valid_bit(w) / GroupW) +: CodeW] ^= column(6'(valid_bit(w) % GroupW));
          end
      end
    end
  end

  sram_1r1w #(.Width(CheckW + WordW), .Depth((SETS > 1) ? SETS : 2)) u_ram (
    .clk_i, .we_i(we_i || walk_q), .waddr_i(walk_q ? walk_set_q : waddr_i[writer_i]), .wmask_i(1'b1),
    .wdata_i({wcheck, wword}),
    .re_i(re_i || walk_i), .raddr_i(walk_i ? walk_set_i : raddr_i), .rdata_o({rcheck_o, rword_o})
  );

  logic unused_region;
  assign unused_region = ^walk_region_i;    // bits above REGIONS

  `ASSERT(WalkHasPorts, !(walk_i && re_i) && !(walk_q && we_i))

endmodule

`default_nettype wire
