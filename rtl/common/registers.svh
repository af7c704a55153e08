// Registers, in one form everywhere: clock `clk_i`, asynchronous active-low reset `rst_ni`.
// The forms without reset are for payload that a valid bit guards.
`ifndef COMMON_REGISTERS_SVH
`define COMMON_REGISTERS_SVH

// q follows d; after reset q is rstval.
`define FF(q, d, rstval)                        \
  always_ff @(posedge clk_i or negedge rst_ni)  \
    if (!rst_ni) q <= (rstval);                 \
    else         q <= (d);

// The same, loaded only when `load` is set.
`define FFL(q, d, load, rstval)                 \
  always_ff @(posedge clk_i or negedge rst_ni)  \
    if (!rst_ni)     q <= (rstval);             \
    else if (load)   q <= (d);

// Without reset.
`define FFNR(q, d)                              \
  always_ff @(posedge clk_i)                    \
    q <= (d);

`define FFLNR(q, d, load)                       \
  always_ff @(posedge clk_i)                    \
    if (load) q <= (d);

`endif
