package org.ieengine.engine.selftest;

/** Told how far a selftest is. May throw to stop it. */
public interface SelftestListener {
    /**
     * A check ended.
     *
     * @param row what it gave
     * @param done checks that ended
     * @param all checks there are in this precision
     */
    void ended(SelftestRow row, int done, int all);
}
