package org.ieengine.engine.ie;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.ieengine.engine.ie.NextTokenLoss.Losses;

/** Means over sequences of what states say of next tokens, with their errors: from losses into the journal, and back out of it. */
final class NextTokenNumbers {
    private NextTokenNumbers() {}

    /**
     * The numbers of one block.
     *
     * @param macro losses of {@link NextTokens#macro}
     * @param micro losses of {@link NextTokens#micro}
     */
    static ObjectNode of(NextTokens tokens, Losses macro, Losses micro) {
        int sequences = tokens.sequences();
        int positions = tokens.positions();
        int[] macroOf = tokens.macro().pairOf();
        int[] microOf = tokens.micro().pairOf();
        double[] whole = new double[macroOf.length];
        double[] alone = new double[macroOf.length];
        double[] first = new double[macroOf.length];
        for (int i = 0; i < whole.length; i++) {
            whole[i] = macro.bits()[macroOf[i]];
            alone[i] = microOf[i] < 0 ? whole[i] : micro.bits()[microOf[i]];
            first[i] = macro.first()[macroOf[i]] ? 1 : 0;
        }
        double[] difference = new double[whole.length];
        Arrays.setAll(difference, i -> alone[i] - whole[i]);
        ObjectNode numbers = NumberNodes.object();
        Averages averages = new Averages(numbers, sequences, positions);
        averages.put("macro_ce_bits", "macro_ce_se", whole);
        averages.put("micro_ce_bits", "micro_ce_se", alone);
        averages.put("predictive_bits", "predictive_se", difference);
        averages.put("top1", "top1_se", first);
        return numbers;
    }

    /** Puts mean and standard error over sequences at each position, then of the mean over positions. */
    private record Averages(ObjectNode numbers, int sequences, int positions) {
        void put(String name, String errorName, double[] values) {
            double[] means = new double[positions + 1];
            double[] errors = new double[positions + 1];
            for (int p = 0; p < positions; p++) {
                int position = p;
                add(means, errors, p, sequence -> values[sequence * positions + position]);
            }
            add(means, errors, positions, sequence -> {
                double sum = 0;
                for (int p = 0; p < positions; p++) {
                    sum += values[sequence * positions + p];
                }
                return sum / positions;
            });
            NumberNodes.put(numbers, name, means);
            NumberNodes.put(numbers, errorName, errors);
        }

        private void add(double[] means, double[] errors, int at, IntToDoubleFunction value) {
            double sum = 0;
            for (int sequence = 0; sequence < sequences; sequence++) {
                sum += value.applyAsDouble(sequence);
            }
            double mean = sum / sequences;
            double squares = 0;
            for (int sequence = 0; sequence < sequences; sequence++) {
                double apart = value.applyAsDouble(sequence) - mean;
                squares += apart * apart;
            }
            means[at] = mean;
            errors[at] = sequences < 2 ? Double.NaN : Math.sqrt(squares / (sequences - 1) / sequences);
        }
    }

    /** What the journal holds of one subject; null when nothing is predicted. */
    static NextTokenPrediction prediction(MeasureSettings settings, Subject subject, Journal journal) {
        NextTokens tokens = subject.nextTokens();
        if (tokens == null) {
            return null;
        }
        EstimateKeys keys = new EstimateKeys(settings, subject);
        int mean = tokens.positions();
        List<NextTokenPrediction.OfBlock> blocks = new ArrayList<>();
        List<NextTokenPrediction.OfBlock> meanBlocks = new ArrayList<>();
        for (int layer : subject.layers()) {
            JsonNode numbers = numbers(journal, keys.prediction(layer));
            for (int position = 0; position < tokens.positions(); position++) {
                blocks.add(block(numbers, layer, position, position));
            }
            meanBlocks.add(block(numbers, layer, -1, mean));
        }
        JsonNode last = numbers(journal, keys.prediction(tokens.lastLayer()));
        List<NextTokenPrediction.AtPosition> positions = new ArrayList<>();
        for (int position = 0; position < tokens.positions(); position++) {
            positions.add(new NextTokenPrediction.AtPosition(
                    position, number(last, "macro_ce_bits", position), number(last, "top1", position)));
        }
        double bits = number(last, "macro_ce_bits", mean);
        return new NextTokenPrediction(
                tokens.sequences(),
                tokens.sequences() * tokens.positions(),
                bits,
                number(last, "macro_ce_se", mean),
                Math.pow(2, bits),
                number(last, "top1", mean),
                number(last, "top1_se", mean),
                positions,
                blocks,
                meanBlocks);
    }

    private static JsonNode numbers(Journal journal, EstimateKey key) {
        ObjectNode found = journal.numbers(key);
        if (found == null) {
            throw new IllegalStateException("the journal lacks " + key);
        }
        return found;
    }

    private static NextTokenPrediction.OfBlock block(JsonNode numbers, int layer, int position, int at) {
        return new NextTokenPrediction.OfBlock(
                layer,
                position,
                number(numbers, "predictive_bits", at),
                number(numbers, "predictive_se", at),
                number(numbers, "macro_ce_bits", at),
                number(numbers, "micro_ce_bits", at));
    }

    private static double number(JsonNode numbers, String name, int at) {
        return NumberNodes.number(numbers.path(name).path(at));
    }
}
