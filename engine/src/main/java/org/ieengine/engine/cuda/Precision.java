package org.ieengine.engine.cuda;

/** How matrix products round their operands; sums are float32 in all of them. */
public enum Precision {
    /** Not at all. */
    F32,
    /** To 10 bits of mantissa. */
    TF32,
    /** To bfloat16, 7 bits of mantissa. */
    BF16
}
