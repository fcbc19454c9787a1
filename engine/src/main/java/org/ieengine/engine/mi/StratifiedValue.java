package org.ieengine.engine.mi;

/**
 * The stratified Donsker-Varadhan value, gathered in float64 from scores of any number of batches:
 * sum p f - ln( sum p r e^f + mass of each unmatched stratum times its mean of e^f ). Never above the plug-in value when every
 * row's own pair took part once: by Jensen's inequality, whatever the critic and whichever unmatched pairs.
 */
final class StratifiedValue {
    private final PairLaw law;
    private double joint;
    private double jointWeight;
    private double plugIn;
    private final LogSum own = new LogSum();
    private final LogSum same = new LogSum();
    private final LogSum sameWeight = new LogSum();
    private final LogSum other = new LogSum();
    private final LogSum otherWeight = new LogSum();

    StratifiedValue(PairLaw law) {
        this.law = law;
    }

    /** ln of a sum of weighted exponentials. */
    private static final class LogSum {
        private double shift = Double.NEGATIVE_INFINITY;
        private double sum;

        void add(double weight, double exponent) {
            if (exponent == Double.NEGATIVE_INFINITY) {
                return;
            }
            if (exponent > shift) {
                sum *= Math.exp(shift - exponent);
                shift = exponent;
            }
            sum += weight * (exponent == shift ? 1 : Math.exp(exponent - shift));
        }

        void add(double times, LogSum more) {
            if (more.sum != 0) {
                add(times * more.sum, more.shift);
            }
        }

        double log() {
            return sum == 0 ? Double.NEGATIVE_INFINITY : shift + Math.log(sum);
        }
    }

    /** Takes the own pair of a row. */
    void addOwn(int row, double score) {
        addOwn(row, score, score);
    }

    /** Takes the own pair of a row, with one score among joint pairs and another among those of the product. */
    void addOwn(int row, double jointScore, double productScore) {
        double p = law.probability(row);
        joint += p * jointScore;
        jointWeight += p;
        plugIn -= p * Math.log(law.ratio(row));
        own.add(p * law.ratio(row), productScore);
    }

    /** Takes an unmatched pair. */
    void addUnmatched(boolean sameGroup, double weight, double score) {
        if (weight > 0) {
            (sameGroup ? same : other).add(weight, score);
            (sameGroup ? sameWeight : otherWeight).add(weight, 0);
        }
    }

    /** Takes a batch. */
    void add(int[] batch, StratifiedPairs pairs, double[] scores) {
        for (int i = 0; i < batch.length; i++) {
            addOwn(batch[i], scores[i]);
        }
        for (int i = batch.length; i < pairs.size(); i++) {
            addUnmatched(i < batch.length + pairs.same(), pairs.importance()[i], scores[i]);
        }
    }

    /** Takes all that another value has taken, so many times. */
    void add(double times, StratifiedValue more) {
        joint += times * more.joint;
        jointWeight += times * more.jointWeight;
        plugIn += times * more.plugIn;
        own.add(times, more.own);
        same.add(times, more.same);
        sameWeight.add(times, more.sameWeight);
        other.add(times, more.other);
        otherWeight.add(times, more.otherWeight);
    }

    /** Mean score of joint pairs, in nats; NaN when there are none. */
    double jointMean() {
        return joint / jointWeight;
    }

    /** Plug-in value of the rows that took part, in nats. */
    double plugInMean() {
        return plugIn / jointWeight;
    }

    /** ln of the mean of e^f under the product of the marginals; NaN when a score was. */
    double logNormaliser() {
        LogSum product = new LogSum();
        product.add(1 / jointWeight, own.log());
        stratum(product, law.sameMass(), same, sameWeight);
        stratum(product, law.otherMass(), other, otherWeight);
        return product.log();
    }

    private static void stratum(LogSum product, double mass, LogSum scores, LogSum weights) {
        if (mass > 0 && weights.sum > 0) {
            product.add(mass, scores.log() - weights.log());
        }
    }

    /** The value in bits over what was added; NaN when a score was. */
    double bits() {
        return (jointMean() - logNormaliser()) / Math.log(2);
    }

    /**
     * What is missing from the plug-in value of the rows that took part, in bits: never negative, and steadier than the value where
     * only some rows took part.
     */
    double missingBits() {
        return plugInMean() / Math.log(2) - bits();
    }
}
