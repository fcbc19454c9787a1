package org.ieengine.kernels;

import java.io.UncheckedIOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ieengine.kernels.GpuException.Kind;

/**
 * The natives of a JCuda class, loaded from a private directory, or the sentence that says why they cannot be. The first attempt
 * counts for the process: a class that failed to initialise is not tried again.
 */
final class NativeBinding {
    private static final String DIRECTORY = "set -Djava.io.tmpdir to a directory that can be written and executed from";
    /** JCuda puts stack traces of both its attempts into one message; the second one is that of the unpacked file. */
    private static final Pattern UNPACKED = Pattern.compile("load the library as a resource:\\R([^\\n\\r]+)");
    /** The name of the exception, and the unpacked file's own path. */
    private static final Pattern BEFORE_THE_REASON =
            Pattern.compile("^(?:[\\w.]+(?:Error|Exception): )?(?:/\\S*\\.so: )?");

    private final String reason;
    private final String remedy;

    private NativeBinding(String reason, String remedy) {
        this.reason = reason;
        this.remedy = remedy;
    }

    /** Loads them by doing {@code firstTouch}, which uses the class for the first time. */
    static NativeBinding load(String name, Runnable firstTouch) {
        try {
            PrivateTemporaryDirectory.during(firstTouch);
            return new NativeBinding("", "");
        } catch (UncheckedIOException fault) {
            return new NativeBinding("no temporary directory can be written (" + fault.getCause() + ")", DIRECTORY);
        } catch (LinkageError fault) {
            return explain(name, String.valueOf(fault.getMessage()));
        }
    }

    /** What a loader's message means. */
    static NativeBinding explain(String name, String message) {
        String why = innermost(message);
        String binding = "the binding " + name + " cannot be loaded: ";
        if (why.contains("failed to map segment") || why.contains("Operation not permitted")) {
            return new NativeBinding(
                    binding + "nothing may be executed from the temporary directory (it is mounted noexec)", DIRECTORY);
        }
        if (why.contains("No space left") || why.contains("Disk quota") || why.contains("File too large")) {
            return new NativeBinding(
                    binding + "the temporary directory is full (" + why + ")", "free some space, or " + DIRECTORY);
        }
        if (why.contains("cannot open shared object file") || why.contains("not found (required by")) {
            return new NativeBinding(binding + why, "install what is missing, or add its directory to LD_LIBRARY_PATH");
        }
        return new NativeBinding(binding + why, "check the driver and LD_LIBRARY_PATH");
    }

    private static String innermost(String message) {
        Matcher unpacked = UNPACKED.matcher(message);
        String line = unpacked.find()
                ? unpacked.group(1)
                : message.lines().findFirst().orElse("no reason given");
        return BEFORE_THE_REASON.matcher(line.strip()).replaceFirst("");
    }

    /** Whether they are loaded. */
    boolean loaded() {
        return reason.isEmpty();
    }

    /** Why they are not; empty when they are. */
    String reason() {
        return reason;
    }

    /**
     * Does nothing when they are loaded.
     *
     * @throws GpuException of kind {@link Kind#UNAVAILABLE} with the reason otherwise
     */
    void require() {
        if (!loaded()) {
            throw new GpuException(Kind.UNAVAILABLE, reason, remedy);
        }
    }
}
