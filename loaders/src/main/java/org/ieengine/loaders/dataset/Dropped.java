package org.ieengine.loaders.dataset;

/**
 * An entity that was left out because it takes another number of tokens than most.
 *
 * @param entity its name
 * @param firstTokens tokens of it and the separator after it at the start of a text
 * @param laterTokens the same after a separator
 */
public record Dropped(String entity, int firstTokens, int laterTokens) {
    /** Name and token counts, for a message. */
    @Override
    public String toString() {
        return entity + " (" + firstTokens + (firstTokens == laterTokens ? "" : " or " + laterTokens) + ")";
    }
}
