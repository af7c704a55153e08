// Eight lanes, numbers of regions, windows and contexts that are no powers of two.
`default_nettype none
`define ALLOC_LANES 8
`define ALLOC_PEERS 72
`define ALLOC_BANKS 16
`define ALLOC_SETS 64
`define ALLOC_WAYS 2
`define ALLOC_REGIONS 12
`define ALLOC_WINDOWS 5
`define ALLOC_DEPTH 16
`define ALLOC_OUTSTANDING 256
`define ALLOC_SPILL_SLOTS 16
`define ALLOC_MISS_CTX 3
module top_lanes8
`include "../tests/rtl/addr_alloc/alloc_bench.svh"
`default_nettype wire
