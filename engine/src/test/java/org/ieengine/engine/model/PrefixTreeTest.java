package org.ieengine.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.PrefixBatch;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tree against a map from every prefix, as a list, to what is known of it. */
class PrefixTreeTest {
    static Stream<TokenMatrix> matrices() {
        List<TokenMatrix> matrices = new ArrayList<>();
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
        for (int[] shape : new int[][] {{1, 1}, {1, 7}, {5, 1}, {40, 3}, {200, 8}, {300, 5}, {64, 31}}) {
            for (int vocabulary : new int[] {1, 2, 5, 100000}) {
                int[] ids =
                        random.ints((long) shape[0] * shape[1], 0, vocabulary).toArray();
                matrices.add(new TokenMatrix(ids, shape[0], shape[1]));
            }
        }
        matrices.add(new TokenMatrix(new int[] {Integer.MAX_VALUE, 0, 0, Integer.MAX_VALUE}, 2, 2));
        return matrices.stream();
    }

    @ParameterizedTest
    @MethodSource("matrices")
    void nodesAreTheDistinctPrefixesInDepthFirstOrder(TokenMatrix tokens) {
        Map<List<Integer>, Integer> counts = countedPrefixes(tokens);
        PrefixTree tree = new PrefixTree(tokens);
        assertThat(tree.rows()).isEqualTo(counts.size());
        // A prefix sorts before its extensions, so the sorted map is in depth-first order.
        int row = 0;
        for (List<Integer> prefix : counts.keySet()) {
            assertThat(tree.position(row)).isEqualTo(prefix.size() - 1);
            assertThat(tree.tokenId(row)).isEqualTo(prefix.get(prefix.size() - 1));
            assertThat(tree.inputSequence(row)).isEqualTo(firstWith(tokens, prefix));
            row++;
        }
    }

    @ParameterizedTest
    @MethodSource("matrices")
    void levelsCountTheSequencesThroughEveryNode(TokenMatrix tokens) {
        Map<List<Integer>, Integer> counts = countedPrefixes(tokens);
        List<List<Integer>> prefixes = List.copyOf(counts.keySet());
        PrefixTree tree = new PrefixTree(tokens);
        for (int position = 0; position < tokens.tokens(); position++) {
            PrefixLevel level = tree.level(position);
            int depth = position + 1;
            List<List<Integer>> expected =
                    prefixes.stream().filter(p -> p.size() == depth).toList();
            assertThat(level.size()).isEqualTo(expected.size());
            for (int i = 0; i < level.size(); i++) {
                List<Integer> prefix = prefixes.get(level.rows()[i]);
                assertThat(prefix).isEqualTo(expected.get(i));
                assertThat(level.counts()[i]).isEqualTo(counts.get(prefix));
                assertThat(level.tokenIds()[i]).isEqualTo(prefix.get(position));
                assertThat(level.parents()[i])
                        .isEqualTo(position == 0 ? -1 : prefixes.indexOf(prefix.subList(0, position)));
            }
            assertThat(Arrays.stream(level.counts()).sum()).isEqualTo(tokens.sequences());
        }
    }

    @ParameterizedTest
    @MethodSource("matrices")
    void everyInputSequenceFindsItsNodes(TokenMatrix tokens) {
        List<List<Integer>> prefixes = List.copyOf(countedPrefixes(tokens).keySet());
        PrefixTree tree = new PrefixTree(tokens);
        for (int position = 0; position < tokens.tokens(); position++) {
            int[] nodes = tree.nodes(position);
            for (int sequence = 0; sequence < tokens.sequences(); sequence++) {
                assertThat(prefixes.get(nodes[sequence])).isEqualTo(prefix(tokens, sequence, position));
                assertThat(tree.node(position, sequence)).isEqualTo(nodes[sequence]);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("matrices")
    void distinctSequencesAreSortedWithTheirMultiplicities(TokenMatrix tokens) {
        Map<List<Integer>, Integer> counts = countedPrefixes(tokens);
        counts.keySet().removeIf(prefix -> prefix.size() < tokens.tokens());
        PrefixTree tree = new PrefixTree(tokens);
        assertThat(tree.distinctSequences()).isEqualTo(counts.size());
        int sequence = 0;
        for (int count : counts.values()) {
            assertThat(tree.multiplicity(sequence++)).isEqualTo(count);
        }
    }

    @ParameterizedTest
    @MethodSource("matrices")
    void batchesSpellEverySequenceThroughCarriedAndOwnRows(TokenMatrix tokens) {
        PrefixTree tree = new PrefixTree(tokens);
        List<List<Integer>> prefixes = List.copyOf(countedPrefixes(tokens).keySet());
        int length = tokens.tokens();
        for (int maxRows : new int[] {length, length + 1, 3 * length, 1000}) {
            int nextRow = 0;
            int sequences = 0;
            // What lies in the key/value memory, as rows of the whole tree: first what is carried over, then the
            // batch's own.
            int[] carried = new int[length];
            Arrays.fill(carried, -1);
            for (ResidualBatch batch : tree.batches(maxRows, recordingBackend())) {
                PrefixBatch prefixBatch = batch.prefixes();
                assertThat(batch.firstRow()).isEqualTo(nextRow);
                assertThat(prefixBatch.rows()).isBetween(1, maxRows);
                for (int row = 0; row < prefixBatch.rows(); row++) {
                    assertThat(values(prefixBatch.tokenIds())[row]).isEqualTo(tree.tokenId(nextRow + row));
                    assertThat(values(prefixBatch.positions())[row]).isEqualTo(tree.position(nextRow + row));
                }
                int[] path = values(prefixBatch.path());
                for (int b = 0; b < prefixBatch.sequences(); b++) {
                    List<Integer> whole = null;
                    for (int position = length - 1; position >= 0; position--) {
                        int held = path[b * length + position];
                        int row = held < length ? carried[held] : nextRow + held - length;
                        if (held < length) {
                            assertThat(held).isEqualTo(position);
                        }
                        whole = whole == null ? prefixes.get(row) : whole;
                        assertThat(prefixes.get(row)).isEqualTo(whole.subList(0, position + 1));
                        boolean owns = position >= values(prefixBatch.firstPosition())[b];
                        int ownRow = length
                                + values(prefixBatch.firstRow())[b]
                                + position
                                - values(prefixBatch.firstPosition())[b];
                        assertThat(held == ownRow).isEqualTo(owns);
                    }
                }
                int[] last = values(prefixBatch.lastPath());
                assertThat(last).isEqualTo(Arrays.copyOfRange(path, path.length - length, path.length));
                int base = nextRow;
                int[] before = carried.clone();
                Arrays.setAll(carried, p -> last[p] < length ? before[last[p]] : base + last[p] - length);
                nextRow += prefixBatch.rows();
                sequences += prefixBatch.sequences();
            }
            assertThat(nextRow).isEqualTo(tree.rows());
            assertThat(sequences).isEqualTo(tree.distinctSequences());
        }
    }

    @Test
    void sequencesThatOwnFewRowsDoNotMakePathsLongerThanTheirStates() {
        int sequences = 500;
        int length = 64;
        int[] ids = new int[sequences * length];
        for (int i = 0; i < sequences; i++) {
            ids[i * length + length - 1] = i;
        }
        PrefixTree tree = new PrefixTree(new TokenMatrix(ids, sequences, length));
        assertThat(tree.rows()).isEqualTo(length - 1 + sequences);
        int batches = 0;
        for (ResidualBatch batch : tree.batches(128, recordingBackend())) {
            assertThat(batch.prefixes().path().length()).isLessThanOrEqualTo(16 * 128);
            batches++;
        }
        assertThat(batches).isEqualTo(16);
    }

    @Test
    void microStatesAreTheDistinctTokensInOrder() {
        TokenMatrix tokens = new TokenMatrix(new int[] {9, 3, 3, 0, 70000, 9}, 2, 3);
        PrefixTree micro = PrefixTree.ofSingleTokens(tokens);
        assertThat(micro.rows()).isEqualTo(4);
        assertThat(micro.level(0).tokenIds()).containsExactly(0, 3, 9, 70000);
        assertThat(micro.tokens().tokens()).isEqualTo(1);
    }

    @Test
    void tokensAtAPositionAreCounted() {
        PrefixTree tree = new PrefixTree(new TokenMatrix(new int[] {5, 1, 2, 1, 5, 8, 5, 1}, 4, 2));
        assertThat(tree.tokensAt(0).tokenIds()).containsExactly(2, 5);
        assertThat(tree.tokensAt(0).counts()).containsExactly(1, 3);
        assertThat(tree.tokensAt(1).tokenIds()).containsExactly(1, 8);
        assertThat(tree.tokensAt(1).counts()).containsExactly(3, 1);
    }

    @Test
    void refusesWhatIsNoTree() {
        assertThatThrownBy(() -> new PrefixTree(new TokenMatrix(new int[0], 0, 3)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PrefixTree(new TokenMatrix(new int[] {1, -4}, 1, 2)))
                .hasMessageContaining("-4");
        PrefixTree tree = new PrefixTree(new TokenMatrix(new int[] {1, 4}, 1, 2));
        assertThatThrownBy(() -> tree.batches(1, recordingBackend())).hasMessageContaining("2 tokens");
        assertThatThrownBy(() -> tree.level(2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> tree.tokenId(2)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static Map<List<Integer>, Integer> countedPrefixes(TokenMatrix tokens) {
        Map<List<Integer>, Integer> counts = new TreeMap<>(PrefixTreeTest::compare);
        for (int sequence = 0; sequence < tokens.sequences(); sequence++) {
            for (int position = 0; position < tokens.tokens(); position++) {
                counts.merge(prefix(tokens, sequence, position), 1, Integer::sum);
            }
        }
        return counts;
    }

    private static int compare(List<Integer> one, List<Integer> other) {
        return Arrays.compare(
                one.stream().mapToInt(i -> i).toArray(),
                other.stream().mapToInt(i -> i).toArray());
    }

    private static List<Integer> prefix(TokenMatrix tokens, int sequence, int position) {
        return Arrays.stream(tokens.sequence(sequence))
                .limit(position + 1L)
                .boxed()
                .toList();
    }

    private static int firstWith(TokenMatrix tokens, List<Integer> prefix) {
        int sequence = 0;
        while (!prefix(tokens, sequence, prefix.size() - 1).equals(prefix)) {
            sequence++;
        }
        return sequence;
    }

    private record HostIndices(int[] values) implements Indices {
        @Override
        public int length() {
            return values.length;
        }

        @Override
        public void close() {}
    }

    private static int[] values(Indices indices) {
        return ((HostIndices) indices).values();
    }

    /** A backend that can only keep indices, where the test can read them. */
    private static Backend recordingBackend() {
        return (Backend) Proxy.newProxyInstance(
                PrefixTreeTest.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("indices")) {
                        return new HostIndices((int[]) arguments[0]);
                    }
                    throw new UnsupportedOperationException(method.getName());
                });
    }
}
