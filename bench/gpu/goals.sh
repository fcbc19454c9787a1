#!/usr/bin/env bash
# The goals of speed with what was measured, as a table: goals.sh FIGURES...
#   FIGURES  files of lines "key value", as check.sh leaves them in OUT/figures.txt; of several, later ones win
# A goal whose figures are missing is not measured, never reached.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,4p' "$0" | sed 's/^# \{0,1\}//'; exit 2; }

awk '
    NF == 2 { f[$1] = $2 }
    function has(key) { return key in f }
    # goal NAME FIGURE REACHED(1, 0; -1 for unknown)
    function goal(name, figure, reached) {
        printf "| %s | %s | %s |\n", name, reached < 0 ? "not measured" : figure, reached < 0 ? "" : (reached ? "reached" : "not reached")
    }
    # times NAME RIVAL OWN LEAST: seconds of both
    function times(name, rival, own, least,   ratio) {
        if (!has(rival) || !has(own)) { goal(name, "", -1); return }
        ratio = f[rival] / f[own]
        goal(name, sprintf("%.2f times: %.5g s, rival %.5g s", ratio, f[own], f[rival]), ratio >= least)
    }
    # product NAME SHAPE LEAST: the stronger of the rivals counts
    function product(name, shape, least,   own, rival, ratio) {
        own = "product.own." shape; rival = "product.torch.eager." shape
        if (!has(own) || !has(rival)) { goal(name, "", -1); return }
        if (has("product.torch.compiled." shape) && f["product.torch.compiled." shape] < f[rival]) rival = "product.torch.compiled." shape
        ratio = f[rival] / f[own]
        goal(name, sprintf("%.0f %% of %s: %.5g s, rival %.5g s", 100 * ratio, rival ~ /compiled/ ? "torch.compile" : "PyTorch", f[own], f[rival]), ratio >= least)
    }
    END {
        print "| goal | measured | |"
        print "| --- | --- | --- |"
        times("critic epoch, bf16: 15 times as fast as PyTorch float32", "epoch.torch.f32", "epoch.own.bf16", 15)
        times("critic epoch, bf16: 2 times as fast as autocast with torch.compile", "epoch.torch.compiled", "epoch.own.bf16", 2)
        if (has("epoch.own.bf16") && has("ceiling.copy.gbps") && has("ceiling.bf16.tflops")) {
            compute = f["epoch.split_flops"] / f["ceiling.bf16.tflops"] / 1e12
            memory = f["epoch.bytes"] / f["ceiling.copy.gbps"] / 1e9
            floor = compute > memory ? compute : memory
            goal("critic epoch, bf16: at least 60 % of the floor", sprintf("%.0f %%: floor %.5g s (products %.5g s, memory %.5g s), taken %.5g s", \
                100 * floor / f["epoch.own.bf16"], floor, compute, memory, f["epoch.own.bf16"]), floor / f["epoch.own.bf16"] >= 0.6)
        } else goal("critic epoch, bf16: at least 60 % of the floor", "", -1)
        product("bf16 product of side 8,192: as fast as cuBLAS (torch.matmul)", f["product.large"], 1)
        product("bf16 product of side 4,096: as fast as cuBLAS (torch.matmul)", f["product.medium"], 1)
        product("MLP in, bias and GELU: 120 % of cuBLAS with the same behind it", f["product.gelu"], 1.2)
        product("MLP out, bias and residual: 120 %", f["product.residual"], 1.2)
        product("critic, bias and LeakyReLU: 120 %", f["product.leaky"], 1.2)
        least = 2
        for (key in f) if (key ~ /^memory\.own\..*\.share$/ && key !~ /\.copy\./ && f[key] < least) { least = f[key]; which = key }
        gsub(/memory\.own\.|\.share/, "", which)
        goal("memory-bound kernels: at least 90 % of the copy bandwidth", sprintf("least %.0f %% (%s)", 100 * least, which), least > 1.5 ? -1 : least >= 0.9)
        times("forward pass, GPT-2 XL, 160,000 tokens, bf16: 1.5 times as fast as PyTorch", "forward.torch.bf16", "forward.own.bf16", 1.5)
        if (has("whole.seconds")) goal("whole standard measure at the published size: under 3 minutes", \
            sprintf("%.0f s%s", f["whole.seconds"], f["whole.code"] == 0 ? "" : ", not finished"), f["whole.code"] == 0 && f["whole.seconds"] < 180)
        else goal("whole standard measure at the published size: under 3 minutes", "", -1)
        if (has("epoch.overhead.bf16")) goal("JVM and launches: under 1 % of a critic epoch", sprintf("%.2f %%", 100 * f["epoch.overhead.bf16"]), f["epoch.overhead.bf16"] < 0.01)
        else goal("JVM and launches: under 1 % of a critic epoch", "", -1)
        if (has("startup.seconds")) goal("start-up to the result of a first kernel: under 1.5 s", sprintf("%.2f s", f["startup.seconds"]), f["startup.seconds"] < 1.5)
        else goal("start-up to the result of a first kernel: under 1.5 s", "", -1)
        if (has("selftest.seconds")) goal("selftest: all checks passed, under 2 minutes", sprintf("%.0f s, exit %d", f["selftest.seconds"], f["selftest.code"]), f["selftest.code"] == 0 && f["selftest.seconds"] < 120)
        else goal("selftest: all checks passed, under 2 minutes", "", -1)
    }' "$@"
