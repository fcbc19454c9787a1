#!/usr/bin/env bash
# Everything worth knowing of ie-engine on a machine with an NVIDIA GPU, in runs of at most ten minutes: correctness, rates beside
# their ceilings and beside PyTorch in the same run, whole measurements. Every part has a time limit and goes on when another fails.
# Writes OUT/check.md: what was done, then the goals with what was measured; the output of every part beside it, and figures.txt.
#
# Usage: check.sh BUNDLE [OUT] [PART...]
#   BUNDLE  the tar.gz of bundle.sh, or the directory it unpacks to
#   OUT     results go here (default: ie-engine-check)
#   PART    doctor, startup, selftest, ceilings, epoch, products, memory, forward, whole, sanitizer, sass, samples, bench: in the order
#           given; all without any. For two calls of under eight minutes:
#             check.sh ie-engine A doctor startup selftest ceilings epoch products memory forward
#             check.sh ie-engine B doctor whole sanitizer sass samples bench
#             ie-engine/goals.sh A/figures.txt B/figures.txt
# Rivals are timed where PYTHON (python3) has torch, by torch_rivals.py of the bundle.
# Variables: DEVICE (cuda), BUDGET seconds (570), REPEATS (20), SELFTEST and MEASURE (more options of selftest and of the measures of
# samples), SAMPLES (1500), WHOLE_N (300000), WHOLE_T (8), WHOLE_LAYERS (all), WHOLE_SEEDS (3), WHOLE_MODEL (keys of
# RandomCheckpoint), WHOLE (more options of that measure), EPOCH_N (300000), EPOCH_D (768), FORWARD_N (20000), FORWARD_MODEL
# (gpt2-xl), FORWARD_KEYS (keys of RandomCheckpoint for that model), PRODUCTS (five shapes of ProductRate: large, medium, +gelu,
# +residual, +leaky), MEMORY_ROWS (300000), MEMORY_WIDTH (768), BENCH (more options of bench), TORCH_DEVICE (cuda).
# Without a GPU every GPU part says so, and the CPU parts are done, the rates at 1/100 of the size.
set -uo pipefail

[ $# -ge 1 ] || { sed -n '2,20p' "$0" | sed 's/^# \{0,1\}//'; exit 2; }
bundle=$1
out=${2:-ie-engine-check}
shift $(($# < 2 ? $# : 2))
every="doctor startup selftest ceilings epoch products memory forward whole sanitizer sass samples bench"
parts=${*:-$every}
for wanted in $parts; do
    [[ " $every " == *" $wanted "* ]] || { echo "there is no part $wanted; there are: $every"; exit 2; }
done
device=${DEVICE:-cuda}
python=${PYTHON:-python3}
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

table=$out/check.md figures=$out/figures.txt
say() { printf '%s\n' "$*" | tee -a "$table"; }
row() { say "| $1 | $2 | $3 | ${4//|/\\|} |"; }
figure() { [ -z "$2" ] || printf '%s %s\n' "$1" "$2" >>"$figures"; }

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
fault() { [ $code -eq 0 ] || last_error "$1"; }
# The device's own time in a file, where it has one.
of_device() { local seconds=$(number "$1" device_seconds); echo "${seconds:+, of the device $seconds s}"; }
# The number, or the text, under a key of a line of JSON.
number() { sed -n "s/.*\"$2\": *\([-0-9.eE+]*\).*/\1/p" "$1" | head -n 1; }
text() { sed -n "s/.*\"$2\": *\"\([^\"]*\)\".*/\1/p" "$1" | head -n 1; }
# each FILE COMMAND...: the command for each line of JSON, which it finds in $work/line.
each() {
    local file=$1 line
    shift
    while read -r line; do
        printf '%s\n' "$line" >"$work/line"
        "$@"
    done < <(grep '^{' "$file")
}
no_gpu() { row "$1" "left out" "" "no GPU that can be used"; }

# rivals NAME LIMIT SHOW WORDS...: torch_rivals.py, then SHOW for each of its lines.
rivals() {
    local name=$1 limit=$2 show=$3
    shift 3
    if ! "$python" -c 'import torch' 2>/dev/null; then
        row "$name" "left out" "" "$python has no torch"
        return
    fi
    part "$name" "$limit" "$python" "$home/torch_rivals.py" "$@" --device "$torch_device"
    row "$name" "$(verdict)" "$took" "$(fault "$name")"
    each "$out/$name.out" "$show"
}
# rival KEY NAME: one line of torch_rivals.py: its seconds as the figure, and a row.
rival() {
    local seconds=$(number "$work/line" seconds) rate=$(number "$work/line" tflops) copied=$(number "$work/line" gbps)
    figure "$1" "$seconds"
    row "$2, PyTorch $(text "$work/line" mode)" "${seconds:+ok}" "" \
        "${seconds:+$seconds s}${rate:+, $rate TFLOP/s}${copied:+, $copied GB/s}$(text "$work/line" error)"
}

# Sizes of the rates: without a GPU a hundredth, on the CPU.
sizes() {
    if [ -n "$gpu" ]; then
        shrink=1 rate_device=$device torch_device=${TORCH_DEVICE:-cuda} modes="bf16 tf32 f32" repeats=${REPEATS:-20}
        products=${PRODUCTS:-"8192x8192x8192 4096x4096x4096 160000x768x3072+gelu 160000x3072x768+residual 600000x768x384+leaky"}
    else
        shrink=100 rate_device=cpu torch_device=cpu modes=f32 repeats=${REPEATS:-5}
        products=${PRODUCTS:-"1024x1024x1024 512x512x512 1600x768x3072+gelu 1600x3072x768+residual 6000x768x384+leaky"}
    fi
    epoch_n=$((${EPOCH_N:-300000} / shrink)) epoch_d=${EPOCH_D:-768}
    threads=$(nproc)
}
# The options of a rate in a precision, to $options.
precision() {
    options=(--device "$rate_device")
    [ -z "$gpu" ] || options+=(--precision "$1")
}

do_doctor() { row "doctor" "$doctor_verdict" "$doctor_took" "${gpu:-$gpu_reason}; driver $(sed -n 's/^..  NVIDIA driver  *//p' "$out/doctor.out")"; }

selftest() { # NAME LIMIT options
    local name=$1 limit=$2
    shift 2
    part "$name" "$limit" ie selftest "$@"
    row "selftest $*" "$(verdict)" "$took" "$(grep -E '^(PASS|FAIL):' "$out/$name.out" || last_error "$name")"
    grep -E '^FAIL ' "$out/$name.out" | head -n 20 | while read -r line; do row "" "FAIL" "" "$line"; done
}
do_selftest() {
    if [ -n "$gpu" ]; then
        selftest selftest-gpu 150 --device "$device" ${SELFTEST:-}
        figure selftest.seconds "$took"
        figure selftest.code "$code"
    else
        no_gpu "selftest --device $device"
        selftest selftest-cpu 60 --device cpu --small
    fi
}

do_startup() {
    part first-kernel 30 bench FirstKernel --device "$rate_device"
    row "start-up to the first kernel's result, $rate_device" "$(verdict)" "$took" "$(number "$out/first-kernel.out" seconds) s $(fault first-kernel)"
    [ -z "$gpu" ] || figure startup.seconds "$(number "$out/first-kernel.out" seconds)"
}

show_ceiling() {
    case $(text "$work/line" name) in
        copy) figure ceiling.copy.gbps "$(number "$work/line" gbps)"; rival ceiling.copy.seconds "copy" ;;
        *) figure "ceiling.$(text "$work/line" mode).tflops" "$(number "$work/line" tflops)"
            rival "ceiling.$(text "$work/line" mode).seconds" "square product" ;;
    esac
}
do_ceilings() { rivals torch-ceilings 60 show_ceiling ceilings --side $([ "$torch_device" = cpu ] && echo 512 || echo 8192); }

show_epoch() { rival "epoch.torch.$(text "$work/line" mode)" "critic epoch"; }
do_epoch() {
    local mode file
    for mode in $modes; do
        precision "$mode"
        part "epoch-$mode" 75 bench CriticEpochRate "$epoch_n" "$epoch_d" "$threads" "$repeats" "${options[@]}"
        file=$out/epoch-$mode.out
        row "critic epoch, ours $mode, $rate_device, N = $epoch_n, d = $epoch_d" "$(verdict)" "$took" \
            "$(number "$file" seconds) s, without waiting $(number "$file" wall_seconds) s$(of_device "$file") $(fault "epoch-$mode")"
        figure "epoch.own.$mode" "$(number "$file" seconds)"
        figure "epoch.overhead.$mode" "$(number "$file" overhead)"
        figure epoch.split_flops "$(number "$file" split_flops)"
        figure epoch.bytes "$(number "$file" bytes)"
    done
    rivals torch-epoch 120 show_epoch critic --n "$epoch_n" --d "$epoch_d" --repeats 7
}

show_product() {
    figure "product.own.$(text "$work/line" shape)" "$(number "$work/line" seconds)"
    row "product $(text "$work/line" shape), ours" ok "" "$(number "$work/line" seconds) s, $(number "$work/line" tflops) TFLOP/s"
}
show_torch_product() { rival "product.torch.$(text "$work/line" mode).$(text "$work/line" shape)" "product $(text "$work/line" shape)"; }
do_products() {
    local shape names=(large medium gelu residual leaky) i=0
    for shape in $products; do
        figure "product.${names[i]}" "$shape"
        i=$((i + 1))
    done
    precision bf16
    part products 90 bench ProductRate "$repeats" "$threads" $products "${options[@]}"
    row "products, ours, $rate_device" "$(verdict)" "$took" "$(fault products)"
    each "$out/products.out" show_product
    rivals torch-products 120 show_torch_product products $products --repeats "$repeats"
}

show_memory() {
    local kernel=$(text "$work/line" kernel)
    figure "memory.own.$kernel.share" "$(number "$work/line" share)"
    row "memory-bound: $kernel, ours" ok "" "$(number "$work/line" seconds) s, $(number "$work/line" gbps) GB/s, $(number "$work/line" share) of the copy"
}
show_torch_memory() { rival "memory.torch.$(text "$work/line" kernel).seconds" "memory-bound: $(text "$work/line" kernel)"; }
do_memory() {
    local rows=$((${MEMORY_ROWS:-300000} / shrink)) width=${MEMORY_WIDTH:-768}
    precision bf16
    part memory 60 bench MemoryRate "$rows" "$width" "$threads" "$repeats" "${options[@]}"
    row "memory-bound kernels [$rows, $width], ours, $rate_device" "$(verdict)" "$took" "$(fault memory)"
    each "$out/memory.out" show_memory
    rivals torch-memory 45 show_torch_memory memory --n "$rows" --d "$width" --repeats "$repeats"
}

show_forward() { rival "forward.torch.$(text "$work/line" mode)" "forward pass, $(text "$work/line" model)"; }
do_forward() {
    local model=${FORWARD_MODEL:-gpt2-xl} n=$((${FORWARD_N:-20000} / shrink)) keys mode=bf16
    [ -n "$gpu" ] || mode=f32 model=${FORWARD_MODEL:-gpt2}
    case $model in
        gpt2-xl) keys="n_embd=1600 n_layer=48 n_head=25" ;;
        gpt2) keys="" ;;
        tiny) keys="n_embd=64 n_layer=2 n_head=4" ;;
        *) row "forward pass" "left out" "" "FORWARD_MODEL is gpt2-xl, gpt2 or tiny, not $model"; return ;;
    esac
    part forward-weights 90 bench RandomCheckpoint "$work/forward" gpt2 type=BF16 $keys ${FORWARD_KEYS:-}
    row "random weights, $model" "$(verdict)" "$took" "$(head -n 1 "$out/forward-weights.out")$(fault forward-weights)"
    precision $mode
    part "forward-$mode" 90 bench ForwardRate "$work/forward" "$n" 8 "$threads" 3 "${options[@]}"
    rm -rf "$work/forward"
    local file=$out/forward-$mode.out
    row "forward pass, $model, ours $mode, $rate_device, N = $n, T = 8" "$(verdict)" "$took" \
        "$(number "$file" seconds) s$(of_device "$file") $(fault "forward-$mode")"
    figure "forward.own.$mode" "$(number "$file" seconds)"
    rivals torch-forward 110 show_forward forward --n "$n" --model "$model" --repeats 3 \
        --modes "$([ -n "$gpu" ] && echo bf16,transformers,compiled || echo f32)"
}

do_whole() {
    local n=$((${WHOLE_N:-300000} / shrink)) layers=${WHOLE_LAYERS:-all} seeds=${WHOLE_SEEDS:-3} precision=()
    [ -n "$gpu" ] || layers=0 seeds=1
    part whole-weights 60 bench RandomCheckpoint "$work/whole" gpt2 ${WHOLE_MODEL:-}
    row "random weights, GPT-2 small" "$(verdict)" "$took" "$(head -n 1 "$out/whole-weights.out")$(fault whole-weights)"
    part ids 60 bench RandomTokenIds "$work/whole" "$work/ids.safetensors" "$n" "${WHOLE_T:-8}"
    [ -z "$gpu" ] || precision=(--precision bf16)
    part whole 330 ie measure -w "$work/whole" --token-ids "$work/ids.safetensors" --device "$rate_device" "${precision[@]}" \
        --layers "$layers" --seeds "$seeds" ${WHOLE:-} --out "$out/whole-run"
    row "standard measure, N = $n, T = ${WHOLE_T:-8}, blocks $layers, $seeds seeds, $rate_device" "$(verdict)" "$took" \
        "$(cat "$out/whole-run/journal.jsonl" 2>/dev/null | wc -l) estimates finished; $(fault whole)"
    grep -h 'plan:' "$out/whole.err" | head -n 1 | while read -r line; do row "" "" "" "$line"; done
    if [ -n "$gpu" ]; then
        figure whole.seconds "$took"
        figure whole.code "$code"
    fi
    rm -rf "$work/whole" "$work/ids.safetensors"
}

do_bench() {
    part bench-help 20 ie bench --help
    if [ $code -ne 0 ]; then
        row "bench" "not there" "" "$(head -n 1 "$out/bench-help.err" | cut -c1-120)"
        return
    fi
    part bench 170 ie bench --device "$rate_device" --json --quiet --budget 2.5 --out "$out/bench-run" ${BENCH:-}
    row "bench --device $rate_device" "$(verdict)" "$took" "$(grep -o '"kernel"' "$out/bench.out" | wc -l) rows in bench.out; $(fault bench)"
}

# measure NAME LIMIT options: a run of the samples
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
do_samples() {
    local model precision sample cpu mine estimator
    for model in gpt2-tiny openllama-tiny; do
        sample=(-w "$home/samples/$model" -d "$home/samples/sentences.txt" --samples "${SAMPLES:-1500}" --layers 1 --seeds 2 ${MEASURE:-})
        measure "$model-cpu" 90 "${sample[@]}" --device cpu
        row "measure $model, CPU" "$(verdict)" "$took" "$(fault "$model-cpu")"
        if [ -z "$gpu" ]; then
            no_gpu "measure $model, GPU"
            continue
        fi
        for precision in f32 bf16; do
            measure "$model-$precision" 60 "${sample[@]}" --device "$device" --precision $precision
            row "measure $model, GPU $precision" "$(verdict)" "$took" "$(fault "$model-$precision")"
            cpu=$out/$model-cpu-run/results.csv mine=$out/$model-$precision-run/results.csv
            if [ -s "$cpu" ] && [ -s "$mine" ]; then
                for estimator in resolution dv; do
                    row "$model, GPU $precision less CPU" "" "" "$(differences "$cpu" "$mine" $estimator)"
                done
            fi
        done
    done
}

do_sanitizer() {
    local sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda*/bin/compute-sanitizer 2>/dev/null | head -n 1)
    if [ -z "$gpu" ]; then
        no_gpu "compute-sanitizer"
    elif [ -z "$sanitizer" ]; then
        row "compute-sanitizer" "left out" "" "not installed"
    else
        part sanitizer 120 "$sanitizer" --tool memcheck --error-exitcode 9 "$java" -jar "$home/ie-engine.jar" selftest --device "$device" \
            --small --quiet
        row "compute-sanitizer memcheck, selftest --small" "$(verdict)" "$took" "$(grep -h 'ERROR SUMMARY' "$out"/sanitizer.* | head -n 1)"
    fi
}

# Matrix instructions and accesses of local memory of the modules with products on tensor cores, assembled for 9.0a.
sass() {
    local ptx name
    for ptx in "$home"/ptx/*.ptx; do
        name=$(basename "$ptx" .ptx)
        case $name in *.sm_75) continue ;; esac
        grep -q 'mma\.' "$ptx" || continue
        ptxas -arch=sm_90a -o "$work_sass/$name.cubin" "$ptx" || return 1
        cuobjdump -sass "$work_sass/$name.cubin" >"$work_sass/$name.sass" || return 1
        awk -v name="$name" '
            /Function :/ { if (kernel != "") print name, kernel, hgmma + 0, hmma + 0, locals + 0; kernel = $NF; hgmma = hmma = locals = 0 }
            / HGMMA/ { hgmma++ } / HMMA/ { hmma++ } / (LDL|STL)/ { locals++ }
            END { if (kernel != "") print name, kernel, hgmma + 0, hmma + 0, locals + 0 }' "$work_sass/$name.sass"
    done
}
export -f sass
do_sass() {
    local tool
    for tool in ptxas cuobjdump; do
        command -v $tool >/dev/null || PATH=$PATH:$(ls -d /usr/local/cuda*/bin 2>/dev/null | head -n 1)
        command -v $tool >/dev/null || { row "SASS" "left out" "" "$tool is not installed"; return; }
    done
    export work_sass=$work PATH
    part sass 90 sass
    row "SASS for 9.0a: kernel, HGMMA, HMMA, accesses of local memory" "$(verdict)" "$took" "$(fault sass)"
    awk '$3 + $4 + $5 > 0' "$out/sass.out" | while read -r name kernel hgmma hmma locals; do row "" "" "" "$kernel: $hgmma, $hmma, $locals"; done
}

: >"$table" >"$figures"
say "## $(date -u +%Y-%m-%d) $(cat "$home/COMMIT" 2>/dev/null), $(uname -m), $(nproc) cores"
say ""
part doctor 60 ie doctor
doctor_verdict=$(verdict) doctor_took=$took
gpu=$(sed -n 's/^ok  GPU [0-9]*  *//p' "$out/doctor.out" | head -n 1)
gpu_reason=""
if [ -z "$gpu" ]; then
    part no-gpu 30 ie selftest --device "$device" --small --quiet
    gpu_reason=$(sed -n 's/^ie-engine: //p' "$out/no-gpu.err" | head -n 1)
fi
sizes
say "| part | result | seconds | what |"
say "| --- | --- | --- | --- |"
for wanted in $parts; do "do_$wanted"; done
say ""
if [ -n "$gpu" ]; then bash "$home/goals.sh" "$figures" | tee -a "$table"; else say "Goals are of a GPU: none is measured."; fi
say ""
say "$((SECONDS - begin)) seconds in all."
