package org.ieengine.kernels;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Finds shared libraries where the dynamic loader would look, without loading them. */
final class SharedLibraries {
    private static final Path LOADED = Path.of("/proc/self/maps");
    private static final Path LOADER_CACHE = Path.of("/etc/ld.so.cache");
    private static final List<String> DIRECTORIES = List.of(
            "/usr/lib/x86_64-linux-gnu",
            "/lib/x86_64-linux-gnu",
            "/usr/lib/aarch64-linux-gnu",
            "/usr/lib64",
            "/lib64",
            "/usr/lib",
            "/lib",
            "/usr/lib/wsl/lib");

    private SharedLibraries() {}

    /** As {@link #find} with this process's {@code LD_LIBRARY_PATH}, but a library that the process has loaded comes first. */
    static String findLoadable(String name) {
        String loaded = loaded(name);
        return loaded.isEmpty() ? find(name, System.getenv("LD_LIBRARY_PATH")) : loaded;
    }

    /** A line of the map ends with the path of the file that is mapped there. */
    private static String loaded(String name) {
        if (!Files.isReadable(LOADED)) {
            return "";
        }
        try (Stream<String> lines = Files.lines(LOADED, StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.endsWith("/" + name))
                    .map(line -> line.substring(line.indexOf('/')))
                    .findFirst()
                    .orElse("");
        } catch (IOException | UncheckedIOException unreadable) {
            return "";
        }
    }

    /** Full path of a library such as {@code libcuda.so.1}; empty when it was not found. */
    static String find(String name, String searchPath) {
        Set<String> candidates = new LinkedHashSet<>();
        for (String directory : (searchPath == null ? "" : searchPath).split(":")) {
            if (!directory.isEmpty()) {
                candidates.add(directory + "/" + name);
            }
        }
        candidates.addAll(inLoaderCache(name));
        DIRECTORIES.forEach(directory -> candidates.add(directory + "/" + name));
        for (String candidate : candidates) {
            if (exists(candidate)) {
                return candidate;
            }
        }
        return "";
    }

    private static boolean exists(String candidate) {
        try {
            return Files.exists(Path.of(candidate));
        } catch (InvalidPathException notOfThisSystem) {
            return false;
        }
    }

    /** Paths of that name among the strings of the loader's cache, which end with a zero byte each. */
    private static Set<String> inLoaderCache(String name) {
        Set<String> paths = new LinkedHashSet<>();
        if (!Files.isReadable(LOADER_CACHE)) {
            return paths;
        }
        String cache;
        try {
            cache = Files.readString(LOADER_CACHE, StandardCharsets.ISO_8859_1);
        } catch (IOException unreadable) {
            return paths;
        }
        String ending = "/" + name + "\0";
        for (int at = cache.indexOf(ending); at >= 0; at = cache.indexOf(ending, at + 1)) {
            int start = cache.lastIndexOf('\0', at) + 1;
            paths.add(cache.substring(start, at + ending.length() - 1));
        }
        return paths;
    }
}
