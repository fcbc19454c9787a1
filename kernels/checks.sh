#!/usr/bin/env bash
# Checks the CUDA kernels on the CPU: checks.sh [plain|address|thread] [--planted] [NAME...] [-- CASE...]
#   plain    the emulator's own diagnosis (the default)
#   address  besides under AddressSanitizer and UndefinedBehaviorSanitizer
#   thread   under ThreadSanitizer, which names races between the threads of a block
# NAME stands for src/test/cuda/checks/NAME_checks.cpp; without one all are built and run. Only kernels whose names
# those files, or the headers beside them, mention are built. CASE runs only the cases whose names contain it.
# --planted takes kernels and checks from src/test/cuda/planted instead: kernels with mistakes, which show that the
# emulation finds them.
# Objects are kept under target/checks by a hash of what they are made of. Needs g++.
set -euo pipefail
cd "$(dirname "$0")"

mode=plain
case ${1:-} in plain | address | thread) mode=$1; shift ;; esac
flags="-std=c++17 -DCUDA_EMULATION -Wall -Wextra -Wno-unknown-pragmas -fno-strict-aliasing -ffp-contract=off"
# The emulator itself is compiled without sanitizers, but must tell them which stack it is on.
case $mode in
    plain) watched="-O2 -g1" own="-O2 -g1" link="" ;;
    address)
        link="-fsanitize=address,undefined"
        watched="-O1 -g $link -fno-sanitize-recover=undefined -fsanitize-sections=emu_shared"
        own="-O2 -g1 -DEMULATION_UNDER_ADDRESS_SANITIZER" ;;
    thread)
        link="-fsanitize=thread"
        watched="-O1 -g $link"
        own="-O2 -g1 -DEMULATION_UNDER_THREAD_SANITIZER" ;;
esac
command -v g++ >/dev/null || { echo "g++ is missing: apt-get install g++"; exit 1; }

kernels=src/main/cuda tests=src/test/cuda made=target/checks/$mode
sources=$tests/checks
if [ "${1:-}" = --planted ]; then
    shift
    kernels=$tests/planted sources=$tests/planted
fi
flags+=" -I$kernels -Isrc/main/cuda -I$tests/emulation -I$tests/checks"
mkdir -p "$made"
exec 9>"$made/lock"
flock 9

checks=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    checks+=("$sources/${1}_checks.cpp")
    shift
done
[ $# -eq 0 ] || shift
[ ${#checks[@]} -gt 0 ] || checks=("$sources"/*_checks.cpp)
for file in "${checks[@]}"; do [ -f "$file" ] || { echo "there is no $file"; exit 1; }; done

# The entry points of a .cu file, one a line.
entries() {
    tr '\n' ' ' <"$1" | grep -oP 'extern "C" __global__ void\s+(__launch_bounds__\([^)]*\)\s+)?\K\w+(?=\s*\()'
}

shopt -s nullglob
headers=$(cat src/main/cuda/*.cuh "$tests"/emulation/*.h "$tests"/checks/*.h | sha256sum)
objects=() commands=()
# object_of FLAGS SOURCE [INCLUDED]: what it is compiled to; adds the command when it is not there yet.
object_of() {
    local each="$flags $1" key
    shift
    key=$( (echo "$each $headers"; cat "$@") | sha256sum | cut -c1-16)
    object=$made/$(basename "$1" | tr . _).$key.o
    objects+=("$object")
    [ -f "$object" ] || commands+=("echo '$mode: $1' && g++ $each -c -o $object.part $1 && mv $object.part $object")
}

mentioned=$(grep -ohP '"\w+"' "$tests"/checks/*.h "${checks[@]}" | tr -d '"' | sort -u)
for cu in "$kernels"/*.cu; do
    names=$(entries "$cu" || true)
    [ -n "$names" ] || { echo "$cu has no entry point that the emulator could find"; exit 1; }
    [ -n "$(comm -12 <(sort -u <<<"$names") <(cat <<<"$mentioned"))" ] || continue
    stub=$made/$(basename "$cu" .cu)_kernels.cpp
    { echo "#include \"$(basename "$cu")\""; sed 's/.*/EMULATED_KERNEL(&)/' <<<"$names"; } >"$stub.new"
    cmp -s "$stub.new" "$stub" && rm "$stub.new" || mv "$stub.new" "$stub"
    object_of "$watched" "$stub" "$cu"
done
for file in "$tests"/checks/check.cpp "${checks[@]}"; do object_of "$watched" "$file"; done
for file in "$tests"/emulation/*.cpp; do object_of "$own" "$file"; done

if [ ${#commands[@]} -gt 0 ]; then
    printf '%s\0' "${commands[@]}" | xargs -0 -P2 -I{} bash -c '{} || exit 255'
fi
program=$made/check.$(printf '%s\n' "${objects[@]}" | sha256sum | cut -c1-16)
[ -f "$program" ] || { g++ $link -o "$program.part" "${objects[@]}" && mv "$program.part" "$program"; }
flock -u 9
run=()
case $mode in
    address) export ASAN_OPTIONS=detect_stack_use_after_return=0:detect_leaks=0 ;;
    thread)
        export TSAN_OPTIONS=halt_on_error=1
        # With many random bits in addresses this sanitizer refuses to start.
        if setarch "$(uname -m)" -R true 2>/dev/null; then run=(setarch "$(uname -m)" -R); fi ;;
esac
exec "${run[@]}" "$program" "$@" 9>&-
