package org.ieengine.loaders.array;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;

/**
 * Numbers separated by commas (or semicolons, or tabs), one row a line, held in memory. A first line with a field that is no
 * number is a header; blank lines are passed over.
 */
public final class CsvRows implements ArrayRows {
    private static final Pattern NUMBER = Pattern.compile("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?");
    private static final String MARK = "\uFEFF";

    private final String file;
    private double[] values;
    private int filled;
    private int columns;

    private CsvRows(String file, int numbers) {
        this.file = file;
        this.values = new double[numbers];
    }

    /**
     * Reads a file.
     *
     * @throws InputException when it is missing, not UTF-8, ragged, or holds what is no number, naming the line
     */
    public static CsvRows open(Path path) {
        long numbers = mostNumbers(path);
        CsvRows rows = new CsvRows(path.toString(), (int) Math.min(Integer.MAX_VALUE - 16, Math.max(1024, numbers)));
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                Files.newInputStream(path),
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT)))) {
            rows.readAll(reader);
        } catch (NoSuchFileException fault) {
            throw new InputException(path.toString(), "", "no such file", fault);
        } catch (CharacterCodingException fault) {
            throw new InputException(path.toString(), "", "is not UTF-8 text", fault);
        } catch (IOException fault) {
            throw FileFault.reading(path.toString(), fault);
        }
        return rows;
    }

    /**
     * Numbers that a file holds at most, by its separators and line ends; 0 for what is no regular file and can be read only once.
     *
     * @throws InputException when it cannot be read
     */
    static long mostNumbers(Path path) {
        if (!Files.isRegularFile(path)) {
            return 0;
        }
        byte[] piece = new byte[1 << 16];
        long ends = 1;
        try (InputStream in = Files.newInputStream(path)) {
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                for (int i = 0; i < read; i++) {
                    byte b = piece[i];
                    ends += b == ',' || b == ';' || b == '\t' || b == '\n' || b == '\r' ? 1 : 0;
                }
            }
        } catch (IOException fault) {
            throw FileFault.reading(path.toString(), fault);
        }
        return ends;
    }

    private void readAll(BufferedReader reader) throws IOException {
        int number = 0;
        boolean first = true;
        String separator = ",";
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            number++;
            String text = number == 1 && line.startsWith(MARK) ? line.substring(1) : line;
            if (text.isBlank()) {
                continue;
            }
            if (first) {
                separator = text.contains(",") ? "," : text.contains(";") ? ";" : "\t";
            }
            String[] fields = text.split(separator, -1);
            if (first && isHeader(fields)) {
                columns = fields.length;
                first = false;
                continue;
            }
            first = false;
            addRow(fields, number);
        }
    }

    private static boolean isHeader(String[] fields) {
        return Arrays.stream(fields).anyMatch(field -> Double.isNaN(number(bare(field))) && !isNotANumber(bare(field)));
    }

    private void addRow(String[] fields, int line) {
        if (columns == 0) {
            columns = fields.length;
        }
        if (fields.length != columns) {
            throw new InputException(
                    file, "line " + line, fields.length + " fields where the lines before have " + columns);
        }
        if (filled > Integer.MAX_VALUE - 16 - columns) {
            throw new InputException(
                    file, "line " + line, "too many numbers for a .csv file; use .npy or .safetensors");
        }
        if (filled + columns > values.length) {
            values = Arrays.copyOf(
                    values, (int) Math.min(Integer.MAX_VALUE - 16, Math.max(2L * values.length, filled + columns)));
        }
        for (int column = 0; column < columns; column++) {
            String field = bare(fields[column]);
            double value = number(field);
            if (Double.isNaN(value) && !isNotANumber(field)) {
                throw new InputException(
                        file, "line " + line + ", field " + (column + 1), "'" + shortened(field) + "' is not a number");
            }
            values[filled++] = value;
        }
    }

    private static String bare(String field) {
        String stripped = field.strip();
        boolean quoted = stripped.length() >= 2 && stripped.startsWith("\"") && stripped.endsWith("\"");
        return quoted ? stripped.substring(1, stripped.length() - 1).strip() : stripped;
    }

    /** The number; NaN for what is none. */
    private static double number(String field) {
        if (NUMBER.matcher(field).matches()) {
            return Double.parseDouble(field);
        }
        return switch (field.toLowerCase(java.util.Locale.ROOT)) {
            case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
            case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
            default -> Double.NaN;
        };
    }

    private static boolean isNotANumber(String field) {
        return field.equalsIgnoreCase("nan");
    }

    private static String shortened(String field) {
        return field.length() > 40 ? field.substring(0, 40) + "..." : field;
    }

    @Override
    public String name() {
        return file;
    }

    @Override
    public long rows() {
        return columns == 0 ? 0 : filled / columns;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public void read(long firstRow, int count, double[] target) {
        if (firstRow < 0 || firstRow + count > rows()) {
            throw new IndexOutOfBoundsException(count + " rows from " + firstRow + " of " + rows());
        }
        System.arraycopy(values, (int) firstRow * columns, target, 0, count * columns);
    }

    /** Does nothing: the numbers are on the heap. */
    @Override
    public void close() {}
}
