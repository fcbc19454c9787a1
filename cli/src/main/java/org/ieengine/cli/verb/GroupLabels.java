package org.ieengine.cli.verb;

import org.ieengine.loaders.InputException;
import org.ieengine.loaders.array.ArrayFiles;
import org.ieengine.loaders.array.ArrayRows;

/** Reads {@code --groups}: one integer label a row, numbered anew from 0. */
final class GroupLabels {
    private GroupLabels() {}

    /**
     * The labels.
     *
     * @param rows how many there must be
     * @return [N] labels from 0 on
     */
    static int[] read(String file, long rows) {
        try (ArrayRows labels = ArrayFiles.open(file)) {
            if (labels.columns() != 1 || labels.rows() != rows) {
                throw new InputException(
                        labels.name(),
                        "",
                        "has shape [" + labels.rows() + ", " + labels.columns() + "] where one label for each of "
                                + rows + " rows is expected");
            }
            double[] values = new double[(int) rows];
            labels.read(0, (int) rows, values);
            for (int row = 0; row < values.length; row++) {
                if (values[row] != Math.rint(values[row]) || Double.isInfinite(values[row])) {
                    throw new InputException(
                            labels.name(), "row " + row, values[row] + " is no label: an integer is expected");
                }
            }
            return RowSymbols.of(labels).symbol();
        }
    }
}
