"""The power view's arithmetic on a netlist of four cells and a memory over six cycles, and that it sees a netlist that
does otherwise than the waveform."""
import os
import pathlib
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(os.environ["MOEHUB_SOURCE"])
sys.path.insert(0, str(SOURCE / "scripts" / "synth"))
import activity, energy, liberty, signals, tools, waveform   # noqa: E401, E402

# 2 V: a pin of 0.01 pF takes 0.02 pJ to switch.
INTERNAL = ('internal_power() {{ {related} rise_power(t) {{ values ("9, {0}"); }} '
            'fall_power(t) {{ values ("9, {1}"); }} }}')
LIBERTY = f"""library (test) {{ nom_voltage : 2.0; capacitive_load_unit (1, pf);
cell (INV) {{ area : 1; pin (A) {{ direction : input; capacitance : 0.01; }}
  pin (Y) {{ direction : output; function : "(!A)"; {INTERNAL.format(0.1, 0.3, related='related_pin : "A";')} }} }}
cell (NAND2) {{ area : 1; pin (A) {{ direction : input; capacitance : 0.01; }}
  pin (B) {{ direction : input; capacitance : 0.02; }}
  pin (Y) {{ direction : output; function : "(!(A B))"; {INTERNAL.format(0.2, 0.4, related='related_pin : "A";')} }} }}
cell (DFF) {{ area : 4; ff (IQ, IQN) {{ next_state : "D"; clocked_on : "CLK"; }}
  pin (CLK) {{ direction : input; capacitance : 0.05; {INTERNAL.format(0.5, 0.7, related='')} }}
  pin (D) {{ direction : input; capacitance : 0.03; {INTERNAL.format(0.1, 0.1, related='')} }}
  pin (Q) {{ direction : output; function : "IQ"; {INTERNAL.format(1.0, 2.0, related='related_pin : "CLK";')} }} }}
}}
"""

# q <= !(q && a), with a clock that stops; a memory that is written with half of its mask.
NETLIST = r"""
module clock_gate(clk_i, on_q, clk_o);
  NAND2 _1_ (
    .A(clk_i),
    .B(on_q),
    .Y(_0_)
  );
  INV _2_ (
    .A(_0_),
    .Y(clk_o)
  );
endmodule

module dest_queue(clk_i, a_i, en_i);
  NAND2 _1_ (
    .A(\u_in.q ),
    .B(a_i),
    .Y(next)
  );
  DFF \u_in.q_DFF  (
    .CLK(clk_i),
    .D(next),
    .Q(\u_in.q )
  );
  sram_4x8m2 u_ram (
    .clk_i(clk_i),
    .raddr_i({ 2'b00, \u_in.q  }),
    .rdata_o({ \word[3] , \word[2] , \word[1] , \word[0]  }),
    .re_i(1'b0),
    .waddr_i({ 2'b00, \u_in.q  }),
    .wdata_i(4'b0101),
    .we_i(en_i),
    .wmask_i({ 1'b1, \u_in.q  })
  );
endmodule

module hub(clk_i, a_i, en_i, on_q);
  clock_gate u_clk (
    .clk_i(clk_i),
    .on_q(on_q),
    .clk_o(clk)
  );
  dest_queue u_dest_queue (
    .clk_i(clk),
    .a_i(a_i),
    .en_i(en_i)
  );
endmodule
"""
A = "111011"    # in cycles 0 to 5
ON = "111101"
Q = "010111"    # the clock stands still after cycle 4
EN = "010001"


def write_waveform(q):
    header = ["timescale 1ps", "scope module hub", "scope module hub", "var wire 1 c clk_i", "var wire 1 a a_i",
              "var wire 1 e en_i", "var wire 1 o on_q", "scope module u_dest_queue", "var wire 4 w word",
              "scope module u_in", "var wire 1 q q", *["upscope"] * 4, "enddefinitions"]
    text = "".join(f"${line} $end\n" for line in header)
    for n, (a, en, on, state) in enumerate(zip(A, EN, ON, q)):
        text += f"#{1000 * n}\n{a}a\n{en}e\n{on}o\n{state}q\nb0 w\n#{1000 * n + 500}\n1c\n"
    pathlib.Path("hub.vcd").write_text(text, encoding="utf-8")
    subprocess.run(["vcd2fst", "hub.vcd", "hub.fst"], check=True, capture_output=True)
    return waveform.Waveform("hub.fst")


def measure(q):
    wave = write_waveform(q)
    netlist = activity.Flat(activity.read_netlist(pathlib.Path("mapped.v")), "hub")
    return activity.Activity(netlist, liberty.read("cells.lib"), wave, signals.Signals(pathlib.Path(), wave.widths))


def main():
    if not shutil.which("vcd2fst"):
        print("skipped: no vcd2fst (package gtkwave)")
        return 77
    pathlib.Path("cells.lib").write_text(LIBERTY, encoding="utf-8")
    pathlib.Path("mapped.v").write_text(NETLIST, encoding="utf-8")
    pathlib.Path("merged.il").write_text("\nmodule \\hub\n  cell \\dest_queue \\u_dest_queue\n  end\n\n"
                                         "module \\dest_queue\n  cell \\inside \\u_in\n  end\n\n"
                                         "module \\inside\n", encoding="utf-8")
    pathlib.Path("gates.log").write_text("inside.w_q: removing const-0 lane 1\n"
                                         "Widening base width of memory w_q in module inside by factor 2.\n",
                                         encoding="utf-8")
    wrong = []

    def expect(what, value, right):
        if abs(value - right) > 1e-9 if isinstance(right, float) else value != right:
            wrong.append(f"{what}: {value}, not {right}")

    measured = measure(Q)
    found = energy.accounts(measured, energy.read(pathlib.Path("cells.lib")))
    account = found["dest_queue"]
    # q is 010111: 3 switches; next is 101100 (NAND of q and a): 3 switches.
    expect("switches", account.switches, 6)
    expect("clocked", account.clocked, 5)
    # next: 0.3 inside, and a D of 0.03 pF at 2 V: 0.06.
    expect("logic", account.raw["logic"], 3 * (0.3 + 0.06))
    # q: 1.5 inside, a NAND pin of 0.01 pF: 0.02; D switches 3 times at 0.1.
    expect("flops", account.raw["flops"], 3 * (1.5 + 0.02) + 3 * 0.1)
    # Two edges: 0.6 inside each, and 0.05 pF: 0.1.
    expect("clock", account.raw["clock"], 5 * 2 * (0.6 + 0.1))
    # Written in cycles 1 and 5: two bits a mask bit, the lower one is q, which is set in both.
    expect("memory bits", account.bits, 2 * 4)
    expect("clock gate", found["hub"].switches, 0)

    names = signals.Signals(pathlib.Path(), {"u_dest_queue.u_in.w_q[0]": 3, "u_dest_queue.u_in.w_q[1]": 3,
                                             "age_q[0]": 8, "age_q[1]": 8, "age_q[2]": 8, "busy": 1, "data": 4})
    for net, right in {"busy": ("busy", 0), "data[3]": ("data", 3), "data[4]": None, "nothing[0]": None,
                       "age_q[5]": ("age_q[2]", 5), "age_q[16]": ("age_q[0]", 0),
                       "u_dest_queue.u_in.w_q[0][1]": ("u_dest_queue.u_in.w_q[0]", 2),
                       "u_dest_queue.u_in.w_q[0][2]": ("u_dest_queue.u_in.w_q[1]", 0)}.items():
        expect(net, names.of(net), right)

    try:
        measure("010011")
        wrong.append("a flop that does otherwise was not noticed")
    except tools.CheckError as error:
        expect("message", str(error), "1 flops do not do what the waveform shows, for example u_dest_queue.u_in.q")
    for line in wrong:
        print(line)
    return int(bool(wrong))


sys.exit(main())
