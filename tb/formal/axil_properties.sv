// The rules of an AXI4-Lite slave: one answer an access, after all of its channels, held until it is taken; and within
// `Latency` cycles when the answer before it does not stand in the way.
//
// The slave holds at most two of each channel that it has not answered.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module axil_properties #(
  parameter int unsigned Latency = 12    // 1..62
) (
  input wire logic        clk_i,
  input wire logic        rst_ni,
  input wire logic        awvalid_i,
  input wire logic        awready_i,
  input wire logic        wvalid_i,
  input wire logic        wready_i,
  input wire logic        bvalid_i,
  input wire logic        bready_i,
  input wire logic [1:0]  bresp_i,
  input wire logic        arvalid_i,
  input wire logic        arready_i,
  input wire logic        rvalid_i,
  input wire logic        rready_i,
  input wire logic [31:0] rdata_i,
  input wire logic [1:0]  rresp_i
);

  // Accepted and not answered.
  logic [1:0] aw_q, w_q, ar_q;
  `FF(aw_q, aw_q + 2'(awvalid_i && awready_i) - 2'(bvalid_i && bready_i), '0)
  `FF(w_q, w_q + 2'(wvalid_i && wready_i) - 2'(bvalid_i && bready_i), '0)
  `FF(ar_q, ar_q + 2'(arvalid_i && arready_i) - 2'(rvalid_i && rready_i), '0)

  logic [5:0] write_wait_q, read_wait_q;
  `FF(write_wait_q, (aw_q == '0 || w_q == '0 || bvalid_i) ? '0 : write_wait_q + 6'd1, '0)
  `FF(read_wait_q, (ar_q == '0 || rvalid_i) ? '0 : read_wait_q + 6'd1, '0)

  stream_properties #(.T(logic [1:0])) u_b (
    .clk_i, .rst_ni, .valid_i(bvalid_i), .ready_i(bready_i), .data_i(bresp_i)
  );
  stream_properties #(.T(logic [33:0])) u_r (
    .clk_i, .rst_ni, .valid_i(rvalid_i), .ready_i(rready_i), .data_i({rresp_i, rdata_i})
  );

  `ASSERT(HoldsTwoAtMost, aw_q != 2'd3 && w_q != 2'd3 && ar_q != 2'd3)
  `ASSERT(AnswersAWrite, !bvalid_i || (aw_q != '0 && w_q != '0))
  `ASSERT(AnswersARead, !rvalid_i || ar_q != '0)
  `ASSERT(AnswerIsOneOfTwo, (!bvalid_i || bresp_i == 2'b00 || bresp_i == 2'b10) &&
                            (!rvalid_i || rresp_i == 2'b00 || rresp_i == 2'b10))
  `ASSERT(WriteAnsweredInTime, 32'(write_wait_q) < Latency)
  `ASSERT(ReadAnsweredInTime, 32'(read_wait_q) < Latency)

  `COVER(WriteAfterWrite, aw_q == 2'd2 && w_q == 2'd2)
  `COVER(BothAtOnce, bvalid_i && rvalid_i)

endmodule

`default_nettype wire
