package org.ieengine.engine.cpu;

/** Cuts the rows of a matrix into panels small enough for a core's cache, of a size that depends on the shape alone. */
final class RowPanels {
    /** Floats of a panel: 64 KiB, so that a few of them fit the second-level cache of a core. */
    private static final int PANEL = 16 * 1024;

    /** Panels up to which handing some of them over to another thread costs more than it saves. */
    private static final int WORTH = 2;

    private final Workers workers;

    RowPanels(Workers workers) {
        this.workers = workers;
    }

    /** Work on rows {@code first} to {@code first + rows} (exclusive). */
    interface Work {
        /** Does panel {@code index}. */
        void run(int index, long first, int rows, Scratch scratch);
    }

    /** Rows of one panel of a matrix so wide. */
    static int height(int columns) {
        return Math.max(1, PANEL / columns);
    }

    /** Number of panels of {@code rows} rows so wide. */
    static int count(long rows, int columns) {
        int height = height(columns);
        return Math.toIntExact((rows + height - 1) / height);
    }

    /** Runs the work over all panels, in several threads; wide in floats per row. */
    void forEach(long rows, int columns, Work work) {
        int height = height(columns);
        Workers.Task task = (index, scratch) -> {
            long first = (long) index * height;
            work.run(index, first, (int) Math.min(height, rows - first), scratch);
        };
        int count = count(rows, columns);
        if (count <= WORTH) {
            workers.runAlone(count, task);
        } else {
            workers.run(count, task);
        }
    }
}
