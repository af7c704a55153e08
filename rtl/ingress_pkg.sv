// Types inside addr_alloc, the ingress address unit. What leaves the unit is in hub_pkg.
`default_nettype none

package ingress_pkg;
  import hub_pkg::*;

  localparam int unsigned MaxWays    = 8;
  localparam int unsigned PitchW     = LineIdxW + 1;  // lines of a row, 1..512
  localparam int unsigned SpillCntW  = 9;             // entries of a spill list, 0..256
  localparam int unsigned SpillShift = 4;             // 16 bytes an entry

  // Name of a row: what packets of one lookup have in common.
  typedef struct packed {
    logic [RegionW-1:0]   region;
    logic [GenW-1:0]      gen;
    logic [RowW-1:0]      row;
  } row_key_t;

  // A row in the table or in spill memory. Nothing missing: a finished row, kept against duplicates.
  typedef struct packed {
    logic                 valid;
    row_key_t             key;
    logic [LocalW-1:0]    lid;
    logic [RowBytesW-1:0] missing;
  } entry_t;

  // In the table: {valid, gen, row, lid, missing, region}, of the region only the bits that REGIONS needs.
  function automatic int unsigned stored_bits(int unsigned regions);
    return $bits(entry_t) - RegionW + ((regions > 1) ? $clog2(regions) : 1);
  endfunction

  // What a set has besides its ways.
  typedef struct packed {
    logic [2:0]           next;      // way to replace next
    logic [SpillCntW-1:0] spilled;   // entries of the spill list in use
  } set_head_t;

  // Word of the table: {ways, head}, and with it check bits (check_pkg).
  function automatic int unsigned word_bits(int unsigned ways, int unsigned regions);
    return ways * stored_bits(regions) + $bits(set_head_t);
  endfunction

  // A packet that asks for a lookup on behalf of its row.
  typedef struct packed {
    row_key_t             key;
    logic [ByteCntW-1:0]  bytes;
  } nominee_t;

  // Result of a lookup, for all packets that it gathered.
  typedef struct packed {
    logic                 served;
    logic                 refused;
    logic                 alone;     // holds for the nominee, the others ask again
    refuse_e              cause;
    logic [LocalW-1:0]    lid;
  } result_t;

  // What a miss context found out about its row.
  typedef struct packed {
    logic                 absent;    // not in the spill list
    logic                 refuse;
    refuse_e              cause;
  } verdict_t;

  // What becomes of a packet after its checks.
  typedef enum logic [1:0] {
    FillNothing = 2'd0,              // a report: went another way
    FillLookup  = 2'd1,
    FillWrite   = 2'd2,              // address known
    FillRefuse  = 2'd3
  } fill_e;

  // Beside the payload of a packet, from its checks to its write.
  typedef struct packed {
    header_t              header;
    logic [ByteCntW-1:0]  bytes;
    logic [RegionW-1:0]   owner;     // region or window
    logic                 counted;   // its bytes belong to a tile
    logic [LineAddrW-1:0] base;      // of the region or window
    logic [PitchW-1:0]    pitch;     // lines from row to row
    logic [5:0]           shift;     // log2 of the rows, or lines, of a tile
    logic [TileW-1:0]     tile_base;
  } meta_t;

  // What a write must be remembered by: the acknowledgement, and enough of the header to report it.
  localparam int unsigned PlaceW = RegionW + LineAddrW;
  typedef struct packed {
    logic                 is_st;
    logic                 nop;
    logic [GpuW-1:0]      src;
    logic [PlaceW-1:0]    place;     // row store: region, gen, row, line; store: window, line address
    logic [TileW-1:0]     tile;
    logic [ByteCntW-1:0]  bytes;
    logic                 counted;
  } record_t;

endpackage

`default_nettype wire
