// The tile table: bytes that each tile waits for, in banks, and the lookup that counts them down.
//
//   stage 1  bank read; the lanes' parts of the gathered bytes are added up
//   stage 2  check bits, bytes subtracted, event
//   stage 3  word written back
//
// Between nomination and stage 3 a tile is not looked up again: nothing is forwarded. A word counts down
// from the tile's threshold, so it needs no threshold beside it and can reach 0 only once. `missing` is
// moved by this pipeline alone; after reset every word must be cleared (TileClear) before use.
//
// Throughput LANES lookups a cycle. Cost: BANKS memories of TILES / BANKS words of 48 bits and eight check bits,
// a LANES x BANKS multiplexer each way, LANES subtractors of 32 bits. Critical path: stage 2, bank
// multiplexer and 32-bit subtract, about 20 gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module tile_table
  import check_pkg::*;
  import hub_pkg::*;
#(
  parameter int unsigned LANES = 4,                              // 1..8: ports
  parameter int unsigned BANKS = 16,                             // power of two, at least 2
  parameter int unsigned ROWS  = 64,                             // words of a bank, at least 2
  localparam int unsigned PendW = 12
) (
  input  wire logic              clk_i,
  input  wire logic              rst_ni,
  input  wire logic              inject_i,                       // a wrong check bit into the next write

  input  wire logic [LANES-1:0]  win_i,
  input  wire tile_ref_t         who_i  [LANES],
  input  wire logic              is_op_i,                        // port 0 carries an operation
  input  wire tile_op_e          op_i,
  input  wire tile_word_t        op_word_i,
  input  wire logic [PendW-1:0]  part_i [LANES][LANES],          // [lane][port], one cycle after win_i

  output logic [LANES-1:0]       stage1_valid_o,
  output tile_ref_t              stage1_o [LANES],
  output logic [LANES-1:0]       stage2_valid_o,
  output tile_ref_t              stage2_o [LANES],

  output logic [LANES-1:0]       event_valid_o,                  // in stage 2
  output tile_event_t            event_o  [LANES],
  output logic                   busy_o
);

  if (LANES < 1 || LANES > 8) $fatal(1, "tile_table: LANES must be 1..8");
  if (BANKS < 2 || BANKS > 256 || (BANKS & (BANKS - 1)) != 0)
    $fatal(1, "tile_table: BANKS must be a power of two, 2..256");
  if (ROWS < 2 || ROWS * BANKS > 65536) $fatal(1, "tile_table: ROWS must be 2..65536 / BANKS");

  localparam int unsigned BankW = $clog2(BANKS);
  localparam int unsigned RowIdxW = $clog2(ROWS);
  typedef logic [BankW-1:0] bank_t;
  typedef logic [RowIdxW-1:0] row_t;

  // Check bits are made and compared once a port, not once a bank.
  localparam int unsigned CheckW = check_width($bits(tile_word_t));
  typedef struct packed {
    logic [CheckW-1:0] check;
    tile_word_t        word;
  } stored_t;

  // ---- stage 1: read, add --------------------------------------------------------------------------------
  logic [LANES-1:0]      valid1_q, valid2_q, valid3_q;
  tile_ref_t             who1_q [LANES];
  tile_ref_t             who2_q [LANES];
  tile_ref_t             who3_q [LANES];
  logic                  is_op1_q, is_op2_q, clear3_q;
  tile_op_e              op1_q, op2_q;
  tile_word_t            word1_q, word2_q;                       // of an operation
  logic [TileBytesW-1:0] sum2   [LANES];
  logic [TileBytesW-1:0] sum2_q [LANES];
  tile_word_t            word3  [LANES];
  tile_word_t            word3_q [LANES];
  logic [LANES-1:0]      write3;

  `FF(valid1_q, win_i, '0)
  `FF(valid2_q, valid1_q, '0)
  `FF(valid3_q, write3, '0)
  `FFL(is_op1_q, is_op_i, win_i[0], 1'b0)
  `FFL(is_op2_q, is_op1_q, valid1_q[0], 1'b0)
  `FFLNR(op1_q, op_i, win_i[0])
  `FFLNR(op2_q, op1_q, valid1_q[0])
  `FFLNR(word1_q, op_word_i, win_i[0] && is_op_i)
  `FFLNR(word2_q, word1_q, valid1_q[0] && is_op1_q)
  `FFLNR(clear3_q, is_op2_q && op2_q == TileClear, valid2_q[0])

  for (genvar p = 0; p < LANES; p++) begin : gen_port
    always_comb begin
      sum2[p] = (p == 0 && is_op1_q) ? word1_q.missing : '0;
      if (valid1_q[p])
        for (int unsigned l = 0; l < LANES; l++) sum2[p] += TileBytesW'(part_i[l][p]);
    end
    `FFLNR(who1_q[p], who_i[p], win_i[p])
    `FFLNR(who2_q[p], who1_q[p], valid1_q[p])
    `FFLNR(who3_q[p], who2_q[p], write3[p])
    `FFLNR(sum2_q[p], sum2[p], valid1_q[p])
    `FFLNR(word3_q[p], word3[p], write3[p])
  end

  // ---- banks -----------------------------------------------------------------------------------------------
  stored_t rdata  [BANKS];
  stored_t store3 [LANES];

  for (genvar b = 0; b < BANKS; b++) begin : gen_bank
    logic       re, we;
    row_t       raddr, waddr;
    stored_t    wdata;
    always_comb begin
      re    = 1'b0;
      raddr = '0;
      if (valid1_q != '0)
        for (int unsigned p = 0; p < LANES; p++)
          if (valid1_q[p] && bank_t'(who1_q[p].tile) == bank_t'(b)) begin
            re     = 1'b1;
            raddr |= row_t'(who1_q[p].tile >> BankW);
          end
    end
    always_comb begin
      we    = 1'b0;
      waddr = '0;
      wdata = '0;
      if (valid3_q != '0)
        for (int unsigned p = 0; p < LANES; p++)
          if (valid3_q[p] && (bank_t'(who3_q[p].tile) == bank_t'(b) || (p == 0 && clear3_q))) begin
            we     = 1'b1;
            waddr |= row_t'(who3_q[p].tile >> BankW);
            wdata |= store3[p];
          end
    end
    sram_1r1w #(.Width($bits(stored_t)), .Depth(ROWS)) u_table (
      .clk_i, .we_i(we), .waddr_i(waddr), .wmask_i(1'b1), .wdata_i(wdata),
      .re_i(re), .raddr_i(raddr), .rdata_o(rdata[b])
    );
  end

  // ---- stage 2: count ----------------------------------------------------------------------------------------
  for (genvar p = 0; p < LANES; p++) begin : gen_count
    stored_t               stored;
    tile_word_t            word;
    logic                  is_write, is_subtract, broken, last, below;
    logic [TileBytesW-1:0] rest;
    logic [CheckW-1:0]     expected;
    word_check #(.Width($bits(tile_word_t))) u_check (.valid_i(valid2_q[p]), .word_i(word), .check_o(expected));
    assign is_write      = p == 0 && is_op2_q && op2_q != TileSubtract;
    assign is_subtract   = p == 0 && is_op2_q && op2_q == TileSubtract;
    assign stored        = valid2_q[p] ? rdata[bank_t'(who2_q[p].tile)] : '0;
    assign word          = stored.word;
    assign broken        = valid2_q[p] && !is_write && stored.check != expected;
    assign {below, rest} = {1'b0, word.missing} - {1'b0, sum2_q[p]};
    assign last          = below || word.missing == sum2_q[p];

    assign word3[p].rows    = (is_write || is_subtract) ? word2_q.rows : word.rows;
    assign word3[p].missing = is_write ? word2_q.missing : below ? '0 : rest;
    assign write3[p]        = valid2_q[p] && !broken;

    assign event_o[p].ready  = !is_write && !broken && last && word.missing != '0;
    assign event_o[p].excess = !is_write && !broken && below;
    assign event_o[p].broken = broken;
    assign event_o[p].who    = who2_q[p];
    assign event_o[p].rows   = word3[p].rows;
    assign event_valid_o[p]  = valid2_q[p] && (event_o[p].ready || event_o[p].excess || broken);
  end

  // ---- stage 3: check bits, wrong on demand in the first word that is written from then on ----------------------
  logic             inject_q;
  logic [LANES-1:0] first3;
  `FFL(inject_q, inject_i, inject_i || valid3_q != '0, 1'b0)
  assign first3 = valid3_q & (~valid3_q + LANES'(1));
  for (genvar p = 0; p < LANES; p++) begin : gen_store
    logic [CheckW-1:0] made;
    word_check #(.Width($bits(tile_word_t))) u_check (.valid_i(valid3_q[p]), .word_i(word3_q[p]), .check_o(made));
    assign store3[p].word  = word3_q[p];
    assign store3[p].check = made ^ CheckW'(inject_q && first3[p]);
  end

  assign busy_o         = valid1_q != '0 || valid2_q != '0 || valid3_q != '0;
  assign stage1_valid_o = valid1_q;
  assign stage1_o       = who1_q;
  assign stage2_valid_o = valid2_q;
  assign stage2_o       = who2_q;

  for (genvar p = 0; p < LANES; p++) begin : gen_assert
    logic [TileW-1:0] in_1, in_2;
    bank_t            bank, next_bank;
    assign in_1      = who1_q[p].tile;
    assign in_2      = who2_q[p].tile;
    assign bank      = bank_t'(who1_q[p].tile);
    assign next_bank = bank_t'(who1_q[(p + 1) % LANES].tile);
    `ASSERT(NoTwoInABank, LANES == 1 || !(valid1_q[p] && valid1_q[(p + 1) % LANES] && bank == next_bank))
    `ASSERT(NotInFlight, !(valid1_q[p] && valid2_q[p] && in_1 == in_2))
  end

endmodule

`default_nettype wire
