#!/usr/bin/env bash
# Every JMH benchmark once, for 50 ms, in one process: shows that all of them run, not how fast. Fails when one does.
# Usage: bench/short.sh [OPTIONS OF JMH]   (after mvn package)
set -euo pipefail
cd "$(dirname "$0")/.."

jar=bench/target/benchmarks.jar
[ -e "$jar" ] || { echo "$jar is missing: run mvn -q package -DskipTests first"; exit 1; }
# One of the shapes and of the numbers of threads is enough here.
java -jar "$jar" -f 0 -wi 0 -i 1 -r 50ms -foe true -p shape=2048x24x12 -p threads=2 -v SILENT -rff bench/target/short.csv "$@"
awk -F, 'NR > 1 { benchmarks++ } END { print benchmarks + 0 " benchmarks ran"; exit benchmarks == 0 }' bench/target/short.csv
