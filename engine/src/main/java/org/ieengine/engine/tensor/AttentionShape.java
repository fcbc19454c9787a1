package org.ieengine.engine.tensor;

/**
 * Geometry of causal attention.
 *
 * @param heads query heads
 * @param kvHeads key/value heads; query head q reads head q / (heads / kvHeads)
 * @param headDim width of a head
 * @param scale factor on the scores
 * @param scoreCap soft cap c: scores become c tanh(score / c) before masking; 0 for none
 * @param window key j is visible from i when 0 &lt;= i - j &lt; window; 0 for all j &lt;= i
 */
public record AttentionShape(int heads, int kvHeads, int headDim, float scale, float scoreCap, int window) {}
