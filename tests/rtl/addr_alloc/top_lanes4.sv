// The default configuration of the hub.
`default_nettype none
`define ALLOC_LANES 4
`define ALLOC_PEERS 8
`define ALLOC_BANKS 16
`define ALLOC_SETS 64
`define ALLOC_WAYS 4
`define ALLOC_REGIONS 64
`define ALLOC_WINDOWS 8
`define ALLOC_DEPTH 16
`define ALLOC_OUTSTANDING 256
`define ALLOC_SPILL_SLOTS 64
`define ALLOC_MISS_CTX 4
module top_lanes4
`include "../tests/rtl/addr_alloc/alloc_bench.svh"
`default_nettype wire
