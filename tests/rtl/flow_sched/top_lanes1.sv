// One lane: the sizes of the small configuration, one window.
`default_nettype none
`define FLOW_LANES 1
`define FLOW_PEERS 2
`define FLOW_REGIONS 4
`define FLOW_WINDOWS 1
`define FLOW_TILES 16
module top_lanes1
`include "../tests/rtl/flow_sched/flow_bench.svh"
`default_nettype wire
