#!/bin/sh
# Kills a run with SIGKILL at ten random moments, resumes it each time, lets it end, and compares its results.json with that of
# an undisturbed run: equal byte for byte but for the timings. From the repository root, after the build:
#
#     bench/trials/kill-resume.sh [JAR [SEED]]
set -eu
jar=${1:-cli/target/ie-engine.jar}
seed=${2:-1}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
measure() {
    java -jar "$jar" -w samples/gpt2-tiny -d samples/sentences.txt --samples 200 --seeds 2 --epochs 60 --quiet "$@"
}
# The timings are the last entry of the document.
without_timings() {
    sed '/^ *"timings"/,$d' "$1"
}
begin=$(date +%s)
measure --out "$scratch/undisturbed" > "$scratch/undisturbed.txt"
seconds=$(($(date +%s) - begin))
echo "undisturbed: $seconds s"
kills=0
tries=0
# Moments from 0.3 s to a fifth of the run: some fall before the first estimate, some into writing, most into training.
while [ "$kills" -lt 10 ] && [ "$tries" -lt 40 ]; do
    tries=$((tries + 1))
    wait=$(awk -v s="$seed" -v n="$tries" -v t="$seconds" 'BEGIN { srand(1000 * s + n); print 0.3 + rand() * t / 5 }')
    java -jar "$jar" -w samples/gpt2-tiny -d samples/sentences.txt --samples 200 --seeds 2 --epochs 60 --quiet \
        --out "$scratch/killed" --resume > "$scratch/killed.txt" 2> "$scratch/killed.err" &
    run=$!
    sleep "$wait"
    if kill -KILL "$run" 2> "$scratch/kill.err"; then
        kills=$((kills + 1))
    fi
    wait "$run" 2> "$scratch/wait.err" || true
    lines=0
    if [ -f "$scratch/killed/journal.jsonl" ]; then
        lines=$(wc -l < "$scratch/killed/journal.jsonl")
    fi
    echo "kill $kills after $wait s: $lines lines in the journal"
    if [ -f "$scratch/killed/results.json" ]; then
        break
    fi
done
measure --out "$scratch/killed" --resume > "$scratch/killed.txt"
without_timings "$scratch/undisturbed/results.json" > "$scratch/a"
without_timings "$scratch/killed/results.json" > "$scratch/b"
test -s "$scratch/a"
cmp "$scratch/a" "$scratch/b"
cmp "$scratch/undisturbed/results.csv" "$scratch/killed/results.csv"
cmp "$scratch/undisturbed/curves.csv" "$scratch/killed/curves.csv"
echo "same results after $kills kills"
