// Eight lanes, 72 peers, regions not a power of two.
`default_nettype none
`define FLOW_LANES 8
`define FLOW_PEERS 72
`define FLOW_REGIONS 33
`define FLOW_WINDOWS 16
`define FLOW_TILES 4096
module top_lanes8
`include "../tests/rtl/flow_sched/flow_bench.svh"
`default_nettype wire
