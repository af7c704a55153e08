// Initialises regions and windows, one at a time, and flushes the row table.
//
// A start sets the entry's bit; the sequencer takes the flush first, then the lowest window, then the lowest
// region; addr_alloc goes first, flow_sched after it, so that no acknowledgement of the old life can follow.
// The entry is enabled unless it was written again or disabled meanwhile.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module regs_init
  import hub_pkg::*;
#(
  parameter int unsigned REGIONS = 64,   // 1..256
  parameter int unsigned WINDOWS = 8     // 1..16
) (
  input  wire logic               clk_i,
  input  wire logic               rst_ni,
  input  wire logic               flush_i,             // pulse
  input  wire logic               region_start_i,      // pulse
  input  wire logic [RegionW-1:0] region_start_idx_i,
  input  wire logic [REGIONS-1:0] region_live_i,
  input  wire logic               window_start_i,
  input  wire logic [RegionW-1:0] window_start_idx_i,
  input  wire logic [WINDOWS-1:0] window_live_i,
  output logic [1:0]              init_valid_o,        // [1] addr_alloc, [0] flow_sched
  output logic                    init_is_window_o,
  output logic [RegionW-1:0]      init_idx_o,
  input  wire logic [1:0]         init_done_i,
  output logic                    flush_valid_o,
  input  wire logic               flush_done_i,
  output logic                    region_enable_o,     // pulse, for `init_idx_o`
  output logic                    window_enable_o,
  output logic                    busy_o
);

  if (REGIONS < 1 || REGIONS > 256) $fatal(1, "regs_init: REGIONS must be 1..256");
  if (WINDOWS < 1 || WINDOWS > 16) $fatal(1, "regs_init: WINDOWS must be 1..16");

  typedef enum logic [2:0] {Idle, Flush, Alloc, Flow, Enable} state_e;
  localparam int unsigned RegIdxW = (REGIONS > 1) ? $clog2(REGIONS) : 1;
  localparam int unsigned WinIdxW = (WINDOWS > 1) ? $clog2(WINDOWS) : 1;

  state_e             state_q, state_d;
  logic               flush_q, again_q, start_this, some_q;
  logic [REGIONS-1:0] region_q, region_first;
  logic [WINDOWS-1:0] window_q, window_first;
  logic               take, take_window, take_region, still_live;
  logic [RegionW-1:0] first_idx;

  assign window_first = window_q & (~window_q + WINDOWS'(1));
  assign region_first = region_q & (~region_q + REGIONS'(1));
  always_comb begin
    first_idx = '0;
    if (window_q != '0) begin
      for (int unsigned w = 0; w < WINDOWS; w++) if (window_first[w]) first_idx |= RegionW'(w);
    end else if (region_q != '0) begin
      for (int unsigned r = 0; r < REGIONS; r++) if (region_first[r]) first_idx |= RegionW'(r);
    end
  end

  assign take        = state_q == Idle && !flush_q && some_q;
  assign take_window = take && window_q != '0;
  assign take_region = take && window_q == '0;
  assign start_this  = (init_is_window_o ? window_start_i && window_start_idx_i == init_idx_o
                                         : region_start_i && region_start_idx_i == init_idx_o);
  assign still_live  = init_is_window_o ? window_live_i[init_idx_o[WinIdxW-1:0]]
                                        : region_live_i[init_idx_o[RegIdxW-1:0]];

  always_comb begin
    state_d = state_q;
    case (state_q)
      Idle:    if (flush_q) state_d = Flush; else if (take) state_d = Alloc;
      Flush:   if (flush_done_i) state_d = Idle;
      Alloc:   if (init_done_i[1]) state_d = Flow;
      Flow:    if (init_done_i[0]) state_d = Enable;
      default: state_d = Idle;
    endcase
  end

  `FF(state_q, state_d, Idle)
  `FF(flush_q, flush_i || (flush_q && state_q != Idle), 1'b0)
  `FF(window_q, (window_q & ~(take_window ? window_first : '0))
                | (window_start_i ? WINDOWS'(1) << window_start_idx_i : '0), '0)
  `FF(region_q, (region_q & ~(take_region ? region_first : '0))
                | (region_start_i ? REGIONS'(1) << region_start_idx_i : '0), '0)
  // Whether any bit is set: a flop, as `busy_o` has half a cycle to the clock gate. A cycle late after a take, when
  // the state says that there is work.
  `FF(some_q, window_start_i || region_start_i || window_q != '0 || region_q != '0, 1'b0)
  `FFL(init_is_window_o, take_window, take, 1'b0)
  `FFL(init_idx_o, first_idx, take, '0)
  `FF(again_q, state_q != Idle && (again_q || start_this), 1'b0)

  assign init_valid_o    = {state_q == Alloc, state_q == Flow};
  assign flush_valid_o   = state_q == Flush;
  // A write in this very cycle wins over the enable (regs_regions, regs_windows).
  assign region_enable_o = state_q == Enable && !init_is_window_o && still_live && !again_q;
  assign window_enable_o = state_q == Enable && init_is_window_o && still_live && !again_q;
  assign busy_o          = state_q != Idle || flush_q || some_q;

  `ASSERT(SomeIsAny, state_q != Idle || some_q == (window_q != '0 || region_q != '0))
  `ASSERT(DoneIsAsked, (init_done_i & ~init_valid_o) == '0 && !(flush_done_i && !flush_valid_o))

endmodule

`default_nettype wire
