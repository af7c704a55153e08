// The one memory of the design: a write port and a read port, one clock.
//
// Every table and payload buffer of the hub is an instance of this module, so that a user replaces one
// file to get the macros of a process. Read latency 1 cycle; `rdata_o` holds until the next read. A
// read in the cycle of a write to the same word returns the old word. Contents after reset undefined.
`default_nettype none

module sram_1r1w #(
  parameter int unsigned Width   = 32,
  parameter int unsigned Depth   = 16,                    // at least 2
  parameter int unsigned Granule = Width,                 // bits under one mask bit; divides Width
  localparam int unsigned MaskW  = (Granule < 1) ? 1 : Width / Granule,
  localparam int unsigned AddrW  = $clog2(Depth)
) (
  input  wire logic             clk_i,
  input  wire logic             we_i,
  input  wire logic [AddrW-1:0] waddr_i,
  input  wire logic [MaskW-1:0] wmask_i,
  input  wire logic [Width-1:0] wdata_i,
  input  wire logic             re_i,
  input  wire logic [AddrW-1:0] raddr_i,
  output logic [Width-1:0]      rdata_o
);

  if (Width < 1) $fatal(1, "sram_1r1w: Width must be at least 1");
  if (Depth < 2) $fatal(1, "sram_1r1w: Depth must be at least 2");
  if (Granule < 1 || Width % Granule != 0) $fatal(1, "sram_1r1w: Granule must divide Width");

  logic [Width-1:0] mem [Depth];

  always_ff @(posedge clk_i) if (re_i) rdata_o <= mem[raddr_i];

  if (MaskW == 1) begin : gen_word
    always_ff @(posedge clk_i) if (we_i && wmask_i[0]) mem[waddr_i] <= wdata_i;
  end else begin : gen_masked
    // A whole word is the common case, and costs simulation no mask. Granules are taken eight at a time,
    // so that simulators unroll the loops.
    logic             whole;
    logic [Width-1:0] bits;
    assign whole = &wmask_i;
    always_comb begin
      bits = '1;
      if (we_i && !whole)
        for (int unsigned i = 0; i < MaskW; i += 8)
          for (int unsigned j = 0; j < 8; j++)
            if (i + j < MaskW) bits[(i+j)*Granule+:Granule] = {Granule{wmask_i[i+j]}};
    end

    always_ff @(posedge clk_i)
      if (we_i) begin
        if (whole) mem[waddr_i] <= wdata_i;
        else       mem[waddr_i] <= (wdata_i & bits) | (mem[waddr_i] & ~bits);
      end
  end

endmodule

`default_nettype wire
