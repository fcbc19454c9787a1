package org.ieengine.engine.selftest;

/** A device did what no tolerance covers: wrote beside its output, left an element untouched, changed a bit. */
final class SelftestFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SelftestFault(String message) {
        super(message);
    }
}
