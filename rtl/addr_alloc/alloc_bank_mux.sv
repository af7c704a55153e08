// What one lane reads of the row table: the word of one of the banks.
//
// No state, no latency. A module for each lane, so that synthesis maps one and places it LANES times.
// Cost: a 1-of-BANKS multiplexer of a word. Critical path: 2 log2 BANKS gates.
`default_nettype none

module alloc_bank_mux
  import check_pkg::*;
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned BANKS   = 16,   // power of two, 1..256
  parameter int unsigned WAYS    = 4,    // 1..8
  parameter int unsigned REGIONS = 64,   // 1..256
  localparam int unsigned BankW   = (BANKS > 1) ? $clog2(BANKS) : 1,
  localparam int unsigned WordW   = word_bits(WAYS, REGIONS),
  localparam int unsigned CheckW  = check_width(WordW)
) (
  input  wire logic [WordW-1:0]   word_i   [BANKS],
  input  wire logic [CheckW-1:0] check_i [BANKS],
  input  wire logic               valid_i,             // 0: word and check bits are 0
  input  wire logic [BankW-1:0]   bank_i,
  output logic [WordW-1:0]        word_o,
  output logic [CheckW-1:0]      check_o
);

  if (BANKS < 1 || BANKS > 256 || (BANKS & (BANKS - 1)) != 0)
    $fatal(1, "alloc_bank_mux: BANKS must be a power of two, 1..256");
  if (WAYS < 1 || WAYS > MaxWays) $fatal(1, "alloc_bank_mux: WAYS must be 1..8");
  if (REGIONS < 1 || REGIONS > 256) $fatal(1, "alloc_bank_mux: REGIONS must be 1..256");

  always_comb begin
    word_o   = '0;
    check_o = '0;
    if (valid_i) begin
      word_o   = word_i[bank_i];
      check_o = check_i[bank_i];
    end
  end

endmodule

`default_nettype wire
