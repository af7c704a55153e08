// Brings tiles and owners into their first state.
//
// After reset a walk clears the tile table, one row of all banks a cycle; acknowledgements are not accepted
// meanwhile. A region or window that is (re-)initialised goes through
//
//   drain   no acknowledgement of it waits in a window of a lane
//   flush   what was in the pipeline has left it and the event queues, no region is being closed
//   quiet   no message of before waits for the scheduler
//   fetch   its configuration; load: number of tiles
//   tiles   each tile's word := (its rows, the bytes that make it ready)
//   owner   its word in the owner table and its done bit are cleared
//   done    one cycle of init_done_o; then waits until init_valid_i is low
//
// Traffic of other owners goes on: the walk shares port 0 of the tile table. Upstream nothing of the owner may
// be left when init_valid_i rises, and nothing may come before init_done_o.
// Latency: about 10 cycles and one for each tile. Cost: a multiplexer over REGIONS + WINDOWS of
// about 60 bits. Critical path: tiles from capacity, about 20 gates.
`default_nettype none
`include "common/registers.svh"
`include "common/assertions.svh"

module owner_init
  import hub_pkg::*;
#(
  parameter int unsigned LANES   = 4,                            // 1..8
  parameter int unsigned REGIONS = 64,                           // 1..256
  parameter int unsigned WINDOWS = 8,                            // 1..16
  parameter int unsigned BANKS   = 16,                           // of the tile table
  parameter int unsigned ROWS    = 64                            // words of a bank
) (
  input  wire logic               clk_i,
  input  wire logic               rst_ni,
  input  wire region_cfg_t        region_i [REGIONS],
  input  wire window_cfg_t        window_i [WINDOWS],

  input  wire logic               init_valid_i,
  input  wire logic               init_is_window_i,
  input  wire logic [RegionW-1:0] init_idx_i,
  output logic                    init_done_o,
  output logic                    is_window_o,                   // what is being initialised, from Drain on
  output logic [RegionW-1:0]      idx_o,

  output logic                    open_o,                        // acknowledgements may come
  output logic                    find_o,                        // look for the owner in the windows
  input  wire logic               found_i,
  input  wire logic [LANES-1:0]   events_i,                      // waiting at this port
  input  wire logic               closing_i,
  input  wire logic               messages_i,                    // wait for the scheduler

  output logic                    op_valid_o,
  input  wire logic               op_ready_i,
  output tile_op_t                op_o,
  output logic                    owner_valid_o,
  input  wire logic               owner_ready_i,
  output logic                    busy_o
);

  if (LANES < 1 || LANES > 8) $fatal(1, "owner_init: LANES must be 1..8");
  if (REGIONS < 1 || REGIONS > 256) $fatal(1, "owner_init: REGIONS must be 1..256");
  if (WINDOWS < 1 || WINDOWS > 16) $fatal(1, "owner_init: WINDOWS must be 1..16");
  if (BANKS < 2 || BANKS > 256 || (BANKS & (BANKS - 1)) != 0)
    $fatal(1, "owner_init: BANKS must be a power of two, 2..256");
  if (ROWS < 2 || ROWS > 32768) $fatal(1, "owner_init: ROWS must be 2..32768");

  localparam int unsigned RegIdxW  = (REGIONS > 1) ? $clog2(REGIONS) : 1;
  localparam int unsigned WinIdxW  = (WINDOWS > 1) ? $clog2(WINDOWS) : 1;
  localparam int unsigned BankW    = $clog2(BANKS);
  localparam int unsigned PipeDeep = 3;                          // cycles from a window to the event queue

  typedef enum logic [3:0] { Walk, Idle, Drain, Flush, Quiet, Fetch, Load, Tiles, Owner, Done, Release } state_e;
  state_e               state_q, state_d;
  logic [1:0]           wait_q;
  logic [LANES-1:0]     emptied_q;                               // event queue seen empty
  logic [TileW-1:0]     tile_q;
  logic [LocalW-1:0]    left_q;                                  // tiles to write
  tile_word_t           word_q;
  logic [TileBytesW-1:0] last_missing_q;                         // of the last tile
  logic                 last;

  // ---- sequence --------------------------------------------------------------------------------------------
  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Walk:    if (op_ready_i && last) state_d = Idle;
      Idle:    if (init_valid_i) state_d = Drain;
      Drain:   if (!found_i) state_d = Flush;
      Flush:   if (wait_q == '0 && &emptied_q && !closing_i) state_d = Quiet;
      Quiet:   if (!messages_i) state_d = Fetch;
      Fetch:   state_d = Load;
      Load:    state_d = Tiles;
      Tiles:   if (left_q == '0 || (op_ready_i && last)) state_d = Owner;
      Owner:   if (owner_ready_i) state_d = Done;
      Done:    state_d = Release;
      default: if (!init_valid_i) state_d = Idle;                // Release
    endcase
  end
  `FF(state_q, state_d, Walk)
  `FFL(is_window_o, init_is_window_i, state_q == Idle && init_valid_i, 1'b0)
  `FFL(idx_o, init_idx_i, state_q == Idle && init_valid_i, '0)
  `FFL(wait_q, (state_q == Drain) ? 2'(PipeDeep) : wait_q - 2'(wait_q != '0),
       state_q == Drain || state_q == Flush, '0)
  `FFL(emptied_q, (state_q == Flush && wait_q == '0) ? emptied_q | ~events_i : '0,
       state_q == Drain || state_q == Flush, '0)

  // ---- what the tiles get: a window counts as `tile_count` rows, a tile each -------------------------------
  logic [RegIdxW-1:0]    region;
  logic [WinIdxW-1:0]    window;
  logic [LocalW-1:0]     rows_q;
  logic [3:0]            log2_q;
  logic [TileBytesW-1:0] bytes_q, last_bytes_q;                  // of a row of the tile
  logic                  step;
  assign region = RegIdxW'(idx_o);
  assign window = WinIdxW'(idx_o);
  `FFLNR(rows_q, !is_window_o ? region_i[region].capacity :
                 window_i[window].tiled ? LocalW'(window_i[window].tile_count) : '0, state_q == Fetch)
  `FFLNR(log2_q, is_window_o ? '0 : region_i[region].tile_rows_log2, state_q == Fetch)
  `FFLNR(bytes_q, is_window_o ? window_i[window].tile_bytes
                                   : TileBytesW'(region_i[region].row_bytes), state_q == Fetch)
  `FFLNR(last_bytes_q, is_window_o ? window_i[window].last_tile_bytes
                                        : TileBytesW'(region_i[region].row_bytes), state_q == Fetch)

  `FFLNR(word_q.rows, is_window_o ? '0 : TileRowsW'(1) << log2_q, state_q == Load)
  `FFLNR(word_q.missing, bytes_q << log2_q, state_q == Load)
  `FFLNR(last_missing_q, last_bytes_q << log2_q, state_q == Load)

  assign step = op_valid_o && op_ready_i;
  assign last = left_q == LocalW'(1);
  `FFL(tile_q, step ? tile_q + TileW'(1) :
               is_window_o ? window_i[window].tile_base : region_i[region].tile_base,
       step || state_q == Fetch, '0)
  `FFL(left_q, step ? left_q - LocalW'(1) : tiles_of_rows(rows_q, log2_q), step || state_q == Load, LocalW'(ROWS))

  // ---- outputs -------------------------------------------------------------------------------------------------
  assign op_valid_o = state_q == Walk || (state_q == Tiles && left_q != '0);
  always_comb begin
    op_o               = '0;
    op_o.who.is_window = is_window_o;
    op_o.who.owner     = idx_o;
    if (state_q == Walk) begin
      op_o.op          = TileClear;
      op_o.who.tile    = tile_q << BankW;                        // row of every bank
    end else begin
      op_o.op          = TileWrite;
      op_o.who.tile    = tile_swizzle(tile_q, BankW);
      op_o.word        = word_q;
      if (last) op_o.word.missing = last_missing_q;
    end
  end
  assign open_o        = state_q != Walk;
  assign find_o        = state_q == Drain;
  assign owner_valid_o = state_q == Owner;
  assign init_done_o   = state_q == Done;
  assign busy_o        = state_q != Idle;

  `ASSERT(InitHeld, init_valid_i || state_q == Walk || state_q == Idle || state_q == Release)
  `ASSERT(SameOwner, state_q == Walk || state_q == Idle || state_q == Release ||
                     (idx_o == init_idx_i && is_window_o == init_is_window_i))

endmodule

`default_nettype wire
