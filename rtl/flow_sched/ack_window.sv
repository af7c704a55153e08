// The acknowledgements of one lane that wait for the tile table, one entry a tile.
//
// An acknowledgement joins the entry of its tile, or makes a new one; so a lane holds any number of
// acknowledgements of one tile in one entry, and at most one entry of a tile. Each cycle the window
// nominates its oldest entry of the bank class that is this lane's turn, else its oldest entry. Every
// winner among the nominees of all lanes takes the entry of its tile here as well: the bytes come one
// cycle later on `part_o`, with those of an acknowledgement that arrives in the very cycle.
//
// Entries move towards slot 0 while a lower slot is free, so age is position and choosing the oldest is
// a priority encoder. `valid_q` is set by an arrival, cleared by a winner; nobody else moves an entry.
//
// Latency: nominated in the cycle after arrival. Full when all slots are taken or an entry has
// gathered 2^(PendW-1) bytes; then ready is low.
// Cost: DEPTH * (LANES + 1) + 3 LANES tile comparators. Critical path: class compare, priority encoder and
// select of the nominee, compare with the winners, slot freed.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module ack_window
  import hub_pkg::*;
#(
  parameter int unsigned LANES  = 4,                             // 1..8, power of two
  parameter int unsigned DEPTH  = 6,                             // 2..16
  localparam int unsigned PendW  = 12,                           // bytes that an entry gathers
  localparam int unsigned ClassW = (LANES > 1) ? $clog2(LANES) : 1
) (
  input  wire logic              clk_i,
  input  wire logic              rst_ni,

  input  wire logic              open_i,                         // low: accept nothing
  input  wire logic              ack_valid_i,
  output logic                   ack_ready_o,
  input  wire tile_ref_t         ack_i,
  input  wire logic [ByteCntW-1:0] ack_bytes_i,

  input  wire logic [ClassW-1:0] turn_i,                         // bank class that goes first here
  output logic                   nom_valid_o,
  output logic                   nom_turn_o,                     // of that class
  output logic                   nom_flying_o,                   // its tile is in the pipeline
  output tile_ref_t              nom_o,
  input  wire logic [LANES-1:0]  stage1_valid_i,
  input  wire tile_ref_t         stage1_i   [LANES],
  input  wire logic [LANES-1:0]  stage2_valid_i,
  input  wire tile_ref_t         stage2_i   [LANES],

  input  wire logic [LANES-1:0]  look_i,                         // this nominee is valid ...
  input  wire logic [LANES-1:0]  win_i,                          // ... and wins
  input  wire tile_ref_t         look_ref_i [LANES],
  output logic [PendW-1:0]       part_o     [LANES],             // next cycle: bytes for each winner

  input  wire logic              find_i,                         // is anything of this owner inside?
  input  wire logic              find_is_window_i,
  input  wire logic [RegionW-1:0] find_owner_i,
  output logic                   found_o,
  output logic                   busy_o
);

  if (LANES < 1 || LANES > 8 || (LANES & (LANES - 1)) != 0)
    $fatal(1, "ack_window: LANES must be a power of two, 1..8");
  if (DEPTH < 2 || DEPTH > 16) $fatal(1, "ack_window: DEPTH must be 2..16");

  logic [DEPTH-1:0] valid_q, valid_d;
  tile_ref_t        who_q   [DEPTH];
  logic [PendW-1:0] bytes_q [DEPTH];
  logic [PendW-1:0] bytes   [DEPTH];   // with what arrives in this cycle
  logic [DEPTH-1:0] same, full, free_below, taken;
  logic             push, make;

  // ---- arrival ---------------------------------------------------------------------------------------
  assign push = ack_valid_i && ack_ready_o;
  assign make = push && same == '0;
  assign ack_ready_o = open_i && !(&valid_q) && full == '0;

  always_comb begin
    same = '0;
    if (ack_valid_i)
      for (int unsigned i = 0; i < DEPTH; i++) same[i] = valid_q[i] && who_q[i].tile == ack_i.tile;
  end

  for (genvar i = 0; i < DEPTH; i++) begin : gen_bytes
    assign full[i]  = valid_q[i] && bytes_q[i][PendW-1];
    assign bytes[i] = bytes_q[i] + ((push && same[i]) ? PendW'(ack_bytes_i) : '0);
  end

  // ---- tiles in the pipeline ------------------------------------------------------------------------------
  // An entry whose tile is being looked up came after that lookup had won, or the winner had taken it. So it lies
  // in the top slot, or, if the lookup is in stage 2, in the one below.
  logic [DEPTH-1:0] flying;
  always_comb begin
    flying = '0;
    for (int unsigned p = 0; p < LANES; p++) begin
      flying[DEPTH-1] |= (stage1_valid_i[p] && stage1_i[p].tile == who_q[DEPTH-1].tile) ||
                         (stage2_valid_i[p] && stage2_i[p].tile == who_q[DEPTH-1].tile);
      flying[DEPTH-2] |= stage2_valid_i[p] && stage2_i[p].tile == who_q[DEPTH-2].tile;
    end
  end

  // ---- nominee -----------------------------------------------------------------------------------------
  logic [DEPTH-1:0] turn, oldest, oldest_turn, pick;
  always_comb begin
    turn = '0;
    for (int unsigned i = 0; i < DEPTH; i++)
      turn[i] = valid_q[i] && (LANES == 1 || who_q[i].tile[ClassW-1:0] == turn_i);
  end
  // Both searches side by side, then a choice.
  always_comb begin
    logic older, older_turn;
    older      = 1'b0;
    older_turn = 1'b0;
    for (int unsigned i = 0; i < DEPTH; i++) begin
      oldest[i]      = valid_q[i] && !older;
      oldest_turn[i] = turn[i] && !older_turn;
      older         |= valid_q[i];
      older_turn    |= turn[i];
    end
  end
  assign nom_turn_o   = turn != '0;
  assign nom_valid_o  = valid_q != '0;
  assign pick         = nom_turn_o ? oldest_turn : oldest;
  assign nom_flying_o = (pick & flying) != '0;
  always_comb begin
    nom_o = '0;
    for (int unsigned i = 0; i < DEPTH; i++) if (pick[i]) nom_o |= who_q[i];
  end

  // ---- winners take their tile's entry -----------------------------------------------------------------
  logic [PendW-1:0] part [LANES];
  always_comb begin
    taken = '0;
    for (int unsigned p = 0; p < LANES; p++) begin
      part[p] = '0;
      if (look_i[p] && valid_q != '0)
        for (int unsigned i = 0; i < DEPTH; i++)
          if (valid_q[i] && who_q[i].tile == look_ref_i[p].tile) begin
            part[p] |= bytes[i];
            taken[i] |= win_i[p];
          end
    end
  end
  for (genvar p = 0; p < LANES; p++) begin : gen_part
    `FFLNR(part_o[p], part[p], look_i[p])
  end

  // ---- slots -------------------------------------------------------------------------------------------
  always_comb begin
    logic all;
    all = 1'b1;
    for (int unsigned i = 0; i < DEPTH; i++) begin
      all &= valid_q[i];
      free_below[i] = !all;          // a free slot here or below: the entry above comes down
    end
  end

  for (genvar i = 0; i < DEPTH; i++) begin : gen_slot
    if (i == DEPTH - 1) begin : gen_top
      assign valid_d[i] = free_below[i] ? make : valid_q[i] && !taken[i];
      `FFLNR(who_q[i], ack_i, free_below[i] && make)
      `FFLNR(bytes_q[i], free_below[i] ? PendW'(ack_bytes_i) : bytes[i], push)
    end else begin : gen_low
      assign valid_d[i] = free_below[i] ? valid_q[i+1] && !taken[i+1] : valid_q[i] && !taken[i];
      `FFLNR(who_q[i], who_q[i+1], free_below[i] && valid_q[i+1])
      `FFLNR(bytes_q[i], free_below[i] ? bytes[i+1] : bytes[i], push || (free_below[i] && valid_q[i+1]))
    end
  end
  `FF(valid_q, valid_d, '0)

  // ---- for the initialisation of an owner ---------------------------------------------------------------
  always_comb begin
    found_o = 1'b0;
    if (find_i)
      for (int unsigned i = 0; i < DEPTH; i++)
        found_o |= valid_q[i] && who_q[i].is_window == find_is_window_i && who_q[i].owner == find_owner_i;
  end
  assign busy_o = valid_q != '0;

  `ASSERT(OneEntryATile, $countones(same) <= 1)
  `ASSERT(TopSlotFree, !make || free_below[DEPTH-1])
  `ASSERT(OnlyWinnersLookedUp, (win_i & ~look_i) == '0)

endmodule

`default_nettype wire
