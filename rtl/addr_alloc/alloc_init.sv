// Reset, flush and initialisation of a region or window: what must be waited for, and the walk.
//
//   reset    Stop - Walk
//   flush    Packets (input shut, windows empty) - Contexts - Stop - Walk - Done
//   region   Settle - Packets (none of it) - Mark - Acks - [Contexts - Stop - Walk] - Done
//   window   Settle - Packets - Mark - Acks - Done
//
// The bracket is left out for a region that has given no row. A request is served once; the next one is
// seen when the valid signal has fallen or names another entry. In Contexts no new context starts and lookups
// go on; in Stop and Walk there are no lookups, for SETS + 6 cycles.
// Cost: a set counter and 20 flops. Critical path: has the region given rows, 19 gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module alloc_init
  import hub_pkg::*;
#(
  parameter int unsigned SETS  = 64,   // power of two
  localparam int unsigned SetW = (SETS > 1) ? $clog2(SETS) : 1
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  input  wire logic                 init_valid_i,
  input  wire logic                 init_is_window_i,
  input  wire logic [RegionW-1:0]   init_idx_i,
  output logic                      init_done_o,
  output logic                      is_window_o,     // what is being initialised, from the state after Idle on
  output logic [RegionW-1:0]        idx_o,
  input  wire logic                 flush_valid_i,
  output logic                      flush_done_o,
  // packets
  output logic                      shut_o,          // no packet may enter
  input  wire logic                 windows_busy_i,
  output logic                      probe_o,         // of idx_o
  input  wire logic                 probe_hit_i,
  input  wire logic                 reports_busy_i,
  output logic                      mark_o,
  input  wire logic                 passed_i,
  // row table
  input  wire logic                 used_i,          // the region has given rows
  input  wire logic                 contexts_busy_i,
  output logic                      drain_o,         // start no context
  output logic                      wake_o,
  output logic                      stop_o,          // no lookups
  output logic                      walk_o,
  output logic [SetW-1:0]           walk_set_o,
  output logic                      all_o,           // empty all, not one region
  output logic                      clear_o,         // pointer of the region
  output logic                      clear_all_o,
  output logic                      busy_o
);

  if (SETS < 1 || SETS > 65536 || (SETS & (SETS - 1)) != 0)
    $fatal(1, "alloc_init: SETS must be a power of two, 1..65536");

  typedef enum logic [3:0] {
    Idle, Settle, Packets, Mark, Acks, Contexts, Stop, Walk, Done, Served
  } state_e;

  localparam int unsigned SettleCycles = 4;  // input register, checks, slot
  localparam int unsigned StopCycles   = 5;  // N2, T1 to T4

  state_e             state_q, state_d;
  localparam int unsigned CountW = (SETS > 7) ? $clog2(SETS + 1) : 3;

  logic               all_q, is_window_q, request_q, drain_q;
  logic [RegionW-1:0] idx_q;
  logic [CountW-1:0]  count_q;
  logic               start, counting, works;

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Idle:     if (flush_valid_i) state_d = Packets;
                else if (init_valid_i) state_d = Settle;
      Settle:   if (32'(count_q) == SettleCycles - 1) state_d = Packets;
      Packets:  if (all_q) state_d = windows_busy_i ? Packets : Contexts;
                else if (!probe_hit_i && !reports_busy_i) state_d = Mark;
      Mark:     state_d = Acks;
      Acks:     if (passed_i) state_d = (used_i && !is_window_q) ? Contexts : Done;
      Contexts: if (!contexts_busy_i) state_d = Stop;
      Stop:     if (32'(count_q) == StopCycles - 1) state_d = Walk;
      Walk:     if (32'(count_q) == SETS) state_d = Done;   // one cycle more for the last write
      Done:     state_d = Served;
      default:
        if (all_q) state_d = (request_q && flush_valid_i) ? Served : Idle;
        else if (!init_valid_i || is_window_q != init_is_window_i || idx_q != init_idx_i) state_d = Idle;
    endcase
  end
  assign start = state_q == Idle && (flush_valid_i || init_valid_i);

  `FF(state_q, state_d, Stop)
  assign counting = state_q == Settle || state_q == Stop || state_q == Walk;
  `FF(count_q, (state_d != state_q) ? '0 : count_q + CountW'(counting), '0)
  `FFL(all_q, flush_valid_i, start, 1'b1)
  `FFL(request_q, 1'b1, start, 1'b0)       // low: the walk after reset
  `FFLNR(is_window_q, init_is_window_i, start)
  `FFLNR(idx_q, init_idx_i, start)
  `FF(drain_q, drain_o, 1'b0)

  assign is_window_o = is_window_q;
  assign idx_o       = idx_q;
  assign works       = state_q != Idle && state_q != Served;
  assign busy_o      = state_q != Idle;
  assign shut_o      = works && all_q;
  assign probe_o     = state_q == Packets && !all_q;
  assign mark_o      = state_q == Mark;
  assign drain_o     = state_q == Contexts || state_q == Stop || state_q == Walk;
  assign wake_o      = drain_q && !drain_o;
  assign stop_o      = state_q == Stop || state_q == Walk;
  assign walk_o      = state_q == Walk && 32'(count_q) < SETS;
  assign walk_set_o  = SetW'(count_q);
  assign all_o       = all_q;
  assign clear_o     = state_q == Done && !all_q && !is_window_q;
  assign clear_all_o = state_q == Done && all_q;
  assign init_done_o  = state_q == Done && !all_q;
  assign flush_done_o = state_q == Done && all_q && request_q;

  `ASSERT(RequestStays, !works || all_q || (init_valid_i && idx_q == init_idx_i && is_window_q == init_is_window_i))
  `ASSERT(NoContextInWalk, !walk_o || !contexts_busy_i)

endmodule

`default_nettype wire
