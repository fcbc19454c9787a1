package org.ieengine.engine.mi;

/**
 * Exact plug-in entropies of paired symbols, in bits.
 *
 * @param xBits H(x)
 * @param yBits H(y)
 * @param jointBits H(x, y)
 * @param bits plug-in mutual information H(x) + H(y) - H(x, y): what no critic's full-set value exceeds, and what
 *     MI(x; y) is when distinct symbols have distinct states (Goldfeld et al. 2019, arXiv 1810.05728)
 */
public record Ceiling(double xBits, double yBits, double jointBits, double bits) {}
