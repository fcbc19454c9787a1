#!/usr/bin/env bash
# How time and memory of a measurement grow with N, T, d and the number of blocks: a table for docs/measurements.md.
# Needs the built jars and GNU time. Usage: bench/growth.sh [threads]
set -euo pipefail
cd "$(dirname "$0")/.."
threads=${1:-2}
jar=cli/target/ie-engine.jar
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

row() { # label, then options of measure
    local label=$1
    shift
    /usr/bin/time -o "$work/time" -f '%e %U %M' java -jar $jar "$@" --threads "$threads" --seeds 1 --quiet --out "$work/run" >/dev/null
    read -r wall user memory <"$work/time"
    printf '| %s | %s | %s | %d |\n' "$label" "$wall" "$user" $((memory / 1024))
    rm -rf "$work/run"
}

model() { # width, blocks
    java -cp bench/target/benchmarks.jar org.ieengine.bench.RandomCheckpoint "$work/model" gpt2 n_embd="$1" n_head=4 n_layer="$2" \
        vocab_size=2048 n_positions=64 >/dev/null
}

sample=(-w samples/gpt2-tiny -d samples/sentences.txt)
printf '| | wall seconds | CPU seconds | peak MiB |\n| --- | --- | --- | --- |\n'
for n in 500 1000 2000 3400; do row "N = $n" "${sample[@]}" --samples $n; done
for t in 4 8 12; do row "T = $t, N = 1000" "${sample[@]}" --samples 1000 --tokens $t; done
java -jar $jar activations "${sample[@]}" --samples 1000 --layers 0 --positions last --quiet --out "$work/ids" >/dev/null
ids=(--token-ids "$work/ids/activations.safetensors")
for d in 128 256 512 768; do
    model $d 2
    row "d = $d, 2 blocks, N = 1000" -w "$work/model" "${ids[@]}"
    rm -rf "$work/model"
done
for l in 1 2 4 8; do
    model 128 $l
    row "L = $l, N = 1000" -w "$work/model" "${ids[@]}"
    rm -rf "$work/model"
done
