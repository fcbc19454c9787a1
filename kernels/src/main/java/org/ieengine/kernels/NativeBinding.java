package org.ieengine.kernels;

import java.io.UncheckedIOException;
import org.ieengine.kernels.GpuException.Kind;

/** Loads the natives of a JCuda class from a private directory, and says in a sentence why they cannot be loaded. */
final class NativeBinding {
    private static final String DIRECTORY = "set -Djava.io.tmpdir to a directory that can be written and executed from";

    private NativeBinding() {}

    /**
     * Loads them by doing {@code firstTouch}, which uses the class for the first time.
     *
     * @throws GpuException of kind {@link Kind#UNAVAILABLE} when it fails
     */
    static void load(String name, Runnable firstTouch) {
        try {
            PrivateTemporaryDirectory.during(firstTouch);
        } catch (UncheckedIOException fault) {
            throw refusal("no temporary directory can be written (" + fault.getCause() + ")", DIRECTORY, fault);
        } catch (LinkageError fault) {
            throw explain(name, String.valueOf(fault.getMessage()), fault);
        }
    }

    /** What a loader's message means; JCuda wraps the reasons of the system in pages of its own. */
    static GpuException explain(String name, String message, Throwable cause) {
        String binding = "the binding " + name + " cannot be loaded: ";
        if (message.contains("failed to map segment") || message.contains("Operation not permitted")) {
            return refusal(
                    binding + "nothing may be executed from the temporary directory (it is mounted noexec)",
                    DIRECTORY,
                    cause);
        }
        if (message.contains("No space left") || message.contains("Disk quota") || message.contains("File too large")) {
            return refusal(
                    binding + "the temporary directory is full, or no file may be as large",
                    "free some space, or " + DIRECTORY,
                    cause);
        }
        String missing = missing(message);
        if (!missing.isEmpty()) {
            return refusal(
                    binding + missing, "install what is missing, or add its directory to LD_LIBRARY_PATH", cause);
        }
        return refusal(
                binding + message.lines().findFirst().orElse("no reason given"),
                DIRECTORY + ", and check the driver",
                cause);
    }

    /** The loader's own words where a library or a symbol version is missing; empty otherwise. */
    private static String missing(String message) {
        return message.lines()
                .filter(line -> line.contains("cannot open shared object file")
                        || line.contains("not found (required by")
                        || line.contains("undefined symbol"))
                .map(line -> {
                    int start = Math.max(line.lastIndexOf(".so: "), -1);
                    return start < 0 ? line.strip() : line.substring(start + 5).strip();
                })
                .findFirst()
                .orElse("");
    }

    private static GpuException refusal(String reason, String remedy, Throwable cause) {
        GpuException refusal = new GpuException(Kind.UNAVAILABLE, reason, remedy);
        refusal.initCause(cause);
        return refusal;
    }
}
