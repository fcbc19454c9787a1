package org.ieengine.loaders.text;

import ai.djl.util.Platform;
import java.io.IOException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.loaders.InputException;

/**
 * Brings the two native tokenizer libraries into the process, without network and without telemetry. They lie in the jar and
 * have to be written to a directory before they can be loaded: the one that the environment variable {@code DJL_CACHE_DIR}
 * names, or {@code ~/.cache/ie-engine}, or {@code ie-engine-<user>} in the directory for temporary files. They are written
 * under another name and then renamed, so processes that start together do not see each other's halves; a file of the wrong
 * length that a killed process left behind is replaced.
 */
final class TokenizerLibraries {
    private static final String CACHE_VARIABLE = "DJL_CACHE_DIR";
    private static final String WAY_OUT = "or give token ids with --token-ids, which need no tokenizer";

    private TokenizerLibraries() {}

    /** Loads the library that reads {@code tokenizer.json}; does nothing when it is there already. */
    static void loadHuggingFace() {
        load("tokenizers", () -> ai.djl.huggingface.tokenizers.jni.LibUtils.checkStatus());
    }

    /** Loads the library that reads {@code tokenizer.model}; does nothing when it is there already. */
    static void loadSentencePiece() {
        load("sentencepiece", ai.djl.sentencepiece.jni.LibUtils::loadLibrary);
    }

    private static synchronized void load(String library, Runnable loading) {
        stayOffline();
        Path directory = cacheDirectory();
        System.setProperty(CACHE_VARIABLE, directory.toString());
        try {
            makeWay(library, directory);
            loading.run();
        } catch (LinkageError | RuntimeException | IOException e) {
            throw unusable(library, directory, e);
        }
    }

    /** Before the first class of either library is touched: no download of other builds, no call home, no look for a GPU. */
    private static void stayOffline() {
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("RUST_FLAVOR", "cpu");
    }

    private static Path cacheDirectory() {
        String named = System.getenv(CACHE_VARIABLE) != null
                ? System.getenv(CACHE_VARIABLE)
                : System.getProperty(CACHE_VARIABLE);
        List<Path> candidates = new ArrayList<>();
        if (named != null && !named.isEmpty()) {
            candidates.add(Path.of(named));
        } else {
            candidates.add(Path.of(System.getProperty("user.home"), ".cache", "ie-engine"));
            candidates.add(
                    Path.of(System.getProperty("java.io.tmpdir"), "ie-engine-" + System.getProperty("user.name")));
        }
        IOException last = null;
        for (Path candidate : candidates) {
            try {
                requireOwnWritable(candidate);
                return candidate.toAbsolutePath();
            } catch (IOException e) {
                last = e;
            }
        }
        throw new InputException(
                candidates.get(candidates.size() - 1).toString(),
                "",
                "the tokenizer's native library cannot be written there"
                        + (candidates.size() > 1 ? " nor to " + candidates.get(0) : "")
                        + " (" + reason(last) + "); set the environment variable " + CACHE_VARIABLE
                        + " to a directory that can be written, " + WAY_OUT,
                last);
    }

    /** A directory that somebody else owns could hold somebody else's code. */
    private static void requireOwnWritable(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory);
            if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
            }
        }
        Path probe = Files.createTempFile(directory, "probe", ".tmp");
        try {
            if (!Files.getOwner(probe).equals(Files.getOwner(directory))) {
                throw new IOException(
                        "it belongs to " + Files.getOwner(directory).getName());
            }
        } finally {
            Files.delete(probe);
        }
    }

    /**
     * Removes a cut-off library, which ends the whole process when it is loaded (SIGBUS): its length is compared with the one in
     * the jar. Where it is yet to be written there must be room for it: what a full disk leads to later does not say so.
     */
    private static void makeWay(String library, Path directory) throws IOException {
        Platform platform = Platform.detectPlatform(library);
        boolean rust = library.equals("tokenizers");
        String name = System.mapLibraryName(rust ? "tokenizers" : "sentencepiece_native");
        String build = rust ? platform.getVersion() + "-cpu-" + platform.getClassifier() : platform.getVersion();
        URL packed = TokenizerLibraries.class
                .getClassLoader()
                .getResource("native/lib/" + platform.getClassifier() + (rust ? "/cpu/" : "/") + name);
        if (packed == null) {
            throw new IOException("this jar holds no library for " + platform.getClassifier());
        }
        URLConnection connection = packed.openConnection();
        connection.setUseCaches(true);
        long expected = connection.getContentLengthLong();
        Path written = directory.resolve(library).resolve(build).resolve(name);
        if (Files.exists(written) && Files.size(written) != expected) {
            Files.delete(written);
            if (rust) {
                Files.delete(written.getParent());
            }
        }
        if (!Files.exists(written)) {
            requireRoom(expected, Files.getFileStore(directory).getUsableSpace());
        }
    }

    /**
     * Checks the room on the disk.
     *
     * @throws IOException when it is less than the library takes
     */
    static void requireRoom(long needed, long usable) throws IOException {
        if (usable < needed) {
            throw new FileSystemException(
                    "it takes " + (needed >> 20) + " MiB and the disk has only " + (usable >> 20) + " MiB left");
        }
    }

    private static InputException unusable(String library, Path directory, Throwable fault) {
        StringBuilder chain = new StringBuilder();
        Throwable deepest = fault;
        for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
            chain.append(cause.getMessage()).append('\n');
            deepest = cause;
        }
        String messages = chain.toString();
        String why;
        if (messages.contains("GLIBC_") || messages.contains("musl") || messages.contains("ld-linux")) {
            why = "needs the GNU C library 2.34 or newer, which this system has not (" + reason(deepest)
                    + "); use a newer Linux, ";
        } else if (messages.contains("failed to map segment")) {
            why =
                    "cannot be loaded because programs may not be run from that directory (mounted noexec); set the environment"
                            + " variable " + CACHE_VARIABLE + " to another directory, ";
        } else {
            why = "cannot be loaded (" + reason(deepest) + "); set the environment variable " + CACHE_VARIABLE
                    + " to a directory with 20 MB of room, ";
        }
        return new InputException(
                directory.toString(),
                "",
                "the native library '" + library + "' of the tokenizer " + why + WAY_OUT,
                fault);
    }

    private static String reason(Throwable fault) {
        String message = fault.getMessage() == null
                ? ""
                : ": " + fault.getMessage().lines().findFirst().orElse("");
        return fault.getClass().getSimpleName() + message;
    }
}
