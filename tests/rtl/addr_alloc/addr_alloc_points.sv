// Situations that the tests of addr_alloc must reach: input, checks, windows, writes; see common_points.sv.
// Row table, misses and initialisation: row_table_points.sv.
`default_nettype none
`include "common/assertions.svh"

module alloc_input_points (
  input wire logic clk_i,
  input wire logic rst_ni,
  input wire logic open_i,
  input wire logic link_valid_q,
  input wire logic loop_valid_q,
  input wire logic take_o,
  input wire logic pick_loop,
  input wire logic pop_link,
  input wire logic pop_loop,
  input wire logic link_fire,
  input wire logic loop_fire,
  input wire logic rx_tlast_i,
  input wire logic rx_tvalid_i,
  input wire logic loop_valid_i,
  input wire logic dropping_q,
  input wire logic room_i,
  input wire logic report_room_i,
  input wire logic report
);
  `COVER(LoopsTurn, pop_loop && link_valid_q)  // both wait, the own GPU's packet goes
  `COVER(LinksTurn, pop_link && loop_valid_q)  // both wait, the link's packet goes
  `COVER(BothComeIn, link_fire && loop_fire)  // a packet of the link and one of the own GPU in one cycle
  `COVER(WindowFull, open_i && (link_valid_q || loop_valid_q) && !room_i)  // a packet waits for a slot
  `COVER(ReportQueueFull, open_i && link_valid_q && room_i && report && !report_room_i)  // a report waits for its queue
  `COVER(LinkStalls, rx_tvalid_i && link_valid_q && !pop_link)  // the link waits
  `COVER(LoopStalls, loop_valid_i && loop_valid_q && !pop_loop)  // the own GPU waits
  `COVER(BeatDropped, link_fire && dropping_q && !rx_tlast_i)  // a further beat that is not the last one
  `COVER(LastBeatDropped, link_fire && dropping_q && rx_tlast_i)  // the last beat of a packet that was too long
  `COVER(Shut, !open_i && (link_valid_q || loop_valid_q))  // a packet waits for the end of a flush
endmodule

bind alloc_input alloc_input_points u_points (.*, .report(packet_o.header.kind == KindCount));

module alloc_check_points
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned LANES   = 4,
  parameter int unsigned PEERS   = 8,
  parameter int unsigned REGIONS = 64,
  parameter int unsigned WINDOWS = 8
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic [GpuW-1:0]  self_i,
  input wire logic [LANES-1:0] fill_valid_o,
  input wire fill_e            fill_o       [LANES],
  input wire refuse_e          fill_cause_o [LANES],
  input wire meta_t            fill_meta_o  [LANES],
  input wire logic [LANES-1:0] report_valid_o,
  input wire logic [LANES-1:0] truncated_i,
  input wire logic [LANES-1:0] take_i,
  input wire header_t          header_i     [LANES],
  input wire region_cfg_t      region_i     [LANES],
  input wire window_cfg_t      window_i     [WINDOWS]
);
  logic [LANES-1:0] refused;
  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    // What the first stage saw, a cycle ago.
    region_cfg_t        region_q;
    logic               truncated_q, overlap_q, first_line_q, last_line_q;
    logic [WINDOWS-1:0] covering;
    logic [LineAddrW-1:0] line_addr;
    assign line_addr = header_i[l].addr[AddrW-1:LineShift];
    always_comb
      for (int unsigned w = 0; w < WINDOWS; w++)
        covering[w] = window_i[w].enable && line_addr >= window_i[w].base && line_addr <= window_i[w].limit;
    always_comb begin
      first_line = 1'b0;
      last_line  = 1'b0;
      for (int unsigned w = 0; w < WINDOWS; w++) begin
        first_line |= covering[w] && line_addr == window_i[w].base;
        last_line  |= covering[w] && line_addr == window_i[w].limit;
      end
    end
    always_ff @(posedge clk_i)
      if (take_i[l]) begin
        region_q     <= region_i[l];
        truncated_q  <= truncated_i[l];
        overlap_q    <= (covering & (covering - WINDOWS'(1))) != '0;
        first_line_q <= first_line;
        last_line_q  <= last_line;
      end

    header_t header;
    logic    bad, row, st, count, edge_of_row, cut, first_line, last_line;
    assign cut         = region_q.row_bytes[LineShift-1:0] != '0;
    assign edge_of_row = 10'(header.offset[OffsetW-1:LineShift]) == region_q.row_bytes[RowBytesW-1:LineShift];
    assign header     = fill_meta_o[l].header;
    assign row        = header.kind == KindRowsp;
    assign st         = header.kind == KindSt;
    assign count      = header.kind == KindCount;
    assign refused[l] = fill_valid_o[l] && fill_o[l] == FillRefuse;
    assign bad        = refused[l] && fill_cause_o[l] == RefuseMalformed;
    `COVER(Truncated, bad && truncated_q)  // refused: a packet of several beats
    `COVER(NoKind, bad && !row && !st && !count)  // refused: a kind that is none of the link's
    `COVER(WrongDestination, bad && header.dst != self_i)  // refused: for another GPU
    `COVER(NoSuchSource, bad && header.src >= GpuW'(PEERS))  // refused: of a GPU that is none
    `COVER(Reserved, bad && header.rsvd != '0)  // refused: reserved bits
    `COVER(OffsetInLine, bad && row && header.offset[LineShift-1:0] != '0)  // refused: offset within a line
    `COVER(AddressInLine, bad && st && header.addr[LineShift-1:0] != '0)  // refused: address within a line
    `COVER(NoBytes, bad && (row || st) && fill_meta_o[l].bytes == '0)  // refused: a store without bytes
    `COVER(ReportWithBytes, bad && count && fill_meta_o[l].bytes != '0)  // refused: a report with bytes
    `COVER(NoWindow, refused[l] && fill_cause_o[l] == RefuseAddress)  // refused: in no window
    `COVER(SourceOfWindow, refused[l] && st && fill_cause_o[l] == RefuseSource)  // refused: source, by the window
    `COVER(SourceOfRegion, refused[l] && row && fill_cause_o[l] == RefuseSource)  // refused: source, by the region
    `COVER(SourceOfReport, refused[l] && count && fill_cause_o[l] == RefuseSource)  // refused: source of a report
    `COVER(RegionBeyond,
           refused[l] && fill_cause_o[l] == RefuseUnregistered && 32'(header.region) >= REGIONS)  // refused: number
    `COVER(RegionDisabled,
           refused[l] && fill_cause_o[l] == RefuseUnregistered && 32'(header.region) < REGIONS)  // refused: not enabled
    `COVER(Stale, refused[l] && row && fill_cause_o[l] == RefuseStale)  // refused: generation
    `COVER(StaleReport, refused[l] && count && fill_cause_o[l] == RefuseStale)  // refused: generation of a report
    `COVER(LineBeyond, refused[l] && fill_cause_o[l] == RefuseOffset && !edge_of_row)  // refused: a line behind the row
    `COVER(BytesBeyond, refused[l] && fill_cause_o[l] == RefuseOffset && edge_of_row)  // refused: bytes behind its end
    `COVER(PartialLine, fill_valid_o[l] && fill_o[l] == FillLookup && edge_of_row && cut)  // the row's partial line
    `COVER(WindowsOverlap, fill_valid_o[l] && fill_o[l] == FillWrite && overlap_q)  // in several windows: the lowest
    `COVER(FirstLine, fill_valid_o[l] && fill_o[l] == FillWrite && first_line_q)  // the first line of a window
    `COVER(LastLine, fill_valid_o[l] && fill_o[l] == FillWrite && last_line_q)  // the last line of a window
    `COVER(NotCounted, fill_valid_o[l] && fill_o[l] == FillWrite && !fill_meta_o[l].counted)  // a window without tiles
  end
  `COVER(AllLanesRefuse, LANES > 1 && &refused)  // every lane refuses a packet in one cycle
  `COVER(AllLanesReport, LANES > 1 && &report_valid_o)  // every lane has a report in one cycle
endmodule

bind alloc_check alloc_check_points #(.LANES(LANES), .PEERS(PEERS), .REGIONS(REGIONS), .WINDOWS(WINDOWS)) u_points (.*);

module alloc_window_points
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned LANES = 4,
  parameter int unsigned DEPTH = 16
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic [DEPTH-1:0] busy_q,
  input wire logic [DEPTH-1:0] waiting,
  input wire logic [DEPTH-1:0] hold_q,
  input wire logic [DEPTH-1:0] park_q,
  input wire logic [DEPTH-1:0] parking,
  input wire logic [DEPTH-1:0] parked,
  input wire logic [DEPTH-1:0] back_q,
  input wire logic [DEPTH-1:0] gathered,
  input wire logic [DEPTH-1:0] fill_wait,
  input wire logic [DEPTH-1:0] nominee_q,
  input wire logic [DEPTH-1:0] freed,
  input wire logic [DEPTH-1:0] served,
  input wire logic [DEPTH-1:0] refused,
  input wire logic [DEPTH-1:0] done_q,
  input wire logic [DEPTH-1:0] t3_q,
  input wire logic [DEPTH-1:0] gathered_d [LANES],
  input wire logic             nominee_valid_o,
  input wire logic             won_i,
  input wire logic             leave_i,
  input wire logic             wake_i,
  input wire logic             claim_i,
  input wire logic             fill_valid_i,
  input wire logic             probe_i,
  input wire logic             probe_hit_o
);
  int unsigned lookups;
  always_comb begin
    lookups = 0;
    for (int unsigned l = 0; l < LANES; l++) lookups += 32'(gathered_d[l] != '0);
  end
  `COVER(Full, &busy_q)  // every slot is in use
  `COVER(LastSlot, claim_i && $countones(~busy_q) == 1)  // a packet takes the last slot
  `COVER(FreedFull, &busy_q && freed != '0)  // a slot of a full window comes free
  `COVER(FreesThree, $countones(freed) == 3)  // written, refused and a report in one cycle
  `COVER(Gathers2, $countones(gathered) == 2)  // two packets of one lane join a lookup
  `COVER(Gathers4, $countones(gathered) >= 4)  // four or more do
  `COVER(GathersAll, DEPTH > 2 && &gathered)  // the whole window is of one row
  `COVER(TwoLookups, lookups >= 2)  // packets of one lane join lookups of two lanes
  `COVER(JoinsOther, gathered != '0 && !won_i)  // a packet joins a lookup that another lane leads
  `COVER(FillAsGathered,
         fill_wait != '0 && gathered != '0)  // a packet comes as its window joins a lookup: too late for it
  `COVER(Hold, (hold_q & waiting) != '0)  // a row pauses: it is being looked up
  `COVER(Park, parked != '0)  // a row waits for a context
  `COVER(Wake, wake_i && park_q != '0)  // contexts have moved: parked packets ask again
  `COVER(WakeAsParked, wake_i && parked != '0)  // parked in the cycle in which others are woken: not lost
  `COVER(Back, back_q != '0)  // a lookup gives packets back
  `COVER(BackParked, (back_q & parking) != '0)  // they wait for a context
  `COVER(BackAlone,
         t3_q != '0 && (served | refused) != '0 && (t3_q & ~served & ~refused) != '0)  // the leader alone is decided
  `COVER(ServedAndRefused, served != '0 && refused != '0)  // two lookups end differently
  `COVER(LeavesUnserved, nominee_valid_o && leave_i && !won_i)  // the nominee makes place for the next
  `COVER(NomineeStays, nominee_valid_o && !leave_i)  // the nominee waits
  `COVER(OlderWaits, won_i && (waiting & ~nominee_q & ~gathered) != '0)  // others of the lane wait for another row
  `COVER(DoneWait, &done_q)  // every slot waits for its write
  `COVER(ProbeFinds, probe_i && probe_hit_o)  // an initialisation waits for a packet of its owner
  `COVER(ProbePasses, probe_i && !probe_hit_o && busy_q != '0)  // it does not wait for packets of others
endmodule

bind alloc_window alloc_window_points #(.LANES(LANES), .DEPTH(DEPTH)) u_points (.*);

module alloc_writer_points (
  input wire logic clk_i,
  input wire logic rst_ni,
  input wire logic m_awvalid_o,
  input wire logic m_awready_i,
  input wire logic m_wvalid_o,
  input wire logic m_wready_i,
  input wire logic ready_i,
  input wire logic ready_refused_i,
  input wire logic issue_o,
  input wire logic a1_valid_q,
  input wire logic a2_valid_q,
  input wire logic a2_free,
  input wire logic id_valid_i,
  input wire logic w_free,
  input wire logic load
);
  `COVER(AwStalls, m_awvalid_o && !m_awready_i)  // AW waits
  `COVER(WStalls, m_wvalid_o && !m_wready_i)  // W waits
  `COVER(AwFirst, m_awvalid_o && m_awready_i && m_wvalid_o && !m_wready_i)  // AW is taken before W
  `COVER(WFirst, m_wvalid_o && m_wready_i && m_awvalid_o && !m_awready_i)  // W is taken before AW
  `COVER(AwLast, m_awvalid_o && m_awready_i && !m_wvalid_o)  // AW after W
  `COVER(WLast, m_wvalid_o && m_wready_i && !m_awvalid_o)  // W after AW
  `COVER(FullRate, load && m_awvalid_o && m_wvalid_o)  // the next write as the one before is taken
  `COVER(NoIdentifier, a2_valid_q && !id_valid_i && w_free)  // a write waits for an identifier
  `COVER(PipelineFull, ready_i && a1_valid_q && a2_valid_q && !a2_free)  // every stage waits
  `COVER(RefusedBetween, issue_o && ready_refused_i && a1_valid_q)  // a refusal between writes
  `COVER(RefusedWaits, ready_i && ready_refused_i && !issue_o)  // a refusal waits behind a write
endmodule

bind alloc_writer alloc_writer_points u_points (.*);

module alloc_acks_points #(
  parameter int unsigned OUTSTANDING = 256,
  localparam int unsigned IdW = $clog2(OUTSTANDING)
) (
  input wire logic           clk_i,
  input wire logic           rst_ni,
  input wire logic [IdW:0]   head_q,
  input wire logic [IdW:0]   tail_q,
  input wire logic [IdW:0]   mark_q,
  input wire logic           take_i,
  input wire logic           step,
  input wire logic           m_bvalid_i,
  input wire logic           m_bready_o,
  input wire logic [IdW-1:0] m_bid_i,
  input wire logic           accept,
  input wire logic           shift,
  input wire logic           pop,
  input wire logic           drop,
  input wire logic           first_error_q,
  input wire logic           first_valid_q,
  input wire logic           second_valid_q,
  input wire logic           ack_valid_o,
  input wire logic           ack_ready_i,
  input wire logic           id_valid_o,
  input wire logic           mark_i,
  input wire logic           passed_o,
  input wire logic           is_st,
  input wire logic           counted
);
  `COVER(RingFull, !id_valid_o)  // all identifiers are out
  `COVER(TakenAsFreed, take_i && step)  // one is taken, one comes back
  `COVER(HeadWraps, take_i && &head_q[IdW-1:0])  // the last identifier of the ring is taken
  `COVER(TailWraps, step && &tail_q[IdW-1:0])  // the last identifier of the ring comes back
  `COVER(LapBitFalls, take_i && &head_q)  // the ring's lap bit falls again
  `COVER(OutOfOrder, accept && m_bid_i != tail_q[IdW-1:0])  // a younger write is answered first
  `COVER(BStalls, m_bvalid_i && !m_bready_o)  // B waits for an acknowledgement to leave
  `COVER(AckStalls, ack_valid_o && !ack_ready_i)  // an acknowledgement waits
  `COVER(SecondUsed, shift)  // one more is read as the first one waits
  `COVER(SecondLeaves, pop && second_valid_q && first_valid_q)  // the waiting one leaves, another is behind it
  `COVER(FullRate, pop && accept)  // one leaves as the next one comes
  `COVER(ErrorOfRow, first_valid_q && first_error_q && !is_st)  // memory refuses a row's bytes
  `COVER(ErrorOfStore, first_valid_q && first_error_q && is_st)  // memory refuses an ordinary store
  `COVER(Uncounted, drop && !first_error_q && !counted)  // a write of no tile leaves silently
  `COVER(PassedAtOnce, mark_i && head_q == tail_q)  // the mark of an initialisation, nothing is under way
  `COVER(MarkWaits, !passed_o && !mark_i && tail_q != mark_q && head_q != tail_q)  // it waits for writes
  `COVER(WritesAfterMark, !passed_o && !mark_i && take_i)  // writes behind the mark go on
endmodule

bind alloc_acks alloc_acks_points #(.OUTSTANDING(OUTSTANDING)) u_points (
  .*, .is_st(record.is_st), .counted(record.counted)
);

module alloc_reports_points #(
  parameter int unsigned LANES = 4
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic [LANES-1:0] valid,
  input wire logic [LANES-1:0] push_valid_i,
  input wire logic [LANES-1:0] push_ready_o,
  input wire logic             report_valid_o,
  input wire logic             report_ready_i,
  input wire logic             locked_q
);
  `COVER(AllLanes, LANES > 1 && &valid)  // reports of every lane wait
  `COVER(QueueFull, push_ready_o != '1)  // a queue is full
  `COVER(Stalls, report_valid_o && !report_ready_i)  // a report waits
  `COVER(ComesAsOneWaits, locked_q && push_valid_i != '0)  // another one comes as one is offered
  `COVER(Back2Back, report_valid_o && report_ready_i && $countones(valid) > 1)  // the next lane's report follows
endmodule

bind alloc_reports alloc_reports_points #(.LANES(LANES)) u_points (.*);

`default_nettype wire
