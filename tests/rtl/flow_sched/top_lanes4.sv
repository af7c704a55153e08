// Four lanes, tiles not a power of two.
`default_nettype none
`define FLOW_LANES 4
`define FLOW_PEERS 8
`define FLOW_REGIONS 16
`define FLOW_WINDOWS 4
`define FLOW_TILES 1000
module top_lanes4
`include "../tests/rtl/flow_sched/flow_bench.svh"
`default_nettype wire
