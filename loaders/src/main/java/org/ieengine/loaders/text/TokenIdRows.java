package org.ieengine.loaders.text;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.SafetensorsFile;
import org.ieengine.loaders.safetensors.StoredTensor;

/** Rows of {@code token_ids} [N, T] of a safetensors file to token sequences, read a few rows at a time. */
final class TokenIdRows {
    private static final String NAME = "token_ids";
    private static final int READ_AT_ONCE = 1 << 16;
    private static final String EXPECTED = "expected " + NAME + " of I32 or I64, shape [sequences, tokens]";

    private final DataSource.TokenIds source;
    private final SequenceSettings settings;

    TokenIdRows(DataSource.TokenIds source, SequenceSettings settings) {
        this.source = source;
        this.settings = settings;
    }

    TokenData read(Progress progress) {
        try (SafetensorsFile file = SafetensorsFile.open(Path.of(source.file()))) {
            StoredTensor ids = tokenIds(file);
            long rows = ids.shape()[0];
            int rowLength = (int) ids.shape()[1];
            SequenceCutter cutter = new SequenceCutter(source.file(), settings, settings.rowTokens(rowLength));
            cut(ids, cutter, progress);
            if (cutter.tokens() - settings.bosTokens() > rowLength) {
                throw new InputException(
                        source.file(),
                        NAME,
                        "has rows of " + rowLength + " tokens, but sequences of " + cutter.tokens()
                                + " are asked for; ask for fewer --tokens");
            }
            cutter.requireSequences("rows");
            progress.reached(rows, 1);
            TokenMatrix taken = cutter.take();
            return new TokenData(
                    taken,
                    cutter.counts(taken),
                    SourceBytes.sha256(source.file()),
                    source.file() + ": " + cutter.manner() + " of each row of token ids",
                    List.of());
        }
    }

    private StoredTensor tokenIds(SafetensorsFile file) {
        if (!file.names().contains(NAME)) {
            throw new InputException(
                    source.file(), "", "holds no tensor " + NAME + " (it holds " + shown(file) + "); " + EXPECTED);
        }
        StoredTensor ids = file.tensor(NAME);
        if (ids.type() != ElementType.I32 && ids.type() != ElementType.I64) {
            throw new InputException(source.file(), NAME, "holds " + ids.type() + "; " + EXPECTED);
        }
        long[] shape = ids.shape();
        if (shape.length != 2 || shape[0] < 1 || shape[1] < 1 || shape[1] > READ_AT_ONCE) {
            throw new InputException(
                    source.file(),
                    NAME,
                    "has the shape " + Arrays.toString(shape) + "; " + EXPECTED + ", both at least 1, tokens at most "
                            + READ_AT_ONCE);
        }
        return ids;
    }

    private static String shown(SafetensorsFile file) {
        List<String> names = file.names().stream().limit(5).toList();
        return names.isEmpty()
                ? "none"
                : String.join(", ", names) + (file.names().size() > names.size() ? ", ..." : "");
    }

    private void cut(StoredTensor ids, SequenceCutter cutter, Progress progress) {
        long rows = ids.shape()[0];
        int rowLength = (int) ids.shape()[1];
        int rowsAtOnce = Math.max(1, READ_AT_ONCE / rowLength);
        long[] block = new long[rowsAtOnce * rowLength];
        int[] row = new int[rowLength];
        for (long first = 0; first < rows; first += rowsAtOnce) {
            int count = (int) Math.min(rowsAtOnce, rows - first);
            ids.read(first * rowLength, block, 0, count * rowLength);
            for (int r = 0; r < count; r++) {
                for (int t = 0; t < rowLength; t++) {
                    row[t] = checked(block[r * rowLength + t], first + r, t);
                }
                cutter.add(row, id -> foreign(id, cutter.read() - 1));
            }
            progress.reached(first + count, (first + count) / (double) rows);
        }
    }

    private int checked(long id, long row, int position) {
        if (id < 0 || id > Integer.MAX_VALUE) {
            throw new InputException(
                    source.file(),
                    NAME + "[" + row + ", " + position + "]",
                    "is " + id + "; token ids go from 0 to " + (settings.vocabulary() - 1) + " in this model");
        }
        return (int) id;
    }

    private InputException foreign(int id, long row) {
        return new InputException(
                source.file(),
                NAME + ", row " + row,
                "holds the id " + id + ", but the model has only the ids 0 to " + (settings.vocabulary() - 1)
                        + "; the ids were made for another model");
    }
}
