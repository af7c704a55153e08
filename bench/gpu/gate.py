"""The gate of a MoE layer in bf16: scores of all experts, softmax, top-k.

    python3 bench/gpu/gate.py [--quick]        needs PyTorch and Triton; measure.py calls it

  gate_gemm   the scores alone, by cuBLAS
  gate_fused  scores, softmax and top-k in one kernel; `block` tokens a thread block. A block reads all
              of the gate's weights.
  gate_two    cuBLAS, then torch's softmax and topk: what a plain framework runs

us; graph replays, so the gap between kernels (about 1 us) is in it.
"""
import torch
import triton
import triton.language as tl
from timing import QUICK, attempt, emit, times_us

SECTION = "gate"
REPS = 4 if QUICK else 15
BUDGET_US = 20e3


@triton.jit
def gate_kernel(x_ptr, w_ptr, ids_ptr, weights_ptr, experts, H: tl.constexpr, E: tl.constexpr, K: tl.constexpr,
                BT: tl.constexpr, BK: tl.constexpr):
    row = (tl.program_id(0) * BT + tl.arange(0, BT)).to(tl.int64)
    expert = tl.arange(0, E)
    inner = tl.arange(0, BK)
    score = tl.zeros((BT, E), tl.float32)
    for k in range(0, H, BK):
        x = tl.load(x_ptr + row[:, None] * H + k + inner[None, :])
        w = tl.load(w_ptr + expert[:, None] * H + k + inner[None, :])
        score = tl.dot(x, w.T, score)
    score = tl.where(expert[None, :] < experts, score, float("-inf"))
    share = tl.exp(score - tl.max(score, 1)[:, None])
    share = share / tl.sum(share, 1)[:, None]
    for j in tl.static_range(K):
        best = tl.max(share, 1)
        where = tl.argmax(share, 1)
        tl.store(ids_ptr + row * K + j, where)
        tl.store(weights_ptr + row * K + j, best)
        share = tl.where(expert[None, :] == where[:, None], -1.0, share)


# hidden, experts, top_k
SHAPES = ((7168, 256, 8), (4096, 8, 2), (2048, 64, 4), (2048, 128, 8))
TOKENS = (128, 4096) if QUICK else (128, 256, 512, 1024, 2048, 4096, 8192, 16384)


def gate(hidden, experts, top_k):
    padded = max(16, experts)
    w = torch.zeros(padded, hidden, device="cuda", dtype=torch.bfloat16)
    w[:experts] = torch.randn(experts, hidden, device="cuda") / hidden ** 0.5
    at = {"hidden": hidden, "experts": experts, "k": top_k}
    for tokens in TOKENS:
        x = torch.randn(tokens, hidden, device="cuda", dtype=torch.bfloat16)
        ids = torch.full((tokens, top_k), -1, device="cuda", dtype=torch.int32)
        weights = torch.empty(tokens, top_k, device="cuda")
        here = dict(at, tokens=tokens)
        emit(SECTION, "gate_gemm", here, "us", times_us(lambda x=x: x @ w[:experts].T, REPS, BUDGET_US))
        emit(SECTION, "gate_two", here, "us", times_us(
            lambda x=x: torch.topk(torch.softmax((x @ w[:experts].T).float(), 1), top_k), REPS, BUDGET_US))
        share = torch.softmax(x.float() @ w[:experts].float().T, 1)
        least = share.topk(top_k).values[:, -1]
        for block in (16, 32, 64):
            def fused(block=block, x=x, ids=ids, weights=weights, tokens=tokens):
                gate_kernel[(tokens // block,)](x, w, ids, weights, experts, hidden, padded, top_k, block,
                                                128 if block < 64 else 64, num_warps=8 if padded > 64 else 4,
                                                num_stages=3 if padded <= 128 or block < 64 else 4)

            try:
                values = times_us(fused, REPS, BUDGET_US)
            except triton.runtime.errors.OutOfResources:
                continue
            chosen = share.gather(1, ids.long()).min(1).values
            if not bool((chosen > 0.98 * least).all()):
                raise ValueError(f"gate_fused: wrong experts, {block} tokens a block")
            emit(SECTION, "gate_fused", dict(here, block=block), "us", values)
            ids.fill_(-1)


if __name__ == "__main__":
    if torch.cuda.is_available():
        for shape in SHAPES:
            attempt(SECTION, gate, *shape)
    else:
        print('{"section": "gate", "error": "PyTorch sees no GPU"}')
