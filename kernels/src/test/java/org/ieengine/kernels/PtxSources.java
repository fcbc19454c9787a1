package org.ieengine.kernels;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The CUDA sources and the PTX of this checkout. */
final class PtxSources {
    private static final Pattern INCLUDE = Pattern.compile("^\\s*#\\s*include\\s+\"([^\"]+)\"", Pattern.MULTILINE);
    private static final Pattern ENTRY =
            Pattern.compile("extern \"C\" __global__ void\\s+(?:__launch_bounds__\\([^)]*\\)\\s+)?(\\w+)\\s*\\(");

    /** Directory of the kernels module. */
    static final Path MODULE = module();

    private static final Path CUDA = MODULE.resolve("src/main/cuda");
    private static final Path PTX = MODULE.resolve("src/main/resources/org/ieengine/kernels/ptx");

    private PtxSources() {}

    private static Path module() {
        Path start = Path.of("").toAbsolutePath();
        for (Path directory = start; directory != null; directory = directory.getParent()) {
            if (Files.isRegularFile(directory.resolve("kernels/ptx.sh"))) {
                return directory.resolve("kernels");
            }
        }
        throw new IllegalStateException("no kernels/ptx.sh above " + start);
    }

    /** All sources with entry points. */
    static List<Path> sources() throws IOException {
        return files(CUDA, ".cu");
    }

    /** All PTX. */
    static List<Path> ptx() throws IOException {
        return files(PTX, ".ptx");
    }

    private static List<Path> files(Path directory, String ending) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(file -> file.toString().endsWith(ending)).sorted().toList();
        }
    }

    /** The source that a PTX was made from. */
    static Path sourceOf(Path ptx) {
        String name = ptx.getFileName().toString();
        return CUDA.resolve(name.replaceAll("(\\.sm_75)?\\.ptx$", ".cu"));
    }

    /** Names of a source's kernels. */
    static List<String> kernels(Path source) throws IOException {
        List<String> names = new ArrayList<>();
        Matcher entries = ENTRY.matcher(Files.readString(source));
        while (entries.find()) {
            names.add(entries.group(1));
        }
        return names;
    }

    /** SHA-256 of a source followed by all headers of ours that it includes, directly or not, in the order of their names. */
    static String hash(Path source) throws IOException, NoSuchAlgorithmException {
        TreeSet<String> headers = new TreeSet<>();
        Deque<Path> open = new ArrayDeque<>(List.of(source));
        while (!open.isEmpty()) {
            Matcher includes = INCLUDE.matcher(Files.readString(open.pop()));
            while (includes.find()) {
                Path header = CUDA.resolve(includes.group(1));
                if (Files.isRegularFile(header) && headers.add(includes.group(1))) {
                    open.push(header);
                }
            }
        }
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(Files.readAllBytes(source));
        for (String header : headers) {
            digest.update(Files.readAllBytes(CUDA.resolve(header)));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** What a run of a program said and answered. */
    record Ended(int code, String output) {}

    /** Runs a program in the module's directory. */
    static Ended run(List<String> variables, String... command) throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(MODULE.toFile()).redirectErrorStream(true);
        for (String variable : variables) {
            builder.environment().put(variable.split("=")[0], variable.split("=")[1]);
        }
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }

    /** Whether the compiler that {@code ptx.sh} names is on the path. */
    static boolean compilerIsHere() throws IOException, InterruptedException {
        Matcher named = Pattern.compile("(?m)^nvcc_version=(.*)$").matcher(Files.readString(MODULE.resolve("ptx.sh")));
        if (!named.find()) {
            throw new IllegalStateException("ptx.sh names no nvcc_version");
        }
        return run(List.of(), "bash", "-c", "nvcc --version && ptxas --version")
                .output()
                .contains("V" + named.group(1));
    }
}
