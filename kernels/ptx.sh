#!/usr/bin/env bash
# Builds the PTX that the jar ships from the CUDA sources: ptx.sh [--all|--check] [NAME...]
#   (nothing)  only of sources that changed since
#   --all      of all sources
#   --check    writes nothing; fails where the committed PTX is not what the sources give
# NAME stands for src/main/cuda/NAME.cu. After a merge run it once more: the first line of each PTX is the SHA-256 of its
# source and of every header that source includes. Needs nvcc and ptxas of the release below; they read no GPU.
#
# NAME.ptx is for compute capability 8.0 and newer. NAME.sm_75.ptx is the same source for 7.5, without the kernels that
# ptxas refuses there (bf16 and tf32 products); its third line names them. A source NAME.sm_90a.cu is for compute capability
# 9.0 alone (warpgroup products, which neither older nor newer GPUs have) and gives NAME.sm_90a.ptx and nothing else. Each
# PTX is assembled for the GPUs it is for. Warnings are errors, and so are spilled registers and local memory from 8.0 on.
set -euo pipefail
cd "$(dirname "$0")"

# The one place that names the compiler whose output is committed.
nvcc_version=13.0.88
sources=${PTX_SOURCES:-src/main/cuda}
made=${PTX_MADE:-src/main/resources/org/ieengine/kernels/ptx}

mode=changed
case ${1:-} in
    --all | --check) mode=${1#--}; shift ;;
    --*) echo "usage: ptx.sh [--all|--check] [NAME...]"; exit 2 ;;
esac
for tool in nvcc ptxas; do
    command -v "$tool" >/dev/null || { echo "$tool is missing: install CUDA $nvcc_version (no driver needed)"; exit 1; }
    found=$("$tool" --version | grep -oP 'release [0-9.]+, V\K[0-9.]+')
    [ "$found" = "$nvcc_version" ] || { echo "$tool is $found, the committed PTX is made by $nvcc_version"; exit 1; }
done

# At random addresses nvcc now and then orders instructions otherwise (rotary.cu for 7.5: one time in ten): they are fixed.
setarch -R true || { echo "setarch -R is needed: the compiler's output depends on its addresses"; exit 1; }

# The headers that a source includes, itself first, each once, headers sorted.
parts() {
    local -A seen=()
    local queue=("$1") part included
    while [ ${#queue[@]} -gt 0 ]; do
        part=${queue[0]} queue=("${queue[@]:1}")
        for included in $(grep -oP '^\s*#\s*include\s+"\K[^"]+' "$sources/$part" || true); do
            [ -f "$sources/$included" ] && [ -z "${seen[$included]:-}" ] || continue
            seen[$included]=1 queue+=("$included")
        done
    done
    echo "$1"
    [ ${#seen[@]} -eq 0 ] || printf '%s\n' "${!seen[@]}" | LC_ALL=C sort
}

# What it was made from: the first line of a PTX.
first_line() { echo "// sources $( (cd "$sources" && cat $2) | sha256sum | cut -d' ' -f1)"; }

# compile NAME ARCHITECTURE TARGET: PTX without comments, lowest .version that assembles, to $work/TARGET.
compile() {
    local name=$1 architecture=$2 to=$3 version refused lines
    (cd "$sources" && setarch -R nvcc -ptx "-arch=compute_$architecture" -std=c++17 -O3 --Werror all-warnings "-frandom-seed=$name" \
        -o "$to.raw" "$name.cu") || return 1
    sed -e '/^\/\//d' -e 's/[[:space:]]*\/\/.*$//' "$to.raw" | cat -s >"$to.body"
    refused=""
    if [ "$architecture" = 75 ]; then
        lines=$(ptxas -arch=sm_75 -o /dev/null "$to.body" 2>&1 |
            grep -oP ', line \K[0-9]+(?=; error\s*: .*requires \.target sm_[0-9]+ or higher)' | tr '\n' ' ' || true)
        refused=$(awk -v lines="$lines" '
            BEGIN { n = split(lines, a, " "); for (i = 1; i <= n; i++) bad[a[i]] = 1 }
            match($0, /\.entry [A-Za-z0-9_]+/) { entry = substr($0, RSTART + 7, RLENGTH - 7) }
            bad[FNR] && !(entry in done) { done[entry] = 1; printf "%s ", entry }' "$to.body")
        awk -v refused="$refused" '
            BEGIN { n = split(refused, a, " "); for (i = 1; i <= n; i++) out[a[i]] = 1 }
            match($0, /^\.visible \.entry [A-Za-z0-9_]+/) { skip = substr($0, RSTART + 16, RLENGTH - 16) in out }
            !skip { print }
            /^}/ { skip = 0 }' "$to.body" | cat -s >"$to.kept" && mv "$to.kept" "$to.body"
    fi
    for version in 7.0 7.1 7.2 7.3 7.4 7.5 7.6 7.7 7.8 8.0; do
        sed "s/^\.version .*/.version $version/" "$to.body" >"$to.lowered"
        ptxas "-arch=sm_$architecture" -o /dev/null "$to.lowered" >/dev/null 2>&1 && break
        version=none
    done
    if [ "$version" = none ]; then
        ptxas "-arch=sm_$architecture" -o /dev/null "$to.lowered" || true
        echo "$name.cu: does not assemble for sm_$architecture as PTX 8.0, the newest that a driver of CUDA 12.0 takes"
        return 1
    fi
    { echo "$4"; echo "// nvcc $nvcc_version compute_$architecture"
      [ -z "$refused" ] || echo "// needs 8.0: ${refused% }"; cat "$to.lowered"; } >"$to"
    local target report targets="80 90" strict="-warn-spills -warn-lmem-usage"
    case $architecture in
        75) targets=75 strict="" ;;
        90a) targets=90a ;;
    esac
    for target in $targets; do
        report=$(ptxas "-arch=sm_$target" -Werror $strict -v -o /dev/null "$to" 2>&1) ||
            { echo "$name.cu for sm_$target:"; echo "$report"; return 1; }
        echo "$report" | awk -v target="sm_$target" '
            /Compiling entry function/ { split($0, quoted, "\047"); kernel = quoted[2] }
            /Used [0-9]+ registers/ { match($0, /Used [0-9]+ registers/); used = substr($0, RSTART + 5, RLENGTH - 5)
                smem = match($0, /[0-9]+ bytes smem/) ? ", " substr($0, RSTART, RLENGTH) : ""
                printf "  %-40s %s %s%s\n", kernel, target, used, smem }'
    done
}

# build NAME: the files of one source, compared or put in their place.
build() {
    local name=$1 work line architecture architectures="80 75" file status=0
    [ "${name%.sm_90a}" = "$name" ] || architectures=90a
    work=$(mktemp -d)
    trap 'rm -rf "$work"' RETURN
    line=$(first_line "$name" "$(parts "$name.cu")")
    for architecture in $architectures; do
        file=$name.ptx
        [ "$architecture" != 75 ] || file=$name.sm_75.ptx
        if [ "$mode" = changed ] && [ -f "$made/$file" ] && [ "$(head -1 "$made/$file")" = "$line" ]; then continue; fi
        compile "$name" "$architecture" "$work/$file" "$line" >"$work/report" 2>&1 ||
            { cat "$work/report"; echo "$file: NOT BUILT"; return 1; }
        if [ "$mode" = check ]; then
            cmp -s "$work/$file" "$made/$file" || { echo "$file is not what $name.cu gives: run kernels/ptx.sh"; status=1; }
        else
            { echo "$file"; cat "$work/report"; }
            mv "$work/$file" "$made/$file"
        fi
    done
    return $status
}
if [ -n "${PTX_ONE:-}" ]; then mode=$PTX_MODE; build "$PTX_ONE"; exit; fi

shopt -s nullglob
mkdir -p "$made"
names=("$@")
if [ ${#names[@]} -eq 0 ]; then for source in "$sources"/*.cu; do names+=("$(basename "$source" .cu)"); done; fi
for name in "${names[@]}"; do [ -f "$sources/$name.cu" ] || { echo "there is no $sources/$name.cu"; exit 1; }; done
status=0
if [ ${#names[@]} -gt 0 ]; then
    printf '%s\0' "${names[@]}" | PTX_MODE=$mode xargs -0 -P2 -I{} env PTX_ONE={} bash ./ptx.sh || status=1
fi
if [ "$#" -eq 0 ]; then
    for file in "$made"/*.ptx; do
        name=$(basename "$file" .ptx)
        [ -f "$sources/${name%.sm_75}.cu" ] && continue
        if [ "$mode" = check ]; then echo "$file has no source"; status=1; else rm "$file"; echo "removed $file"; fi
    done
fi
exit $status
