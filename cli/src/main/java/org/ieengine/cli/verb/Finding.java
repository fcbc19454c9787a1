package org.ieengine.cli.verb;

/**
 * One row of what {@code doctor} found.
 *
 * @param name what was looked at
 * @param usable whether it can be used
 * @param found what is there
 * @param reason why it cannot be used, or what is worth knowing; empty for nothing
 * @param remedy what to do about it; empty for nothing
 */
record Finding(String name, boolean usable, String found, String reason, String remedy) {
    /** Something that is as it should be. */
    static Finding good(String name, String found) {
        return new Finding(name, true, found, "", "");
    }
}
