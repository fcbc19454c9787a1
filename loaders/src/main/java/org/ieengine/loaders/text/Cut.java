package org.ieengine.loaders.text;

/** Which T tokens of a longer sentence make a sequence. Shorter sentences make none. */
public enum Cut {
    /** The first T. */
    START,
    /** The last T. */
    END,
    /** Every non-overlapping window of T from the first token on; what is left at the end makes none. */
    WINDOWS
}
