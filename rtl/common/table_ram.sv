// A table in SRAM with check bits for each word (check_pkg).
//
// Ports and timing of sram_1r1w without mask. `rerror_o` comes with `rdata_o` and says that the word
// must not be used. `inject_i` makes the next write carry one wrong check bit, to test what follows.
// `flip_i` flips the top bit of the word that is written: behind the trees, for what is known late.
// Contents after reset are undefined: the user writes every word before it reads it.
// Cost: 8 more bits for each 64 of a word, XOR trees of 26 bits on each port (5 levels), a compare behind the read.
`default_nettype none
`include "common/registers.svh"

module table_ram
  import check_pkg::*;
#(
  parameter int unsigned Width = 32,
  parameter int unsigned Depth = 16,                      // at least 2
  localparam int unsigned AddrW = $clog2(Depth)
) (
  input  wire logic             clk_i,
  input  wire logic             rst_ni,
  input  wire logic             inject_i,
  input  wire logic             we_i,
  input  wire logic [AddrW-1:0] waddr_i,
  input  wire logic [Width-1:0] wdata_i,
  input  wire logic             flip_i,
  input  wire logic             re_i,
  input  wire logic [AddrW-1:0] raddr_i,
  output logic [Width-1:0]      rdata_o,
  output logic                  rerror_o
);

  if (Width < 1) $fatal(1, "table_ram: Width must be at least 1");

  localparam int unsigned CheckW = check_width(Width);
  localparam logic [CodeW-1:0] Flips = column(($clog2(GroupW))'(Width - 1));   // in the last group
  logic              inject_q;
  logic [CheckW-1:0] made, wcheck, rcheck, expected;

  `FFL(inject_q, inject_i, inject_i || we_i, 1'b0)
  word_check #(.Width(Width)) u_write (.valid_i(we_i), .word_i(wdata_i), .check_o(made));
  word_check #(.Width(Width)) u_read (.valid_i(1'b1), .word_i(rdata_o), .check_o(expected));
  assign wcheck   = made ^ CheckW'(inject_q) ^ (flip_i ? CheckW'(Flips) << (CheckW - CodeW) : '0);
  assign rerror_o = rcheck != expected;

  sram_1r1w #(.Width(Width + CheckW), .Depth(Depth)) u_ram (
    .clk_i, .we_i, .waddr_i, .wmask_i(1'b1), .wdata_i({wcheck, wdata_i ^ (Width'(flip_i) << (Width - 1))}),
    .re_i, .raddr_i, .rdata_o({rcheck, rdata_o})
  );

endmodule

`default_nettype wire
