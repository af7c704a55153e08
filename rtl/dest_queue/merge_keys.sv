// Keys of the merge buffer's entries: which of a partition hold the line of a store, which go before it.
//
// The keys of a partition are one word of an SRAM, read while the store is in H and compared in C, where the key of a
// new entry is written. The store before may write in the cycle of the read; it is in W then, and its key is compared
// beside the word. What is answered for entries that are not in use means nothing.
// Throughput one store a cycle. Cost: PEERS x N x 51 bits of SRAM, N comparators of 51 and of 24 bits. Critical path:
// compare, select, about 9 gates.
`default_nettype none
`include "common/registers.svh"

module merge_keys
  import hub_pkg::*;
#(
  parameter int unsigned PEERS  = 8,                     // 2..96: partitions
  parameter int unsigned N      = 16,                    // 2..32: entries of a partition
  localparam int unsigned PeerW = $clog2(PEERS),
  localparam int unsigned IdxW  = $clog2(N)
) (
  input  wire logic             clk_i,
  input  wire logic             row_order_i,             // smallest RowID first
  input  wire logic             read_i,                  // H
  input  wire logic [PeerW-1:0] read_peer_i,
  input  wire logic             store_i,                 // C
  input  wire logic [PeerW-1:0] store_peer_i,
  input  wire line_key_t        store_key_i,
  input  wire logic [N-1:0]     free_i,                  // one-hot: takes the key
  output logic [N-1:0]          same_o,                  // is of the store's line
  output logic [N-1:0]          ahead_o,                 // goes before it, age decides between equals
  input  wire logic             fresh_i,                 // W: a new entry
  input  wire logic [PeerW-1:0] fresh_peer_i,
  input  wire logic [IdxW-1:0]  fresh_idx_i,
  input  wire line_key_t        fresh_key_i
);

  if (PEERS < 2 || PEERS > 96) $fatal(1, "merge_keys: PEERS must be 2..96");
  if (N < 2 || N > 32) $fatal(1, "merge_keys: N must be 2..32");

  line_key_t [N-1:0] key;

  sram_1r1w #(.Width(N * $bits(line_key_t)), .Depth(PEERS), .Granule($bits(line_key_t))) u_keys (
    .clk_i, .we_i(store_i), .waddr_i(store_peer_i), .wmask_i(free_i), .wdata_i({N{store_key_i}}),
    .re_i(read_i), .raddr_i(read_peer_i), .rdata_o(key)
  );

  // Ordinary stores count as RowID 0.
  function automatic logic [RowW-1:0] rank_of(logic [1:0] kind, logic [RowW-1:0] row);
    return (kind == 2'(KindSt)) ? '0 : row;
  endfunction

  function automatic logic goes_before(logic [RowW-1:0] rank);
    return !row_order_i || rank <= rank_of(store_key_i.kind, store_key_i.row);
  endfunction

  always_comb begin
    same_o  = '0;
    ahead_o = '1;
    if (store_i) begin
      for (int unsigned e = 0; e < N; e++) begin
        same_o[e]  = key[e] == store_key_i;
        ahead_o[e] = goes_before(rank_of(key[e].kind, key[e].row));
      end
      if (fresh_i && fresh_peer_i == store_peer_i) begin
        same_o[fresh_idx_i]  = fresh_key_i == store_key_i;
        ahead_o[fresh_idx_i] = goes_before(rank_of(fresh_key_i.kind, fresh_key_i.row));
      end
    end
  end

endmodule

`default_nettype wire
