// Check bits of a word: check_pkg's code, group by group, the last one filled up with zeros.
//
// No state, no latency. Cost: 200 XOR for each 64 bits. Critical path: 5 levels of XOR.
`default_nettype none

module word_check
  import check_pkg::*;
#(
  parameter int unsigned Width = 64,
  localparam int unsigned CheckW = check_width(Width)
) (
  input  wire logic             valid_i,     // 0: check bits are 0
  input  wire logic [Width-1:0] word_i,
  output logic [CheckW-1:0]     check_o
);

  if (Width < 1) $fatal(1, "word_check: Width must be at least 1");

  localparam int unsigned Groups = CheckW / CodeW;
  logic [GroupW*Groups-1:0] padded;
  assign padded = (GroupW * Groups)'(word_i);
  always_comb begin
    check_o = '0;
    if (valid_i)
      for (int unsigned g = 0; g < Groups; g++)
        for (int unsigned i = 0; i < CodeW; i++)
          check_o[CodeW*g+i] = ^(padded[GroupW*g+:GroupW] & Covers[i]);
  end

endmodule

`default_nettype wire
