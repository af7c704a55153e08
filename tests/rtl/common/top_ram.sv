// Memories behind one set of pins: words written whole, words written by bytes, and tables with check bits of one,
// one and two groups of 64 bits. Depths: the smallest, and one that is not a power of two.
`default_nettype none

module top_ram (
  input  wire logic              clk_i,
  input  wire logic              rst_ni,
  input  wire logic              we_i,
  input  wire logic [3:0]        waddr_i,
  input  wire logic [3:0]        wmask_i,
  input  wire logic [69:0]       wdata_i,
  input  wire logic              re_i,
  input  wire logic [3:0]        raddr_i,
  input  wire logic              inject_i,
  input  wire logic              wflip_i,     // the tables are written with their top bit flipped
  input  wire logic [85:0]       flip_i,      // flips these bits of the widest table's word and check bits in place
  input  wire logic [3:0]        flip_addr_i,
  output logic [31:0]            whole_o,     // 2 words: address bit 0
  output logic [31:0]            bytes_o,     // 13 words
  output logic [19:0]            narrow_o,    // 13 words
  output logic [47:0]            middle_o,
  output logic [69:0]            wide_o,
  output logic [2:0]             rerror_o
);

  sram_1r1w #(.Width(32), .Depth(2)) u_whole (
    .clk_i, .we_i, .waddr_i(waddr_i[0]), .wmask_i(wmask_i[0]), .wdata_i(wdata_i[31:0]),
    .re_i, .raddr_i(raddr_i[0]), .rdata_o(whole_o)
  );
  sram_1r1w #(.Width(32), .Depth(13), .Granule(8)) u_bytes (
    .clk_i, .we_i, .waddr_i, .wmask_i, .wdata_i(wdata_i[31:0]), .re_i, .raddr_i, .rdata_o(bytes_o)
  );
  table_ram #(.Width(20), .Depth(13)) u_narrow (
    .clk_i, .rst_ni, .inject_i, .we_i, .waddr_i, .wdata_i(wdata_i[19:0]), .flip_i(wflip_i),
    .re_i, .raddr_i, .rdata_o(narrow_o), .rerror_o(rerror_o[0])
  );
  table_ram #(.Width(48), .Depth(13)) u_middle (
    .clk_i, .rst_ni, .inject_i, .we_i, .waddr_i, .wdata_i(wdata_i[47:0]), .flip_i(wflip_i),
    .re_i, .raddr_i, .rdata_o(middle_o), .rerror_o(rerror_o[1])
  );
  table_ram #(.Width(70), .Depth(13)) u_wide (
    .clk_i, .rst_ni, .inject_i, .we_i, .waddr_i, .wdata_i, .flip_i(wflip_i),
    .re_i, .raddr_i, .rdata_o(wide_o), .rerror_o(rerror_o[2])
  );

  always_ff @(posedge clk_i)
    if (flip_i != '0) u_wide.u_ram.mem[flip_addr_i] <= u_wide.u_ram.mem[flip_addr_i] ^ flip_i;

endmodule

`default_nettype wire
