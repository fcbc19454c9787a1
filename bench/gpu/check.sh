#!/usr/bin/env bash
# Everything worth knowing of ie-engine on a machine with an NVIDIA GPU, in one run of at most ten minutes: doctor, selftest,
# compute-sanitizer where present, the samples on CPU and GPU compared, a large measure, PyTorch's rates beside ours where PyTorch is,
# start-up. Every part goes on when another fails. Writes OUT/check.md, one table, and the output of every part beside it.
#
# Usage: check.sh BUNDLE [OUT] [TORCH_REFERENCE.py]
#   BUNDLE           the tar.gz of bundle.sh, or the directory it unpacks to
#   OUT              results go here (default: ie-engine-check)
#   TORCH_REFERENCE  torch_reference.py, or the variable TORCH_REFERENCE; left out where python3 has no torch
# Variables: DEVICE (cuda), BUDGET seconds (570), SAMPLES (1500), LARGE_N (300000), LARGE_T (8), LARGE_LAYERS (5), LARGE_MODEL
# (keys of RandomCheckpoint; default GPT-2 small), EPOCH_N (300000), EPOCH_D (768), FORWARD_N (20000), REPEATS (7),
# SELFTEST (more options of the selftest of the GPU, e.g. --small), MEASURE (more options of the measures of samples)
# Without a GPU every GPU part says so, and the CPU parts are done, the rates at 1/100 of the size.
set -uo pipefail

[ $# -ge 1 ] || { sed -n '2,15p' "$0" | sed 's/^# \{0,1\}//'; exit 2; }
bundle=$1
out=${2:-ie-engine-check}
torch=${3:-${TORCH_REFERENCE:-}}
device=${DEVICE:-cuda}
begin=$SECONDS
deadline=$((SECONDS + ${BUDGET:-570}))
mkdir -p "$out" || exit 1
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ -d "$bundle" ]; then
    home=$(cd "$bundle" && pwd)
else
    tar -C "$work" -xf "$bundle" || { echo "$bundle cannot be unpacked"; exit 1; }
    home=$work/ie-engine
fi
java=$home/runtime/bin/java
classpath=$home/ie-engine.jar:$home/bench.jar
ie() { "$java" ${JAVA_OPTIONS:-} -jar "$home/ie-engine.jar" "$@"; }
bench() { "$java" ${JAVA_OPTIONS:-} -cp "$classpath" "org.ieengine.bench.$1" "${@:2}"; }
export -f ie bench
export java home classpath

table=$out/check.md
say() { printf '%s\n' "$*" | tee -a "$table"; }
row() { say "| $1 | $2 | $3 | ${4//|/\\|} |"; }

# part NAME LIMIT COMMAND...: runs it within its limit and what is left of the budget; standard output to NAME.out, errors to
# NAME.err, seconds to $took, the exit code to $code.
part() {
    local name=$1 limit=$2
    shift 2
    local left=$((deadline - SECONDS)) start
    took=0 code=125
    : >"$out/$name.out" >"$out/$name.err"
    if [ "$left" -lt 5 ]; then
        echo "no time left of the budget" >"$out/$name.err"
        return
    fi
    start=$(date +%s.%N)
    timeout -k 5 $((limit < left ? limit : left)) bash -c '"$@"' part "$@" >"$out/$name.out" 2>"$out/$name.err"
    code=$?
    took=$(awk -v a="$start" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f", b - a }')
}
verdict() { case $code in 0) echo ok ;; 124 | 137) echo "stopped at its limit" ;; *) echo "exit $code" ;; esac; }
last_error() { tail -n 1 "$out/$1.err" | cut -c1-200; }
# The number under a key of a line of JSON.
number() { sed -n "s/.*\"$2\": *\([-0-9.eE+]*\).*/\1/p" "$1" | head -n 1; }
no_gpu() { row "$1" "left out" "" "no GPU that can be used"; }

: >"$table"
say "## $(date -u +%Y-%m-%d) $(cat "$home/COMMIT" 2>/dev/null), $(uname -m), $(nproc) cores"
say ""
part doctor 60 ie doctor
doctor_verdict=$(verdict)
gpu=$(sed -n 's/^ok  GPU [0-9]*  *//p' "$out/doctor.out" | head -n 1)
gpu_reason=""
if [ -z "$gpu" ]; then
    part no-gpu 30 ie selftest --device "$device" --small --quiet
    gpu_reason=$(sed -n 's/^ie-engine: //p' "$out/no-gpu.err" | head -n 1)
    took=""
fi
say "| part | result | seconds | what |"
say "| --- | --- | --- | --- |"
row "doctor" "$doctor_verdict" "$took" "${gpu:-$gpu_reason}; driver $(sed -n 's/^..  NVIDIA driver  *//p' "$out/doctor.out")"

selftest() { # NAME LIMIT options
    local name=$1 limit=$2
    shift 2
    part "$name" "$limit" ie selftest "$@"
    row "selftest $*" "$(verdict)" "$took" "$(grep -E '^(PASS|FAIL):' "$out/$name.out" || last_error "$name")"
    grep -E '^FAIL ' "$out/$name.out" | head -n 20 | while read -r line; do row "" "FAIL" "" "$line"; done
}
if [ -n "$gpu" ]; then selftest selftest-gpu 150 --device "$device" ${SELFTEST:-}; else no_gpu "selftest --device $device"; fi
selftest selftest-cpu 60 --device cpu --small

# Sizes of the rates: without a GPU a hundredth, on the CPU.
if [ -n "$gpu" ]; then
    shrink=1 rate_device=$device modes="f32 tf32 bf16"
else
    shrink=100 rate_device=cpu modes=f32
fi
part first-kernel 30 bench FirstKernel --device "$rate_device"
row "start-up to the first kernel's result, $rate_device" "$(verdict)" "$took" \
    "$(number "$out/first-kernel.out" seconds) s $([ $code -eq 0 ] || last_error first-kernel)"

# measure NAME LIMIT options: a run of the samples or of the large model
measure() {
    local name=$1 limit=$2
    shift 2
    part "$name" "$limit" ie measure "$@" --quiet --out "$out/$name-run"
}
# Greatest difference of a column of two results.csv, of the rows of one estimator.
differences() { # CSV CSV ESTIMATOR
    awk -F, -v estimator="$3" '
        FNR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
        $column["estimator"] != estimator { next }
        { key = $1 "," $2 "," $column["noise"] }
        FNR == NR { ie[key] = $column["ie_bits"]; macro[key] = $column["macro_bits"]; sd[key] = $column["macro_sd"]; next }
        key in ie {
            n++
            d = $column["ie_bits"] - ie[key]; d = d < 0 ? -d : d; if (d > worst) worst = d
            m = $column["macro_bits"] - macro[key]; m = m < 0 ? -m : m; if (m > most) most = m
            if (sd[key] + 0 > spread) spread = sd[key]
        }
        END { printf "%s: %d rows, greatest difference IE %.4f, macro %.4f bits", estimator, n, worst, most
              if (spread > 0) printf " (sd over seeds up to %.4f)", spread }' "$1" "$2"
}
for model in gpt2-tiny openllama-tiny; do
    sample=(-w "$home/samples/$model" -d "$home/samples/sentences.txt" --samples "${SAMPLES:-1500}" --layers 1 --seeds 2 ${MEASURE:-})
    measure "$model-cpu" 90 "${sample[@]}" --device cpu
    row "measure $model, CPU" "$(verdict)" "$took" "$(last_error "$model-cpu")"
    if [ -z "$gpu" ]; then
        no_gpu "measure $model, GPU"
        continue
    fi
    for precision in f32 bf16; do
        measure "$model-$precision" 60 "${sample[@]}" --device "$device" --precision $precision
        row "measure $model, GPU $precision" "$(verdict)" "$took" "$(last_error "$model-$precision")"
        cpu=$out/$model-cpu-run/results.csv mine=$out/$model-$precision-run/results.csv
        if [ -s "$cpu" ] && [ -s "$mine" ]; then
            for estimator in resolution dv; do
                row "$model, GPU $precision less CPU" "" "" "$(differences "$cpu" "$mine" $estimator)"
            done
        fi
    done
done

checkpoint=$work/random
part checkpoint 60 bench RandomCheckpoint "$checkpoint" gpt2 ${LARGE_MODEL:-}
row "random weights" "$(verdict)" "$took" "$(head -n 1 "$out/checkpoint.out")"
repeats=${REPEATS:-7}
n=$((${EPOCH_N:-300000} / shrink)) d=${EPOCH_D:-768}
forward=$((${FORWARD_N:-20000} / shrink))
for mode in $modes; do
    options=(--device "$rate_device")
    [ -z "$gpu" ] || options+=(--precision "$mode")
    part "epoch-$mode" 60 bench CriticEpochRate "$n" "$d" "$(nproc)" "$repeats" "${options[@]}"
    row "critic epoch, ours $mode, $rate_device, N = $n, d = $d" "$(verdict)" "$took" \
        "$(number "$out/epoch-$mode.out" seconds) s, $(number "$out/epoch-$mode.out" tflops) TFLOP/s $([ $code -eq 0 ] || last_error "epoch-$mode")"
    part "forward-$mode" 60 bench ForwardRate "$checkpoint" "$forward" 8 "$(nproc)" "$repeats" "${options[@]}"
    row "forward, ours $mode, $rate_device, N = $forward, T = 8" "$(verdict)" "$took" \
        "$(number "$out/forward-$mode.out" seconds) s $([ $code -eq 0 ] || last_error "forward-$mode")"
done

if [ -z "$torch" ] || [ ! -f "$torch" ]; then
    row "PyTorch" "left out" "" "no torch_reference.py given"
elif ! python3 -c 'import torch' 2>/dev/null; then
    row "PyTorch" "left out" "" "python3 has no torch"
else
    on=$([ -n "$gpu" ] && echo cuda || echo cpu)
    reference() { # NAME LIMIT words
        local name=$1
        part "$name" "$2" python3 "$torch" "${@:3}" --device "$on"
        [ -s "$out/$name.out" ] || row "$name" "$(verdict)" "$took" "$(last_error "$name")"
        while read -r line; do
            printf '%s\n' "$line" >"$work/line"
            rate=$(number "$work/line" tflops) copy=$(number "$work/line" GBps)
            row "$(sed -n 's/.*"name": *"\([^"]*\)".*/\1/p' "$work/line"), PyTorch" "ok" "" \
                "$(number "$work/line" seconds) s${rate:+, $rate TFLOP/s}${copy:+, $copy GB/s}"
        done <"$out/$name.out"
    }
    [ -z "$gpu" ] || reference torch-ceilings 45 ceilings
    reference torch-critic 75 critic --n "$n" --d "$d" --reps "$repeats" --modes f32,tf32,bf16
    reference torch-forward 45 forward --n "$forward" --model gpt2 --reps "$repeats" --modes f32,bf16
fi

large=$((${LARGE_N:-300000} / shrink))
part ids 60 bench RandomTokenIds "$checkpoint" "$work/ids.safetensors" "$large" "${LARGE_T:-8}"
if [ $code -eq 0 ]; then
    layers=${LARGE_LAYERS:-5}
    [ -n "$gpu" ] || layers=0
    part large 170 ie measure -w "$checkpoint" --token-ids "$work/ids.safetensors" --device "$rate_device" --layers "$layers" \
        --seeds 1 --time-limit 2.5 --out "$out/large-run"
    what="N = $large, T = ${LARGE_T:-8}, block $layers"
    row "measure $what, $rate_device" "$(verdict)" "$took" \
        "$(cat "$out/large-run/journal.jsonl" 2>/dev/null | wc -l) estimates finished; $(last_error large)"
    grep -h 'plan:' "$out/large.err" | head -n 1 | while read -r line; do row "" "" "" "$line"; done
else
    row "token ids" "$(verdict)" "$took" "$(last_error ids)"
fi

sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda*/bin/compute-sanitizer 2>/dev/null | head -n 1)
if [ -z "$gpu" ]; then
    no_gpu "compute-sanitizer"
elif [ -z "$sanitizer" ]; then
    row "compute-sanitizer" "left out" "" "not installed"
else
    part sanitizer 90 "$sanitizer" --tool memcheck --error-exitcode 9 "$java" -jar "$home/ie-engine.jar" selftest --device "$device" \
        --small --quiet --precision f32
    row "compute-sanitizer memcheck, selftest --small" "$(verdict)" "$took" \
        "$(grep -h 'ERROR SUMMARY' "$out"/sanitizer.* | head -n 1)"
fi

say ""
say "$((SECONDS - begin)) seconds in all."
