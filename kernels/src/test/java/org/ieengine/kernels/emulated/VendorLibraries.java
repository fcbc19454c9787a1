package org.ieengine.kernels.emulated;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Stand-ins for NVIDIA's libraries, compiled with g++ and loaded into this process, where the product's bindings find them. They
 * compute on the memory of the emulated device when they are called, so its streams must work at once too.
 */
public final class VendorLibraries {
    /** What the stand-in for cuBLAS keeps for tests to see. */
    public interface Cublas extends Library {
        /** {@code cublasComputeType_t} of the last product. */
        int fake_last_compute();

        /** {@code cudaDataType_t} of the factors of the last product. */
        int fake_last_type();

        /** Handles that were made and not destroyed. */
        int fake_living_handles();
    }

    /** What the stand-in for cuDNN keeps for tests to see. */
    public interface Cudnn extends Library {
        /** Activations and softmaxes so far. */
        int fake_calls();

        /** Handles and descriptors that were made and not destroyed. */
        int fake_living_objects();
    }

    /** Built and loaded once a process, when it is first asked for. */
    private static final class LoadedCublas {
        private static final Cublas LIBRARY = load("cublas.cpp", "libcublas.so.12", Cublas.class);
    }

    /** As {@link LoadedCublas}. */
    private static final class LoadedCudnn {
        private static final Cudnn LIBRARY = load("cudnn.cpp", "libcudnn.so.8", Cudnn.class);
    }

    private VendorLibraries() {}

    /** A {@code libcublas.so.12} with the few functions that the product calls. */
    public static Cublas cublas() {
        return LoadedCublas.LIBRARY;
    }

    /** A {@code libcudnn.so.8} with the few functions that the product calls. */
    public static Cudnn cudnn() {
        return LoadedCudnn.LIBRARY;
    }

    private static <T extends Library> T load(String source, String name, Class<T> type) {
        Path library = build(source, name);
        System.load(library.toString());
        return Native.load(library.toString(), type);
    }

    /** All symbols have the version that NVIDIA gives them: the library's name. */
    private static Path build(String source, String name) {
        Path module = EmulatedDriverBuild.ofThisCheckout().module();
        try {
            Path directory = Files.createDirectories(module.resolve("target/vendor"));
            Path versions = Files.createTempFile(directory, name, ".versions");
            Files.writeString(versions, name + " { global: *; };\n");
            Path fresh = Files.createTempFile(directory, name, ".fresh");
            Process compiler = new ProcessBuilder(
                            "g++",
                            "-std=c++17",
                            "-O1",
                            "-Wall",
                            "-Wextra",
                            "-Werror",
                            "-shared",
                            "-fPIC",
                            "-Wl,-soname," + name,
                            "-Wl,--version-script=" + versions,
                            "-o",
                            fresh.toString(),
                            module.resolve("src/test/cuda/vendor")
                                    .resolve(source)
                                    .toString())
                    .redirectErrorStream(true)
                    .start();
            String output = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (compiler.waitFor() != 0) {
                throw new IllegalStateException("g++ of " + source + ": " + output);
            }
            Files.delete(versions);
            return Files.move(
                    fresh,
                    directory.resolve(name),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        } catch (InterruptedException fault) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while g++ ran", fault);
        }
    }
}
