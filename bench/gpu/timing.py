"""Timing for gemm.py and gate.py: graph replays between events, one JSON record a line on stdout.

`sm_mhz` of a record: the SM clock right after the last replay, from cycles and nanoseconds of a small kernel.
"""
import json
import sys
import time

import torch
import triton
import triton.language as tl


@triton.jit
def clock_kernel(out_ptr):
    lane = tl.arange(0, 32)
    cycles, spent = tl.inline_asm_elementwise("""
    {
      .reg .u64 t0, t1, c0, c1;
      .reg .pred p;
      mov.u64 t0, %globaltimer;
      mov.u64 c0, %clock64;
    AGAIN:
      mov.u64 t1, %globaltimer;
      sub.u64 $1, t1, t0;
      setp.lt.u64 p, $1, 300000;
      @p bra AGAIN;
      mov.u64 c1, %clock64;
      sub.u64 $0, c1, c0;
    }
    """, "=l,=l,l", [lane.to(tl.int64)], dtype=(tl.int64, tl.int64), is_pure=False, pack=1)
    tl.store(out_ptr + lane, 1e3 * cycles.to(tl.float32) / spent.to(tl.float32))


def sm_mhz(last):
    """The SM clock behind what `last` puts on the stream."""
    out = torch.empty(32, device="cuda")
    last()
    clock_kernel[(1,)](out, num_warps=1)
    return round(out.median().item())


def emit(section, name, at, unit, measured):
    values, mhz = measured
    values = sorted(values)
    record = {"section": section, "name": name, "at": at, "unit": unit, "n": len(values),
              "min": float(f"{values[0]:.5g}"), "median": float(f"{values[len(values) // 2]:.5g}"),
              "max": float(f"{values[-1]:.5g}")}
    if mhz:
        record["sm_mhz"] = mhz
    print(json.dumps(record), flush=True)


def attempt(section, body, *args):
    """Runs a part of a section; an error is a line of the output and the next part goes on."""
    try:
        body(*args)
        torch.cuda.synchronize()
    except Exception as error:  # pylint: disable=broad-except
        text = f"{body.__name__} {args}: {type(error).__name__}: {error}".replace("\n", " ")[:500]
        print(json.dumps({"section": section, "error": text}), flush=True)


def elapsed_us(body):
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    start.record()
    body()
    end.record()
    end.synchronize()
    return 1e3 * start.elapsed_time(end)


def times_us(body, reps, budget_us=100e3, rest_s=0):
    """us of `body`, from `reps` replays of a graph that holds it some times (fewer for long ones), and the
    SM clock in MHz. With `rest_s` the GPU idles before each replay, of about 2 ms."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(2):  # compiles, tunes, allocates
            body()
    torch.cuda.current_stream().wait_stream(side)
    one = elapsed_us(body)
    count = max(1, min(20, int(2000 / one)))
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(count):
            body()
    reps = max(3, min(reps, int(budget_us / (one * count)) + 1))
    for _ in range(2):
        graph.replay()
    values = []
    for _ in range(reps):
        if rest_s:
            torch.cuda.synchronize()
            time.sleep(rest_s)
        values.append(elapsed_us(graph.replay) / count)
    if rest_s:
        torch.cuda.synchronize()
        time.sleep(rest_s)
    mhz = sm_mhz(graph.replay)
    graph.reset()
    return values, mhz


def check(name, result, reference, limit=1e-2):
    """Relative error of a whole result."""
    error = ((result.double() - reference.double()).norm() / reference.double().norm()).item()
    if not error < limit:
        raise ValueError(f"{name}: relative error {error:.2g}")


QUICK = "--quick" in sys.argv
