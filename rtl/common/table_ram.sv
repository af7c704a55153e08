// A table in SRAM with one parity bit per 32 bits of a word.
//
// Ports and timing of sram_1r1w without mask. `rerror_o` comes with `rdata_o` and says that the word
// must not be used. `inject_i` makes the next write carry one wrong parity bit, to test what follows.
// Contents after reset are undefined: the user writes every word before it reads it.
// Cost: Width/32 more bits a word, one XOR tree of 32 on each port (5 levels).
`default_nettype none
`include "common/registers.svh"

module table_ram #(
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
  input  wire logic             re_i,
  input  wire logic [AddrW-1:0] raddr_i,
  output logic [Width-1:0]      rdata_o,
  output logic                  rerror_o
);

  if (Width < 1) $fatal(1, "table_ram: Width must be at least 1");

  localparam int unsigned Words  = (Width + 31) / 32;
  localparam int unsigned Padded = 32 * Words;

  function automatic logic [Words-1:0] parity(logic [Width-1:0] data);
    logic [Padded-1:0] word;
    word = Padded'(data);
    for (int unsigned i = 0; i < Words; i++) parity[i] = ^word[32*i+:32];
  endfunction

  logic             inject_q;
  logic [Words-1:0] wparity, rparity;

  `FFL(inject_q, inject_i, inject_i || we_i, 1'b0)
  assign wparity  = parity(wdata_i) ^ Words'(inject_q);
  assign rerror_o = rparity != parity(rdata_o);

  sram_1r1w #(.Width(Width + Words), .Depth(Depth)) u_ram (
    .clk_i, .we_i, .waddr_i, .wmask_i(1'b1), .wdata_i({wparity, wdata_i}),
    .re_i, .raddr_i, .rdata_o({rparity, rdata_o})
  );

endmodule

`default_nettype wire
