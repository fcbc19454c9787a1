package org.ieengine.bench.jmh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.ieengine.loaders.text.Tokenizer;
import org.ieengine.loaders.text.Tokenizers;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The tokenizers of the sample models on the first 1,000 sample sentences: byte-level BPE (gpt2), SentencePiece BPE (openllama) and
 * SentencePiece of Gemma. One operation is all of them.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class TokenizerBenchmark {
    @Param({"gpt2-tiny", "openllama-tiny", "gemma-tiny"})
    public String model;

    /** Directory of the sample models and sentences; relative to where Java was started. */
    @Param("samples")
    public String samples;

    private Tokenizer tokenizer;
    private List<String> sentences;
    private List<int[]> ids;

    @Setup
    public void prepare() throws IOException {
        Path directory = Path.of(samples);
        sentences = Files.readAllLines(directory.resolve("sentences.txt")).subList(0, 1000);
        tokenizer = Tokenizers.open(directory.resolve(model));
        ids = tokenizer.encode(sentences);
    }

    @TearDown
    public void close() {
        tokenizer.close();
    }

    @Benchmark
    public List<int[]> encode() {
        return tokenizer.encode(sentences);
    }

    @Benchmark
    public List<String> decode() {
        return tokenizer.decode(ids);
    }
}
