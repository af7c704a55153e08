// Scalar registers: identity, control, policy, timers, credits, table size, peers.
//
// What the units take for constant while they work (identity, credits, table size, peers) changes only while
// the hub is disabled. Written in the cycle of the access; `flush_o`, `clear_o` and `inject_*_o` are pulses of the next cycle.
`default_nettype none
`include "common/registers.svh"

module regs_config
  import hub_pkg::*;
  import hub_regs_pkg::*;
#(
  parameter int unsigned LANES   = 4,
  parameter int unsigned PEERS   = 8,     // 2..96
  parameter int unsigned ENTRIES = 64,
  parameter int unsigned BANKS   = 16,
  parameter int unsigned SETS    = 64,
  parameter int unsigned WAYS    = 4,
  parameter int unsigned REGIONS = 64,
  parameter int unsigned TILES   = 1024
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire access_t     access_i,
  output answer_t          answer_o,
  input  wire logic [3:0]  status_i,
  output hub_cfg_t         cfg_o,
  output logic [PEERS-1:0] peer_en_o,
  output logic             flush_o,
  output logic             clear_o,
  output logic             inject_rat_o,
  output logic             inject_tile_o,
  output logic             inject_count_o
);

  if (PEERS < 2 || PEERS > MaxPeers) $fatal(1, "regs_config: PEERS must be 2..96");

  logic [15:0] addr;
  logic [31:0] wdata;
  logic        legal, read_only, set;
  logic        enable_q;
  logic [GpuW-1:0]    self_q;
  policy_t            policy_q;
  logic [15:0]        tick_q, set_mask_q;
  logic [AgeW-1:0]    merge_age_q, deadline_age_q;
  logic [CreditW-1:0] credits_q;
  logic [AddrW-1:0]   spill_base_q;
  logic [MaxPeers-1:0] peer_en_q;
  logic [31:0]        above_peers [MaskRegs];  // bits of the mask registers beyond the last peer

  assign addr  = access_i.addr;
  assign wdata = access_i.wdata;
  for (genvar w = 0; w < MaskRegs; w++) begin : gen_above
    for (genvar b = 0; b < 32; b++) begin : gen_bit
      assign above_peers[w][b] = 32 * w + b >= PEERS;
    end
  end

  always_comb begin
    answer_o.rdata = '0;
    legal          = 1'b1;
    read_only      = 1'b0;
    case (addr)
      AddrId:          begin answer_o.rdata = IdValue; read_only = 1'b1; end
      AddrParams0:     begin answer_o.rdata = {16'(ENTRIES), 8'(PEERS), 8'(LANES)}; read_only = 1'b1; end
      AddrParams1:     begin answer_o.rdata = {8'(WAYS), 16'(SETS), 8'(BANKS)}; read_only = 1'b1; end
      AddrParams2:     begin answer_o.rdata = {16'(TILES), 16'(REGIONS)}; read_only = 1'b1; end
      AddrCtrl:        answer_o.rdata = 32'(enable_q);
      AddrStatus:      begin answer_o.rdata = 32'(status_i); read_only = 1'b1; end
      AddrSelf:        begin answer_o.rdata = 32'(self_q); legal = !enable_q && wdata < PEERS; end
      AddrPolicy:      answer_o.rdata = 32'(policy_q);
      AddrTimer:       begin
        answer_o.rdata = {8'h0, deadline_age_q, merge_age_q, tick_q};
        legal          = wdata[15:0] != '0;
      end
      AddrCredits:     begin answer_o.rdata = 32'(credits_q); legal = !enable_q && wdata[31:CreditW] == '0; end
      AddrSetMask:     begin
        answer_o.rdata = 32'(set_mask_q);
        legal          = !enable_q && wdata < SETS && (wdata & (wdata + 32'd1)) == '0;
      end
      AddrSpillBaseLo: begin answer_o.rdata = spill_base_q[31:0]; legal = !enable_q && wdata[11:0] == '0; end
      AddrSpillBaseHi: begin answer_o.rdata = 32'(spill_base_q[47:32]); legal = !enable_q && wdata[31:16] == '0; end
      AddrPeerEnable:         begin answer_o.rdata = peer_en_q[31:0];  legal = !enable_q && (wdata & above_peers[0]) == '0; end
      AddrPeerEnable + 16'h4: begin answer_o.rdata = peer_en_q[63:32]; legal = !enable_q && (wdata & above_peers[1]) == '0; end
      AddrPeerEnable + 16'h8: begin answer_o.rdata = peer_en_q[95:64]; legal = !enable_q && (wdata & above_peers[2]) == '0; end
      default:         begin read_only = 1'b1; legal = 1'b0; end
    endcase
    answer_o.error = access_i.write ? (read_only || !legal) : (read_only && !legal);
  end
  assign set = access_i.write && !answer_o.error;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      enable_q       <= 1'b0;
      self_q         <= '0;
      policy_q       <= '{rsvd: '0, default: 1'b1};
      tick_q         <= 16'd16;
      merge_age_q    <= AgeW'(4);
      deadline_age_q <= AgeW'(12);
      credits_q      <= CreditW'(64);
      set_mask_q     <= 16'(SETS - 1);
      spill_base_q   <= '0;
      peer_en_q      <= '0;
    end else if (set) begin
      case (addr)
        AddrCtrl:        enable_q <= wdata[0];
        AddrSelf:        self_q <= wdata[GpuW-1:0];
        AddrPolicy:      policy_q <= policy_t'({6'b0, wdata[5:0]});
        AddrTimer:       {deadline_age_q, merge_age_q, tick_q} <= wdata[23:0];
        AddrCredits:     credits_q <= wdata[CreditW-1:0];
        AddrSetMask:     set_mask_q <= wdata[15:0];
        AddrSpillBaseLo: spill_base_q[31:0] <= wdata;
        AddrSpillBaseHi: spill_base_q[47:32] <= wdata[15:0];
        AddrPeerEnable:         peer_en_q[31:0]  <= wdata;
        AddrPeerEnable + 16'h4: peer_en_q[63:32] <= wdata;
        AddrPeerEnable + 16'h8: peer_en_q[95:64] <= wdata;
        default: ;
      endcase
    end
  end

  logic pulse;
  assign pulse = set && addr == AddrCtrl;
  `FF(flush_o, pulse && wdata[1], 1'b0)
  `FF(clear_o, pulse && wdata[2], 1'b0)
  `FF(inject_rat_o, pulse && wdata[3], 1'b0)
  `FF(inject_tile_o, pulse && wdata[4], 1'b0)
  `FF(inject_count_o, pulse && wdata[5], 1'b0)

  assign cfg_o = '{enable: enable_q, self: self_q, policy: policy_q, tick: tick_q, merge_age: merge_age_q,
                   deadline_age: deadline_age_q, credits: credits_q, set_mask: set_mask_q,
                   spill_base: spill_base_q};
  assign peer_en_o = peer_en_q[PEERS-1:0];

  logic unused;
  assign unused = &{access_i.select, access_i.read, 1'b0};

endmodule

`default_nettype wire
