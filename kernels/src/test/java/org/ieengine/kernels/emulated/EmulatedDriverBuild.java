package org.ieengine.kernels.emulated;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Compiles the kernels and the emulated driver with g++ to a {@code libcuda.so.1}. Objects lie under
 * {@code kernels/target/emulated}, named by a hash of what they are made of, so that nothing is compiled twice; a lock on a file
 * lets several JVMs ask at once.
 */
final class EmulatedDriverBuild {
    /** The soname that the product's binding asks for. */
    static final String LIBRARY = "libcuda.so.1";

    private static final List<String> FLAGS = List.of(
            "-std=c++17",
            "-DCUDA_EMULATION",
            "-O2",
            "-g1",
            "-fPIC",
            "-fvisibility=hidden",
            "-Wall",
            "-Wextra",
            "-Wno-unknown-pragmas",
            "-fno-strict-aliasing",
            "-ffp-contract=off");
    /** An entry point; NVIDIA's compiler takes them in more forms, the kernels use this one. */
    private static final Pattern ENTRY =
            Pattern.compile("extern \"C\" __global__ void\\s+(?:__launch_bounds__\\([^)]*\\)\\s+)?(\\w+)\\s*\\(");

    private static final int COMPILERS_AT_ONCE = 2;

    private final Path kernels;
    private final String compiler;
    private final Path cuda;
    private final Path tests;
    private final Path made;

    /**
     * @param kernels directory of the kernels module
     * @param compiler name or path of g++
     * @param made where objects and libraries are put
     */
    EmulatedDriverBuild(Path kernels, String compiler, Path made) {
        this.kernels = kernels;
        this.compiler = compiler;
        this.cuda = kernels.resolve("src/main/cuda");
        this.tests = kernels.resolve("src/test/cuda");
        this.made = made;
    }

    /** The build of this checkout, found from the directory that the tests run in. */
    static EmulatedDriverBuild ofThisCheckout() {
        Path start = Path.of("").toAbsolutePath();
        for (Path directory = start; directory != null; directory = directory.getParent()) {
            Path module = directory.resolve("kernels");
            if (Files.isDirectory(module.resolve("src/main/cuda"))) {
                return new EmulatedDriverBuild(module, "g++", module.resolve("target/emulated"));
            }
        }
        throw new IllegalStateException("no kernels/src/main/cuda above " + start);
    }

    /** Directory of the kernels module. */
    Path module() {
        return kernels;
    }

    /** Names of all entry points in the kernels' sources. */
    List<String> entryPoints() {
        List<String> names = new ArrayList<>();
        for (Path source : files(cuda, ".cu")) {
            names.addAll(entryPoints(source));
        }
        return names;
    }

    /** The library with the product's kernels; compiles what is not there yet. */
    Path library() {
        return library(files(cuda, ".cu"), List.of());
    }

    /**
     * A library with other kernels.
     *
     * @param sources the .cu files
     * @param definitions further flags, such as {@code -DNAME}
     */
    Path library(List<Path> sources, List<String> definitions) {
        try {
            Files.createDirectories(made);
            try (FileChannel channel =
                    FileChannel.open(made.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                FileLock lock = channel.lock();
                try {
                    return built(sources, definitions);
                } finally {
                    lock.release();
                }
            }
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
    }

    private Path built(List<Path> sources, List<String> definitions) throws IOException {
        List<String> flags = new ArrayList<>(FLAGS);
        flags.addAll(definitions);
        flags.addAll(List.of("-I" + cuda, "-I" + tests.resolve("emulation"), "-I" + tests.resolve("driver")));
        String headers = hashOf(String.join(" ", flags), headers());
        List<Callable<Path>> compilations = new ArrayList<>();
        for (Path source : sources) {
            compilations.add(() -> object(stub(source), source, flags, headers));
        }
        for (String part : List.of("emulation", "driver")) {
            for (Path source : files(tests.resolve(part), ".cpp")) {
                compilations.add(() -> object(source, source, flags, headers));
            }
        }
        List<Path> objects = allOf(compilations);
        Path directory = made.resolve(hashOf(objects.toString(), List.of()));
        Path library = directory.resolve(LIBRARY);
        if (!Files.exists(library)) {
            Files.createDirectories(directory);
            Path part = directory.resolve(LIBRARY + ".part");
            List<String> command = new ArrayList<>(List.of(compiler, "-shared", "-Wl,-soname," + LIBRARY, "-o"));
            command.add(part.toString());
            objects.forEach(object -> command.add(object.toString()));
            command.add("-ldl");
            run(command);
            Files.move(part, library, StandardCopyOption.ATOMIC_MOVE);
        }
        return library;
    }

    private List<Path> headers() {
        List<Path> headers = new ArrayList<>(files(cuda, ".cuh"));
        headers.addAll(files(tests.resolve("emulation"), ".h"));
        headers.addAll(files(tests.resolve("driver"), ".h"));
        return headers;
    }

    /** A file that includes a source of kernels and makes each of them known by its name. */
    private Path stub(Path source) throws IOException {
        List<String> names = entryPoints(source);
        if (names.isEmpty()) {
            throw new IllegalStateException(source + " has no entry point that the emulator could find");
        }
        StringBuilder text = new StringBuilder("#include \"").append(source).append("\"\n");
        names.forEach(name -> text.append("EMULATED_KERNEL(").append(name).append(")\n"));
        Path stub = made.resolve(source.getFileName().toString().replace(".cu", "_kernels.cpp"));
        Files.writeString(stub, text);
        return stub;
    }

    private static List<String> entryPoints(Path source) {
        try {
            List<String> names = new ArrayList<>();
            Matcher entries = ENTRY.matcher(Files.readString(source));
            while (entries.find()) {
                names.add(entries.group(1));
            }
            return names;
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
    }

    private Path object(Path file, Path source, List<String> flags, String headers) throws IOException {
        String hash = hashOf(headers, List.of(file, source));
        String name = file.getParent().getFileName() + "_"
                + file.getFileName().toString().replace(".cpp", "");
        Path object = made.resolve(name + "." + hash + ".o");
        if (!Files.exists(object)) {
            Path part = made.resolve(name + "." + hash + ".part");
            List<String> command = new ArrayList<>(List.of(compiler));
            command.addAll(flags);
            command.addAll(List.of("-c", "-o", part.toString(), file.toString()));
            run(command);
            Files.move(part, object, StandardCopyOption.ATOMIC_MOVE);
        }
        return object;
    }

    private void run(List<String> command) {
        String output;
        int code;
        try {
            Process process = new ProcessBuilder(command)
                    .directory(kernels.toFile())
                    .redirectErrorStream(true)
                    .start();
            output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            code = process.waitFor();
        } catch (IOException absent) {
            throw new IllegalStateException(
                    compiler + " is missing, the emulated GPU cannot be built: apt-get install g++", absent);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while compiling", interrupted);
        }
        if (code != 0) {
            throw new IllegalStateException(String.join(" ", command) + "\n" + output);
        }
    }

    private static <T> List<T> allOf(List<Callable<T>> tasks) {
        ExecutorService pool = Executors.newFixedThreadPool(COMPILERS_AT_ONCE);
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> result : pool.invokeAll(tasks)) {
                results.add(result.get());
            }
            return results;
        } catch (ExecutionException fault) {
            if (fault.getCause() instanceof IllegalStateException reason) {
                throw reason;
            }
            throw new IllegalStateException(fault.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while compiling", interrupted);
        } finally {
            pool.shutdownNow();
        }
    }

    private static List<Path> files(Path directory, String ending) {
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(file -> file.toString().endsWith(ending)).sorted().toList();
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
    }

    private static String hashOf(String text, List<Path> files) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(text.getBytes(StandardCharsets.UTF_8));
            for (Path file : files) {
                digest.update(Files.readAllBytes(file));
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
