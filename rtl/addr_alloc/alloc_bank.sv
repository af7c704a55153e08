// One bank of the row table: SETS words of WAYS entries in SRAM with parity.
//
// Read latency 1 cycle. A lookup that reads in cycle n writes, if at all, in n + 3, so lookups do not meet at
// the ports. A walk (alloc_init) has both ports to itself: it reads a set a cycle and writes it back, emptied,
// a cycle later. Rows are removed by region; a word with wrong parity is left to the walk that empties all.
// Cost: SETS * (WAYS * 78 + 12) bits and parity. Critical path: SRAM, parity of 32 bits, 6 gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_bank
  import hub_pkg::*;
  import addr_alloc_pkg::*;
#(
  parameter int unsigned SETS    = 64,   // power of two
  parameter int unsigned WAYS    = 4,    // 1..8
  parameter int unsigned REGIONS = 64,   // 1..256
  localparam int unsigned SetW   = (SETS > 1) ? $clog2(SETS) : 1
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  input  wire logic                 inject_i,
  input  wire logic                 re_i,
  input  wire logic [SetW-1:0]      raddr_i,
  output entry_t [WAYS-1:0]         ways_o,          // one cycle after re_i
  output set_head_t                 head_o,
  output logic                      error_o,
  input  wire logic                 we_i,
  input  wire logic [SetW-1:0]      waddr_i,
  input  wire entry_t [WAYS-1:0]    ways_i,
  input  wire set_head_t            head_i,
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

  // Only the bits of a region's number that REGIONS needs are stored.
  localparam int unsigned IdxW = (REGIONS > 1) ? $clog2(REGIONS) : 1;
  typedef struct packed {
    logic                 valid;
    logic [IdxW-1:0]      region;
    logic [GenW-1:0]      gen;
    logic [RowW-1:0]      row;
    logic [LocalW-1:0]    lid;
    logic [RowBytesW-1:0] missing;
  } stored_t;
  typedef struct packed {
    stored_t [WAYS-1:0]   ways;
    set_head_t            head;
  } word_t;

  function automatic stored_t pack(entry_t e);
    return '{valid: e.valid, region: IdxW'(e.key.region), gen: e.key.gen, row: e.key.row, lid: e.lid,
             missing: e.missing};
  endfunction
  function automatic entry_t unpack(stored_t s);
    return '{valid: s.valid, key: '{region: RegionW'(s.region), gen: s.gen, row: s.row}, lid: s.lid,
             missing: s.missing};
  endfunction

  word_t           rword, wword;
  logic            rerror, we, walk_q;
  logic [SetW-1:0] walk_set_q;

  `FF(walk_q, walk_i, 1'b0)
  `FFLNR(walk_set_q, walk_set_i, walk_i)

  always_comb begin
    wword = '0;
    if (we_i) begin
      wword.head = head_i;
      for (int unsigned w = 0; w < WAYS; w++) wword.ways[w] = pack(ways_i[w]);
    end else if (walk_q && !walk_all_i) begin
      wword = rword;
      for (int unsigned w = 0; w < WAYS; w++)
        if (rword.ways[w].region == IdxW'(walk_region_i)) wword.ways[w].valid = 1'b0;
    end
  end
  assign we = we_i || (walk_q && (walk_all_i || !rerror));

  table_ram #(.Width($bits(word_t)), .Depth((SETS > 1) ? SETS : 2)) u_ram (
    .clk_i, .rst_ni, .inject_i,
    .we_i(we), .waddr_i(we_i ? waddr_i : walk_set_q), .wdata_i(wword),
    .re_i(re_i || walk_i), .raddr_i(walk_i ? walk_set_i : raddr_i), .rdata_o(rword), .rerror_o(rerror)
  );

  always_comb for (int unsigned w = 0; w < WAYS; w++) ways_o[w] = unpack(rword.ways[w]);
  assign head_o  = rword.head;
  assign error_o = rerror;

  logic unused_region;
  assign unused_region = ^walk_region_i;    // bits above REGIONS

  `ASSERT(WalkHasPorts, !(walk_i && re_i) && !(walk_q && we_i))

endmodule

`default_nettype wire
