package org.ieengine.engine.mi;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Tensor;

/** Pairings one after the other, cut into portions that are in memory together. */
final class PairPortions {
    private PairPortions() {}

    /** Consecutive pairs that are in memory together: from pair {@code from} of all on, {@code rows} of them. */
    record Portion(long from, int rows, List<Segment> segments) {
        /** Its rows of a matrix of all pairs. */
        Tensor of(Tensor all) {
            return all.rowRange(from, from + rows);
        }
    }

    /** A piece of one pairing at row {@code at} of its portion. */
    record Segment(PairPiece piece, int at, int rows) {
        /** Its rows of a matrix of the portion. */
        Tensor of(Tensor portion) {
            return portion.rowRange(at, at + rows);
        }
    }

    /** Portions of at most so many pairs. */
    static List<Portion> of(List<Pairing> pairings, int capacity) {
        List<Portion> portions = new ArrayList<>();
        List<Segment> segments = new ArrayList<>();
        long from = 0;
        int filled = 0;
        for (Pairing pairing : pairings) {
            long first = 0;
            while (first < pairing.pairs()) {
                if (filled == capacity) {
                    portions.add(new Portion(from, filled, List.copyOf(segments)));
                    segments.clear();
                    from += filled;
                    filled = 0;
                }
                int rows = (int) Math.min(capacity - filled, pairing.pairs() - first);
                segments.add(new Segment(new PairPiece(pairing, first), filled, rows));
                filled += rows;
                first += rows;
            }
        }
        portions.add(new Portion(from, filled, List.copyOf(segments)));
        return portions;
    }
}
