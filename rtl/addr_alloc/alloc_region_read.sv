// What one lane reads of the region table: the entry of a packet that arrives, and the size of a row looked up.
//
// No state, no latency: the readers have the registers. The table lies in hub_regs, in flops.
// A module for each lane, so that synthesis maps one and places it LANES times (docs/synthesis.md).
// Cost: a REGIONS:1 multiplexer of 87 + PEERS + 37 bits. Critical path: the multiplexer, 2 log2 REGIONS gates.
`default_nettype none

module alloc_region_read
  import hub_pkg::*;
#(
  parameter int unsigned PEERS   = 8,    // 2..96
  parameter int unsigned REGIONS = 64    // 1..256
) (
  input  wire region_cfg_t           region_i     [REGIONS],
  input  wire logic [PEERS-1:0]      region_src_i [REGIONS],
  // of the packet in the input register
  input  wire logic [RegionW-1:0]    packet_idx_i,
  output region_cfg_t                packet_region_o,  // without `capacity`
  output logic [PEERS-1:0]           packet_source_o,
  // of the lookup in T1
  input  wire logic [RegionW-1:0]    t1_idx_i,
  output logic [RowBytesW-1:0]       row_bytes_o,
  output logic [LocalW-1:0]          capacity_o
);

  if (PEERS < 2 || PEERS > MaxPeers) $fatal(1, "alloc_region_read: PEERS must be 2..96");
  if (REGIONS < 1 || REGIONS > 256) $fatal(1, "alloc_region_read: REGIONS must be 1..256");

  localparam int unsigned IdxW = (REGIONS > 1) ? $clog2(REGIONS) : 1;

  always_comb begin
    packet_region_o          = region_i[IdxW'(packet_idx_i)];
    packet_region_o.capacity = '0;              // the lookup asks for it
  end
  assign packet_source_o = region_src_i[IdxW'(packet_idx_i)];
  assign row_bytes_o     = region_i[IdxW'(t1_idx_i)].row_bytes;
  assign capacity_o      = region_i[IdxW'(t1_idx_i)].capacity;

  logic unused;
  assign unused = ^{packet_idx_i, t1_idx_i};    // bits above REGIONS

endmodule

`default_nettype wire
