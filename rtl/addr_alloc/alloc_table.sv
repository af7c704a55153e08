// The row table: BANKS banks behind one read and one write port for each lane's lookup, with check bits.
//
// Read in the cycle of `start` (N2), word of each lane's set one cycle later (T1), update handed over in T3,
// written in T4. No two lookups of a cycle share a bank, so there is no arbitration; a context writes when
// T4 leaves its bank alone. Check bits are made and compared once a lane, not once a bank.
// An injected error goes into the next write, of a lookup or a context.
// Cost: LANES 1-of-BANKS (alloc_bank_mux) and BANKS 1-of-LANES (alloc_bank) multiplexers of a word, LANES words of flops.
// Critical path: T1, SRAM, bank, XOR of 32 bits, compare: 19 gates; T4, word of a context, XOR of 32 bits, bank: 21.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_table
  import check_pkg::*;
  import hub_pkg::*;
  import ingress_pkg::*;
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
  input  wire logic [LANES-1:0]     t1_valid_i,
  input  wire logic [SidW-1:0]      t1_sid_i [LANES],
  output entry_t [WAYS-1:0]         t1_ways_o [LANES],
  output set_head_t                 t1_head_o [LANES],
  output logic [LANES-1:0]          t1_error_o,
  input  wire logic [LANES-1:0]     t3_update_i,
  input  wire entry_t [WAYS-1:0]    t3_ways_i [LANES],
  input  wire set_head_t            t3_head_i [LANES],
  input  wire logic [SidW-1:0]      t4_sid_i [LANES],
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

  localparam int unsigned BankW   = (BANKS > 1) ? $clog2(BANKS) : 1;
  localparam int unsigned LaneW   = (LANES > 1) ? $clog2(LANES) : 1;
  localparam int unsigned IdxW    = (REGIONS > 1) ? $clog2(REGIONS) : 1;
  localparam int unsigned EntryW  = stored_bits(REGIONS);
  localparam int unsigned HeadW   = $bits(set_head_t);
  localparam int unsigned WordW   = word_bits(WAYS, REGIONS);
  localparam int unsigned CheckW  = check_width(WordW);
  typedef logic [WordW-1:0]   word_t;
  typedef logic [CheckW-1:0] check_t;

  function automatic logic [BankW-1:0] bank(logic [SidW-1:0] sid);
    return BankW'(32'(sid) % BANKS);
  endfunction
  function automatic logic [SetW-1:0] set(logic [SidW-1:0] sid);
    return SetW'(32'(sid) / BANKS);
  endfunction
  function automatic word_t pack(entry_t [WAYS-1:0] ways, set_head_t head);
    pack[HeadW-1:0] = head;
    for (int unsigned w = 0; w < WAYS; w++)
      pack[HeadW + w * EntryW +: EntryW] = {ways[w].valid, ways[w].key.gen, ways[w].key.row, ways[w].lid,
                                            ways[w].missing, IdxW'(ways[w].key.region)};
  endfunction
  function automatic entry_t unpack(logic [EntryW-1:0] stored);
    logic [IdxW-1:0] region;
    {unpack.valid, unpack.key.gen, unpack.key.row, unpack.lid, unpack.missing, region} = stored;
    unpack.key.region = RegionW'(region);
  endfunction

  // ---- read -----------------------------------------------------------------------------------------------
  word_t            rword [BANKS];
  check_t           rcheck [BANKS];
  logic [BANKS-1:0] re;
  logic [SetW-1:0]  raddr [BANKS];

  always_comb begin
    re = '0;
    for (int unsigned b = 0; b < BANKS; b++) raddr[b] = '0;
    for (int unsigned l = 0; l < LANES; l++)
      if (start_i[l]) begin
        re[bank(sid_i[l])]    = 1'b1;
        raddr[bank(sid_i[l])] = set(sid_i[l]);
      end
  end

  for (genvar l = 0; l < LANES; l++) begin : gen_read
    word_t  word;
    check_t stored_check, expected;
    alloc_bank_mux #(.BANKS(BANKS), .WAYS(WAYS), .REGIONS(REGIONS)) u_mux (
      .word_i(rword), .check_i(rcheck), .valid_i(t1_valid_i[l]), .bank_i(bank(t1_sid_i[l])),
      .word_o(word), .check_o(stored_check)
    );
    word_check #(.Width(WordW)) u_check (.valid_i(t1_valid_i[l]), .word_i(word), .check_o(expected));
    always_comb begin
      t1_head_o[l]  = word[HeadW-1:0];
      t1_error_o[l] = 1'b0;
      for (int unsigned w = 0; w < WAYS; w++) t1_ways_o[l][w] = '0;
      if (t1_valid_i[l]) begin
        t1_error_o[l] = expected != stored_check;
        for (int unsigned w = 0; w < WAYS; w++) t1_ways_o[l][w] = unpack(word[HeadW + w * EntryW +: EntryW]);
      end
    end
  end

  // ---- write ----------------------------------------------------------------------------------------------
  logic [LANES-1:0] update_q;
  word_t            word_q [LANES];
  logic             inject_q;

  `FF(update_q, t3_update_i, '0)
  for (genvar l = 0; l < LANES; l++) begin : gen_write
    `FFLNR(word_q[l], pack(t3_ways_i[l], t3_head_i[l]), t3_update_i[l])
  end
  `FFL(inject_q, inject_i, inject_i || update_q != '0 || (write_valid_i && write_ready_o), 1'b0)

  // Writers by number: lanes, then the context.
  localparam int unsigned Writers = LANES + 1;
  localparam int unsigned WriterW = $clog2(Writers);
  logic [Writers-1:0] writes, injected;
  word_t              wword [Writers];
  check_t             wcheck [Writers];
  logic [SidW-1:0]    wsid [Writers];
  logic [SetW-1:0]    wset [Writers];

  always_comb begin
    write_ready_o = 1'b1;
    for (int unsigned l = 0; l < LANES; l++)
      if (update_q[l] && bank(t4_sid_i[l]) == bank(write_sid_i)) write_ready_o = 1'b0;
  end
  assign writes   = {write_valid_i && write_ready_o, update_q};
  assign injected = inject_q ? writes & (~writes + Writers'(1)) : '0;
  always_comb begin
    for (int unsigned i = 0; i < LANES; i++) begin
      wword[i] = word_q[LaneW'(i)];
      wsid[i]  = t4_sid_i[LaneW'(i)];
    end
    wword[LANES] = '0;
    wsid[LANES]  = write_sid_i;
    if (writes[LANES]) wword[LANES] = pack(write_ways_i, write_head_i);
    for (int unsigned i = 0; i < Writers; i++) begin
      wset[i] = set(wsid[i]);
    end
  end
  for (genvar i = 0; i < Writers; i++) begin : gen_check
    check_t made;
    word_check #(.Width(WordW)) u_check (.valid_i(writes[i]), .word_i(wword[i]), .check_o(made));
    assign wcheck[i] = made ^ check_t'(injected[i]);
  end

  // ---- banks ----------------------------------------------------------------------------------------------
  logic [BANKS-1:0]   we;
  logic [WriterW-1:0] writer [BANKS];
  always_comb begin
    we = '0;
    for (int unsigned b = 0; b < BANKS; b++) writer[b] = '0;
    for (int unsigned i = 0; i < Writers; i++)
      if (writes[i]) begin
        we[bank(wsid[i])]     = 1'b1;
        writer[bank(wsid[i])] = WriterW'(i);
      end
  end

  for (genvar b = 0; b < BANKS; b++) begin : gen_bank
    alloc_bank #(.SETS(SETS), .WAYS(WAYS), .REGIONS(REGIONS), .WRITERS(Writers)) u_bank (
      .clk_i, .rst_ni,
      .re_i(re[b]), .raddr_i(raddr[b]), .rword_o(rword[b]), .rcheck_o(rcheck[b]),
      .we_i(we[b]), .writer_i(writer[b]), .waddr_i(wset), .wword_i(wword), .wcheck_i(wcheck),
      .walk_i, .walk_set_i, .walk_all_i, .walk_region_i
    );
  end

  `ASSERT(OneWriterOfABank, $countones(we) == $countones(writes))
  `ASSERT(OneReaderOfABank, $countones(re) == $countones(start_i))

endmodule

`default_nettype wire
