// Shared types and constants of the hub.
//
// Everything that two units exchange is defined here once, at a fixed width that covers the largest
// named configuration, so that types do not depend on parameters. Tables inside a unit store only the
// bits that its parameters need.
`default_nettype none

package hub_pkg;

  // ---- sizes -------------------------------------------------------------------------------------
  localparam int unsigned LineBytes  = 128;            // payload of one packet
  localparam int unsigned LineBits   = 8 * LineBytes;
  localparam int unsigned LineShift  = 7;              // log2(LineBytes)

  localparam int unsigned GpuW       = 8;              // GPU index
  localparam int unsigned RegionW    = 8;              // region (or window) index within a GPU
  localparam int unsigned GenW       = 8;              // generation of a region
  localparam int unsigned RowW       = 24;             // RowID, unique over all GPUs
  localparam int unsigned OffsetW    = 16;             // RowOffset in bytes
  localparam int unsigned LineIdxW   = OffsetW - LineShift;  // line within a row
  localparam int unsigned RowBytesW  = OffsetW + 1;    // 1..65536
  localparam int unsigned LocalW     = 20;             // LocalRowID
  localparam int unsigned AddrW      = 48;             // byte address in device memory
  localparam int unsigned LineAddrW  = AddrW - LineShift;
  localparam int unsigned TileW      = 16;             // absolute tile index
  localparam int unsigned ByteCntW   = 8;              // bytes of one packet, 1..128
  localparam int unsigned CreditW    = 12;             // credits of one (lane, peer)
  localparam int unsigned AgeW       = 4;              // age of a merge-buffer entry, in ticks
  localparam int unsigned MaskRegs   = 3;              // 32-bit registers that hold a mask of peers
  localparam int unsigned MaxPeers   = 32 * MaskRegs;

  typedef logic [LineBits-1:0]  line_t;
  typedef logic [LineBytes-1:0] strb_t;

  // ---- packets -----------------------------------------------------------------------------------
  typedef enum logic [3:0] {
    KindNone  = 4'd0,
    KindRowsp = 4'd1,  // row-sparse store: (region, gen, row, offset)
    KindSt    = 4'd2,  // ordinary store: addr
    KindCount = 4'd3,  // row-count report: `row` rows of `region` were sent by `src`; no payload
    KindFence = 4'd4   // request only: end of dispatch; `region` first region, `row` number of regions
  } kind_e;

  // One header flit, 16 B.
  typedef struct packed {
    kind_e                kind;
    logic                 nop;     // not on the critical path
    logic [GpuW-1:0]      src;     // stamped by the sending hub
    logic [GpuW-1:0]      dst;
    logic [RegionW-1:0]   region;
    logic [GenW-1:0]      gen;
    logic [RowW-1:0]      row;
    logic [OffsetW-1:0]   offset;  // of the line's first byte: a multiple of LineBytes
    logic [AddrW-1:0]     addr;    // ordinary stores: of the line's first byte
    logic [2:0]           rsvd;    // zero
  } header_t;
  localparam int unsigned HeaderBits = $bits(header_t);

  // What is stored and moved together with a line.
  typedef struct packed {
    header_t header;
    strb_t   strb;
    line_t   data;
  } packet_t;

  // ---- refusals ----------------------------------------------------------------------------------
  typedef enum logic [3:0] {
    RefuseNone         = 4'd0,
    RefuseUnregistered = 4'd1,   // no such region
    RefuseStale        = 4'd2,   // generation differs
    RefuseOffset       = 4'd3,   // a byte beyond the row
    RefuseFull         = 4'd4,   // region has no free row
    RefuseSource       = 4'd5,   // source is not allowed
    RefuseAddress      = 4'd6,   // ordinary store outside every window
    RefuseExcess       = 4'd7,   // more bytes than the row has
    RefuseMalformed    = 4'd8,   // kind, length, mask or destination make no sense
    RefuseSpillFull    = 4'd9,   // the set's spill list has no free slot
    RefuseMemory       = 4'd10,  // error response from memory
    RefuseReport       = 4'd11,  // second report of a source, or more rows than the region holds
    RefuseRequest      = 4'd12,  // request from the own GPU that cannot be sent
    RefuseTable        = 4'd13   // a word of a table with wrong check bits
  } refuse_e;
  localparam int unsigned NumCauses = 16;

  typedef struct packed {
    refuse_e cause;
    header_t header;
  } refusal_t;

  // ---- configuration, written through the registers ------------------------------------------------
  typedef struct packed {
    logic [5:0]           rsvd;
    logic                 round_robin;  // off: stay on a peer until it has nothing to send
    logic                 row_order;    // off: oldest entry first
    logic                 full_first;   // off: full and partial lines are equal
    logic                 prio;         // off: .nop is ignored
    logic                 timer;        // off: no deadline class
    logic                 merge;        // off: every request becomes a packet of its own
  } policy_t;

  typedef struct packed {
    logic                 enable;
    logic [GpuW-1:0]      self;
    policy_t              policy;
    logic [15:0]          tick;          // cycles between two ticks of the entries' age
    logic [AgeW-1:0]      merge_age;     // ticks before a partial line may leave
    logic [AgeW-1:0]      deadline_age;  // ticks before an entry goes first
    logic [CreditW-1:0]   credits;       // of each (lane, peer) when `enable` rises
    logic [15:0]          set_mask;      // sets of a bank of the row table in use, minus one
    logic [AddrW-1:0]     spill_base;    // of the row table's spill memory
  } hub_cfg_t;

  typedef struct packed {
    logic                  enable;
    logic [GenW-1:0]       gen;
    logic [LineAddrW-1:0]  base;            // line address of row 0
    logic [RowBytesW-1:0]  row_bytes;       // rows lie ceil(row_bytes / 128) lines apart
    logic [LocalW-1:0]     capacity;        // rows
    logic [3:0]            tile_rows_log2;  // rows of a tile
    logic [TileW-1:0]      tile_base;       // first tile of the region
  } region_cfg_t;

  typedef struct packed {
    logic                  enable;
    logic [LineAddrW-1:0]  base;            // first line
    logic [LineAddrW-1:0]  limit;           // last line
    logic                  tiled;           // stores count towards tiles
    logic [5:0]            tile_log2;       // bytes of a tile, log2, at least 7
    logic [TileW-1:0]      tile_base;
    logic [TileW-1:0]      tile_count;      // tiles of the window, at least 1 when tiled
    logic [31:0]           tile_bytes;      // stored bytes that make a tile ready
    logic [31:0]           last_tile_bytes; // the same for the last tile
  } window_cfg_t;

  // ---- between the units ---------------------------------------------------------------------------
  // A write of one packet is in memory.
  typedef struct packed {
    logic                 is_window;
    logic [RegionW-1:0]   owner;   // region or window
    logic [TileW-1:0]     tile;    // absolute
    logic [ByteCntW-1:0]  bytes;
  } ack_t;

  // A source says how many rows it sent to a region (generation and source already checked).
  typedef struct packed {
    logic [GpuW-1:0]      src;
    logic [RegionW-1:0]   region;
    logic [RowW-1:0]      rows;
  } report_t;

  // To the thread-block scheduler.
  typedef enum logic [1:0] {
    TileReady  = 2'd0,  // `tile`, with `count` valid rows (regions) or 0 (windows)
    TileCancel = 2'd1,  // `count` tiles from `tile` on will never fill
    OwnerDone  = 2'd2,  // region: `count` rows in all; window: `count` tiles
    AllReady   = 2'd3   // every enabled region is complete
  } tile_kind_e;

  typedef struct packed {
    tile_kind_e           kind;
    logic                 is_window;
    logic [RegionW-1:0]   owner;
    logic [TileW-1:0]     tile;
    logic [RowW-1:0]      count;
  } tile_msg_t;

  // Events of one cycle, summed by the statistics registers. Lane counts go to 8, hence 4 bits.
  typedef struct packed {
    logic [3:0]  requests;    // stores accepted from the crossbar
    logic [3:0]  merges;      // of these, into an entry that was there
    logic [3:0]  tx_packets;  // sent on the link, with reports
    logic [3:0]  loop_packets;  // sent to the own GPU, with reports
    logic [11:0] tx_bytes;    // payload bytes sent on the link
    logic        fences;      // fences completed
  } egress_stat_t;

  typedef struct packed {
    logic [3:0]  rx_packets;  // accepted from the link and from the own GPU
    logic [11:0] wr_bytes;    // bytes written to memory
    logic [7:0]  rat_hits;    // packets whose row was in the table
    logic [3:0]  rat_allocs;  // rows that got a LocalRowID
    logic [3:0]  rat_spills;  // entries moved to spill memory
    logic [3:0]  rat_fills;   // entries brought back
    logic [3:0]  rows_done;   // rows with all their bytes
  } ingress_stat_t;

  typedef struct packed {
    logic [3:0]       acks;
    logic             tiles_ready;
    logic [TileW-1:0] tiles_cancelled;
    logic             owners_done;
  } flow_stat_t;

  // ---- inside dest_queue ---------------------------------------------------------------------------
  // What tells two lines of a peer apart. Ordinary stores: region is zero, and the line address lies
  // over gen, row and line, which have its width.
  typedef struct packed {
    logic [1:0]           kind;    // low bits of kind_e: KindRowsp, KindSt, KindCount
    logic [RegionW-1:0]   region;
    logic [GenW-1:0]      gen;
    logic [RowW-1:0]      row;
    logic [LineIdxW-1:0]  line;
  } line_key_t;

  // A store (or report) on its way to an entry.
  typedef struct packed {
    logic                 nop;
    logic [GpuW-1:0]      dst;
    line_key_t            key;
  } store_t;

  // What is kept beside a line.
  typedef struct packed {
    logic                 bank;    // of the row counters
    logic                 nop;
    line_key_t            key;
  } line_tag_t;

  // A row whose byte 0 leaves, or the place of its counter.
  typedef struct packed {
    logic                 bank;
    logic [GpuW-1:0]      peer;
    logic [RegionW-1:0]   region;
  } row_event_t;

  function automatic header_t header_of(line_key_t key, logic nop, logic [GpuW-1:0] src,
                                        logic [GpuW-1:0] dst);
    header_t header;
    header = '0;
    header.kind = kind_e'({2'b00, key.kind});
    header.nop  = nop;
    header.src  = src;
    header.dst  = dst;
    if (header.kind == KindSt) begin
      header.addr = {key.gen, key.row, key.line, LineShift'(0)};
    end else begin
      header.region = key.region;
      header.gen    = key.gen;
      header.row    = key.row;
      header.offset = {key.line, LineShift'(0)};
    end
    return header;
  endfunction

  // ---- inside flow_sched ---------------------------------------------------------------------------
  // A tile and whose it is. Inside the unit `tile` is swizzled (tile_swizzle).
  typedef struct packed {
    logic                 is_window;
    logic [RegionW-1:0]   owner;
    logic [TileW-1:0]     tile;
  } tile_ref_t;

  // Word of the tile table.
  localparam int unsigned TileRowsW  = 16;             // 1..2^15 rows of a tile; 0: window
  localparam int unsigned TileBytesW = 32;             // bytes that a tile still waits for
  typedef struct packed {
    logic [TileRowsW-1:0]  rows;     // goes into TileReady
    logic [TileBytesW-1:0] missing;  // 0: ready, or not in use
  } tile_word_t;

  // What the initialisation and the closing of a region do to a tile.
  typedef enum logic [1:0] {
    TileClear    = 2'd0,  // word 0 of every bank at the tile's row: walk after reset
    TileWrite    = 2'd1,  // word := (rows, bytes)
    TileSubtract = 2'd2   // rows := rows, missing -= bytes
  } tile_op_e;

  typedef struct packed {
    tile_op_e              op;
    tile_ref_t             who;
    tile_word_t            word;     // `missing` holds the bytes
  } tile_op_t;

  // What a lookup found.
  typedef struct packed {
    logic                  ready;    // the last byte came
    logic                  excess;   // more bytes came than were missing
    logic                  broken;   // wrong check bits, the word was not used
    tile_ref_t             who;
    logic [TileRowsW-1:0]  rows;
  } tile_event_t;

  // A region whose sources have all reported, with what its configuration was then.
  typedef struct packed {
    logic [RegionW-1:0]    region;
    logic [LocalW-1:0]     rows;
    logic [LocalW-1:0]     capacity;
    logic [RowBytesW-1:0]  row_bytes;
    logic [3:0]            tile_rows_log2;
    logic [TileW-1:0]      tile_base;
  } closing_t;

  // Tiles that `rows` rows fill, the last one perhaps partly.
  function automatic logic [LocalW-1:0] tiles_of_rows(logic [LocalW-1:0] rows, logic [3:0] tile_rows_log2);
    logic [LocalW-1:0] rest;
    rest = rows & ~({LocalW{1'b1}} << tile_rows_log2);
    return (rows >> tile_rows_log2) + LocalW'(rest != '0);
  endfunction

  // Bank of the tile table in the low `bits` bits: tiles of a stride spread as well as neighbours. Its own
  // inverse.
  function automatic logic [TileW-1:0] tile_swizzle(logic [TileW-1:0] tile, int unsigned bits);
    logic [TileW-1:0] fold;
    fold = '0;
    for (int unsigned i = bits; i < TileW; i += bits) fold ^= tile >> i;
    return tile ^ (fold & ~(TileW'(16'hffff) << bits));
  endfunction

  // ---- functions that RTL, reference model and documents share ----------------------------------------
  // Row-table index: bank in the low bits, set above them. Every bit of (region, row) reaches both.
  function automatic logic [31:0] rat_hash(logic [RegionW-1:0] region, logic [RowW-1:0] row);
    logic [31:0] x;
    x = {region, row};
    return x ^ (x >> 4) ^ (x >> 9) ^ (x >> 15) ^ (x >> 24);
  endfunction

  // Egress slice of a store, before the modulo by the number of lanes: lines of a row, and lines of
  // an address range, go round the slices. Arguments are the low bits of the line address (ordinary
  // store), of the line within the row and of the RowID (row-sparse store).
  function automatic logic [LineIdxW-1:0] slice_hash(logic is_st, logic [LineIdxW-1:0] addr_line,
                                                     logic [LineIdxW-1:0] row_line,
                                                     logic [LineIdxW-1:0] row);
    return is_st ? addr_line : row_line ^ row;
  endfunction

  function automatic logic [ByteCntW-1:0] count_bytes(strb_t strb);
    logic [ByteCntW-1:0] n;
    n = '0;
    for (int unsigned i = 0; i < LineBytes; i++) n += ByteCntW'(strb[i]);
    return n;
  endfunction

endpackage

`default_nettype wire
