package org.ieengine.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.ieengine.cli.option.UsageException;
import org.ieengine.cli.verb.PlanText;
import org.ieengine.engine.ie.DoesNotFitException;
import org.ieengine.engine.ie.OptionChangedException;
import org.ieengine.engine.ie.RunStoppedException;
import org.ieengine.engine.tensor.MemoryExhaustedException;
import org.ieengine.kernels.GpuException;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;

/**
 * What a fault means to the user: the one place that turns exceptions into exit codes and messages.
 *
 * @param code what the process ends with
 * @param message one line; a memory plan may follow on further lines; empty for none
 * @param trace whether the stack trace is shown even without {@code --verbose}
 */
record FaultReport(ExitCode code, String message, boolean trace) {
    private static final String MAPPED_FILE_FAULT = "unsafe memory access";

    static FaultReport of(Throwable fault) {
        if (fault instanceof UsageException || fault instanceof OptionChangedException) {
            return new FaultReport(ExitCode.USAGE, fault.getMessage(), false);
        }
        if (fault instanceof InputException) {
            return new FaultReport(ExitCode.FILES, fault.getMessage(), false);
        }
        if (fault instanceof UncheckedIOException unchecked) {
            return new FaultReport(ExitCode.FILES, ofFile(unchecked.getCause()), false);
        }
        if (fault instanceof DeviceUnavailableException) {
            return new FaultReport(ExitCode.DEVICE, fault.getMessage(), false);
        }
        if (fault instanceof GpuException gpu) {
            return ofGpu(gpu);
        }
        if (fault instanceof DoesNotFitException unfit) {
            String plan = PlanText.text(unfit.plan()).stripTrailing();
            return new FaultReport(
                    ExitCode.MEMORY, "the run does not fit in memory: " + fault.getMessage() + "\n" + plan, false);
        }
        if (fault instanceof MemoryExhaustedException) {
            return new FaultReport(ExitCode.MEMORY, fault.getMessage(), false);
        }
        if (fault instanceof OutOfMemoryError) {
            return new FaultReport(ExitCode.MEMORY, ofHeap(String.valueOf(fault.getMessage())), false);
        }
        if (fault instanceof SelftestFailedException || fault instanceof WrongResultsException) {
            return new FaultReport(ExitCode.DEFECT, fault.getMessage(), false);
        }
        if (fault instanceof RunStoppedException) {
            return new FaultReport(ExitCode.STOPPED, fault.getMessage(), false);
        }
        if (fault instanceof OutputClosedException) {
            return new FaultReport(ExitCode.DONE, "", false);
        }
        if (fault instanceof InternalError && String.valueOf(fault.getMessage()).contains(MAPPED_FILE_FAULT)) {
            String line = "an input file was shortened or its disk failed while it was read; put it back and run again";
            return new FaultReport(ExitCode.FILES, line, false);
        }
        Throwable cause = fault.getCause();
        if (cause instanceof OutOfMemoryError
                || cause instanceof MemoryExhaustedException
                || cause instanceof GpuException) {
            return of(cause);
        }
        return new FaultReport(ExitCode.DEFECT, "a defect in ie-engine: " + fault, true);
    }

    private static FaultReport ofGpu(GpuException fault) {
        return switch (fault.kind()) {
            case UNAVAILABLE, LOST -> new FaultReport(ExitCode.DEVICE, fault.getMessage(), false);
            case OUT_OF_MEMORY -> new FaultReport(ExitCode.MEMORY, fault.getMessage(), false);
            case DEFECT -> new FaultReport(ExitCode.DEFECT, "a defect in ie-engine: " + fault.getMessage(), true);
        };
    }

    private static String ofFile(IOException fault) {
        String file = fault instanceof java.nio.file.FileSystemException system && system.getFile() != null
                ? system.getFile() + ": "
                : "";
        return file + FileFault.reason(fault);
    }

    private static String ofHeap(String message) {
        long mebibytes = Runtime.getRuntime().maxMemory() >> 20;
        if (message.contains("direct buffer")) {
            return "the Java direct memory is too small for this run (" + message
                    + "): give java -XX:MaxDirectMemorySize=4g, or take fewer --samples";
        }
        if (message.contains("native thread")) {
            return "the system refused another thread: raise the limit of processes, or give fewer --threads";
        }
        return "the Java heap of " + mebibytes + " MiB is too small for this run (" + message
                + "): give java a larger one, e.g. -Xmx" + Math.max(1, (2 * mebibytes + 1023) / 1024)
                + "g, or give it less (measure: fewer --samples)";
    }

    /** The stack trace as text, causes included. */
    static String trace(Throwable fault) {
        StringBuilder text = new StringBuilder();
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Throwable at = fault; at != null && seen.add(at); at = at.getCause()) {
            text.append(at == fault ? "" : "Caused by: ").append(at).append('\n');
            StackTraceElement[] frames = at.getStackTrace();
            for (int i = 0; i < Math.min(frames.length, 60); i++) {
                text.append("    at ").append(frames[i]).append('\n');
            }
        }
        return text.toString();
    }
}
