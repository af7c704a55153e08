// Situations that the tests of the registers must reach; see common_points.sv.
`default_nettype none
`include "common/assertions.svh"

module axil_front_points (
  input wire logic clk_i,
  input wire logic rst_ni,
  input wire logic c_awvalid_i,
  input wire logic c_wvalid_i,
  input wire logic c_arvalid_i,
  input wire logic c_bvalid_o,
  input wire logic c_bready_i,
  input wire logic c_rvalid_o,
  input wire logic c_rready_i,
  input wire logic aw_q,
  input wire logic w_q,
  input wire logic ar_q,
  input wire logic partial_q,
  input wire logic awprivileged_q,
  input wire logic arprivileged_q,
  input wire logic can_write,
  input wire logic can_read,
  input wire logic start,
  input wire logic start_write,
  input wire logic done_write,
  input wire logic done_read
);
  `COVER(AddressBeforeData, aw_q && !w_q && c_wvalid_i)  // AW came before W
  `COVER(DataBeforeAddress, w_q && !aw_q && c_awvalid_i)  // W came before AW
  `COVER(AddressWithData, c_awvalid_i && c_wvalid_i && !aw_q && !w_q)  // AW and W in one cycle
  `COVER(AwStalls, c_awvalid_i && aw_q)  // AW waits for the write before it
  `COVER(WStalls, c_wvalid_i && w_q)  // W waits for the write before it
  `COVER(ArStalls, c_arvalid_i && ar_q)  // AR waits for the read before it
  `COVER(BStalls, c_bvalid_o && !c_bready_i)  // B waits for its receiver
  `COVER(RStalls, c_rvalid_o && !c_rready_i)  // R waits for its receiver
  `COVER(WriteWaitsForB, aw_q && w_q && c_bvalid_o && !c_bready_i)  // the next write waits until B has left
  `COVER(ReadWaitsForR, ar_q && c_rvalid_o && !c_rready_i)  // the next read waits until R has left
  `COVER(ReadPassesWaitingB,
         start && !start_write && aw_q && w_q && c_bvalid_o)  // a read goes on while writes wait for B
  `COVER(WritesTurn, start && start_write && can_read)  // both wait, the write goes first
  `COVER(ReadsTurn, start && !start_write && can_write)  // both wait, the read goes first
  `COVER(PartialWrite, done_write && partial_q && awprivileged_q)  // refused: not all byte strobes
  `COVER(UnprivilegedWrite, done_write && !partial_q && !awprivileged_q)  // refused: not privileged
  `COVER(UnprivilegedRead, done_read && !arprivileged_q)  // refused: not privileged
endmodule

bind axil_front axil_front_points u_points (.*);

module hub_regs_points (
  input wire logic       clk_i,
  input wire logic       rst_ni,
  input wire logic       write,
  input wire logic       read,
  input wire logic       error,
  input wire logic [4:0] block,       // regions, windows, statistics, errors, scalars
  input wire logic       unaligned,
  input wire logic       busy_o,
  input wire logic       on_o
);
  logic busy_q;
  always_ff @(posedge clk_i) busy_q <= busy_o;
  `COVER(WriteScalar, write && block[0] && !error)  // accepted
  `COVER(WriteScalarRefused, write && block[0] && error)  // read-only, illegal, or not while enabled
  `COVER(WriteErrors, write && block[1] && !error)  // accepted: interrupts, captured refusal
  `COVER(WriteErrorsRefused, write && block[1] && error)  // a counter of refusals
  `COVER(WriteStatistics, write && block[2] && error)  // refused: read-only
  `COVER(WriteWindow, write && block[3] && !error)  // accepted
  `COVER(WriteWindowRefused, write && block[3] && error)  // live, illegal, or not there
  `COVER(WriteRegion, write && block[4] && !error)  // accepted
  `COVER(WriteRegionRefused, write && block[4] && error)  // live, illegal, or not there
  `COVER(ReadScalar, read && block[0] && !error)  // answered
  `COVER(ReadErrors, read && block[1] && !error)  // answered
  `COVER(ReadStatistics, read && block[2] && !error)  // answered
  `COVER(ReadWindow, read && block[3] && !error)  // answered
  `COVER(ReadRegion, read && block[4] && !error)  // answered
  `COVER(ReadHole, read && block != '0 && error)  // refused: a hole in a block
  `COVER(Unmapped, (read || write) && block == '0 && !unaligned && error)  // refused: in no block
  `COVER(Unaligned, (read || write) && unaligned && error)  // refused: no multiple of 4
  `COVER(WorkAsItRests, busy_q && !busy_o && on_o)  // work comes in the cycle in which the clock could stop
endmodule

bind hub_regs hub_regs_points u_points (
  .*, .write(access.write), .read(access.read), .error(answer.error), .unaligned(access.addr[1:0] != '0),
  .block({target == Regions, target == Windows, target == Stats, target == Errors, target == Config})
);

module regs_config_points (
  input wire logic        clk_i,
  input wire logic        rst_ni,
  input wire logic        write,
  input wire logic        legal,
  input wire logic        read_only,
  input wire logic        enable_q,
  input wire logic        pulse,
  input wire logic [31:0] wdata
);
  `COVER(Disabled, pulse && enable_q && !wdata[0])  // the hub is disabled
  `COVER(WhileEnabled, write && enable_q && !legal && !read_only)  // refused: constant while the hub works, or illegal
  `COVER(Flush, pulse && wdata[1])  // the row table is emptied
  `COVER(Clear, pulse && wdata[2])  // counters are cleared
  `COVER(InjectRows, pulse && wdata[3])  // a wrong check bit for the row table
  `COVER(InjectTiles, pulse && wdata[4])  // a wrong check bit for the tile table
  `COVER(InjectCounts, pulse && wdata[5])  // a wrong check bit for the row counters
  `COVER(SeveralPulses, pulse && wdata[2] && wdata[1])  // several of them at once
endmodule

bind regs_config regs_config_points u_points (.*, .write(access_i.write));

module regs_errors_points
  import hub_pkg::*;
#(
  parameter int unsigned REFUSALS = 13
) (
  input wire logic                clk_i,
  input wire logic                rst_ni,
  input wire logic [REFUSALS-1:0] refused_i,
  input wire refusal_t            refusal_i [REFUSALS],
  input wire logic                captured_o,
  input wire logic                capture,
  input wire logic                free,
  input wire logic                clear_i,
  input wire logic                any_q,
  input wire logic                saturates,
  input wire logic [2:0]          irq_set,
  input wire logic [2:0]          irq_clear,
  input wire logic [2:0]          irq_status_q,
  input wire logic [2:0]          irq_enable_q
);
  logic [NumCauses-1:0] cause;
  logic                 same;         // two of one cause
  always_comb begin
    cause = '0;
    same  = 1'b0;
    for (int unsigned i = 0; i < REFUSALS; i++)
      if (refused_i[i]) begin
        same |= cause[refusal_i[i].cause];
        cause[refusal_i[i].cause] = 1'b1;
      end
  end
  `COVER(AllInputs, &refused_i)  // every unit and lane refuses in one cycle
  `COVER(SameCause, same)  // two refusals of one cause in one cycle
  `COVER(OtherCauses, (cause & (cause - NumCauses'(1))) != '0)  // refusals of several causes in one cycle
  `COVER(NotTheFirst, refused_i != '0 && captured_o && !free)  // a refusal while another one is captured
  `COVER(FreedAsRefused, free && captured_o && refused_i != '0)  // the captured one is freed as the next one comes
  `COVER(CapturedWithFree, free && capture)  // freed though nothing was captured, as one comes
  `COVER(ClearedAsCounted, clear_i && any_q)  // counters are cleared in the cycle of an event
  `COVER(Saturates, any_q && saturates)  // a counter of refusals has reached its end
  `COVER(IrqRefusal, irq_set[0] && irq_enable_q[0])  // interrupt by a refusal
  `COVER(IrqAllReady, irq_set[1] && irq_enable_q[1])  // interrupt by AllReady
  `COVER(IrqTable, irq_set[2] && irq_enable_q[2])  // interrupt by wrong check bits
  `COVER(IrqMasked, irq_set != '0 && (irq_set & irq_enable_q) == '0)  // an event whose interrupt is not enabled
  `COVER(IrqSetAsCleared, (irq_set & irq_clear & irq_status_q) != '0)  // an event as its bit is cleared
endmodule

bind regs_errors regs_errors_points #(.REFUSALS(REFUSALS)) u_points (
  .*, .saturates(count_q[2] > 32'hffffffff - 32'(sum_q[2]))
);

module regs_init_points #(
  parameter int unsigned REGIONS = 64,
  parameter int unsigned WINDOWS = 8
) (
  input wire logic               clk_i,
  input wire logic               rst_ni,
  input wire logic               flush_i,
  input wire logic               flush_q,
  input wire logic [REGIONS-1:0] region_q,
  input wire logic [WINDOWS-1:0] window_q,
  input wire logic               take_window,
  input wire logic               take_region,
  input wire logic               start_this,
  input wire logic               still_live,
  input wire logic               again_q,
  input wire logic               init_is_window_o,
  input wire logic               idle,
  input wire logic               alloc,
  input wire logic               flow,
  input wire logic               enable
);
  `COVER(FlushFirst, idle && flush_q && (region_q != '0 || window_q != '0))  // the flush goes before initialisations
  `COVER(FlushInWork, flush_i && (alloc || flow))  // a flush is asked for during an initialisation
  `COVER(WindowFirst, take_window && region_q != '0)  // windows go before regions
  `COVER(SeveralRegions, take_region && (region_q & (region_q - REGIONS'(1))) != '0)  // the lowest of several regions
  `COVER(StartInAlloc, start_this && alloc)  // written again while addr_alloc initialises it
  `COVER(StartInFlow, start_this && flow)  // written again while flow_sched initialises it
  `COVER(StartInEnable, start_this && enable)  // written again in the cycle in which it would be enabled
  `COVER(RegionDied, enable && !init_is_window_o && !still_live)  // a region was disabled meanwhile
  `COVER(WindowDied, enable && init_is_window_o && !still_live)  // a window was disabled meanwhile
  `COVER(NotEnabledAgain, enable && again_q)  // not enabled: it is initialised once more
endmodule

bind regs_init regs_init_points #(.REGIONS(REGIONS), .WINDOWS(WINDOWS)) u_points (
  .*, .idle(state_q == Idle), .alloc(state_q == Alloc), .flow(state_q == Flow), .enable(state_q == Enable)
);

module regs_regions_points (
  input wire logic clk_i,
  input wire logic rst_ni,
  input wire logic write,
  input wire logic known,
  input wire logic live_q,
  input wire logic set,
  input wire logic ctrl,
  input wire logic wanted,      // to be enabled
  input wire logic enabled,
  input wire logic enable_i,
  input wire logic empty,       // no rows, or rows without bytes
  input wire logic beyond       // its tiles end beyond the table
);
  `COVER(NotThere, write && !known)  // refused: no such region
  `COVER(LiveField, write && known && live_q && !ctrl)  // refused: the region is live
  `COVER(EmptyRefused, write && ctrl && wanted && empty)  // refused: a region without rows or bytes
  `COVER(BeyondRefused, write && ctrl && wanted && !empty && beyond)  // refused: tiles that are not in the table
  `COVER(Started, set && ctrl && wanted && !live_q)  // to be initialised
  `COVER(StartedAgain, set && ctrl && wanted && live_q)  // a live region starts anew
  `COVER(Stopped, set && ctrl && !wanted && enabled)  // an enabled region is disabled
  `COVER(SetAsEnabled, set && enable_i)  // a write in the cycle in which a region is enabled
endmodule

bind regs_regions regs_regions_points u_points (
  .*, .write(access_i.write), .ctrl(word == RegCtrl), .wanted(wdata[0]), .enabled(entry_q.enable),
  .empty(entry_q.row_bytes == '0 || entry_q.capacity == '0), .beyond(32'(last_tile_q) >= TILES)
);

module regs_windows_points (
  input wire logic clk_i,
  input wire logic rst_ni,
  input wire logic write,
  input wire logic known,
  input wire logic live_q,
  input wire logic set,
  input wire logic ctrl,
  input wire logic wanted,      // to be enabled
  input wire logic tiled,
  input wire logic backwards,   // ends before it begins
  input wire logic enabled,
  input wire logic tiles_fit_q,
  input wire logic covered_q,
  input wire logic enable_i
);
  `COVER(NotThere, write && !known)  // refused: no such window
  `COVER(LiveField, write && known && live_q && !ctrl)  // refused: the window is live
  `COVER(BackwardsRefused, write && ctrl && wanted && backwards)  // refused: ends before it begins
  `COVER(TilesRefused,
         write && ctrl && wanted && tiled && !backwards && !tiles_fit_q)  // refused: tiles not in the table
  `COVER(UncoveredRefused,
         write && ctrl && wanted && tiled && tiles_fit_q && !covered_q)  // refused: lines without tile
  `COVER(StartedTiled, set && ctrl && wanted && tiled)  // to be initialised, with tiles
  `COVER(StartedUntiled, set && ctrl && wanted && !tiled)  // to be initialised, without
  `COVER(Stopped, set && ctrl && !wanted && enabled)  // an enabled window is disabled
  `COVER(SetAsEnabled, set && enable_i)  // a write in the cycle in which a window is enabled
endmodule

bind regs_windows regs_windows_points u_points (
  .*, .write(access_i.write), .ctrl(word == WinCtrl), .wanted(wdata[0]), .tiled(wdata[1]), .enabled(entry_q.enable),
  .backwards(span_q[LineAddrW])
);

`default_nettype wire
