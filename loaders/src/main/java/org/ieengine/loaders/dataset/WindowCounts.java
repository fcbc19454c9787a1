package org.ieengine.loaders.dataset;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What became of the sentences of a text.
 *
 * @param texts texts read: paragraphs, or strings of JSON
 * @param blank texts of nothing but white space, skipped
 * @param anchors starts (or ends) of sentences
 * @param filtered of these, those with a barred character less than T tokens away
 * @param tooShort those with the end (or start) of the text less than T tokens away
 * @param notReversible those whose window, taken as a text of its own, has other tokens (it would end within a word that is
 *     tokenised in another way when it is whole), or is not character for character in the source
 * @param repeated windows left out because their tokens were there before
 * @param available windows left, of which the samples are drawn
 */
public record WindowCounts(
        long texts,
        long blank,
        long anchors,
        long filtered,
        long tooShort,
        long notReversible,
        long repeated,
        long available) {
    /** What was left out by reason, as {@code dataset.json} has it. */
    public Map<String, Long> skipped() {
        Map<String, Long> reasons = new LinkedHashMap<>();
        reasons.put("blank", blank);
        reasons.put("filtered", filtered);
        reasons.put("too_short", tooShort);
        reasons.put("not_reversible", notReversible);
        reasons.put("repeated", repeated);
        return reasons;
    }
}
