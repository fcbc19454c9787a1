package org.ieengine.cli.verb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.ie.ActivationSweep;
import org.ieengine.engine.ie.MemoryLimits;
import org.ieengine.engine.model.Transformer;
import org.ieengine.engine.model.Transformers;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.MemoryExhaustedException;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.Test;

class ActivationFileTest {
    private static final int SEQUENCES = 40;
    private static final int TOKENS = 3;
    private static final int WIDTH = 128;
    private static final long STREAM = 4L * TOKENS * WIDTH;

    /** States of one position of all sequences, on their way to the file. */
    private static final long OUTPUT = 4L * SEQUENCES * WIDTH;

    /** A backend like the host's that says to have so much memory of its own. */
    private static Backend deviceWith(long free, CpuBackend host) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("ownMemory")) {
                        return true;
                    }
                    if (method.getName().equals("freeBytes")) {
                        return free;
                    }
                    try {
                        return method.invoke(host, arguments);
                    } catch (InvocationTargetException fault) {
                        throw fault.getCause();
                    }
                });
    }

    private static int atOnce(long free, boolean device, MemoryLimits limits) {
        TokenMatrix tokens = new TokenMatrix(new int[SEQUENCES * TOKENS], SEQUENCES, TOKENS);
        ActivationFile.Content content = new ActivationFile.Content(tokens, List.of(0), List.of(2), false);
        try (ModelDirectory model = ModelDirectory.open(Path.of("../samples/gpt2-tiny"));
                CpuBackend host = CpuBackend.plainJava(1)) {
            Backend backend = device ? deviceWith(free, host) : host;
            try (Transformer transformer = Transformers.open(model, backend)) {
                return new ActivationFile(model, backend, content, limits).sequencesAtOnce(transformer);
            }
        }
    }

    private static long workspace() {
        try (ModelDirectory model = ModelDirectory.open(Path.of("../samples/gpt2-tiny"));
                CpuBackend host = CpuBackend.plainJava(1);
                Transformer transformer = Transformers.open(model, host)) {
            return ActivationSweep.workspaceBytes(transformer, TOKENS);
        }
    }

    @Test
    void shouldTakeAsManySequencesAsTheDeviceHasRoomForWhateverTheHostMayOccupy() {
        long enough = workspace() + OUTPUT + 7 * STREAM + STREAM / 2;

        for (MemoryLimits limits : List.of(MemoryLimits.FREE, new MemoryLimits(1, 0), new MemoryLimits(1L << 40, 0))) {
            // A fiftieth stays for what is no tensor.
            assertThat(atOnce(enough + enough / 49, true, limits)).isEqualTo(7);
            assertThat(atOnce(80L << 30, true, limits)).isEqualTo(SEQUENCES);
        }
    }

    @Test
    void shouldTakeAsManySequencesAsTheHostMayOccupyWhereThatComputes() {
        long enough = workspace() + OUTPUT + 7 * STREAM + STREAM / 2;

        assertThat(atOnce(0, false, new MemoryLimits(enough, 1))).isEqualTo(7);
        assertThat(atOnce(0, false, MemoryLimits.FREE)).isEqualTo(SEQUENCES);
    }

    @Test
    void shouldNameTheOptionThatHelpsWhenNotOneSequenceFits() {
        assertThatThrownBy(() -> atOnce(workspace(), true, MemoryLimits.FREE))
                .isInstanceOf(MemoryExhaustedException.class)
                .hasMessageContaining("the GPU has ")
                .hasMessageContaining("--device cpu");
        assertThatThrownBy(() -> atOnce(workspace(), true, new MemoryLimits(0, workspace())))
                .isInstanceOf(MemoryExhaustedException.class)
                .hasMessageContaining("--device-memory allows ");
        assertThatThrownBy(() -> atOnce(0, false, new MemoryLimits(workspace(), 0)))
                .isInstanceOf(MemoryExhaustedException.class)
                .hasMessageContaining("--memory allows ");
    }
}
