package org.ieengine.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The PTX of one set of kernels: which kernel is in which module, and what parameters it has. The jar holds two sets made of the
 * same sources: for compute capability 8.0 and newer, and for 7.5, without the kernels that need tensor cores of 8.0. For 9.0 alone
 * there are besides kernels of instructions that neither older nor newer GPUs have (sm_90a).
 */
final class PtxModules {
    /** Least compute capability times ten of the whole set. */
    static final int WHOLE = 80;
    /** Least compute capability times ten of any set. */
    static final int LEAST = 75;

    /** The one compute capability times ten that has the kernels of sm_90a. */
    private static final int HOPPER = 90;

    private static final String FOLDER = "org/ieengine/kernels/ptx/";
    private static final String SUFFIX = ".ptx";
    private static final String OLD_SUFFIX = ".sm_75.ptx";
    private static final String HOPPER_SUFFIX = ".sm_90a.ptx";
    private static final Pattern VERSION = Pattern.compile("^\\.version (\\d+)\\.(\\d+)$", Pattern.MULTILINE);
    private static final Pattern LEFT_OUT = Pattern.compile("^// needs 8\\.0: (.*)$", Pattern.MULTILINE);
    private static final Pattern PARAMETER =
            Pattern.compile("\\.param (?:\\.align \\d+ )?\\.([a-z]\\d+) (?:\\.ptr[^,\\[]* )?\\w+(?:\\[(\\d+)])?");
    private static final String ENTRY = ".visible .entry ";

    /** What a parameter is. */
    enum Parameter {
        /** A pointer or 64-bit integer. */
        LONG(8),
        /** A 32-bit integer. */
        INT(4),
        /** A float. */
        FLOAT(4);

        private final int bytes;

        Parameter(int bytes) {
            this.bytes = bytes;
        }

        int bytes() {
            return bytes;
        }
    }

    /** A kernel of the set. */
    record Entry(String module, String name, List<Parameter> parameters) {}

    /** Read when the first GPU of 8.0 or newer is opened. */
    private static final class ForNewGpus {
        private static final PtxModules SET = read(file -> !file.endsWith(OLD_SUFFIX) && !file.endsWith(HOPPER_SUFFIX));
    }

    /** Read when the first GPU of 9.0 is opened. */
    private static final class ForHopper {
        private static final PtxModules SET = read(file -> !file.endsWith(OLD_SUFFIX));
    }

    /** Read when the first older GPU is opened. */
    private static final class ForOldGpus {
        private static final PtxModules SET = read(file -> file.endsWith(OLD_SUFFIX));
    }

    private final Map<String, String> texts;
    private final Map<String, Entry> entries = new HashMap<>();
    private final Set<String> leftOut = new HashSet<>();
    private final int cudaVersion;

    /** The set whose modules have these texts. */
    PtxModules(Map<String, String> texts) {
        this.texts = Map.copyOf(texts);
        int newest = 0;
        for (Map.Entry<String, String> module : this.texts.entrySet()) {
            newest = Math.max(newest, cudaVersion(module.getKey(), module.getValue()));
            index(module.getKey(), module.getValue());
        }
        cudaVersion = newest;
    }

    /** The set of the jar for a GPU of that compute capability times ten under a driver that knows all of its PTX. */
    static PtxModules shipped(int capability) {
        return shipped(capability, Integer.MAX_VALUE);
    }

    /**
     * The set of the jar for a GPU. Under a driver that does not know the PTX of sm_90a (before CUDA 12.0) a GPU of 9.0 gets the set of
     * 8.0, whose kernels compute the same products.
     *
     * @param capability compute capability times ten
     * @param driver newest CUDA version, times 1000, that the driver serves
     */
    static PtxModules shipped(int capability, int driver) {
        if (capability < WHOLE) {
            return ForOldGpus.SET;
        }
        boolean hopper = capability == HOPPER && ForHopper.SET.cudaVersion() <= driver;
        return hopper ? ForHopper.SET : ForNewGpus.SET;
    }

    private static PtxModules read(Predicate<String> chosen) {
        Map<String, String> texts = new TreeMap<>();
        try {
            Path origin = Path.of(codeSource());
            if (Files.isDirectory(origin)) {
                readDirectory(origin.resolve(FOLDER), chosen, texts);
            } else {
                readJar(origin, chosen, texts);
            }
        } catch (IOException fault) {
            throw new UncheckedIOException("the PTX of this program cannot be read", fault);
        }
        return new PtxModules(texts);
    }

    private static URI codeSource() throws IOException {
        try {
            return PtxModules.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI();
        } catch (URISyntaxException fault) {
            throw new IOException(fault);
        }
    }

    private static void readDirectory(Path folder, Predicate<String> chosen, Map<String, String> texts)
            throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(SUFFIX) && chosen.test(name)) {
                    texts.put(moduleName(name), Files.readString(file, StandardCharsets.ISO_8859_1));
                }
            }
        }
    }

    private static void readJar(Path jar, Predicate<String> chosen, Map<String, String> texts) throws IOException {
        try (JarFile file = new JarFile(jar.toFile(), false)) {
            for (JarEntry entry : Collections.list(file.entries())) {
                String name = entry.getName();
                if (name.startsWith(FOLDER) && name.endsWith(SUFFIX) && chosen.test(name)) {
                    try (InputStream text = file.getInputStream(entry)) {
                        texts.put(
                                moduleName(name.substring(FOLDER.length())),
                                new String(text.readAllBytes(), StandardCharsets.ISO_8859_1));
                    }
                }
            }
        }
    }

    private static String moduleName(String file) {
        return file.substring(0, file.length() - (file.endsWith(OLD_SUFFIX) ? OLD_SUFFIX : SUFFIX).length());
    }

    /** CUDA version whose drivers take a module, times 1000: PTX 7.0 came with CUDA 11.0, 8.0 with 12.0, alike between. */
    private static int cudaVersion(String module, String text) {
        Matcher version = VERSION.matcher(text);
        if (!version.find()) {
            throw new IllegalArgumentException("no .version in " + module);
        }
        return (Integer.parseInt(version.group(1)) + 4) * 1000 + Integer.parseInt(version.group(2)) * 10;
    }

    private void index(String module, String text) {
        // What is left out stands above the first kernel; the texts are long, and an expression that searches them
        // whole is slow.
        int first = text.indexOf(ENTRY);
        Matcher without = LEFT_OUT.matcher(first < 0 ? text : text.substring(0, first));
        if (without.find()) {
            leftOut.addAll(List.of(without.group(1).split(" ")));
        }
        for (int at = first; at >= 0; at = text.indexOf(ENTRY, at + 1)) {
            int open = text.indexOf('(', at);
            String name = text.substring(at + ENTRY.length(), open).strip();
            List<Parameter> parameters = parameters(name, text.substring(open + 1, text.indexOf(')', open)));
            Entry before = entries.put(name, new Entry(module, name, parameters));
            if (before != null) {
                throw new IllegalArgumentException(name + " is in " + before.module() + " and in " + module);
            }
        }
    }

    private static List<Parameter> parameters(String kernel, String declared) {
        List<Parameter> parameters = new ArrayList<>();
        for (String declaration : declared.split(",")) {
            if (declaration.isBlank()) {
                continue;
            }
            Matcher parameter = PARAMETER.matcher(declaration.strip());
            String type = parameter.matches() && parameter.group(2) == null ? parameter.group(1) : "";
            parameters.add(
                    switch (type) {
                        case "u64", "s64", "b64" -> Parameter.LONG;
                        case "u32", "s32", "b32" -> Parameter.INT;
                        case "f32" -> Parameter.FLOAT;
                        default ->
                            throw new IllegalArgumentException("parameters of " + kernel
                                    + " are pointers, long long, int and float only: " + declaration.strip());
                    });
        }
        return List.copyOf(parameters);
    }

    /** Number of modules. */
    int modules() {
        return texts.size();
    }

    /** Names of all kernels. */
    Set<String> names() {
        return Set.copyOf(entries.keySet());
    }

    /** Names of the kernels that the set lacks because they need compute capability 8.0. */
    Set<String> leftOut() {
        return Set.copyOf(leftOut);
    }

    /**
     * The kernel of that name.
     *
     * @throws IllegalArgumentException when there is none
     */
    Entry entry(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new IllegalArgumentException("there is no kernel " + name);
        }
        return entry;
    }

    /** A module's PTX. */
    String text(String module) {
        return texts.get(module);
    }

    /** Least CUDA version, times 1000, whose drivers take every module; 0 without modules. */
    int cudaVersion() {
        return cudaVersion;
    }
}
