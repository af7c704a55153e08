"""Expert GEMMs in bf16: tiles, waves of tiles, experts of a GPU by tokens an expert.

    python3 bench/gpu/gemm.py [--quick]        needs PyTorch and Triton; measure.py calls it

  tile        one wave: a thread block an SM computes 128 x block_n outputs over the whole inner dimension;
              time by inner dimension gives an SM's rate and the fixed time of a block
  tile_rows   the same with fewer rows a tile
  waves       time by number of tiles, inner dimension 4096: what a partly filled wave costs
  experts     one of the two GEMMs of all experts of a GPU (`gemm` 1 or 2), `rows` tokens each:
              _grouped  torch's grouped GEMM, one kernel
              _tiles    a thread block a tile as the model has it, an expert's columns after one another
              _loop     one cuBLAS call an expert, in a graph
              _rested   _grouped (_loop for a single expert), each time after 20 ms of idling: not at the power
                        limit
  launch_loop the loop of cuBLAS calls without a graph: bound by the CPU

us; graph replays, so the gap between kernels (about 1 us) is in it. Operands are random. Weights are far
larger than L2 where there are 32 experts, and in both GEMMs of 4096 x 14336.
"""
import torch
import triton
import triton.language as tl
from timing import QUICK, attempt, check, elapsed_us, emit, times_us

try:
    from triton.tools.tensor_descriptor import TensorDescriptor
except ImportError:
    TensorDescriptor = None

SECTION = "gemm"
REPS = 4 if QUICK else 15
BUDGET_US = 20e3 if QUICK else 60e3


@triton.jit
def tile_kernel(a, b, c_ptr, tiles_m, tiles_n, rows, inner, outputs, by_column: tl.constexpr,
                BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    """c[e] = a[e] b[e]^T for experts e of `rows` rows; a block a tile, an expert after the other."""
    pid = tl.program_id(0)
    expert = pid // (tiles_m * tiles_n)
    pid = pid % (tiles_m * tiles_n)
    if by_column:
        m = pid % tiles_m
        n = pid // tiles_m
    else:
        m = pid // tiles_n
        n = pid % tiles_n
    row = expert * rows + m * BM
    column = expert * outputs + n * BN
    sum = tl.zeros((BM, BN), tl.float32)
    for k in range(0, inner, BK):
        sum = tl.dot(a.load([row, k]), b.load([column, k]).T, sum)
    local_row = m * BM + tl.arange(0, BM)
    local_column = n * BN + tl.arange(0, BN)
    at = (expert * rows + local_row).to(tl.int64)[:, None] * outputs + local_column[None, :]
    keep = (local_row < rows)[:, None] & (local_column < outputs)[None, :]
    tl.store(c_ptr + at, sum.to(tl.bfloat16), mask=keep)


def random(rows, columns):
    return torch.randn(rows, columns, device="cuda", dtype=torch.bfloat16) / columns ** 0.5


def run_tiles(a, b, c, rows, experts, block_m, block_n, by_column, tiles=None, stages=None):
    """All tiles of all experts, or the first `tiles`."""
    outputs, inner = b.shape[0] // experts, b.shape[1]
    block_k = 64
    tiles_m, tiles_n = triton.cdiv(rows, block_m), outputs // block_n
    a_tiles = TensorDescriptor.from_tensor(a, [block_m, block_k])
    b_tiles = TensorDescriptor.from_tensor(b, [block_n, block_k])
    tile_kernel[(tiles or experts * tiles_m * tiles_n,)](
        a_tiles, b_tiles, c, tiles_m, tiles_n, rows, inner, outputs, by_column, block_m, block_n, block_k,
        num_warps=8 if block_m >= 128 else 4, num_stages=stages or (4 if block_n <= 128 else 3))


def tile(block_n):
    sms = torch.cuda.get_device_properties(0).multi_processor_count
    tiles_n = 12 * 128 // block_n
    rows = 128 * (sms // tiles_n + 1)
    for inner in (1024, 2048, 4096, 7168, 14336):
        a, b = random(rows, inner), random(tiles_n * block_n, inner)
        c = torch.empty(rows, tiles_n * block_n, device="cuda", dtype=torch.bfloat16)
        for tiles in (1, sms):
            values = times_us(lambda n=tiles: run_tiles(a, b, c, rows, 1, 128, block_n, False, n), REPS, BUDGET_US)
            emit(SECTION, "tile", {"tiles": tiles, "inner": inner, "block_m": 128, "block_n": block_n}, "us", values)
    run_tiles(a, b, c, rows, 1, 128, block_n, False)
    check("tile", c, a.float() @ b.float().T)


def tile_rows(block_m):
    sms = torch.cuda.get_device_properties(0).multi_processor_count
    inner, tiles_n = 4096, 12
    rows = block_m * (sms // tiles_n + 1)
    a, b = random(rows, inner), random(tiles_n * 128, inner)
    c = torch.empty(rows, tiles_n * 128, device="cuda", dtype=torch.bfloat16)
    values = times_us(lambda: run_tiles(a, b, c, rows, 1, block_m, 128, False, sms), REPS, BUDGET_US)
    emit(SECTION, "tile_rows", {"tiles": sms, "inner": inner, "block_m": block_m, "block_n": 128}, "us", values)


def waves(block_n):
    sms = torch.cuda.get_device_properties(0).multi_processor_count
    inner, tiles_n = 4096, 12 * 128 // block_n
    rows = 128 * (4 * sms // tiles_n + 2)
    a, b = random(rows, inner), random(tiles_n * block_n, inner)
    c = torch.empty(rows, tiles_n * block_n, device="cuda", dtype=torch.bfloat16)
    for tiles in (1, sms // 4, sms // 2, sms - 1, sms, sms + 1, 3 * sms // 2, 2 * sms - 1, 2 * sms, 2 * sms + 1,
                  3 * sms, 3 * sms + 1, 4 * sms, 4 * sms + 1):
        values = times_us(lambda n=tiles: run_tiles(a, b, c, rows, 1, 128, block_n, False, n), REPS, BUDGET_US)
        emit(SECTION, "waves", {"tiles": tiles, "inner": inner, "block_n": block_n}, "us", values)


def grouped_mm(a, b, ends):
    """torch's grouped GEMM; b is [experts, inner, outputs]."""
    function = getattr(torch.nn.functional, "grouped_mm", None) or getattr(torch, "_grouped_mm")
    return function(a, b, offs=ends)


# name of shape, hidden, FFN, experts of a GPU
SHAPES = ((7168, 2048, 32), (4096, 14336, 1))
ROWS = (1, 16, 128, 1024) if QUICK else (1, 2, 4, 8, 16, 32, 64, 128, 256, 384, 512, 768, 1024, 2048, 4096)


def experts_gemm(hidden, ffn, experts, gemm):
    inner, outputs = (hidden, 2 * ffn) if gemm == 1 else (ffn, hidden)
    b = torch.empty(experts * outputs, inner, device="cuda", dtype=torch.bfloat16)
    for e in range(experts):
        b[e * outputs:(e + 1) * outputs] = random(outputs, inner)
    b3 = b.view(experts, outputs, inner)
    at = {"hidden": hidden, "ffn": ffn, "experts": experts, "gemm": gemm}
    for rows in ROWS:
        a = random(experts * rows, inner)
        a3 = a.view(experts, rows, inner)
        c = torch.full((experts * rows, outputs), float("nan"), device="cuda", dtype=torch.bfloat16)
        c3 = c.view(experts, rows, outputs)
        ends = torch.arange(rows, experts * rows + 1, rows, device="cuda", dtype=torch.int32)
        here = dict(at, rows=rows)
        few = min(rows, 64)
        reference = torch.bmm(a3[:, :few].float(), b3.float().transpose(1, 2))

        def tiles(rows=rows, a=a, c=c):
            block_m = 128 if rows > 64 else max(16, triton.next_power_of_2(rows))
            run_tiles(a, b, c, rows, experts, block_m, 128, True)

        def loop(a3=a3, c3=c3):
            for e in range(experts):
                torch.mm(a3[e], b3[e].T, out=c3[e])

        def run(kind, body):
            emit(SECTION, "experts_" + kind, here, "us", times_us(body, REPS, BUDGET_US))
            check(kind, c3[:, :few], reference)
            c.fill_(float("nan"))

        attempt(SECTION, run, "tiles", tiles)
        if experts == 1 or rows in (1, 16, 64, 128, 256, 512, 1024, 4096):
            attempt(SECTION, run, "loop", loop)
        if rows in (128, 256, 512, 1024, 4096):
            attempt(SECTION, lambda a=a, ends=ends, here=here, loop=loop: emit(
                SECTION, "experts_rested", here, "us",
                times_us(loop if experts == 1 else lambda: grouped_mm(a, b3.transpose(1, 2), ends), 5, rest_s=0.02)))
        attempt(SECTION, lambda a=a, ends=ends, here=here: emit(
            SECTION, "experts_grouped", here, "us",
            times_us(lambda: grouped_mm(a, b3.transpose(1, 2), ends), REPS, BUDGET_US)))
        del a, c, a3, c3, reference
    if experts > 1:
        small = [torch.empty(256, 256, device="cuda", dtype=torch.bfloat16) for _ in range(3)]

        def calls():
            for _ in range(256):
                torch.mm(small[0], small[1], out=small[2])

        calls()
        emit(SECTION, "launch_loop", {"calls": 256}, "us", ([elapsed_us(calls) / 256 for _ in range(REPS)], None))


def main():
    if TensorDescriptor is None:
        print('{"section": "gemm", "error": "this Triton has no tensor descriptors: its tiles are not measured"}')
    else:
        for block_n in (128, 256):
            attempt(SECTION, tile, block_n)
        for block_m in (16, 32, 64, 128):
            attempt(SECTION, tile_rows, block_m)
        for block_n in (128, 256):
            attempt(SECTION, waves, block_n)
    for hidden, ffn, experts in SHAPES:
        for gemm in (1, 2):
            attempt(SECTION, experts_gemm, hidden, ffn, experts, gemm)
            torch.cuda.empty_cache()


if __name__ == "__main__":
    if torch.cuda.is_available():
        main()
    else:
        print('{"section": "gemm", "error": "PyTorch sees no GPU"}')
