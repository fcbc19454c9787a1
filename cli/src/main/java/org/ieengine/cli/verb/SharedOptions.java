package org.ieengine.cli.verb;

import org.ieengine.cli.option.OptionGroup;
import org.ieengine.cli.option.OptionSpec;

/** Rows of the option table that several verbs have. */
final class SharedOptions {
    static final OptionSpec WEIGHTS = OptionSpec.value(
            "w", "weights", "DIR", "Hugging Face model directory: config.json, *.safetensors, tokenizer", "required");
    static final OptionSpec OUT = OptionSpec.value(
            "out",
            "DIR",
            "where results go; created when it is missing, files are replaced atomically",
            "ie-<model>-<data>");

    /** What is read. */
    static final OptionGroup INPUT = input("300000");

    /** What is read, at most that many sequences unless asked for. */
    static OptionGroup input(String samples) {
        return OptionGroup.of(
                "Model and sentences",
                WEIGHTS,
                OptionSpec.value(
                        "d",
                        "data",
                        "FILE",
                        ".txt (one sentence a line), .jsonl or .json (strings, or objects with --field), .safetensors with int"
                                + " token_ids [N,T], - for standard input; any of them also as .gz",
                        "required"),
                OptionSpec.value(
                        "token-ids",
                        "FILE",
                        "in place of --data: a safetensors file with token_ids I32 or I64 [N,T]; needs no tokenizer",
                        ""),
                OptionSpec.value(
                        "field",
                        "NAME",
                        "field of the JSON objects that holds the sentence; NAME.NAME goes through objects and arrays, every string"
                                + " found is a sentence",
                        "text"),
                OptionSpec.value("t", "tokens", "T", "sequence length in tokens", "8, or what the ids have"),
                OptionSpec.value(
                        "cut",
                        "start|end|windows",
                        "which T tokens of a longer sentence: the first, the last, or every non-overlapping window;"
                                + " shorter ones are skipped and counted",
                        "start"),
                OptionSpec.value("n", "samples", "N|all", "at most N sequences, drawn with the seed", samples),
                OptionSpec.flag(
                        "bos", "put the model's beginning-of-sequence token first; it counts as one of the T tokens"));
    }

    static final OptionSpec EPOCHS =
            OptionSpec.value("epochs", "E", "most optimiser steps of a critic", "by the protocol");
    static final OptionSpec BATCH = OptionSpec.value("batch", "B", "rows of a minibatch", "by the protocol");
    static final OptionSpec LEARNING_RATE =
            OptionSpec.value("learning-rate", "R", "first learning rate of Adam", "by the protocol");
    static final OptionSpec HOLDOUT =
            OptionSpec.value("holdout", "F", "share of the samples kept for evaluation, below 1", "by the protocol");
    static final OptionSpec SEEDS = OptionSpec.value(
            "seeds", "K", "independent critics per estimate: mean and standard deviation", "3; paper: 1");
    static final OptionSpec PROTOCOL = OptionSpec.value(
            "protocol",
            "standard|paper",
            "how critics are trained and read; paper repeats the published one, which can exceed the ceiling",
            "standard");
    static final OptionSpec SEED = OptionSpec.value("seed", "S", "everything random follows from it", "0");

    static final OptionSpec DEVICE = OptionSpec.value(
            "device",
            "auto|cpu|cuda|cuda:I[,J]",
            "what computes: auto takes the first usable GPU, otherwise the CPU; one GPU a run",
            "auto");
    static final OptionSpec PRECISION = OptionSpec.value(
            "precision",
            "auto|f32|tf32|bf16",
            "mode of the matrix products; the CPU has f32 alone",
            "auto: f32 on CPU, bf16 on CUDA");

    static final OptionSpec LIBRARIES = OptionSpec.value(
            "libraries", "own|vendor", "own kernels, or cuBLAS and cuDNN where found; CUDA only", "own");
    static final OptionSpec THREADS =
            OptionSpec.value("threads", "K", "CPU threads; never changes a result", "all cores");
    static final OptionSpec DEVICE_MEMORY =
            OptionSpec.value("device-memory", "G", "most device memory that the plan may use, in GiB", "what is free");

    /** What computes. */
    static final OptionGroup MACHINE = OptionGroup.of(
            "Machine",
            THREADS,
            OptionSpec.value("memory", "G", "most host memory that the plan may use, in GiB", "what is free"),
            DEVICE_MEMORY,
            DEVICE,
            PRECISION,
            LIBRARIES);

    static final OptionSpec RESUME = OptionSpec.flag(
            "resume", "continue what was stopped in --out; options that change numbers must be the same");
    static final OptionSpec TIME_LIMIT = OptionSpec.value(
            "time-limit", "M", "stop cleanly after M minutes; --resume continues (exit code 130)", "none");

    static final OptionSpec JSON = OptionSpec.flag("json", "standard output is one JSON document");
    static final OptionSpec QUIET = OptionSpec.flag("quiet", "no progress");
    static final OptionSpec VERBOSE = OptionSpec.flag("verbose", "more messages, with stack traces");
    static final OptionSpec HELP = OptionSpec.flag("h", "help", "explain the options and stop");

    /** How it talks. */
    static final OptionGroup TALK = OptionGroup.of("Output", JSON, QUIET, VERBOSE, HELP);

    private SharedOptions() {}
}
