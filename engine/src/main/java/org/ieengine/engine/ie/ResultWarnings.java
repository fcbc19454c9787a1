package org.ieengine.engine.ie;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What a reader of a result should know, from the journal and the rows alone: the same after a resumed run. */
final class ResultWarnings {
    private static final String ROUNDED =
            "products were computed from rounded operands (--precision), which can make states coincide that differ in f32;"
                    + " the ceiling is counted from token ids and is the same in every precision";

    private final Journal journal;
    private final Set<String> warnings = new LinkedHashSet<>();

    ResultWarnings(Journal journal) {
        this.journal = journal;
    }

    /** Adds what one subject gives rise to. */
    void add(MeasureSettings settings, Subject subject, IeResult.Measured measured) {
        String prefix = subject.control().isEmpty() ? "" : subject.control() + ": ";
        RowWarnings ofRows = new RowWarnings();
        for (int layer : subject.grid().layers()) {
            for (EstimateKey key : EstimateJobs.ofBlock(settings, subject, layer)) {
                ObjectNode numbers = journal.numbers(key);
                if (key.term().equals("merged")) {
                    addMerged(prefix, subject, layer, numbers);
                    addMergedByRounding(key, layer, numbers);
                } else if (key.is(EstimatorKind.ROWS)) {
                    ofRows.add(key, place(key), numbers);
                } else {
                    for (JsonNode warning : numbers.path("warnings")) {
                        warnings.add(prefix + place(key) + ": " + warning.asText());
                    }
                }
            }
        }
        measured.layers().stream()
                .filter(row -> !RowWarnings.isOfRows(row))
                .forEach(row -> addAboveCeiling(prefix, row));
        ofRows.list(measured, subject.sequences().tokens().sequences())
                .forEach(warning -> warnings.add(prefix + warning));
    }

    /** Adds that more than one device had a part in the estimates, and returns the sentence. */
    Optional<String> addComputers() {
        Map<String, Integer> counts = journal.estimatesByComputer();
        if (counts.size() < 2) {
            return Optional.empty();
        }
        String parts = counts.entrySet().stream()
                .map(part -> part.getValue() + " by " + part.getKey())
                .collect(Collectors.joining("; "));
        String warning = "the run was continued on another device or precision: of its estimates " + parts
                + ". Last digits differ between them; " + Journal.NAME + " says which computed which";
        warnings.add(warning);
        return Optional.of(warning);
    }

    /** Adds that estimates were made from states of micro-batches of different sizes, and returns the sentence. */
    Optional<String> addBatchRows() {
        Map<Integer, Integer> counts = journal.estimatesByBatchRows();
        if (counts.size() < 2) {
            return Optional.empty();
        }
        String parts = counts.entrySet().stream()
                .map(part -> part.getValue() + " with " + part.getKey() + " rows")
                .collect(Collectors.joining("; "));
        String warning = "the run was continued with micro-batches of another size: of its estimates " + parts
                + ". Last digits of the states may differ between them";
        warnings.add(warning);
        return Optional.of(warning);
    }

    private static String place(EstimateKey key) {
        return "block " + key.layer() + ", " + key.term()
                + (key.position() < 0 ? "" : ", position " + key.position())
                + (key.segment() < 0 ? "" : ", segment " + key.segment())
                + (key.seed() < 0 ? "" : ", critic " + (key.seed() + 1));
    }

    private void addMerged(String prefix, Subject subject, int layer, ObjectNode numbers) {
        List<Integer> positions = subject.grid().positions();
        for (int side = 0; side < 2; side++) {
            String name = side == 0 ? "before" : "after";
            String state = "state " + (layer + side);
            for (int i = 0; i < positions.size(); i++) {
                int merged = numbers.path(name).path(i).asInt();
                if (merged > 0) {
                    String what = layer + side == 0 ? "different tokens" : "different prefixes";
                    warnings.add(prefix + state + ", position " + positions.get(i) + ": " + merged + " " + what
                            + " share their float32 state with another; the ceiling counts them apart");
                }
            }
            int micro = numbers.path("micro_" + name).asInt();
            if (micro > 0) {
                warnings.add(prefix + state + ", tokens alone: " + micro
                        + " different tokens share their float32 state with another; the ceiling counts them apart");
            }
        }
    }

    /** Once for all: states beyond block 0's input that coincide, where products were computed from rounded operands. */
    private void addMergedByRounding(EstimateKey key, int layer, ObjectNode numbers) {
        boolean merged = isMerged(numbers, "after") || layer > 0 && isMerged(numbers, "before");
        if (merged && EngineProvenance.isRounded(journal.computer(key))) {
            warnings.add(ROUNDED);
        }
    }

    private static boolean isMerged(ObjectNode numbers, String name) {
        int count = numbers.path("micro_" + name).asInt();
        for (JsonNode position : numbers.path(name)) {
            count += position.asInt();
        }
        return count > 0;
    }

    private void addAboveCeiling(String prefix, IeResult.LayerRow row) {
        if (row.macro().aboveCeiling()) {
            warnings.add(String.format(
                    Locale.ROOT,
                    "%sblock %d, position %d: %s reads %.3f bits, above the exact ceiling of %.3f",
                    prefix,
                    row.layer(),
                    row.position(),
                    row.protocol() == null ? row.estimator() : row.estimator() + " (" + row.protocol() + ")",
                    row.macro().bits(),
                    row.macro().ceilingBits()));
        }
    }

    /** All of them, each once, in the order in which they were added. */
    List<String> list() {
        return new ArrayList<>(warnings);
    }
}
