// One lane: input, window, memory writes, acknowledgements. Wiring only; see the four modules.
`default_nettype none

module alloc_lane
  import hub_pkg::*;
  import ingress_pkg::*;
#(
  parameter int unsigned LANES       = 4,     // 1..8
  parameter int unsigned DEPTH       = 16,    // 2..64
  parameter int unsigned OUTSTANDING = 256,   // power of two, 2..65536
  localparam int unsigned SlotW      = $clog2(DEPTH),
  localparam int unsigned SumW       = $clog2((DEPTH + 1) / 2 * LineBytes + 1),
  localparam int unsigned IdW        = $clog2(OUTSTANDING)
) (
  input  wire logic                  clk_i,
  input  wire logic                  rst_ni,
  input  wire logic [GpuW-1:0]       self_i,
  input  wire logic                  open_i,
  // link and loop
  input  wire logic                  rx_tvalid_i,
  output logic                       rx_tready_o,
  input  wire logic [LineBits-1:0]   rx_tdata_i,
  input  wire logic [LineBytes-1:0]  rx_tstrb_i,
  input  wire logic [HeaderBits-1:0] rx_tuser_i,
  input  wire logic                  rx_tlast_i,
  input  wire logic                  loop_valid_i,
  output logic                       loop_ready_o,
  input  wire packet_t               loop_packet_i,
  // to the checks and back
  input  wire logic                  report_room_i,
  output logic                       take_o,
  output header_t                    header_o,
  output strb_t                      strb_o,
  output logic                       truncated_o,
  output logic [SlotW-1:0]           slot_o,
  input  wire logic                  fill_valid_i,
  input  wire fill_e                 fill_i,
  input  wire logic [SlotW-1:0]      fill_slot_i,
  input  wire row_key_t              fill_key_i,
  input  wire refuse_e               fill_cause_i,
  input  wire meta_t                 fill_meta_i,
  // lookups
  output logic                       nominee_valid_o,
  output nominee_t                   nominee_o,
  input  wire logic [LANES-1:0]      nominee_valid_i,
  input  wire nominee_t              nominee_i [LANES],
  input  wire logic [LANES-1:0]      win_i,
  input  wire logic [LANES-1:0]      park_i,
  input  wire logic [LANES-1:0]      hold_i,
  input  wire logic                  won_i,
  input  wire logic                  leave_i,
  input  wire logic                  wake_i,
  output logic [LANES-1:0][1:0][SumW-1:0] sum_o,
  input  wire result_t               result_i [LANES],
  input  wire logic [LANES-1:0]      t4_park_i,
  output logic [SlotW:0]             served_o,
  // memory
  output logic                       m_awvalid_o,
  input  wire logic                  m_awready_i,
  output logic [IdW-1:0]             m_awid_o,
  output logic [AddrW-1:0]           m_awaddr_o,
  output logic                       m_wvalid_o,
  input  wire logic                  m_wready_i,
  output logic [LineBits-1:0]        m_wdata_o,
  output logic [LineBytes-1:0]       m_wstrb_o,
  input  wire logic                  m_bvalid_i,
  output logic                       m_bready_o,
  input  wire logic [IdW-1:0]        m_bid_i,
  input  wire logic [1:0]            m_bresp_i,
  // what becomes of the packets
  output logic                       ack_valid_o,
  input  wire logic                  ack_ready_i,
  output ack_t                       ack_o,
  output logic                       refused_o,
  output refusal_t                   refusal_o,
  output logic                       memory_refused_o,
  output refusal_t                   memory_refusal_o,
  // initialisation
  input  wire logic                  probe_i,
  input  wire logic                  probe_window_i,
  input  wire logic [RegionW-1:0]    probe_idx_i,
  output logic                       probe_hit_o,
  input  wire logic                  mark_i,
  output logic                       passed_o,
  // events
  output logic [ByteCntW-1:0]        write_bytes_o,
  output logic                       window_busy_o,
  output logic                       waits_o,            // memory has writes that it has not acknowledged
  output logic                       busy_o
);

  logic              room, input_busy, writer_busy, acks_busy, ready, ready_refused, issue, free, id_valid, take_id;
  packet_t           packet;
  logic [SlotW-1:0]  ready_slot, free_slot;
  refuse_e           ready_cause;
  logic [LocalW-1:0] ready_lid;
  logic [IdW-1:0]    id;
  record_t           record;

  alloc_input u_input (
    .clk_i, .rst_ni, .open_i, .rx_tvalid_i, .rx_tready_o, .rx_tdata_i, .rx_tstrb_i, .rx_tuser_i, .rx_tlast_i,
    .loop_valid_i, .loop_ready_o, .loop_packet_i, .room_i(room), .report_room_i,
    .take_o, .packet_o(packet), .truncated_o, .busy_o(input_busy)
  );
  assign header_o = packet.header;
  assign strb_o   = packet.strb;

  alloc_window #(.LANES(LANES), .DEPTH(DEPTH)) u_window (
    .clk_i, .rst_ni,
    .room_o(room), .claim_slot_o(slot_o), .claim_i(take_o),
    .fill_valid_i, .fill_i, .fill_slot_i, .fill_key_i, .fill_cause_i, .fill_bytes_i(fill_meta_i.bytes),
    .nominee_valid_o, .nominee_o, .nominee_valid_i, .nominee_i, .win_i, .park_i, .hold_i, .won_i, .leave_i,
    .wake_i, .sum_o, .result_i, .t4_park_i, .served_o,
    .ready_o(ready), .ready_slot_o(ready_slot), .ready_refused_o(ready_refused), .ready_cause_o(ready_cause),
    .ready_lid_o(ready_lid), .issue_i(issue), .free_i(free), .free_slot_i(free_slot),
    .probe_i, .probe_window_i, .probe_idx_i, .probe_hit_o, .busy_o(window_busy_o)
  );

  alloc_writer #(.DEPTH(DEPTH), .OUTSTANDING(OUTSTANDING)) u_writer (
    .clk_i, .rst_ni,
    .take_i(take_o), .take_slot_i(slot_o), .take_strb_i(packet.strb), .take_data_i(packet.data),
    .fill_valid_i, .fill_slot_i, .fill_meta_i,
    .ready_i(ready), .ready_slot_i(ready_slot), .ready_refused_i(ready_refused), .ready_cause_i(ready_cause),
    .ready_lid_i(ready_lid), .issue_o(issue), .free_o(free), .free_slot_o(free_slot), .refused_o, .refusal_o,
    .id_valid_i(id_valid), .id_i(id), .take_id_o(take_id), .record_o(record),
    .m_awvalid_o, .m_awready_i, .m_awid_o, .m_awaddr_o, .m_wvalid_o, .m_wready_i, .m_wdata_o, .m_wstrb_o,
    .busy_o(writer_busy)
  );

  alloc_acks #(.OUTSTANDING(OUTSTANDING)) u_acks (
    .clk_i, .rst_ni, .self_i,
    .id_valid_o(id_valid), .id_o(id), .take_i(take_id), .record_i(record),
    .m_bvalid_i, .m_bready_o, .m_bid_i, .m_bresp_i, .ack_valid_o, .ack_ready_i, .ack_o,
    .refused_o(memory_refused_o), .refusal_o(memory_refusal_o), .mark_i, .passed_o, .waits_o, .busy_o(acks_busy)
  );

  assign write_bytes_o = take_id ? record.bytes : '0;
  assign busy_o        = input_busy || window_busy_o || writer_busy || acks_busy;

endmodule

`default_nettype wire
