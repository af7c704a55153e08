// Register map of the hub: byte addresses of 32-bit words. docs/registers.md explains each field; the C++
// side has the same numbers in model/hub/registers.hpp, and a test compares the two.
`default_nettype none

package hub_regs_pkg;

  localparam logic [31:0] IdValue = 32'h4d484231;  // "MHB1"

  // Scalars
  localparam logic [15:0] AddrId          = 16'h0000;
  localparam logic [15:0] AddrParams0     = 16'h0004;
  localparam logic [15:0] AddrParams1     = 16'h0008;
  localparam logic [15:0] AddrParams2     = 16'h000c;
  localparam logic [15:0] AddrCtrl        = 16'h0010;
  localparam logic [15:0] AddrStatus      = 16'h0014;
  localparam logic [15:0] AddrSelf        = 16'h0018;
  localparam logic [15:0] AddrPolicy      = 16'h001c;
  localparam logic [15:0] AddrTimer       = 16'h0020;
  localparam logic [15:0] AddrCredits     = 16'h0024;
  localparam logic [15:0] AddrSetMask     = 16'h0028;
  localparam logic [15:0] AddrSpillBaseLo = 16'h002c;
  localparam logic [15:0] AddrSpillBaseHi = 16'h0030;
  localparam logic [15:0] AddrPeerEnable  = 16'h0034;  // 3 words
  localparam logic [15:0] AddrIrqStatus   = 16'h0040;
  localparam logic [15:0] AddrIrqEnable   = 16'h0044;
  localparam logic [15:0] AddrErrCause    = 16'h0050;
  localparam logic [15:0] AddrErrHeader   = 16'h0054;  // 4 words
  localparam logic [15:0] AddrRefused     = 16'h0080;  // 16 words
  localparam logic [15:0] AddrStat        = 16'h0100;  // pairs of words
  localparam logic [15:0] AddrWindow      = 16'h0400;  // 64 bytes each
  localparam logic [15:0] AddrRegion      = 16'h4000;  // 64 bytes each

  // Words of a window or region, by address bits [5:2]
  localparam logic [3:0] WinBaseLo        = 4'h0;
  localparam logic [3:0] WinBaseHi        = 4'h1;
  localparam logic [3:0] WinLimitLo       = 4'h2;
  localparam logic [3:0] WinLimitHi       = 4'h3;
  localparam logic [3:0] WinTile          = 4'h4;
  localparam logic [3:0] WinTileCount     = 4'h5;
  localparam logic [3:0] WinTileBytes     = 4'h6;
  localparam logic [3:0] WinLastTileBytes = 4'h7;
  localparam logic [3:0] WinSource        = 4'h8;      // 3 words
  localparam logic [3:0] WinCtrl          = 4'hf;

  localparam logic [3:0] RegBaseLo        = 4'h0;
  localparam logic [3:0] RegBaseHi        = 4'h1;
  localparam logic [3:0] RegRowBytes      = 4'h2;
  localparam logic [3:0] RegCapacity      = 4'h3;
  localparam logic [3:0] RegTile          = 4'h4;
  localparam logic [3:0] RegSource        = 4'h8;      // 3 words
  localparam logic [3:0] RegCtrl          = 4'hf;

  // Order of the statistics counters
  localparam int unsigned NumStats = 17;
  localparam int unsigned StatW    = 48;

  // One register access inside: `select` two cycles before `write` or `read`, address and data stable.
  typedef struct packed {
    logic        select;
    logic        write;
    logic        read;
    logic [15:0] addr;
    logic [31:0] wdata;
  } access_t;

  // What a block answers in the cycle of `write` or `read`.
  typedef struct packed {
    logic        error;   // not mapped, read-only or illegal value: nothing was changed
    logic [31:0] rdata;
  } answer_t;

endpackage

`default_nettype wire
