// 72 GPUs, 256 regions, 65536 tiles: the widest registers.
`default_nettype none
`define REGS_LANES 8
`define REGS_PEERS 72
`define REGS_REGIONS 256
`define REGS_WINDOWS 16
`define REGS_TILES 65536
`define REGS_SETS 256
module top_large
`include "../tests/rtl/regs/regs_bench.svh"
`default_nettype wire
