// One lane, two GPUs, one window: the narrowest registers.
`default_nettype none
`define REGS_LANES 1
`define REGS_PEERS 2
`define REGS_REGIONS 4
`define REGS_WINDOWS 1
`define REGS_TILES 16
`define REGS_SETS 4
module top_small
`include "../tests/rtl/regs/regs_bench.svh"
`default_nettype wire
