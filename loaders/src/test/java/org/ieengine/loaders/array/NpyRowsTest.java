package org.ieengine.loaders.array;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ieengine.loaders.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyRowsTest {
    private static final double[] VALUES = {1, 2, 3, 4, 5, 6};

    @TempDir
    Path directory;

    /** A file as numpy.save writes it: magic, version, header padded to 64 bytes with spaces and a line feed, elements. */
    private Path file(int version, String header, byte[] elements) throws IOException {
        int prefix = version == 1 ? 10 : 12;
        int length = (prefix + header.length() + 1 + 63) / 64 * 64 - prefix;
        ByteBuffer start = ByteBuffer.allocate(prefix).order(ByteOrder.LITTLE_ENDIAN);
        start.put((byte) 0x93)
                .put("NUMPY".getBytes(StandardCharsets.US_ASCII))
                .put((byte) version)
                .put((byte) 0);
        if (version == 1) {
            start.putShort((short) length);
        } else {
            start.putInt(length);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(start.array());
        bytes.write((header + " ".repeat(length - header.length() - 1) + "\n").getBytes(StandardCharsets.UTF_8));
        bytes.write(elements);
        return Files.write(directory.resolve("x.npy"), bytes.toByteArray());
    }

    private static String header(String descr, boolean fortran, String shape) {
        return "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape
                + ", }";
    }

    private static byte[] encode(String descr, double[] values) {
        int width = Integer.parseInt(descr.substring(2));
        ByteBuffer bytes = ByteBuffer.allocate(values.length * width)
                .order(descr.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        for (double value : values) {
            switch (descr.substring(1)) {
                case "f2" -> bytes.putShort((short) half(value));
                case "f4" -> bytes.putFloat((float) value);
                case "f8" -> bytes.putDouble(value);
                case "i1", "u1", "b1" -> bytes.put((byte) value);
                case "i2", "u2" -> bytes.putShort((short) value);
                case "i4", "u4" -> bytes.putInt((int) value);
                default -> bytes.putLong((long) value);
            }
        }
        return bytes.array();
    }

    /** Bits of small positive integers in binary16. */
    private static int half(double value) {
        int exponent = Math.getExponent(value);
        return (exponent + 15) << 10 | (int) ((value / Math.scalb(1.0, exponent) - 1) * 1024);
    }

    private static double[] readAll(ArrayRows rows) {
        double[] values = new double[(int) rows.rows() * rows.columns()];
        rows.read(0, (int) rows.rows(), values);
        return values;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "|i1", "|u1", "|b1", "<i2", ">i2", "<u2", ">u2", "<i4", ">i4",
                "<u4", ">u4", "<i8", ">i8", "<u8", ">u8"
            })
    void shouldReadEveryElementTypeInBothByteOrders(String descr) throws IOException {
        Path file = file(1, header(descr, false, "(3, 2)"), encode(descr, VALUES));

        try (ArrayRows rows = NpyRows.open(file)) {
            assertThat(rows.rows()).isEqualTo(3);
            assertThat(rows.columns()).isEqualTo(2);
            assertThat(readAll(rows)).containsExactly(VALUES);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void shouldReadEveryVersionOfTheFormat(int version) throws IOException {
        Path file = file(version, header("<f8", false, "(6,)"), encode("<f8", VALUES));

        try (ArrayRows rows = NpyRows.open(file)) {
            assertThat(rows.columns()).isEqualTo(1);
            assertThat(readAll(rows)).containsExactly(VALUES);
        }
    }

    @Test
    void shouldTurnFortranOrderIntoRows() throws IOException {
        Path file = file(1, header("<i4", true, "(3, 2)"), encode("<i4", VALUES));

        try (ArrayRows rows = NpyRows.open(file)) {
            assertThat(readAll(rows)).containsExactly(1, 4, 2, 5, 3, 6);
            double[] middle = new double[2];
            rows.read(1, 1, middle);
            assertThat(middle).containsExactly(2, 5);
        }
    }

    @Test
    void shouldKeepTheSignOfIntegers() throws IOException {
        double[] negative = {-1, -2, -128};
        try (ArrayRows rows = NpyRows.open(file(1, header("|i1", false, "(3,)"), encode("|i1", negative)))) {
            assertThat(readAll(rows)).containsExactly(negative);
        }
        try (ArrayRows rows = NpyRows.open(file(1, header("|u1", false, "(3,)"), encode("|u1", negative)))) {
            assertThat(readAll(rows)).containsExactly(255, 254, 128);
        }
    }

    @Test
    void shouldRefuseIntegersThatFloat64CannotHold() throws IOException {
        byte[] elements = ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(1L << 53)
                .putLong((1L << 53) + 1)
                .array();
        try (ArrayRows rows = NpyRows.open(file(1, header("<i8", false, "(2, 1)"), elements))) {
            assertThatThrownBy(() -> readAll(rows))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("row 1, column 0")
                    .hasMessageContaining("9007199254740993");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{'descr': '<c8', 'fortran_order': False, 'shape': (3, 2), };element type",
                "{'descr': '<f16', 'fortran_order': False, 'shape': (3, 2), };element type",
                "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3, 2), };element type",
                "{'descr': '<f8', 'fortran_order': 0, 'shape': (3, 2), };neither True nor False",
                "{'descr': '<f8', 'fortran_order': False, };not all of",
                "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2, 1), };shape [3, 2, 1]",
                "{'descr': '<f8', 'fortran_order': False, 'shape': (), };shape []",
                "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 3), };bytes follow the header",
                "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), };bytes follow the header",
                "{'descr': '<f8', 'fortran_order': False, 'shape': (999999999999999999, 99999999), };more elements",
                "{'descr': '<f8', 'fortran_order': False, 'shape': (-3, 2), };no count",
                "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), 'more': 'x', };unknown key",
                "not a dictionary;is expected",
                "{'descr;an open string"
            })
    void shouldExplainAHeaderThatItCannotServe(String header, String sentence) throws IOException {
        Path file = file(1, header, encode("<f8", VALUES));

        assertThatThrownBy(() -> NpyRows.open(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("x.npy")
                .hasMessageContaining(sentence);
    }

    @Test
    void shouldExplainAFileThatIsNoNpyOrEndsEarly() throws IOException {
        Path text = Files.writeString(directory.resolve("text.npy"), "1,2,3 and more words");
        Path cut =
                Files.write(directory.resolve("cut.npy"), new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 99});
        Path version = Files.write(
                directory.resolve("version.npy"), new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 9, 0, 0, 0, 0});

        assertThatThrownBy(() -> NpyRows.open(text)).hasMessageContaining("does not start as");
        assertThatThrownBy(() -> NpyRows.open(cut)).hasMessageContaining("ends within its header");
        assertThatThrownBy(() -> NpyRows.open(version)).hasMessageContaining("version 9");
        assertThatThrownBy(() -> NpyRows.open(directory.resolve("none.npy"))).hasMessageContaining("no such file");
        assertThatThrownBy(() -> NpyRows.open(directory)).hasMessageContaining("not a regular file");
    }
}
