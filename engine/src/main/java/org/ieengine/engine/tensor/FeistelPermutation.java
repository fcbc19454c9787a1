package org.ieengine.engine.tensor;

/**
 * A keyed bijection of 0 to n - 1, computed and never stored: a balanced Feistel network of {@value #ROUNDS} rounds on the smallest
 * even number of bits that holds n, with cycle walking (an image beyond n goes through the network again; fewer than four turns
 * on average). Integer arithmetic only, so a device repeats it bit for bit. Luby and Rackoff 1988 (the network), Black and Rogaway
 * 2002 (cycle walking). The round function is the finaliser of MurmurHash3 over half and key.
 *
 * @param n size of the domain
 * @param keys round keys
 */
public record FeistelPermutation(int n, int[] keys) {
    /** Rounds of the network. */
    public static final int ROUNDS = 6;

    /** Checks size and number of keys. */
    public FeistelPermutation {
        if (n < 1 || keys.length != ROUNDS) {
            throw new IllegalArgumentException("a permutation of " + n + " with " + keys.length
                    + " keys; at least 1 and " + ROUNDS + " are needed");
        }
        keys = keys.clone();
    }

    /** The permutation whose keys are the first words of a stream. */
    public static FeistelPermutation of(int n, Philox stream) {
        int[] keys = new int[ROUNDS];
        for (int r = 0; r < ROUNDS; r++) {
            keys[r] = stream.word(r);
        }
        return new FeistelPermutation(n, keys);
    }

    /** Bits of one half of the network's word. */
    public int halfBits() {
        int bits = 32 - Integer.numberOfLeadingZeros(n - 1);
        return Math.max(1, (bits + 1) / 2);
    }

    /** Image of i. */
    public int apply(int i) {
        int half = halfBits();
        long image = i;
        do {
            image = forward(image, half);
        } while (image >= n);
        return (int) image;
    }

    /**
     * Images of 0 to n - 1, those of {@link #apply}: a round over all words at a time, none of which waits for another, so that several
     * are computed at once.
     */
    public int[] images() {
        int half = halfBits();
        int mask = (1 << half) - 1;
        int[] images = new int[n];
        int[] places = new int[n];
        int[] words = new int[n];
        for (int i = 0; i < n; i++) {
            places[i] = i;
            words[i] = i;
        }
        int[] left = new int[n];
        int[] right = new int[n];
        int walking = n;
        while (walking > 0) {
            for (int i = 0; i < walking; i++) {
                left[i] = words[i] >>> half;
                right[i] = words[i] & mask;
            }
            for (int key : keys) {
                round(left, right, walking, key, mask);
                int[] turned = left;
                left = right;
                right = turned;
            }
            int beyond = 0;
            for (int i = 0; i < walking; i++) {
                int word = left[i] << half | right[i];
                if (Integer.compareUnsigned(word, n) < 0) {
                    images[places[i]] = word;
                } else {
                    places[beyond] = places[i];
                    words[beyond++] = word;
                }
            }
            walking = beyond;
        }
        return images;
    }

    private static void round(int[] left, int[] right, int count, int key, int mask) {
        for (int i = 0; i < count; i++) {
            left[i] ^= mix(right[i], key) & mask;
        }
    }

    /** The index whose image is i. */
    public int invert(int i) {
        int half = halfBits();
        long origin = i;
        do {
            origin = backward(origin, half);
        } while (origin >= n);
        return (int) origin;
    }

    private long forward(long word, int half) {
        int mask = (1 << half) - 1;
        int left = (int) (word >>> half);
        int right = (int) word & mask;
        for (int r = 0; r < ROUNDS; r++) {
            int next = left ^ (mix(right, keys[r]) & mask);
            left = right;
            right = next;
        }
        return (long) left << half | right;
    }

    private long backward(long word, int half) {
        int mask = (1 << half) - 1;
        int left = (int) (word >>> half);
        int right = (int) word & mask;
        for (int r = ROUNDS - 1; r >= 0; r--) {
            int before = right ^ (mix(left, keys[r]) & mask);
            right = left;
            left = before;
        }
        return (long) left << half | right;
    }

    private static int mix(int half, int key) {
        int h = half * 0x9E3779B1 + key;
        h = (h ^ h >>> 16) * 0x85EBCA6B;
        h = (h ^ h >>> 13) * 0xC2B2AE35;
        return h ^ h >>> 16;
    }
}
