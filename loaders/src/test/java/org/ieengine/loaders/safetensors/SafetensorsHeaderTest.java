package org.ieengine.loaders.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ieengine.loaders.safetensors.SafetensorsBytes.entry;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.ieengine.loaders.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsHeaderTest {
    @TempDir
    private Path directory;

    private void assertRefused(byte[] bytes, String... sentenceParts) {
        Path file = SafetensorsBytes.write(directory.resolve("bad.safetensors"), bytes);
        assertThatThrownBy(() -> SafetensorsFile.open(file).close())
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContainingAll(sentenceParts)
                .satisfies(refusal -> assertThat(refusal.getMessage()).doesNotContain("\n"));
    }

    private void assertHeaderRefused(String json, int tensorBytes, String... sentenceParts) {
        assertRefused(SafetensorsBytes.of(json, tensorBytes), sentenceParts);
    }

    private static byte[] length(long headerBytes, int following) {
        byte[] bytes = new byte[8 + following];
        Arrays.fill(bytes, (byte) 1);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(headerBytes);
        return bytes;
    }

    @Test
    void fileTooShortForTheHeaderLength() {
        assertRefused(new byte[] {1, 2, 3}, "header length", "has 3 bytes, expected at least 8");
    }

    @Test
    void absurdHeaderLength() {
        assertRefused(length(100_000_001, 20), "header length", "found 100000001 bytes, expected at most 100000000");
    }

    @Test
    void headerLengthBeyondWhatIsSigned() {
        assertRefused(length(-1, 20), "header length", "found 18446744073709551615 bytes, expected at most");
    }

    @Test
    void headerLongerThanTheFile() {
        assertRefused(length(21, 20), "header length", "should take 21 bytes but the file ends after 20", "cut short");
    }

    @Test
    void headerOfNoBytes() {
        assertRefused(length(0, 0), "header", "found nothing, expected a JSON object");
    }

    @Test
    void headerThatIsNotUtf8() {
        byte[] header = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);
        header[2] = (byte) 0xC3;
        assertRefused(SafetensorsBytes.of(header, new byte[0]), "header", "bytes that are not UTF-8");
    }

    @Test
    void headerThatIsNotJson() {
        assertHeaderRefused("{\"x\": {\"dtype\" \"F32\"}}", 0, "header", "found malformed JSON", "at character");
    }

    @Test
    void headerThatEndsWithinItsJson() {
        assertHeaderRefused("{\"x\":{\"dtype\":\"F32\"", 0, "header", "found malformed JSON");
    }

    @Test
    void headerThatIsNoObject() {
        assertHeaderRefused("[1, 2]", 0, "header", "found an array, expected a JSON object");
    }

    @Test
    void headerNestedTooDeep() {
        assertHeaderRefused("{\"x\":" + "[".repeat(5000) + "]".repeat(5000) + "}", 0, "tensor x", "found an array");
        assertHeaderRefused(
                "{" + entry("x", "F32", "[".repeat(5000), "[0,4]") + "}", 4, "tensor x", "found an array in shape");
        assertHeaderRefused("{\"__metadata__\":{\"k\":{\"l\":{}}}}", 0, "__metadata__", "found an object under 'k'");
    }

    @Test
    void nameOrNumberWithoutEnd() {
        assertHeaderRefused("{\"" + "x".repeat(60_000) + "\":1}", 0, "header", "found malformed JSON (Name length");
        assertHeaderRefused(
                "{" + entry("x", "F32", "[" + "9".repeat(5000) + "]", "[0,4]") + "}",
                4,
                "header",
                "found malformed JSON (Number value length");
    }

    @Test
    void moreTensorsThanAnyCheckpointHas() {
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i <= 200_000; i++) {
            json.append(i == 0 ? "" : ",").append(entry("t" + i, "U8", "[0]", "[0,0]"));
        }
        assertHeaderRefused(json + "}", 0, "tensor t200000", "found more than 200000 tensors");
    }

    @Test
    void textAfterTheHeaderObject() {
        assertHeaderRefused("{} {}", 0, "header", "found an object after the end of the JSON object");
        assertHeaderRefused("{} x", 0, "header", "found malformed JSON");
    }

    @Test
    void spacesAfterTheHeaderObjectAreFine() {
        Path file = SafetensorsBytes.write(
                directory.resolve("padded.safetensors"),
                SafetensorsBytes.of("{" + entry("x", "F32", "[1]", "[0,4]") + "}      ", 4));
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            assertThat(read.names()).containsExactly("x");
        }
    }

    @Test
    void headerWhoseLengthLooksLikeAnotherFormatIsRead() {
        // 640 is 80 02 in the file, as a pickle begins; 35615 is 1f 8b, as gzip does.
        for (int headerBytes : new int[] {640, 35_615}) {
            String json = "{" + entry("x", "F32", "[1]", "[0,4]") + "}";
            Path file = SafetensorsBytes.write(
                    directory.resolve("length.safetensors"),
                    SafetensorsBytes.of(json + " ".repeat(headerBytes - json.length()), 4));
            try (SafetensorsFile read = SafetensorsFile.open(file)) {
                assertThat(read.names()).containsExactly("x");
            }
        }
    }

    @Test
    void nameThatStandsTwice() {
        assertHeaderRefused(
                "{" + entry("x", "F32", "[1]", "[0,4]") + "," + entry("x", "F32", "[1]", "[4,8]") + "}",
                8,
                "tensor x",
                "names it twice");
    }

    @Test
    void metadataThatStandsTwice() {
        assertHeaderRefused("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "__metadata__", "holds it twice");
        assertHeaderRefused(
                "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "__metadata__", "'a' stands there twice");
    }

    @Test
    void metadataThatIsNoText() {
        assertHeaderRefused(
                "{\"__metadata__\":{\"a\":1}}", 0, "__metadata__", "the number 1 under 'a', expected a string");
        assertHeaderRefused("{\"__metadata__\":3}", 0, "__metadata__", "the number 3, expected a JSON object");
    }

    @Test
    void tensorThatIsNoObject() {
        assertHeaderRefused("{\"x\":7}", 0, "tensor x", "found the number 7, expected a JSON object");
    }

    @Test
    void missingFields() {
        assertHeaderRefused("{\"x\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "tensor x", "'dtype' is missing");
        assertHeaderRefused("{\"x\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "tensor x", "'shape' is missing");
        assertHeaderRefused("{\"x\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "tensor x", "'data_offsets' is missing");
    }

    @Test
    void unknownField() {
        assertHeaderRefused(
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"strides\":[4]}}",
                4,
                "tensor x",
                "unknown field 'strides'");
    }

    @Test
    void fieldThatStandsTwice() {
        assertHeaderRefused(
                "{\"x\":{\"dtype\":\"F32\",\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,4]}}",
                4,
                "tensor x",
                "'dtype' stands there twice");
        assertHeaderRefused(
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[],\"shape\":[1],\"data_offsets\":[0,4]}}",
                4,
                "tensor x",
                "'shape' stands there twice");
    }

    @Test
    void unknownElementType() {
        assertHeaderRefused(
                "{" + entry("x", "F8_E4M3", "[1]", "[0,1]") + "}",
                1,
                "tensor x",
                "elements of type 'F8_E4M3', expected one of [F64, F32, F16, BF16, I64, I32, U8, BOOL]");
        assertHeaderRefused(
                "{\"x\":{\"dtype\":4,\"shape\":[1],\"data_offsets\":[0,4]}}",
                4,
                "the number 4 as dtype, expected a string");
    }

    @Test
    void negativeExtent() {
        assertHeaderRefused("{" + entry("x", "F32", "[-1]", "[0,4]") + "}", 4, "tensor x", "found -1 in shape");
    }

    @Test
    void extentThatIsNoInteger() {
        assertHeaderRefused("{" + entry("x", "F32", "[1.0]", "[0,4]") + "}", 4, "found the number 1.0 in shape");
        assertHeaderRefused("{" + entry("x", "F32", "[null]", "[0,4]") + "}", 4, "found 'null' in shape");
        assertHeaderRefused("{" + entry("x", "F32", "3", "[0,4]") + "}", 4, "found the number 3 as shape");
    }

    @Test
    void extentBeyondAnyMachine() {
        assertHeaderRefused(
                "{" + entry("x", "F32", "[9223372036854775808]", "[0,4]") + "}", 4, "tensor x", "at most 2^63 - 1");
    }

    @Test
    void shapeWhoseProductOverflows() {
        assertHeaderRefused(
                "{" + entry("x", "F32", "[4294967296,4294967296]", "[0,0]") + "}",
                0,
                "tensor x",
                "more than 2^63 bytes");
        assertHeaderRefused(
                "{" + entry("x", "F64", "[2305843009213693952]", "[0,0]") + "}", 0, "tensor x", "more than 2^63 bytes");
    }

    @Test
    void byteRangeThatDoesNotFitTheShape() {
        assertHeaderRefused(
                "{" + entry("x", "F32", "[2,3]", "[0,20]") + "}",
                20,
                "tensor x",
                "takes 20 bytes, expected 24",
                "[2, 3]");
    }

    @Test
    void byteRangeThatEndsBeforeItBegins() {
        assertHeaderRefused(
                "{" + entry("x", "F32", "[1]", "[8,4]") + "}", 8, "tensor x", "ends at byte 4 before it begins at 8");
    }

    @Test
    void offsetsThatAreNotTwo() {
        assertHeaderRefused(
                "{" + entry("x", "F32", "[1]", "[0,4,8]") + "}",
                8,
                "tensor x",
                "data_offsets has 3 numbers, expected 2");
    }

    @Test
    void tensorsThatOverlap() {
        assertHeaderRefused(
                "{" + entry("a", "F32", "[2]", "[0,8]") + "," + entry("b", "F32", "[2]", "[4,12]") + "}",
                12,
                "tensor b",
                "4 to 12 overlap those of tensor a, 0 to 8");
    }

    @Test
    void tensorsThatShareTheirBytes() {
        assertHeaderRefused(
                "{" + entry("a", "F32", "[1]", "[0,4]") + "," + entry("b", "F32", "[1]", "[0,4]") + "}", 4, "overlap");
    }

    @Test
    void holeBetweenTensors() {
        assertHeaderRefused(
                "{" + entry("a", "F32", "[1]", "[0,4]") + "," + entry("b", "F32", "[1]", "[8,12]") + "}",
                12,
                "tensor b",
                "begins at byte 8 after a hole, expected 4");
    }

    @Test
    void holeBeforeTheFirstTensor() {
        assertHeaderRefused("{" + entry("a", "F32", "[1]", "[4,8]") + "}", 8, "tensor a", "after a hole, expected 0");
    }

    @Test
    void bytesAfterTheLastTensor() {
        assertHeaderRefused(
                "{" + entry("a", "F32", "[1]", "[0,4]") + "}", 7, "found 3 bytes after the end of the last");
    }

    @Test
    void downloadThatWasCutShort() {
        assertHeaderRefused(
                "{" + entry("a", "F32", "[3]", "[0,12]") + "}",
                9,
                "tensor a",
                "should end 12 bytes after the header but the file ends after 9: it is cut short");
    }

    @Test
    void unalignedAndUnorderedTensorsAreRead() {
        byte[] tensors = ByteBuffer.allocate(11)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 200)
                .putFloat(1.5f)
                .putShort((short) 0x3F80)
                .putInt(-3)
                .array();
        String json = "{" + entry("int", "I32", "[]", "[7,11]") + "," + entry("byte", "U8", "[1]", "[0,1]") + ","
                + entry("half", "BF16", "[1,1]", "[5,7]") + "," + entry("real", "F32", "[1]", "[1,5]") + ","
                + entry("none", "I64", "[0]", "[5,5]") + " }";
        Path file = SafetensorsBytes.write(
                directory.resolve("odd.safetensors"),
                SafetensorsBytes.of(json.getBytes(StandardCharsets.UTF_8), tensors));
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            assertThat(read.names()).containsExactly("int", "byte", "half", "real", "none");
            float[] value = new float[4];
            read.tensor("int").read(0, value, 0, 1);
            read.tensor("byte").read(0, value, 1, 1);
            read.tensor("half").read(0, value, 2, 1);
            read.tensor("real").read(0, value, 3, 1);
            assertThat(value).containsExactly(-3, 200, 1, 1.5f);
        }
    }

    @Test
    void fileShortenedAfterOpeningIsReportedNotCrashed() throws IOException {
        Path file = SafetensorsBytes.write(
                directory.resolve("shrinking.safetensors"),
                SafetensorsBytes.of("{" + entry("x", "F32", "[100000]", "[0,400000]") + "}", 400_000));
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            try (RandomAccessFile writable = new RandomAccessFile(file.toFile(), "rw")) {
                writable.setLength(1000);
            }
            assertThatThrownBy(() -> read.tensor("x").read(0, new float[100_000], 0, 100_000))
                    .isInstanceOf(InputException.class)
                    .hasMessageContainingAll("shrinking.safetensors: tensor x", "it was shortened meanwhile");
        }
    }

    @Test
    void readingAfterClosingIsRefused() {
        Path file = SafetensorsBytes.write(
                directory.resolve("closed.safetensors"),
                SafetensorsBytes.of("{" + entry("x", "F32", "[1]", "[0,4]") + "}", 4));
        SafetensorsFile read = SafetensorsFile.open(file);
        StoredTensor tensor = read.tensor("x");
        read.close();
        assertThatThrownBy(() -> tensor.read(0, new float[1], 0, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("after it had been closed");
    }

    @Test
    void openFilesAreClosedAgainWhenTheHeaderIsRefused() {
        var system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        assertRefused(length(-1, 20), "header length");
        long before = system.getOpenFileDescriptorCount();
        for (int i = 0; i < 100; i++) {
            assertRefused(length(-1, 20), "header length");
        }
        assertThat(system.getOpenFileDescriptorCount()).isLessThan(before + 50);
    }
}
