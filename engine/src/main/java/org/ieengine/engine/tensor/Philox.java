package org.ieengine.engine.tensor;

/**
 * Philox4x32-10, the counter-based generator of Salmon et al. 2011 ("Parallel random numbers: as easy as 1, 2, 3", SC'11). A
 * stream is keyed by (seed, purpose, layer, position, step); its values are addressed by index, so any of them can be drawn in any
 * order, on any device. Key: the seed. Counter: (index of the block of four, step, layer and position, purpose).
 */
public final class Philox {
    private static final int MULTIPLIER_0 = 0xD2511F53;
    private static final int MULTIPLIER_1 = 0xCD9E8D57;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;
    private static final double TO_UNIT = 0x1p-32;

    private final int key0;
    private final int key1;
    private final int step;
    private final int place;
    private final int purpose;
    private final int[] block = new int[4];
    private long blockIndex = -1;

    /**
     * A stream.
     *
     * @param seed the run's seed
     * @param purpose what is drawn, and for which critic
     * @param layer block of the model, 0 to 65,535
     * @param position token position, 0 to 65,535
     * @param step optimiser step, or 0
     */
    public Philox(long seed, int purpose, int layer, int position, int step) {
        this.key0 = (int) seed;
        this.key1 = (int) (seed >>> 32);
        this.purpose = purpose;
        this.place = layer << 16 | (position & 0xFFFF);
        this.step = step;
    }

    /** The stream of another step, all else the same. */
    public Philox atStep(int otherStep) {
        return new Philox(seed(), purpose, place >>> 16, place, otherStep);
    }

    /** The run's seed: the key, its low half first. */
    public long seed() {
        return (long) key1 << 32 | key0 & 0xFFFFFFFFL;
    }

    /** Third word of the counter: layer and position. */
    public int place() {
        return place;
    }

    /** Fourth word of the counter. */
    public int purpose() {
        return purpose;
    }

    /** Ten rounds on the counter in place. */
    public static void rounds(int[] counter, int firstKey0, int firstKey1) {
        int k0 = firstKey0;
        int k1 = firstKey1;
        for (int round = 0; round < 10; round++) {
            long p0 = (MULTIPLIER_0 & 0xFFFFFFFFL) * (counter[0] & 0xFFFFFFFFL);
            long p1 = (MULTIPLIER_1 & 0xFFFFFFFFL) * (counter[2] & 0xFFFFFFFFL);
            int c1 = counter[1];
            int c3 = counter[3];
            counter[0] = (int) (p1 >>> 32) ^ c1 ^ k0;
            counter[1] = (int) p1;
            counter[2] = (int) (p0 >>> 32) ^ c3 ^ k1;
            counter[3] = (int) p0;
            k0 += WEYL_0;
            k1 += WEYL_1;
        }
    }

    /** Word {@code index} of the stream, 0 to 2^34 - 1. */
    public int word(long index) {
        long wanted = index >> 2;
        if (wanted != blockIndex) {
            block[0] = (int) wanted;
            block[1] = step;
            block[2] = place;
            block[3] = purpose;
            rounds(block, key0, key1);
            blockIndex = wanted;
        }
        return block[(int) (index & 3)];
    }

    /** Uniform in the open interval (0, 1), from word {@code index}. */
    public double uniform(long index) {
        return ((word(index) & 0xFFFFFFFFL) + 0.5) * TO_UNIT;
    }

    /** Uniform integer in 0 to bound - 1, from word {@code index}; biased by less than bound / 2^32. */
    public int below(int bound, long index) {
        return (int) ((word(index) & 0xFFFFFFFFL) * bound >>> 32);
    }

    /** Standard normal {@code index}, by Box and Muller in double precision; two share two words. */
    public double normal(long index) {
        long pair = index & ~1L;
        double radius = Math.sqrt(-2 * Math.log(uniform(pair)));
        double angle = 2 * Math.PI * uniform(pair + 1);
        return radius * (index == pair ? Math.cos(angle) : Math.sin(angle));
    }

    /** Fills with normals of the given standard deviation, from {@code first} on. */
    public void normals(long first, double deviation, float[] target) {
        for (int i = 0; i < target.length; i++) {
            target[i] = (float) (deviation * normal(first + i));
        }
    }

    /** Shuffles in place (Fisher and Yates), by words 0 to length - 2. */
    public void shuffle(int[] values) {
        for (int i = values.length - 1; i > 0; i--) {
            int j = below(i + 1, values.length - 1L - i);
            int held = values[i];
            values[i] = values[j];
            values[j] = held;
        }
    }
}
