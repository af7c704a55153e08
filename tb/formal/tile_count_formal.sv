// From acknowledgement to event in flow_sched: windows of two lanes, choice of lookups, tile table of two banks, event
// queues; any operations, events taken at any time.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module tile_count_formal
  import hub_pkg::*;
#(
  parameter int unsigned LANES = 2, BANKS = 2, ROWS = 2, DEPTH = 3, EVENTS = 2, COUNT_W = 5
) (
  input wire logic                 clk_i,
  input wire logic [1:0]           watch_i,
  input wire logic [LANES-1:0]     ack_valid_i,
  input wire logic [LANES-1:0][1:0] ack_tile_i,
  input wire logic [LANES-1:0][7:0] ack_bytes_i,
  input wire logic                 op_valid_i,
  input wire logic                 op_writes_i,
  input wire logic [1:0]           op_tile_i,
  input wire tile_word_t           op_word_i,
  input wire logic                 event_ready_i
);

  localparam int unsigned PendW  = 12;
  localparam int unsigned ClassW = (LANES > 1) ? $clog2(LANES) : 1;
  localparam int unsigned Tiles  = BANKS * ROWS;

  logic       rst_ni;
  logic [1:0] watch_q;
  formal_reset u_reset (.clk_i, .rst_no(rst_ni));
  `FFLNR(watch_q, watch_i, !rst_ni)
  logic [TileW-1:0] watch;
  assign watch = TileW'(watch_q);

  // ---- the units, wired as in flow_sched ---------------------------------------------------------------------------
  logic [LANES-1:0]  ack_ready, nom_valid, nom_turn, nom_flying, look, win, room;
  logic [LANES-1:0]  stage1_valid, stage2_valid, event_valid;
  tile_ref_t         ack [LANES];
  tile_ref_t         nom [LANES];
  tile_ref_t         who [LANES];
  tile_ref_t         stage1 [LANES];
  tile_ref_t         stage2 [LANES];
  tile_event_t       happens [LANES];
  logic [ClassW-1:0] turn [LANES];
  logic [PendW-1:0]  part [LANES][LANES];
  logic [ByteCntW-1:0] bytes [LANES];
  tile_op_t          op;
  logic              op_ready, is_op;
  assign op = '{op: op_writes_i ? TileWrite : TileSubtract,
                who: '{is_window: 1'b0, owner: '0, tile: TileW'(op_tile_i)}, word: op_word_i};
  // An operation stays until it is taken.
  stream_properties #(.T(tile_op_t), .Input(1'b1)) u_ops (
    .clk_i, .rst_ni, .valid_i(op_valid_i), .ready_i(op_ready), .data_i(op)
  );

  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    assign ack[l]   = '{is_window: 1'b0, owner: '0, tile: TileW'(ack_tile_i[l])};
    assign bytes[l] = ack_bytes_i[l];
    ack_window #(.LANES(LANES), .DEPTH(DEPTH)) u_window (
      .clk_i, .rst_ni, .open_i(1'b1),
      .ack_valid_i(ack_valid_i[l]), .ack_ready_o(ack_ready[l]), .ack_i(ack[l]), .ack_bytes_i(bytes[l]),
      .turn_i(turn[l]), .nom_valid_o(nom_valid[l]), .nom_turn_o(nom_turn[l]),
      .nom_flying_o(nom_flying[l]), .nom_o(nom[l]),
      .stage1_valid_i(stage1_valid), .stage1_i(stage1), .stage2_valid_i(stage2_valid), .stage2_i(stage2),
      .look_i(look), .win_i(win), .look_ref_i(who), .part_o(part[l]),
      .find_i(1'b0), .find_is_window_i(1'b0), .find_owner_i('0), .found_o(), .busy_o()
    );
  end

  tile_pick #(.LANES(LANES), .BANKS(BANKS)) u_pick (
    .clk_i, .rst_ni, .turn_o(turn),
    .nom_valid_i(nom_valid), .nom_turn_i(nom_turn), .nom_flying_i(nom_flying), .nom_i(nom),
    .op_valid_i, .op_ready_o(op_ready), .op_who_i(op.who),
    .op_closes_i(op_valid_i && !op_writes_i), .closes_tile_i(op.who.tile), .room_i(room),
    .stage1_valid_i(stage1_valid), .stage1_i(stage1), .stage2_valid_i(stage2_valid), .stage2_i(stage2),
    .is_op_o(is_op), .look_o(look), .win_o(win), .who_o(who)
  );

  tile_table #(.LANES(LANES), .BANKS(BANKS), .ROWS(ROWS)) u_tiles (
    .clk_i, .rst_ni, .inject_i(1'b0),
    .win_i(win), .who_i(who), .is_op_i(is_op), .op_i(op.op), .op_word_i(op.word), .part_i(part),
    .stage1_valid_o(stage1_valid), .stage1_o(stage1), .stage2_valid_o(stage2_valid), .stage2_o(stage2),
    .event_valid_o(event_valid), .event_o(happens), .busy_o()
  );

  tile_events #(.LANES(LANES), .DEPTH(EVENTS)) u_events (
    .clk_i, .rst_ni, .room_o(room), .stage1_valid_i(stage1_valid), .stage2_valid_i(stage2_valid),
    .event_valid_i(event_valid), .event_i(happens), .waiting_o(), .valid_o(), .ready_i(event_ready_i), .event_o()
  );

  // ---- the followed tile on its way: counts beside the units' ---------------------------------------------------
  logic [LANES-1:0]            wins, arrives;
  logic [LANES-1:0][PendW-1:0] owed_q, owed, part1_q, part1;   // of each lane: in its window, in stage 1
  logic                        taken, takes_op, in1_q, in2_q, in3_q, on_its_way;
  logic                        op1_q, write1_q, op2_q, write2_q;
  tile_word_t                  word1_q, word2_q, word_q, word; // of the operation; of the table
  logic [TileBytesW-1:0]       sum2_q, sum2;
  logic                        known_q;
  always_comb begin
    taken = 1'b0;
    sum2  = op1_q ? word1_q.missing : '0;
    for (int unsigned l = 0; l < LANES; l++) begin
      wins[l]    = win[l] && who[l].tile == watch;
      taken     |= wins[l];
      arrives[l] = ack_valid_i[l] && ack_ready[l] && ack[l].tile == watch;
      sum2      += TileBytesW'(part1_q[l]);
    end
    for (int unsigned l = 0; l < LANES; l++) begin
      // An acknowledgement that finds no entry makes one, also while those of other lanes are taken.
      part1[l] = owed_q[l] != '0 ? owed_q[l] + (arrives[l] ? PendW'(bytes[l]) : '0) : '0;
      owed[l]  = taken && owed_q[l] != '0 ? '0 : owed_q[l] + (arrives[l] ? PendW'(bytes[l]) : '0);
    end
  end
  assign takes_op = is_op && wins[0];
  assign on_its_way = owed_q != '0 || in1_q || in2_q;
  `FF(owed_q, owed, '0)
  `FFLNR(part1_q, part1, taken)
  `FF(in1_q, taken, 1'b0)
  `FF(in2_q, in1_q, 1'b0)
  `FF(in3_q, in2_q, 1'b0)
  `FFLNR(op1_q, takes_op, taken)
  `FFLNR(write1_q, takes_op && op_writes_i, taken)
  `FFLNR(word1_q, op_word_i, taken)
  `FFLNR(op2_q, op1_q, in1_q)
  `FFLNR(write2_q, write1_q, in1_q)
  `FFLNR(word2_q, word1_q, in1_q)
  `FFLNR(sum2_q, sum2, in1_q)
  always_comb begin
    word         = word_q;
    if (op2_q) word.rows = word2_q.rows;
    word.missing = write2_q ? word2_q.missing : sum2_q >= word_q.missing ? '0 : word_q.missing - sum2_q;
  end
  `FFL(known_q, 1'b1, in2_q && write2_q, 1'b0)
  `FFLNR(word_q, word, in2_q)

  tile_count_properties #(.LANES(LANES), .CountW(COUNT_W)) u_properties (
    .clk_i, .rst_ni, .watch_i(watch), .ack_valid_i, .ack_ready_i(ack_ready), .ack_i(ack), .ack_bytes_i(bytes),
    .op_valid_i, .op_ready_i(op_ready), .op_i(op), .event_valid_i(event_valid), .event_i(happens), .inside_i(on_its_way)
  );

  // ---- they are what the units hold: the windows ---------------------------------------------------------------
  for (genvar l = 0; l < LANES; l++) begin : gen_held
    logic [DEPTH-1:0] held, known;
    logic [PendW-1:0] bytes_held;
    always_comb begin
      bytes_held = '0;
      for (int unsigned i = 0; i < DEPTH; i++) begin
        held[i]     = gen_lane[l].u_window.valid_q[i] && gen_lane[l].u_window.who_q[i].tile == watch;
        known[i]    = !gen_lane[l].u_window.valid_q[i] || 32'(gen_lane[l].u_window.who_q[i].tile) < Tiles;
        if (held[i]) bytes_held |= gen_lane[l].u_window.bytes_q[i];
      end
    end
    logic distinct;
    always_comb begin
      distinct = 1'b1;
      for (int unsigned i = 1; i < DEPTH; i++)
        for (int unsigned j = 0; j < i; j++)
          if (gen_lane[l].u_window.valid_q[i] && gen_lane[l].u_window.valid_q[j] &&
              gen_lane[l].u_window.who_q[i].tile == gen_lane[l].u_window.who_q[j].tile) distinct = 1'b0;
    end
    `ASSERT(Distinct, distinct)
    `ASSERT(OneEntry, (held & (held - DEPTH'(1))) == '0)
    `ASSERT(EntryHoldsWhatIsOwed, (held != '0) == (owed_q[l] != '0) && bytes_held == owed_q[l])
    `ASSERT(NoOverflow, 32'(owed_q[l]) < 2048 + LineBytes)
    `ASSERT(TilesKnown, known == '1)
    `ASSERT(OnlyYoungestFlies, (!in1_q || (held & ~(DEPTH'(1) << (DEPTH - 1))) == '0) &&
                               (!in2_q || (held & ~(DEPTH'(3) << (DEPTH - 2))) == '0))
  end

  // ---- the pipeline --------------------------------------------------------------------------------------------
  logic [LANES-1:0] at1, at2, at3, good1, good2, good3, known1, known2, known3;
  for (genvar p = 0; p < LANES; p++) begin : gen_port
    logic [LANES-1:0] parts;
    for (genvar l = 0; l < LANES; l++) begin : gen_part
      assign parts[l] = part[l][p] == part1_q[l];
    end
    assign at1[p]    = u_tiles.valid1_q[p] && u_tiles.who1_q[p].tile == watch;
    assign at2[p]    = u_tiles.valid2_q[p] && u_tiles.who2_q[p].tile == watch;
    assign at3[p]    = u_tiles.valid3_q[p] && u_tiles.who3_q[p].tile == watch;
    assign known1[p] = !u_tiles.valid1_q[p] || 32'(u_tiles.who1_q[p].tile) < Tiles;
    assign known2[p] = !u_tiles.valid2_q[p] || 32'(u_tiles.who2_q[p].tile) < Tiles;
    assign known3[p] = !u_tiles.valid3_q[p] || 32'(u_tiles.who3_q[p].tile) < Tiles;
    assign good1[p]  = !at1[p] || (parts == '1 && op1_q == (p == 0 && u_tiles.is_op1_q) &&
                                   (!op1_q || (u_tiles.op1_q == (write1_q ? TileWrite : TileSubtract) &&
                                               u_tiles.word1_q == word1_q)));
    assign good2[p]  = !at2[p] || (u_tiles.sum2_q[p] == sum2_q && op2_q == (p == 0 && u_tiles.is_op2_q) &&
                                   (!op2_q || (u_tiles.op2_q == (write2_q ? TileWrite : TileSubtract) &&
                                               u_tiles.word2_q == word2_q)));
    assign good3[p]  = !at3[p] || u_tiles.word3_q[p] == word_q;
  end
  `ASSERT(InOneStage, 2'(in1_q) + 2'(in2_q) + 2'(in3_q) <= 2'd1)
  `ASSERT(WriteIsAnOperation, (!in1_q || op1_q || !write1_q) && (!in2_q || op2_q || !write2_q))
  `ASSERT(Stage1, (at1 != '0) == in1_q && (at1 & (at1 - LANES'(1))) == '0 && good1 == '1)
  `ASSERT(Stage2, (at2 != '0) == in2_q && (at2 & (at2 - LANES'(1))) == '0 && good2 == '1)
  `ASSERT(Stage3, !known_q || ((at3 != '0) == in3_q && (at3 & (at3 - LANES'(1))) == '0 && good3 == '1))
  `ASSERT(TilesKnown, known1 == '1 && known2 == '1 && known3 == '1)
  logic [LANES-1:0] apart;
  for (genvar p = 0; p < LANES; p++) begin : gen_apart
    always_comb begin
      apart[p] = 1'b1;
      for (int unsigned q = 0; q < p; q++) begin
        if (u_tiles.valid1_q[p] && u_tiles.valid1_q[q] &&
            (u_tiles.who1_q[p].tile ^ u_tiles.who1_q[q].tile) % TileW'(BANKS) == '0) apart[p] = 1'b0;
        if (u_tiles.valid2_q[p] && u_tiles.valid2_q[q] &&
            (u_tiles.who2_q[p].tile ^ u_tiles.who2_q[q].tile) % TileW'(BANKS) == '0) apart[p] = 1'b0;
        if (u_tiles.valid3_q[p] && u_tiles.valid3_q[q] &&
            (u_tiles.who3_q[p].tile ^ u_tiles.who3_q[q].tile) % TileW'(BANKS) == '0) apart[p] = 1'b0;
      end
    end
  end
  `ASSERT(BanksDiffer, apart == '1)
  `ASSERT(NothingCleared, (!u_tiles.valid1_q[0] || u_tiles.op1_q != TileClear) &&
                          (!u_tiles.valid2_q[0] || u_tiles.op2_q != TileClear) &&
                          (!u_tiles.valid3_q[0] || !u_tiles.clear3_q))

  // ---- the table -----------------------------------------------------------------------------------------------
  localparam int unsigned WordW = $bits(tile_word_t) + check_pkg::check_width($bits(tile_word_t));
  logic [WordW-1:0] kept [Tiles], kept_word, read [BANKS], read_word, good_word;
  word_check #(.Width($bits(tile_word_t))) u_check (
    .valid_i(1'b1), .word_i(word_q), .check_o(good_word[WordW-1:$bits(tile_word_t)])
  );
  assign good_word[$bits(tile_word_t)-1:0] = word_q;
  for (genvar t = 0; t < Tiles; t++) begin : gen_kept
    assign kept[t] = u_tiles.gen_bank[t % BANKS].u_table.mem[t / BANKS];
  end
  for (genvar b = 0; b < BANKS; b++) begin : gen_read
    assign read[b] = u_tiles.rdata[b];
  end
  assign kept_word = kept[watch_q];
  assign read_word = read[watch_q % BANKS];
  `ASSERT(Kept, !known_q || in3_q || kept_word == good_word)
  `ASSERT(Read, !known_q || !in2_q || read_word == good_word)
  `ASSERT(NothingInjected, !u_tiles.inject_q)

  // ---- what is missing is what was not acknowledged, and what is on its way ------------------------------------
  localparam int unsigned LeftW = COUNT_W + 4;
  // In sums of each lane and of operations: what left the window, what was counted, and between them what flies.
  logic [LANES-1:0][LeftW-1:0] taken_q, counted_q;
  logic [LeftW-1:0]            less_q, rest;
  logic [TileBytesW-1:0]       sum_flies;
  tile_word_t                  less_flies;
  logic [LANES-1:0][PendW-1:0] part2_q, flies;
  logic [LANES-1:0]            taken_right, counted_right;
  logic [TileBytesW-1:0]       holds;
  logic                        write_flies, writes;
  assign writes      = takes_op && op_writes_i;
  assign write_flies = (in1_q && write1_q) || (in2_q && write2_q);
  assign holds       = in1_q && write1_q ? word1_q.missing : in2_q && write2_q ? word2_q.missing : word_q.missing;
  `FFLNR(part2_q, part1_q, in1_q)
  `FFLNR(less_q, writes ? '0 : less_q + LeftW'(word2_q.missing), writes || (in2_q && op2_q && !write2_q))
  for (genvar l = 0; l < LANES; l++) begin : gen_sum
    assign flies[l] = in1_q ? part1_q[l] : in2_q ? part2_q[l] : '0;
    `FFLNR(taken_q[l], writes ? '0 : taken_q[l] + LeftW'(part1[l]), taken)
    `FFLNR(counted_q[l], writes ? '0 : counted_q[l] + LeftW'(part2_q[l]), writes || in2_q)
    assign taken_right[l]   = 32'(taken_q[l]) + 32'(owed_q[l]) == 32'(u_properties.acked_q[l]);
    assign counted_right[l] = 32'(counted_q[l]) + 32'(flies[l]) == 32'(taken_q[l]);
  end
  assign less_flies = in1_q ? word1_q : word2_q;
  always_comb begin
    sum_flies = op2_q ? word2_q.missing : '0;
    rest      = u_properties.threshold_q - less_q;
    for (int unsigned l = 0; l < LANES; l++) begin
      sum_flies += TileBytesW'(part2_q[l]);
      rest      -= counted_q[l];
    end
  end
  `ASSERT(OperationsFit, (!in1_q || !op1_q || (word1_q.missing >> COUNT_W) == '0) &&
                         (!in2_q || !op2_q || (word2_q.missing >> COUNT_W) == '0))
  `ASSERT(WriteIsAlone, (!(in1_q && write1_q) || part1_q == '0) && (!(in2_q && write2_q) || part2_q == '0))
  `ASSERT(KnownTogether, u_properties.known_q == (known_q || write_flies))
  `ASSERT(Taken, !u_properties.known_q || taken_right == '1)
  `ASSERT(Counted, !u_properties.known_q || counted_right == '1)
  `ASSERT(Less, !u_properties.known_q || 32'(u_properties.less_q) == 32'(less_q) +
                ((in1_q && op1_q && !write1_q) || (in2_q && op2_q && !write2_q) ? less_flies.missing : '0))
  `ASSERT(SumFlies, !in2_q || sum2_q == sum_flies)
  `ASSERT(ThresholdFits, !u_properties.known_q || (u_properties.threshold_q >> COUNT_W) == '0)
  `ASSERT(ThresholdFlies, !write_flies || holds == TileBytesW'(u_properties.threshold_q))
  `ASSERT(NothingCountedYet, !write_flies || (taken_q == '0 && counted_q == '0 && less_q == '0))
  `ASSERT(HoldsTheRest, !u_properties.known_q || holds == (rest[LeftW-1] ? '0 : TileBytesW'(rest)))
  `ASSERT(SaidIsZero, !u_properties.known_q || (write_flies ? !u_properties.said_q && holds != '0
                                                            : u_properties.said_q == (holds == '0)))
  `ASSERT(SameRows, !known_q || write_flies || u_properties.rows_q == (in1_q && op1_q ? word1_q.rows :
                                                                       in2_q && op2_q ? word2_q.rows : word_q.rows))
  `ASSERT(WrittenRows, !write_flies || u_properties.rows_q == (in1_q ? word1_q.rows : word2_q.rows))

  // ---- a place for every event -----------------------------------------------------------------------------------
  for (genvar p = 0; p < LANES; p++) begin : gen_place
    logic [3:0] used;
    assign used = 4'(u_events.gen_port[p].u_queue.used_q);
    `ASSERT(PlacesAddUp, u_events.gen_port[p].room_q + used + 4'(stage2_valid[p]) +
                         4'(u_events.gen_port[p].nothing_q) == 4'(EVENTS))
    `ASSERT(PlaceForTheNext, u_events.gen_port[p].room_q >= 4'(stage1_valid[p]) &&
                             32'(u_events.gen_port[p].room_q) <= EVENTS)
  end

endmodule

`default_nettype wire
