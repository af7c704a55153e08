#!/usr/bin/env bash
# What the program does when it is used rightly: help, version, and the trace commands end to end.
set -eu

moehub=${MOEHUB:?the program}
source=${MOEHUB_SOURCE:?the repository}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() { echo "FAILED: $*"; exit 1; }
has() { grep -qE -- "$2" "$1" || { sed 's/^/    /' "$1"; fail "no '$2' in $1"; }; }

# ---- version and help ----
version=$(sed -n 's/^project(moehub VERSION \([0-9.]*\).*/\1/p' "$source/CMakeLists.txt")
[ "$("$moehub" --version)" = "moehub $version" ] || fail "--version is not CMakeLists.txt's $version"
for command in "" run trace "trace gen" "trace info" "trace convert" report; do
  # shellcheck disable=SC2086  # a command is one or two words
  "$moehub" $command --help > help.txt 2> err.txt || fail "$command --help"
  has help.txt 'Usage: moehub'
  [ -s err.txt ] && fail "$command --help writes to stderr"
done
"$moehub" run --help > help.txt
for option in system model trace routing flow hub gpus tokens layers seed out waves waves-window set quiet; do
  has help.txt "^ +--$option "
done

# ---- traces: the same seed gives the same bytes, every format keeps them ----
"$moehub" trace gen a.npz --layers 3 --tokens 32 --seed 7 > out.txt
has out.txt 'a.npz: 3 layers, 256 tokens, top 2 of 8 experts, generated, normal:std=0.032, seed 7'
"$moehub" trace gen b.npz --layers 3 --tokens 32 --seed 7 > out.txt
cmp a.npz b.npz || fail "the same seed gave different files"
"$moehub" trace gen c.npz --layers 3 --tokens 32 --seed 8 > out.txt
cmp -s a.npz c.npz && fail "another seed gave the same file"
"$moehub" trace convert a.npz a.csv > out.txt
"$moehub" trace convert a.csv a.jsonl > out.txt
"$moehub" trace convert a.jsonl back.npz > out.txt
cmp a.npz back.npz || fail "npz to csv to jsonl to npz is not the same file"
[ "$(grep -vc '^#' a.csv)" -eq $((1 + 3 * 256)) ] || fail "lines of a.csv"

"$moehub" trace gen q.npy --model qwen3-30b-a3b --routing uniform --layers 1 --tokens 512 > out.txt
"$moehub" trace convert q.npy q.npz --num-experts 128 --model-name q --source test > out.txt
"$moehub" trace info q.npz > info.txt
has info.txt '^model +q$'
has info.txt '^source +test$'
has info.txt '^layers +1$'
has info.txt '^tokens +4096, 512 per GPU on 8 GPUs$'
has info.txt '^top_k +8$'
has info.txt '^experts +128$'
has info.txt '^reuse of experts, over uniform draws +(0\.9|1\.0)[0-9]'
has info.txt '^load of a GPU, max/mean +1\.0[0-9]'
"$moehub" trace info a.npz --gpus 2 --each-layer > info.txt
has info.txt 'As --routing normal:std=0.032'
has info.txt '^    2 '

# ---- every kind of generated routing, and statistics of one trace for another ----
for spec in uniform:reuse=2 zipf:s=0.7 zipf:s=0.3,reuse=3 hot:experts=2,times=4 normal:std=0.02,reuse=1.5; do
  "$moehub" trace gen g.npz --routing $spec --model gpt-oss-20b --layers 1 --tokens 128 > out.txt
  has out.txt "g.npz: 1 layers, 1024 tokens, top 4 of 32 experts, generated, $spec, seed 1"
done
"$moehub" trace info g.npz --json > g.json
"$moehub" trace gen like_trace.npz --routing like:g.npz > out.txt
"$moehub" trace gen like_json.npz --routing like:g.json > out.txt
has out.txt 'like_json.npz: 1 layers, 1024 tokens, top 4 of 32 experts, generated, like g.json, seed 1'
"$moehub" trace convert like_trace.npz one.csv --source x > out.txt
"$moehub" trace convert like_json.npz two.csv --source x > out.txt
cmp one.csv two.csv || fail "statistics of a trace give another routing than the trace"
"$moehub" trace gen v3.npz --model deepseek-v3 --layers 1 --tokens 32 > out.txt
"$moehub" trace info v3.npz > info.txt  # 8 groups on 8 GPUs, 4 of them a token
has info.txt '^distinct GPUs per token +(3\.[0-9]+|4\.000) '
has info.txt 'As --routing normal:std=0.03'

# ---- an npz that another program wrote ----
python3 "$source/tests/support/npz.py" other.npz expert_ids:i8:1x8x2:0,1,2,3 weights:f8:1x8x2:0.5 \
  source_gpu:u1:8:0,1 'meta:S::{"num_experts": 4, "model": "small", "source": "npz.py"}'
"$moehub" trace info other.npz --gpus 2 > info.txt
has info.txt '^model +small$'
has info.txt '^weights +yes$'
has info.txt '^source GPU of tokens +as recorded$'
# ---- other programs' recordings ----
mkdir megatron esft
printf '{"step":0,"block":"decoder","layer":2,"rank":%s,"top_indices":[[0,1],[2,3]]}\n' 0 > megatron/router_trace_rank0.jsonl
printf '{"step":0,"block":"decoder","layer":2,"rank":%s,"top_indices":[[4,5]]}\n' 1 > megatron/router_trace_rank1.jsonl
"$moehub" trace convert megatron m.npz --from megatron --num-experts 8 --model-name m > out.txt
has out.txt 'm.npz: 1 layers, 3 tokens, top 2 of 8 experts'
"$moehub" trace info m.npz --gpus 2 > info.txt
has info.txt '^source GPU of tokens +as recorded$'
printf '0\t1\t2\t3\t\t0.5\t0.5\t0.5\t0.5\n' > esft/expert_weights_1.txt
"$moehub" trace convert esft e.csv --from esft --top-k 2 > out.txt
has e.csv '^0,1,2,3,0.5,0.5$'
python3 - <<'END'
import struct
def npy(name, descr, shape, data):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    with open(name, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data)
npy("vllm.npy", "|u1", (3, 2, 1), bytes([0, 5, 1, 6, 2, 7]))
npy("logits.npy", "<f4", (1, 2, 8), struct.pack("<16f", *range(16)))
END
"$moehub" trace convert vllm.npy v.csv --from vllm > out.txt
has out.txt 'v.csv: 2 layers, 3 tokens, top 1 of 8 experts'
has v.csv '^1,2,7$'
"$moehub" trace convert logits.npy l.csv --from logits --model mixtral-8x7b > out.txt
has l.csv '^0,0,7,6,0\.6[0-9]+,0\.2[0-9]+$'

echo "help, version and traces as documented"
