"""Static timing of the mapped netlist with OpenSTA: the worst path of each unit by name, and Fmax.

No wires, no clock tree: gates and their loads alone. Memories get a Liberty cell each, with times that are
assumptions, not a macro's: ACCESS_FO4 from clock to data and SETUP_FO4 at the inputs, in delays of the library's
own inverter with a fan-out of four, so that they follow the library.
"""
import re
import subprocess

import liberty
import mapping
import tools

ACCESS_FO4 = 15.0
SETUP_FO4 = 3.0
PERIOD_NS = 10.0


def sta(script, log, files):
    """What OpenSTA prints for a Tcl text that reads these files. It is run when one of them, or itself, has changed."""
    program, file, stamp = tools.program("sta", "opensta"), log.with_suffix(".tcl"), log.with_suffix(".stamp")
    wanted = " ".join([tools.digest(program), *map(tools.digest, files)]) + "\n" + script
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return log.read_text(encoding="utf-8")
    stamp.unlink(missing_ok=True)
    file.write_text(script, encoding="utf-8")
    done = subprocess.run([program, "-no_splash", "-exit", str(file)], capture_output=True, text=True, check=False)
    log.write_text(done.stdout + done.stderr, encoding="utf-8")
    errors = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")]
    if done.returncode or errors:
        raise tools.ToolError(f"OpenSTA: {errors[0] if errors else 'no output'} (see {log})")
    stamp.write_text(wanted, encoding="utf-8")
    return done.stdout + done.stderr


def fo4_ns(cells, library, work):
    """Delay of the smallest inverter that drives four of its kind, slope of its own making."""
    name, _ = liberty.smallest(cells, (1, 0))
    cell = cells[name]
    pin, out = cell.inputs[0], next(iter(cell.outputs))
    stages = "\n".join(
        f"{name} c{i} (.{pin}(n{i}), .{out}(n{i + 1}));\n" +
        "\n".join(f"{name} l{i}_{k} (.{pin}(n{i + 1}), .{out}());" for k in range(3)) for i in range(20))
    wires = " ".join(f"wire n{i};" for i in range(1, 20))
    netlist = work / "fo4.v"
    netlist.write_text(f"module fo4 (n0, n20);\ninput n0;\noutput n20;\n{wires}\n{stages}\nendmodule\n", encoding="utf-8")
    text = sta(f"read_liberty {library}\nread_verilog {netlist}\nlink_design fo4\ncreate_clock -name v -period 100\n"
               "set_input_delay 0 -clock v n0\nset_output_delay 0 -clock v n20\n"
               "report_checks -path_delay max -digits 5\n", work / "fo4.log", [library, netlist])
    times = {int(m[2]): float(m[1]) for m in re.finditer(r"([0-9.]+) [\^v] c(\d+)/", text)}
    return (times[17] - times[5]) / 12


def sram_library(shapes, fo4, path):
    """A Liberty file with a cell for each shape of memory."""
    head = """library (sram) {
  delay_model : table_lookup; time_unit : "1ns"; voltage_unit : "1V"; current_unit : "1uA";
  pulling_resistance_unit : "1kohm"; capacitive_load_unit (1, pf); leakage_power_unit : "1nW";
  nom_voltage : 1.8; nom_temperature : 25; nom_process : 1;
  input_threshold_pct_rise : 50; input_threshold_pct_fall : 50;
  output_threshold_pct_rise : 50; output_threshold_pct_fall : 50;
  slew_lower_threshold_pct_rise : 20; slew_lower_threshold_pct_fall : 20;
  slew_upper_threshold_pct_rise : 80; slew_upper_threshold_pct_fall : 80;
"""
    types, cells = {}, []
    for kind in sorted(shapes):
        width, depth, mask = map(int, re.match(r"sram_(\d+)x(\d+)m(\d+)", kind).groups())
        address = max(1, (depth - 1).bit_length())
        pins = ['    pin (clk_i) { direction : input; capacitance : 0.02; clock : true; }']
        for name, bits in (("we_i", 1), ("waddr_i", address), ("wmask_i", mask), ("wdata_i", width), ("re_i", 1),
                           ("raddr_i", address)):
            pins.append(pin(name, bits, types, f"""direction : input; capacitance : 0.01;
      timing () {{ related_pin : "clk_i"; timing_type : setup_rising;
        rise_constraint (scalar) {{ values ("{SETUP_FO4 * fo4:.4f}"); }}
        fall_constraint (scalar) {{ values ("{SETUP_FO4 * fo4:.4f}"); }} }}"""))
        delay, slope = f'(scalar) {{ values ("{ACCESS_FO4 * fo4:.4f}"); }}', f'(scalar) {{ values ("{fo4:.4f}"); }}'
        pins.append(pin("rdata_o", width, types, f"""direction : output; capacitance : 0;
      timing () {{ related_pin : "clk_i"; timing_type : rising_edge;
        cell_rise {delay} cell_fall {delay} rise_transition {slope} fall_transition {slope} }}"""))
        cells.append(f"  cell ({kind}) {{\n    area : 0; is_macro_cell : true;\n" + "\n".join(pins) + "\n  }\n")
    path.write_text(head + "".join(types.values()) + "".join(cells) + "}\n", encoding="utf-8")


def pin(name, bits, types, body):
    if bits == 1:
        return f"    pin ({name}) {{ {body} }}"
    types[bits] = (f"  type (bus{bits}) {{ base_type : array; data_type : bit; bit_width : {bits}; "
                   f"bit_from : {bits - 1}; bit_to : 0; downto : true; }}\n")
    return f"    bus ({name}) {{ bus_type : bus{bits}; {body} }}"


class Path:
    """A worst path: its ends, how many cells are in it, and the frequency that it allows."""

    def __init__(self, text):
        arrival = text.split("data arrival time")[0]
        self.start = name_of(re.search(r"^Startpoint: (\S+)", text, re.M)[1])
        self.end = name_of(re.search(r"^Endpoint: (\S+)", text, re.M)[1])
        pins = [m for m in re.findall(r"[\^v] (\S+)/(\S+) \((\w+)\)", arrival) if m[1] != "clk_i"]
        if pins and pins[0][2].startswith("sram_"):
            self.start = memory_pin(self.start, pins[0][1])
        if pins and pins[-1][2].startswith("sram_"):
            self.end = memory_pin(self.end, pins[-1][1])
        slack = float(re.search(r"(-?[0-9.]+)\s+slack", text)[1])
        # A path to the flop of a clock gate has half a period.
        launch, capture = (float(t) for t in re.findall(r"([0-9.]+)\s+clock \S+ \((?:rise|fall) edge\)", text)[:2])
        share = (capture - launch) / PERIOD_NS
        self.fmax_mhz = 1000.0 * share / (capture - launch - slack)
        self.cells = sum(not kind.startswith("sram_") for _, _, kind in pins)
        self.gating = "clock gating" in text


def memory_pin(instance, pin_name):
    """As netlist.py calls it: sram_1r1w itself goes without saying."""
    return f"{instance.removesuffix('.u_ram')}.{pin_name}"


def name_of(cell):
    """Of an instance, as `rename -wire` made it: the net it drives, without the kind of cell behind it."""
    return re.sub(r"\\\\[A-Za-z0-9_]+$", "", cell).replace("\\", "").replace("/", ".")


def worst_paths(work, units, libraries, shapes, cells, name):
    """unit -> worst path of the mapped netlist in `work`, and the inverter's delay that memories' times hang on."""
    fo4 = fo4_ns(cells, libraries[0], work)
    sram_library(shapes, fo4, work / "sram.lib")
    script = "".join(f"read_liberty {path}\n" for path in libraries + [work / "sram.lib"])
    for unit in units:
        script += f"""read_verilog {work}/mapped.v
link_design {unit}
create_clock -name clk -period {PERIOD_NS} [get_ports clk_i]
set inputs [list]
foreach port [all_inputs] {{ if {{[get_name $port] != "clk_i"}} {{ lappend inputs $port }} }}
set_input_delay 0 -clock clk $inputs
set_output_delay 0 -clock clk [all_outputs]
set_false_path -from [get_ports rst_ni]
set_driving_cell -lib_cell {liberty.driver(cells)} $inputs
puts "unit {unit}"
report_checks -path_delay max -group_count 8 -digits 4 -fields {{net fanout}}
"""
    tools.progress(f"{name}: timing")
    text = sta(script, work / "sta.log", [*libraries, work / "sram.lib", work / "mapped.v"])
    tools.progress("")
    paths = {}
    for part in ("\n" + text).split("\nunit ")[1:]:
        unit = part.split()[0]
        found = [Path("Startpoint: " + text) for text in part.split("Startpoint: ")[1:]]
        found = [path for path in found if not path.gating]
        if found:
            paths[unit] = min(found, key=lambda path: path.fmax_mhz)
    return fo4, paths
