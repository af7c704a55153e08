// Everything as small as it gets: one lane, direct mapped, sizes that are no powers of two where allowed.
`default_nettype none
`define ALLOC_LANES 1
`define ALLOC_PEERS 2
`define ALLOC_BANKS 2
`define ALLOC_SETS 2
`define ALLOC_WAYS 1
`define ALLOC_REGIONS 3
`define ALLOC_WINDOWS 1
`define ALLOC_DEPTH 5
`define ALLOC_OUTSTANDING 4
`define ALLOC_SPILL_SLOTS 3
`define ALLOC_MISS_CTX 1
module top_lanes1
`include "../tests/rtl/addr_alloc/alloc_bench.svh"
`default_nettype wire
