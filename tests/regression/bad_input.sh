#!/usr/bin/env bash
# Bad input of every kind: exit status 2 and one line on stderr that names the file, the place in it and
# what was expected. No stack trace, nothing on stdout, and no results directory made.
set -u

moehub=${MOEHUB:?the program}
source=${MOEHUB_SOURCE:?the repository}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

cases=0
failures=0

# refused 'PART' 'PART'... -- ARGUMENT...: the program must refuse the arguments with all parts in its line.
refused() {
  local parts=()
  while [ "$1" != -- ]; do parts+=("$1"); shift; done
  shift
  cases=$((cases + 1))
  timeout 120 "$moehub" "$@" > out.txt 2> err.txt
  local status=$? wrong=""
  [ $status -eq 2 ] || wrong+=" [exit status $status, not 2]"
  [ "$(wc -l < err.txt)" -eq 1 ] || wrong+=" [$(wc -l < err.txt) lines on stderr, not 1]"
  [ -s out.txt ] && wrong+=" [output on stdout]"
  [ -e results ] && wrong+=" [results directory made]"
  local part
  for part in "moehub: error: " ", expected " ${parts[@]+"${parts[@]}"}; do
    grep -qF -- "$part" err.txt || wrong+=" [lacks '$part']"
  done
  if [ -n "$wrong" ]; then
    failures=$((failures + 1))
    echo "FAILED: moehub $*:$wrong"
    sed 's/^/    /' err.txt
  fi
  rm -rf results
}

npz() { python3 "$source/tests/support/npz.py" "$@"; }
in_run=(run --hub model --out results)

# ---- traces ----
meta='meta:S::{"num_experts": 8, "model": "mixtral-8x7b"}'
"$moehub" trace gen good.npz --layers 2 --tokens 8 > /dev/null || exit 1
head -c 300 good.npz > truncated.npz
: > empty.npz
echo 'not a zip' > text.npz
npz range.npz expert_ids:i2:1x16x2:0,1,2,3,4,8 "$meta"
npz negative.npz expert_ids:i2:1x16x2:0,-3 "$meta"
npz flat.npz expert_ids:i2:32x2:0,1 "$meta"
npz zero.npz expert_ids:i2:1x0x2:0 "$meta"
npz floats.npz expert_ids:f4:1x16x2:0,1 "$meta"
npz twice.npz expert_ids:i2:1x16x2:3,3 "$meta"
npz none.npz ids:i2:1x16x2:0,1 "$meta"
npz weights.npz expert_ids:i2:1x16x2:0,1 weights:f4:1x16:1 "$meta"
npz sources.npz expert_ids:i2:1x16x2:0,1 source_gpu:i2:15:0 "$meta"
npz faraway.npz expert_ids:i2:1x16x2:0,1 source_gpu:i2:16:0,1,2,3,4,5,6,8 "$meta"
npz badmeta.npz expert_ids:i2:1x16x2:0,1 'meta:S::{"num_experts": }'
npz manychoices.npz expert_ids:i2:1x16x9:0,1,2,3,4,5,6,7,8 "$meta"
npz top3.npz expert_ids:i2:1x16x3:0,1,2 "$meta"
npz experts.npz expert_ids:i2:1x16x2:0,1 'meta:S::{"num_experts": 16}'
printf 'layer,token,expert_0\n0,0,x\n' > bad.csv
printf '{"layer":0,"token":0}\n' > bad.jsonl
printf 'plain' > bad.npy
printf '{' > broken.json
printf '{}' > empty.json
npz dropped.npz expert_ids:i2:1x16x2:0,-1 "$meta"
mkdir folder.npz

refused missing.npz "an existing file" -- "${in_run[@]}" --trace missing.npz
refused folder.npz "is a directory" -- "${in_run[@]}" --trace folder.npz
refused truncated.npz "a complete NumPy .npz" -- "${in_run[@]}" --trace truncated.npz
refused empty.npz "a complete NumPy .npz" -- "${in_run[@]}" --trace empty.npz
refused text.npz "a complete NumPy .npz" -- "${in_run[@]}" --trace text.npz
refused "range.npz: expert_ids[layer 0, token 2, k 1]: expert 8, expected 0 to 7" -- "${in_run[@]}" --trace range.npz
refused "negative.npz: expert_ids[layer 0, token 0, k 1]: expert -3" -- "${in_run[@]}" --trace negative.npz
refused "flat.npz: expert_ids: shape (32, 2)" "[layers, tokens, top_k]" -- "${in_run[@]}" --trace flat.npz
refused "zero.npz: expert_ids: shape (1, 0, 2)" -- "${in_run[@]}" --trace zero.npz
refused "floats.npz: expert_ids: dtype <f4" integers -- "${in_run[@]}" --trace floats.npz
refused "twice.npz: expert_ids[layer 0, token 0, k 1]: expert 3 as in k 0" -- "${in_run[@]}" --trace twice.npz
refused "none.npz: expert_ids: no such array" -- "${in_run[@]}" --trace none.npz
refused "weights.npz: weights: shape (1, 16)" -- "${in_run[@]}" --trace weights.npz
refused "sources.npz: source_gpu: shape (15,)" -- "${in_run[@]}" --trace sources.npz
refused "faraway.npz: source_gpu[token 7]: 8" "0 to 7" -- "${in_run[@]}" --trace faraway.npz
refused "badmeta.npz: meta" "JSON" -- "${in_run[@]}" --trace badmeta.npz
refused "manychoices.npz: expert_ids: top_k is 9" "at most the number of experts, 8" -- "${in_run[@]}" --trace manychoices.npz
refused "top3.npz: expert_ids: top_k is 3" "2 as in model mixtral-8x7b" -- "${in_run[@]}" --trace top3.npz
refused "experts.npz: meta: num_experts: 16" "8 as in model" -- "${in_run[@]}" --trace experts.npz
refused "good.npz: expert_ids: 8 tokens per GPU (64 over 8 GPUs)" "at least 9" -- "${in_run[@]}" --trace good.npz --tokens 9
refused "good.npz: expert_ids: 2 layers" "0:3" -- "${in_run[@]}" --trace good.npz --layers 0:3
refused "bad.csv: line 2, column 3: 'x'" -- "${in_run[@]}" --trace bad.csv
refused "bad.jsonl: line 1: no \"experts\"" -- "${in_run[@]}" --trace bad.jsonl
refused "bad.npy: expert_ids: no NumPy array" -- "${in_run[@]}" --trace bad.npy
refused "bad.txt: ending '.txt'" ".npz, .npy, .csv or .jsonl" -- "${in_run[@]}" --trace bad.txt

# ---- system and model files ----
model=$source/sim/models/mixtral-8x7b.toml
printf '[hub]\nlanes = 4\nrat_entrys = 64\n' > unknown.toml
printf '[fabric]\ngpus = "many"\n' > type.toml
printf '[fabric]\ngpus = 0\n' > nogpus.toml
printf 'token = 8\n' > key.toml
printf 'tokens = true\n' > type2.toml
printf '[hub\nlanes = 4\n' > syntax.toml
printf '[fabric]\ngpus = 16\n' > peers.toml
sed 's/^top_k.*/top_k = 9/' "$model" > topk.toml
sed '/^hidden/d' "$model" > nohidden.toml
sed 's/^hidden/hiden/' "$model" > typo.toml
sed 's/^scoring.*/scoring = "tanh"/' "$model" > scoring.toml
sed '$aexpert_groups = 3' "$model" > groups.toml

refused "unknown.toml: line 3: unknown key 'hub.rat_entrys', expected hub.rat_entries" -- "${in_run[@]}" --system unknown.toml
refused "type.toml: line 2: fabric.gpus" "an integer from 1" -- "${in_run[@]}" --system type.toml
refused "nogpus.toml: line 2: fabric.gpus: 0" -- "${in_run[@]}" --system nogpus.toml
refused "syntax.toml: line 1" "TOML" -- "${in_run[@]}" --system syntax.toml
refused "peers.toml: fabric.gpus: 16" "at most 8, the peers of the hub" -- "${in_run[@]}" --system peers.toml
refused "missing.toml" "an existing file" -- "${in_run[@]}" --system missing.toml
refused "--system: 'dgx'" "dgx-h100, dgx-h200, dgx-h800, dgx-h800-400" -- "${in_run[@]}" --system dgx
refused "topk.toml: top_k: 9" "at most num_experts, 8" -- "${in_run[@]}" --model topk.toml
refused "nohidden.toml: hidden: missing" -- "${in_run[@]}" --model nohidden.toml
refused "typo.toml: line" "unknown key 'hiden', expected hidden" -- "${in_run[@]}" --model typo.toml
refused "scoring.toml: scoring: 'tanh'" "one of softmax, " -- "${in_run[@]}" --model scoring.toml
refused "groups.toml: expert_groups: 3" "a divisor of num_experts, 8" -- "${in_run[@]}" --model groups.toml
refused "--model: 'gpt-9'" "mixtral-8x7b" -- "${in_run[@]}" --model gpt-9

# ---- options ----
refused "command line: --gpus: '97'" "from 1 to 96" -- "${in_run[@]}" --gpus 97
refused "dgx-h800.toml: fabric.gpus: 12" "whole nodes of 8" -- "${in_run[@]}" --gpus 12
refused "--gpus: '0'" -- "${in_run[@]}" --gpus 0
refused "--pass: 'back'" "forward or training" -- "${in_run[@]}" --pass back
refused "flame-moe-290m.toml: heads: 0" "for --pass" -- "${in_run[@]}" --model flame-moe-290m --pass forward
refused "--pass: placement.attention_tp 4" -- "${in_run[@]}" --pass forward --set placement.attention_tp=4
refused "--scenario: 'none'" "hotspot-incast" -- "${in_run[@]}" --scenario none
refused "key.toml: line 1: unknown key 'token'" "one of set, about" -- "${in_run[@]}" --scenario key.toml
refused "type2.toml: line 1: tokens: another type" -- "${in_run[@]}" --scenario type2.toml
refused "--senders: '1,1', 2 shares" "8, one a GPU" -- "${in_run[@]}" --senders 1,1
refused "--gpus: 'none'" -- "${in_run[@]}" --gpus none
refused "--tokens: '0'" -- "${in_run[@]}" --tokens 0
refused "--layers: '2:1'" "A:B" -- "${in_run[@]}" --layers 2:1
refused "--layers: 0:99" "0:32" -- "${in_run[@]}" --layers 0:99
refused "--seed: 'x'" -- "${in_run[@]}" --seed x
refused "--flow: 'tutel2'" "moehub, moehub-base, moehub-pkt" -- "${in_run[@]}" --flow moehub,tutel2
refused "--hub: 'gpu'" "rtl, model, gates" -- run --hub gpu --out results
refused "--routing: 'zipf9'" "normal:std=S" -- "${in_run[@]}" --routing zipf9
refused "--routing: 'zipf:s=9'" "s= a number from 0 to 4" -- "${in_run[@]}" --routing zipf:s=9
refused "--routing: 'hot:experts=2'" "hot:experts=N,times=M" -- "${in_run[@]}" --routing hot:experts=2
refused "--routing: 'hot:experts=1,times=5'" "at most 4.00 times" -- "${in_run[@]}" --routing hot:experts=1,times=5
refused "--routing: 'uniform:reuse=9'" "a smaller reuse" -- "${in_run[@]}" --routing uniform:reuse=9 --tokens 8
refused "--routing: 'nobody'" "flame-moe-290m-train" -- "${in_run[@]}" --routing like:nobody
refused "broken.json: no JSON" -- "${in_run[@]}" --routing like:broken.json
refused "empty.json: schema: missing" -- "${in_run[@]}" --routing like:empty.json
refused "dropped.npz: expert_ids: 16 dropped choices" -- "${in_run[@]}" --routing like:dropped.npz
refused "flame-moe-290m-train.json: num_experts: 64" "8 as in model" -- "${in_run[@]}" --routing like:flame-moe-290m-train --model mixtral-8x7b
refused "gpt-oss-20b-decode: gpus_per_token: nothing about 9 GPUs" -- trace gen x.npz --routing like:gpt-oss-20b-decode --gpus 9
refused "gpt-oss-20b-decode.json: layers: 24 layers" "at least 25" -- trace gen x.npz --routing like:gpt-oss-20b-decode --layers 25
refused "--routing" "smaller std" -- "${in_run[@]}" --routing normal:std=0.12 --set model.top_k=7
refused "top_k: 9" "at most num_experts, 8" -- "${in_run[@]}" --set model.top_k=9
refused "--set: unknown key 'hub.rat_entrees', expected hub.rat_entries" -- "${in_run[@]}" --set hub.rat_entrees=1
refused "--set hub.lanes: 'four'" "an integer" -- "${in_run[@]}" --set hub.lanes=four
refused "hub.rat_entries: 100" "power of two" -- "${in_run[@]}" --set hub.rat_entries=100
refused "placement.experts: 'best'" "one of contiguous, round-robin, balanced" -- "${in_run[@]}" --set placement.experts=best
refused "placement.redundant_experts: 8" "placement.experts balanced" -- "${in_run[@]}" --set placement.redundant_experts=8
refused "placement.attention_tp: 3" "a divisor of the number of GPUs, 8" -- "${in_run[@]}" --set placement.attention_tp=3
refused "--waves-window: given without --waves" -- "${in_run[@]}" --waves-window 1:2
refused "--trace: given together with --routing" -- "${in_run[@]}" --trace good.npz --routing uniform
refused "--colour: not known here" 'moehub run --help' -- "${in_run[@]}" --colour
refused "fly: not known here" -- fly
refused "command line" -- run --gpus
refused "command line" --

# ---- the other commands ----
refused "--top-k: 9" "at most the number of experts, 8" -- trace gen x.npz --top-k 9
refused "x.txt: ending '.txt'" -- trace gen x.txt
refused "good.npz/x.npz" "cannot be written" -- trace gen good.npz/x.npz
refused "missing.npz" -- trace info missing.npz
refused "--gpus: '0'" -- trace info good.npz --gpus 0
refused "dropped.npz: expert_ids: 16 dropped choices" -- trace info dropped.npz --json
refused "deepseek-v3.toml: groups_per_token: 4" -- trace gen x.npz --model deepseek-v3 --top-k 200
refused "range.npz: expert_ids[layer 0, token 2, k 1]: expert 8" -- trace convert range.npz x.npz
refused "missing.csv" -- trace convert missing.csv x.npz
refused "--num-experts: 9" "8 as good.npz says" -- trace convert good.npz x.npz --num-experts 9
refused "--from: 'sglang'" "vllm, megatron, esft or logits" -- trace convert x.pt x.npz --from sglang
refused "--top-k: missing" "--from esft" -- trace convert . x.npz --from esft
refused "--model: missing" "--from logits" -- trace convert good.npz x.npz --from logits
refused "no expert scores" "expert_weights_LAYER.txt" -- trace convert . x.npz --from esft --top-k 6
refused "no router trace" "router_trace_rank*.jsonl" -- trace convert . x.npz --from megatron
refused "bad.npy: routed_experts: no NumPy array" -- trace convert bad.npy x.npz --from vllm
refused "range.npz: router_logits: no such array" -- trace convert range.npz x.npz --from logits --model mixtral-8x7b
refused "phi-3.5-moe.toml: scoring: 'sparsemixer'" -- trace convert x.npy x.npz --from logits --model phi-3.5-moe
refused "nowhere/summary.json" "an existing file" -- report nowhere
mkdir broken && echo '{' > broken/summary.json
refused "broken/summary.json: no JSON" -- report broken
echo '{"schema": 1}' > broken/summary.json
refused "broken/summary.json: config" -- report broken
echo '{"schema": 1, "config": {"placement": 5}}' > broken/summary.json
refused "broken/summary.json: config.placement" -- report broken
echo 'trace = ["a,b", "a_b"]' > equal.toml
refused "equal.toml: two points named 'trace=a_b'" -- sweep equal.toml
for key in seed tokens gpus layers trace routing; do echo "$key = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"; done > grid.toml
refused "grid.toml: line 6: routing: 100000 times 10 points" "at most 100000" -- sweep grid.toml

# ---- what has no end, or a name that no file can have ----
long=$(printf 'm%.0s' {1..300})
refused "--model: 'mmm" "mixtral-8x7b" -- "${in_run[@]}" --model "$long"
refused "cannot be read" -- trace info "$long.csv"
refused "mmm" "an existing file" -- trace convert "$long" x.npz --from megatron
refused "/dev/zero: is a device" -- "${in_run[@]}" --system /dev/zero

echo "$cases refusals, $failures wrong"
[ $failures -eq 0 ] && [ $cases -ge 101 ]
