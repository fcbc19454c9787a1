package org.ieengine.loaders.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.ieengine.loaders.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damages a valid file at random, the same way every time: it is read or refused with a sentence, never anything else. */
class SafetensorsMutationTest {
    private static final int DAMAGED_FILES = 2000;
    private static final byte[] LIKELY = "{}[]\",:0123456789-.eEFBIU\\ \0\377".getBytes(StandardCharsets.ISO_8859_1);

    @TempDir
    private Path directory;

    @Test
    void damagedFilesAreReadOrRefused() throws IOException {
        byte[] valid = SafetensorsBytes.of(
                "{\"__metadata__\":{\"format\":\"pt\"},"
                        + SafetensorsBytes.entry("wte.weight", "F16", "[3,5]", "[0,30]") + ","
                        + SafetensorsBytes.entry("h.0.bias", "F32", "[4]", "[30,46]") + ","
                        + SafetensorsBytes.entry("mask", "BOOL", "[1,1,2,2]", "[46,50]") + ","
                        + SafetensorsBytes.entry("step", "I64", "[]", "[50,58]") + "}  ",
                58);
        SplittableRandom random = new SplittableRandom(20);
        Path file = directory.resolve("damaged.safetensors");
        int refused = 0;
        for (int trial = 0; trial < DAMAGED_FILES; trial++) {
            Files.write(file, damaged(valid, random));
            try (SafetensorsFile read = SafetensorsFile.open(file)) {
                for (String name : read.names()) {
                    StoredTensor tensor = read.tensor(name);
                    assertThat(tensor.elements()).isLessThan(valid.length + 100);
                    tensor.read(0, new double[(int) tensor.elements()], 0, (int) tensor.elements());
                }
            } catch (InputException refusal) {
                refused++;
                assertThat(refusal.getMessage()).startsWith(file + ": ").doesNotContain("\n");
            }
        }
        // Damage among the elements or within a name is no fault of the file; most of the rest is.
        assertThat(refused).isBetween(DAMAGED_FILES / 2, DAMAGED_FILES - 100);
    }

    private static byte[] damaged(byte[] valid, SplittableRandom random) {
        byte[] bytes = valid.clone();
        for (int change = random.nextInt(1, 4); change > 0; change--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = LIKELY[random.nextInt(LIKELY.length)];
                case 2 -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
                case 3 -> {
                    // Repeats a stretch of the file in place of another.
                    int from = random.nextInt(bytes.length);
                    int count = Math.min(random.nextInt(1, 40), bytes.length - Math.max(at, from));
                    System.arraycopy(bytes.clone(), from, bytes, at, count);
                }
                default -> bytes = Arrays.copyOf(bytes, bytes.length + random.nextInt(1, 9));
            }
        }
        return bytes;
    }
}
