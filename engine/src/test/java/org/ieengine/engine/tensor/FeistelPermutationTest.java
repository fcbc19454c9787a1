package org.ieengine.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FeistelPermutationTest {
    private static FeistelPermutation keyed(int n, int step) {
        return FeistelPermutation.of(n, new Philox(12345, 0, 0, 0, step));
    }

    private static void requireBijection(FeistelPermutation permutation) {
        int n = permutation.n();
        BitSet seen = new BitSet(n);
        int[] images = permutation.images();
        for (int i = 0; i < n; i++) {
            int image = permutation.apply(i);
            if (image != images[i] || image < 0 || image >= n || seen.get(image) || permutation.invert(image) != i) {
                throw new AssertionError("n = " + n + ", i = " + i + ", image " + image);
            }
            seen.set(image);
        }
        assertThat(seen.cardinality()).isEqualTo(n);
    }

    @Test
    void isABijectionWithItsInverseForEverySmallDomain() {
        for (int n = 1; n <= 2000; n++) {
            requireBijection(keyed(n, n));
        }
    }

    @Test
    void isABijectionOnLargeDomains() {
        Philox sizes = new Philox(3, 0, 0, 0, 0);
        for (int k = 0; k < 5; k++) {
            requireBijection(keyed(100_000 + sizes.below(400_000, k), k));
        }
    }

    @Test
    void holdsOnTheLargestDomain() {
        FeistelPermutation permutation = keyed(Integer.MAX_VALUE, 1);
        for (int i : new int[] {0, 1, 65_535, 1 << 30, Integer.MAX_VALUE - 1}) {
            int image = permutation.apply(i);
            assertThat(image).isBetween(0, Integer.MAX_VALUE - 1);
            assertThat(permutation.invert(image)).isEqualTo(i);
        }
    }

    @Test
    void fixedPointsAreAsRareAsInRandomPermutations() {
        int fixed = 0;
        for (int step = 0; step < 400; step++) {
            FeistelPermutation permutation = keyed(500, step);
            for (int i = 0; i < 500; i++) {
                fixed += permutation.apply(i) == i ? 1 : 0;
            }
        }
        // Poisson with mean 400
        assertThat(fixed).isBetween(300, 500);
    }

    @Test
    void everyOrderOfAFewElementsTurnsUp() {
        Set<String> orders = new HashSet<>();
        for (int step = 0; step < 2000; step++) {
            FeistelPermutation permutation = keyed(4, step);
            orders.add("" + permutation.apply(0) + permutation.apply(1) + permutation.apply(2) + permutation.apply(3));
        }
        assertThat(orders).hasSize(24);
    }

    @Test
    void anEmptyDomainIsRefused() {
        assertThatThrownBy(() -> keyed(0, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
