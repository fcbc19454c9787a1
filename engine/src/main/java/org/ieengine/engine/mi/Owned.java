package org.ieengine.engine.mi;

import java.util.List;

/** Frees what an estimate allocated. */
public final class Owned {
    private Owned() {}

    /** Closes all, the last first. */
    public static void closeAll(List<AutoCloseable> resources) {
        for (int i = resources.size() - 1; i >= 0; i--) {
            try {
                resources.get(i).close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
        resources.clear();
    }
}
