#!/usr/bin/env bash
# Makes one tar.gz that runs on a bare Linux x86-64 server with an NVIDIA driver: a Java runtime (jlink), ie-engine.jar, the classes of
# the benchmarks, PTX, sample models and sentences, and check.sh. No CUDA, Java or network is needed there; rivals need Python's torch.
# Usage: bench/gpu/bundle.sh [OUT.tar.gz]   (after mvn package; default bench/target/ie-engine-gpu.tar.gz)
set -euo pipefail
cd "$(dirname "$0")/../.."

out=${1:-bench/target/ie-engine-gpu.tar.gz}
most=$((60 << 20))
jar=cli/target/ie-engine.jar
classes=bench/target/classes
for made in "$jar" "$classes/org/ieengine/bench/CriticEpochRate.class"; do
    [ -e "$made" ] || { echo "$made is missing: run mvn -q package -DskipTests first"; exit 1; }
done
command -v jlink >/dev/null || { echo "jlink is missing: install a JDK (17 or newer) with its jmods"; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/ie-engine
mkdir -p "$root"
# Modules that the jar's classes reach: streams and files, logging, memory figures, Unsafe for direct memory. Uncompressed, because
# one gzip over everything packs better.
jlink --add-modules java.base,java.logging,java.management,jdk.management,jdk.unsupported \
    --strip-debug --no-header-files --no-man-pages --output "$root/runtime"
cp "$jar" "$root/"
jar --create --file "$root/bench.jar" -C "$classes" org/ieengine/bench
mkdir "$root/samples"
cp -r samples/gpt2-tiny samples/openllama-tiny samples/gemma-tiny samples/sentences.txt samples/LICENSE-wordnet.txt "$root/samples/"
rm -f "$root"/samples/*/golden.*
cp bench/gpu/{check,goals}.sh bench/gpu/torch_rivals.py LICENSE NOTICE "$root/"
cp -r kernels/src/main/resources/org/ieengine/kernels/ptx "$root/ptx"
git describe --always --dirty >"$root/COMMIT" 2>/dev/null || echo unknown >"$root/COMMIT"

mkdir -p "$(dirname "$out")"
tar -C "$work" --owner=0 --group=0 --sort=name -cf - ie-engine | gzip -9 >"$out"
bytes=$(stat -c %s "$out")
[ "$bytes" -lt "$most" ] || { echo "$out has $bytes bytes, more than 60 MiB"; exit 1; }
echo "$out: $((bytes >> 20)) MiB; on the server: tar xf $(basename "$out") && ie-engine/check.sh ie-engine OUT"
