// An asynchronous load (reset, as slang gives it) as a synchronous one: with a reset that is low in the first cycle
// alone both are the same from then on, and registers keep their names.
module \$aldff (CLK, ALOAD, AD, D, Q);
  parameter WIDTH = 1, CLK_POLARITY = 1, ALOAD_POLARITY = 1;
  input CLK, ALOAD;
  input [WIDTH-1:0] AD, D;
  output [WIDTH-1:0] Q;
  \$dff #(.WIDTH(WIDTH), .CLK_POLARITY(CLK_POLARITY))
    _TECHMAP_REPLACE_ (.CLK(CLK), .D(ALOAD == ALOAD_POLARITY ? AD : D), .Q(Q));
endmodule

module \$aldffe (CLK, EN, ALOAD, AD, D, Q);
  parameter WIDTH = 1, CLK_POLARITY = 1, EN_POLARITY = 1, ALOAD_POLARITY = 1;
  input CLK, EN, ALOAD;
  input [WIDTH-1:0] AD, D;
  output [WIDTH-1:0] Q;
  \$dff #(.WIDTH(WIDTH), .CLK_POLARITY(CLK_POLARITY))
    _TECHMAP_REPLACE_ (.CLK(CLK), .D(ALOAD == ALOAD_POLARITY ? AD : EN == EN_POLARITY ? D : Q), .Q(Q));
endmodule
