"""What is quick to prove is proved, docs/verification.md says so, and a bug in what a proof guards is found."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(os.environ["MOEHUB_SOURCE"])
BUILD = pathlib.Path(os.environ["MOEHUB_BUILD"])

# file, what to replace, by what, proof, property that must fail. Where proving takes long, a failure is looked for in
# the first cycles.
BUGS = [
    ("common/fifo.sv", "ptr == PtrW'(Depth - 1)", "ptr == PtrW'(Depth - 2)", "fifo:prove", "FollowedLeavesUnchanged"),
    ("common/rr_arb.sv", "mask_q, after, advance_i && valid_o", "mask_q, after, advance_i && !valid_o", "rr_arb:prove",
     "WaitsForOthersOnce"),
    ("dest_queue/free_entries.sv", "back_i && back_peer_i == leaves_peer_i", "1'b0", "free_entries:prove",
     "FlagsSayWhatIsFree"),
    ("dest_queue/lane_match.sv", "down_q ? rotate(turn_q, LANES - 1) : rotate(turn_q, 1 % LANES), any", "turn_q, any",
     "egress_choice:prove", "TakenWithinARound"),
    ("dest_queue/merge_slice.sv", "repeat_q ? mask_last_q : mask_read_data", "mask_read_data", "merge_slice:prove",
     "MasksAgree"),
    ("dest_queue/peer_pick.sv", "(!round_robin_i || others == '0)", "1'b1", "peer_pick:prove", "ComesNearer"),
    ("dest_queue/fence_ctrl.sv", "if (!old_i) state_d = Settle", "state_d = Settle", "fence_ctrl:prove", "StateDrained"),
    ("addr_alloc/alloc_check.sv", "beyond = (strb_q >> region_q.row_bytes[LineShift-1:0]) != '0;", "beyond = 1'b0;",
     "alloc_address:prove:search", "BytesInTheRow"),
    ("flow_sched/ack_window.sv", "stage2_valid_i[p] && stage2_i[p].tile == who_q[DEPTH-2].tile", "1'b0",
     "tile_count:prove:search", "InOneStage"),
    ("flow_sched/owner_table.sv", "we && owner == owner_q", "1'b0", "owner_table:prove:search", "AsksNow"),
    ("flow_sched/flow_sched.sv", "~(region_done_o & enabled)", "~region_done_o", "flow_messages:prove:search",
     "AllReadyWhenAllDone"),
    ("dest_queue/request_lane.sv", "c_slot_q, h_slot_q", "c_slot_q, popped", "request_lane:prove", "FollowedInOnePlace"),
]
SEARCHED = "14"                                          # cycles


def formal(folder, build, *arguments):
    done = subprocess.run([sys.executable, folder / "scripts" / "formal" / "formal.py", *arguments],
                          env={**os.environ, "BUILD": str(build)}, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def main():
    if shutil.which("yosys-abc") is None or subprocess.run([SOURCE / "scripts" / "yosys.sh", "--find"],
                                                           capture_output=True, check=False).returncode:
        print("no yosys-abc, or no Yosys with slang: scripts/deps.sh --formal installs them")
        return 77
    status, said = formal(SOURCE, BUILD, "--check")
    print(said)
    if status:
        return status

    # A page that shows another result is refused.
    page = (SOURCE / "docs" / "verification.md").read_text(encoding="utf-8")
    wrong = pathlib.Path("wrong.md").resolve()
    wrong.write_text(re.sub(r"^(rr_arb:prove .*) proved$", r"\1 holds", page, count=1, flags=re.M), encoding="utf-8")
    status, said = formal(SOURCE, BUILD, "--check", wrong)
    if status != 1 or "has no line\nrr_arb:prove" not in said:
        print(f"a page with another result was not refused:\n{said}")
        return 1

    # Bugs, one at a time, in a tree of its own.
    tree = pathlib.Path("tree").resolve()
    for name, right, bad, proof, guard in BUGS:
        shutil.rmtree(tree, ignore_errors=True)
        for part in ("rtl", "scripts", "tb/formal"):
            shutil.copytree(SOURCE / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
        (tree / "build").mkdir()
        if (SOURCE / "build" / "venv").exists():
            (tree / "build" / "venv").symlink_to(SOURCE / "build" / "venv")
        file = tree / "rtl" / name
        text = file.read_text(encoding="utf-8")
        if text.count(right) != 1:
            print(f"{name} has no line with {right} any more: this test needs another bug")
            return 1
        file.write_text(text.replace(right, bad), encoding="utf-8")
        arguments = [proof.removesuffix(":search"), *(["--search", SEARCHED] if proof.endswith(":search") else [])]
        status, said = formal(tree, "build", *arguments)
        if status != 1 or guard not in said or "FAILS in cycle" not in said or "trace.vcd" not in said:
            print(f"{proof} does not see the bug in {name} by {guard}:\n{said}")
            return 1
        print(f"ok: {proof} sees a bug in {name}")
    return 0


sys.exit(main())
