// Check bits of words in tables: eight for every 64 bits, a Hsiao code of distance 4.
//
// It is used to detect: a word in which one, two or three bits of a group and its check bits are flipped differs from
// its check bits. Nothing is corrected: a wrong word is not used, and who met it is refused (docs/architecture.md).
// The code is linear: zeros have zeros, and a bit that is flipped flips the same check bits whatever the others are.
// Each check bit covers 26 bits of a group: made in 5 levels of XOR (word_check), compared in 4 more.
// Source: Hsiao, "A Class of Optimal Minimum Odd-weight-column SEC-DED Codes", IBM J. Res. Dev. 14 (1970).
`default_nettype none

package check_pkg;

  localparam int unsigned GroupW = 64;   // bits that share check bits
  localparam int unsigned CodeW  = 8;    // check bits of a group

  // Which bits of a group each check bit covers: odd columns, all different.
  localparam logic [CodeW-1:0][GroupW-1:0] Covers = {
    64'hea94_9525_1524_94a4, 64'h7553_2492_a292_a494, 64'hba2a_4a54_5494_5292, 64'h5da4_928a_8a49_9252,
    64'hae51_5129_5252_494a, 64'h578a_2546_292a_4a49, 64'hab25_28d1_4549_2529, 64'hd548_ca28_a8a5_2925
  };

  // Check bits of a word of so many bits.
  function automatic int unsigned check_width(int unsigned width);
    return CodeW * ((width + GroupW - 1) / GroupW);
  endfunction

  // What flipping one bit of a group flips in its check bits.
  function automatic logic [CodeW-1:0] column(logic [$clog2(GroupW)-1:0] position);
    for (int unsigned i = 0; i < CodeW; i++) column[i] = Covers[i][position];
  endfunction

endpackage

`default_nettype wire
