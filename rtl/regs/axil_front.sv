// AXI4-Lite slave: turns the five channels into one access at a time.
//
// An access takes four cycles inside: `select`, two cycles in which the blocks look up and check, then
// `write` or `read`, in which they answer; the response is valid from the next cycle on. Writes and reads
// take turns when both wait. A write whose byte strobes are not all set, and any access that is not
// privileged (bit 0 of `prot`), is answered SLVERR and not passed on. All outputs are registers or functions of them.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module axil_front
  import hub_regs_pkg::*;
(
  input  wire logic        clk_i,
  input  wire logic        rst_ni,

  input  wire logic        c_awvalid_i,
  output logic             c_awready_o,
  input  wire logic [15:0] c_awaddr_i,
  input  wire logic [2:0]  c_awprot_i,
  input  wire logic        c_wvalid_i,
  output logic             c_wready_o,
  input  wire logic [31:0] c_wdata_i,
  input  wire logic [3:0]  c_wstrb_i,
  output logic             c_bvalid_o,
  input  wire logic        c_bready_i,
  output logic [1:0]       c_bresp_o,
  input  wire logic        c_arvalid_i,
  output logic             c_arready_o,
  input  wire logic [15:0] c_araddr_i,
  input  wire logic [2:0]  c_arprot_i,
  output logic             c_rvalid_o,
  input  wire logic        c_rready_i,
  output logic [31:0]      c_rdata_o,
  output logic [1:0]       c_rresp_o,

  output access_t          access_o,
  input  wire answer_t     answer_i,
  output logic             busy_o
);

  localparam logic [1:0] Okay   = 2'b00;
  localparam logic [1:0] SlvErr = 2'b10;

  // Waiting addresses and data; one of each.
  logic        aw_q, w_q, ar_q;
  logic [15:0] awaddr_q, araddr_q;
  logic [31:0] wdata_q;
  logic        partial_q, awprivileged_q, arprivileged_q, may_write;
  // The access under way.
  logic [3:0]  stage_q;                // one-hot: select, look up, check, execute
  logic        is_write_q, last_write_q;
  logic        start, start_write, can_write, can_read, execute, done_write, done_read;

  assign c_awready_o = !aw_q;
  assign c_wready_o  = !w_q;
  assign c_arready_o = !ar_q;

  assign can_write   = aw_q && w_q && !c_bvalid_o;
  assign can_read    = ar_q && !c_rvalid_o;
  assign start       = stage_q == '0 && (can_write || can_read);
  assign start_write = can_write && !(can_read && last_write_q);
  assign execute     = stage_q[3];
  assign done_write  = execute && is_write_q;
  assign done_read   = execute && !is_write_q;

  `FF(stage_q, {stage_q[2:0], start}, '0)
  `FFL(is_write_q, start_write, start, 1'b0)
  `FFL(last_write_q, start_write, start, 1'b0)
  `FF(aw_q, (aw_q && !done_write) || (c_awvalid_i && c_awready_o), 1'b0)
  `FF(w_q,  (w_q && !done_write)  || (c_wvalid_i && c_wready_o), 1'b0)
  `FF(ar_q, (ar_q && !done_read)  || (c_arvalid_i && c_arready_o), 1'b0)
  `FFLNR(awaddr_q, c_awaddr_i, c_awvalid_i && c_awready_o)
  `FFLNR(araddr_q, c_araddr_i, c_arvalid_i && c_arready_o)
  `FFLNR(awprivileged_q, c_awprot_i[0], c_awvalid_i && c_awready_o)
  `FFLNR(arprivileged_q, c_arprot_i[0], c_arvalid_i && c_arready_o)
  `FFLNR(wdata_q, c_wdata_i, c_wvalid_i && c_wready_o)
  `FFLNR(partial_q, c_wstrb_i != '1, c_wvalid_i && c_wready_o)

  assign may_write       = awprivileged_q && !partial_q;
  assign access_o.select = stage_q[0];
  assign access_o.write  = done_write && may_write;
  assign access_o.read   = done_read && arprivileged_q;
  assign access_o.addr   = is_write_q ? awaddr_q : araddr_q;
  assign access_o.wdata  = wdata_q;

  `FF(c_bvalid_o, done_write || (c_bvalid_o && !c_bready_i), 1'b0)
  `FF(c_rvalid_o, done_read || (c_rvalid_o && !c_rready_i), 1'b0)
  `FFLNR(c_bresp_o, (answer_i.error || !may_write) ? SlvErr : Okay, done_write)
  `FFLNR(c_rresp_o, (answer_i.error || !arprivileged_q) ? SlvErr : Okay, done_read)
  `FFLNR(c_rdata_o, (answer_i.error || !arprivileged_q) ? '0 : answer_i.rdata, done_read)

  logic unused_prot;
  assign unused_prot = ^{c_awprot_i[2:1], c_arprot_i[2:1]};    // secure, instruction

  assign busy_o = aw_q || w_q || ar_q || c_bvalid_o || c_rvalid_o;

  `ASSERT(OneStage, $countones(stage_q) <= 1)
  `ASSERT(AccessStays, stage_q == '0 || (is_write_q ? aw_q && w_q : ar_q))
  `ASSERT(ResponseHasRoom, !(done_write && c_bvalid_o) && !(done_read && c_rvalid_o))

endmodule

`default_nettype wire
