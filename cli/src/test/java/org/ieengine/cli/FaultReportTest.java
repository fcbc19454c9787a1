package org.ieengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.ieengine.cli.option.UsageException;
import org.ieengine.engine.ie.DoesNotFitException;
import org.ieengine.engine.ie.MemoryPlan;
import org.ieengine.engine.ie.OptionChangedException;
import org.ieengine.engine.ie.RunStoppedException;
import org.ieengine.engine.tensor.MemoryExhaustedException;
import org.ieengine.kernels.GpuException;
import org.ieengine.loaders.InputException;
import org.junit.jupiter.api.Test;

class FaultReportTest {
    private static int code(Throwable fault) {
        return FaultReport.of(fault).code().number();
    }

    @Test
    void shouldGiveEveryKindOfFaultItsExitCode() {
        assertThat(code(new UsageException("--x", "y"))).isEqualTo(2);
        assertThat(code(new OptionChangedException("seed", "0", "1"))).isEqualTo(2);
        assertThat(code(new InputException("f", "", "x"))).isEqualTo(3);
        assertThat(code(new UncheckedIOException(new NoSuchFileException("f")))).isEqualTo(3);
        assertThat(code(new DeviceUnavailableException("--device cuda", "none", "cpu")))
                .isEqualTo(4);
        assertThat(code(new MemoryExhaustedException(1, "x", null))).isEqualTo(5);
        assertThat(code(new OutOfMemoryError("Java heap space"))).isEqualTo(5);
        assertThat(code(new IllegalStateException(new OutOfMemoryError("Java heap space"))))
                .isEqualTo(5);
        assertThat(code(new RunStoppedException("x"))).isEqualTo(130);
        assertThat(code(new OutputClosedException(new IOException("Broken pipe"))))
                .isZero();
        assertThat(code(new StackOverflowError())).isEqualTo(1);
        assertThat(code(new IllegalArgumentException("x"))).isEqualTo(1);
        assertThat(code(new InternalError("a fault occurred in an unsafe memory access operation")))
                .isEqualTo(3);
    }

    @Test
    void shouldGiveEveryKindOfRefusalOfTheGpuItsExitCode() {
        for (GpuException.Kind kind : GpuException.Kind.values()) {
            GpuException fault = new GpuException(kind, "cuMemAlloc: refused (2)", "do this");
            FaultReport report = FaultReport.of(fault);
            int expected =
                    switch (kind) {
                        case UNAVAILABLE, LOST -> 4;
                        case OUT_OF_MEMORY -> 5;
                        case DEFECT -> 1;
                    };
            assertThat(report.code().number()).as("%s", kind).isEqualTo(expected);
            assertThat(code(new IllegalStateException("while closing", fault))).isEqualTo(expected);
            assertThat(report.message()).endsWith("cuMemAlloc: refused (2); do this");
            assertThat(report.trace()).isEqualTo(kind == GpuException.Kind.DEFECT);
        }
    }

    @Test
    void shouldEndWithOneWithoutATraceWhenResultsOfABenchmarkWereWrong() {
        FaultReport report = FaultReport.of(new WrongResultsException(2, 90));

        assertThat(report.code()).isEqualTo(ExitCode.DEFECT);
        assertThat(report.trace()).isFalse();
        assertThat(report.message()).startsWith("bench: 2 of 90 rows gave a wrong result");
    }

    @Test
    void shouldEndWithOneWithoutATraceWhenARowOfTheSelftestFailed() {
        FaultReport report = FaultReport.of(new SelftestFailedException(2, 300));

        assertThat(report.code().number()).isEqualTo(1);
        assertThat(report.trace()).isFalse();
        assertThat(report.message()).startsWith("selftest: 2 of 300 checks failed");
    }

    @Test
    void shouldShowATraceForDefectsOnly() {
        assertThat(FaultReport.of(new IllegalStateException("x")).trace()).isTrue();
        assertThat(FaultReport.of(new InputException("f", "", "x")).trace()).isFalse();
        assertThat(FaultReport.trace(new IllegalStateException("outer", new IOException("inner"))))
                .contains("outer", "Caused by: java.io.IOException: inner", "    at ");
    }

    @Test
    void shouldShowThePlanThatDoesNotFit() {
        MemoryPlan plan = new MemoryPlan(
                List.of(new MemoryPlan.Item("residual stream", 3L << 30, MemoryPlan.Place.BACKEND)),
                List.of(new MemoryPlan.Time("forward pass", 90)),
                64,
                false,
                new MemoryPlan.Capacity(1L << 30, 1L << 30, false, true),
                "--samples 1000 would fit");

        FaultReport report = FaultReport.of(new DoesNotFitException(plan));

        assertThat(report.code()).isEqualTo(ExitCode.MEMORY);
        assertThat(report.message().lines().findFirst().orElse(""))
                .isEqualTo("the run does not fit in memory: --samples 1000 would fit");
        assertThat(report.message()).contains("residual stream", "3.0 GiB", "1:30 min");
    }

    @Test
    void shouldSayWhatWouldHelpAgainstASmallHeap() {
        assertThat(FaultReport.of(new OutOfMemoryError("Java heap space")).message())
                .contains("-Xmx", "--samples");
        assertThat(FaultReport.of(new OutOfMemoryError("Cannot reserve 9 bytes of direct buffer memory"))
                        .message())
                .contains("-XX:MaxDirectMemorySize");
    }

    @Test
    void shouldNameTheFileThatTheSystemRefused() {
        IOException refusal = new FileSystemException("/x/y", null, "Read-only file system");

        assertThat(FaultReport.of(new UncheckedIOException(refusal)).message())
                .isEqualTo("/x/y: the file system is read-only; write elsewhere");
    }
}
