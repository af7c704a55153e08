"""Each check of the synthesis flow sees what it is for: small modules, each wrong in one way, and one that is right.

A tree of its own with the scripts and these modules as rtl/; scripts/synth/checks.py takes them one by one.
"""
import os
import pathlib
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(os.environ["MOEHUB_SOURCE"])
BUILD = pathlib.Path(os.environ["MOEHUB_BUILD"])

PORTS = "(input wire logic clk_i, input wire logic rst_ni, input wire logic [7:0] a_i, output {kind} [7:0] y_o);"
# name -> (body, what the message must say; None for a module that is right)
MODULES = {
    "right": ("always_ff @(posedge clk_i or negedge rst_ni) if (!rst_ni) y_o <= '0; else y_o <= a_i;", None),
    "narrow": ("assign y_o = {a_i, 1'b0};", "truncates"),
    "wide": ("assign y_o = a_i[3:0];", "expands"),
    "unknown": ("nothere u_nothere (.a_i, .y_o);", "nothere"),
    "holds": ("always_latch if (a_i[0]) y_o = a_i;", "dlatch"),
    "forgets": ("always_comb if (a_i[0]) y_o = a_i;", "logic loop"),
    "circle": ("logic [7:0] n; assign n = a_i ^ y_o; assign y_o = n;", "logic loop"),
    "through": ("logic [7:0] n; passes u_first (.a_i(n), .y_o); passes u_second (.a_i(y_o), .y_o(n));",
                "drives itself"),
    "open": ("logic [7:0] n; assign n[3:0] = a_i[3:0]; assign y_o = n;", "no driver"),
    "twice": ("assign y_o = a_i; assign y_o = ~a_i;", "multiple conflicting drivers"),
    "flops": ("logic [15:0] mem [256]; assign y_o = mem[a_i][7:0];\n"
              "  always_ff @(posedge clk_i) mem[a_i] <= {a_i, a_i};", "memory in flops"),
}
LEAF = "module passes (input wire logic [7:0] a_i, output logic [7:0] y_o);\n  assign y_o = ~a_i;\nendmodule\n"


def main():
    tree = pathlib.Path.cwd() / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(SOURCE / "scripts", tree / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    (tree / "rtl").mkdir(parents=True)
    (tree / "build").mkdir()
    if (BUILD / "venv").exists():
        (tree / "build" / "venv").symlink_to(BUILD / "venv")
    (tree / "rtl" / "passes.sv").write_text(LEAF)
    if subprocess.run([tree / "scripts" / "yosys.sh", "--find"], capture_output=True, check=False).returncode:
        print("no Yosys with slang: scripts/deps.sh --synth installs one")
        return 77

    failed = 0
    for name, (body, message) in MODULES.items():
        ports = PORTS.format(kind="wire logic" if name == "twice" else "logic")
        file = tree / "rtl" / f"{name}.sv"
        file.write_text(f"module {name} {ports}\n  {body}\nendmodule\n")
        done = subprocess.run([sys.executable, "scripts/synth/checks.py", name], cwd=tree, capture_output=True,
                              text=True, check=False, env={**os.environ, "BUILD": "build"})
        file.unlink()
        said = (done.stdout + done.stderr).strip()
        right = done.returncode == 0 if message is None else done.returncode == 1 and message in said
        failed += not right
        print(f"{'ok  ' if right else 'FAIL'} {name}: {said}")
    return int(failed > 0)


sys.exit(main())
