package org.ieengine.engine.cpu;

/** Arrays and matrices that one thread uses again and again. What they hold is left over from the use before. */
final class Scratch implements AutoCloseable {
    private static final int SLOTS = 12;

    private final MemoryLedger ledger;
    private final float[][] floats = new float[SLOTS][0];
    private final CpuTensor[] matrices = new CpuTensor[SLOTS];

    Scratch(MemoryLedger ledger) {
        this.ledger = ledger;
    }

    /** The array of a slot, at least so long. */
    float[] floats(int slot, int length) {
        if (floats[slot].length < length) {
            floats[slot] =
                    new float[Math.max(1024, Math.max(length, (int) Math.min(2L * floats[slot].length, 1 << 24)))];
        }
        return floats[slot];
    }

    /** A matrix of that shape in the off-heap memory of a slot; the one before in that slot is gone. */
    CpuTensor matrix(int slot, int rows, int columns) {
        CpuTensor held = matrices[slot];
        if (held == null || held.columns() != columns || held.rows() < rows) {
            if (held != null) {
                matrices[slot] = null;
                held.close();
            }
            matrices[slot] = CpuTensor.allocate(ledger, rows, columns);
        }
        return matrices[slot].rowRange(0, rows);
    }

    @Override
    public void close() {
        for (int slot = 0; slot < SLOTS; slot++) {
            if (matrices[slot] != null) {
                matrices[slot].close();
                matrices[slot] = null;
            }
        }
    }
}
