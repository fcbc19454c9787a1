package org.ieengine.cli.verb;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.ieengine.loaders.dataset.Dropped;
import org.ieengine.loaders.text.TokenMatrix;

/**
 * A data set on its way to its files.
 *
 * @param symbols what is counted, shape [N, T]: token ids, or one symbol for each entity and separator
 * @param tokenIds whether the symbols are token ids
 * @param texts gives the texts
 * @param about where it comes from
 */
record DatasetContent(TokenMatrix symbols, boolean tokenIds, Texts texts, About about) {
    /** Gives the texts of the sequences {@code from} to {@code to}, this one left out. */
    @FunctionalInterface
    interface Texts {
        List<String> of(int from, int to);
    }

    /**
     * Where a data set comes from.
     *
     * @param dropped entities that were left out
     * @param details what {@code dataset.json} says beyond what all data sets have
     * @param summary lines for people
     */
    record About(List<Dropped> dropped, ObjectNode details, List<String> summary) {}
}
