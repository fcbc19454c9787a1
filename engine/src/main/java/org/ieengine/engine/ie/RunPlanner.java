package org.ieengine.engine.ie;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.ie.MeasureSettings.Protocol;
import org.ieengine.engine.ie.MemoryPlan.Capacity;
import org.ieengine.engine.ie.MemoryPlan.Item;
import org.ieengine.engine.ie.MemoryPlan.Place;
import org.ieengine.engine.ie.MemoryPlan.Time;
import org.ieengine.engine.mi.CriticSettings;
import org.ieengine.engine.mi.StandardProtocol;
import org.ieengine.engine.model.OperandRows;
import org.ieengine.engine.model.Transformer;
import org.ieengine.engine.model.Transformers;
import org.ieengine.engine.tensor.Backend;

/** Plans bytes and time of a run. */
final class RunPlanner {
    /** Workspace that a micro-batch of the forward pass may take: beyond it, larger batches gain nothing. */
    private static final long BATCH_BYTES = 64L << 20;

    private static final int MOST_BATCH_ROWS = 4096;

    /** One part of so many of a device's free memory is left for what is no tensor: kernels, graphs, weights on their way. */
    private static final int DEVICE_SHARE = 50;

    /** Heap of the program itself: classes, tokenizer, text of options and results. */
    private static final long PROGRAM_HEAP = 24L << 20;

    /** Heap per pair: symbols, weights, probabilities and masses, clusters and orders of the estimator at work. */
    private static final long HEAP_PER_PAIR = 144;

    private final MeasureSettings settings;
    private final RunInputs inputs;
    private final Backend backend;
    private final Estimators estimators;
    private final List<Subject> subjects;

    RunPlanner(MeasureSettings settings, RunInputs inputs, BlockEstimates.Means means, List<Subject> subjects) {
        this.settings = settings;
        this.inputs = inputs;
        this.backend = means.backend();
        this.estimators = means.estimators();
        this.subjects = subjects;
    }

    /** Bytes and time; without advice. */
    MemoryPlan plan(MemoryLimits limits) {
        return bytes(limits, times());
    }

    /** Bytes, with the times that are given. */
    MemoryPlan bytes(MemoryLimits limits, List<Time> times) {
        List<Item> heap = heapItems();
        Capacity capacity = capacity(limits, bytes(heap));
        try (Transformer model = Transformers.open(inputs.weights(), backend)) {
            int tokens = inputs.tokens().tokens();
            int rows = preferredRows(model, tokens);
            boolean ahead = backend.uploadsOverlap()
                    && lastLayer() > 0
                    && bytes(greatest(model, rows, true)) <= capacity.backendBytes();
            List<Item> items = greatest(model, rows, ahead);
            // Smaller micro-batches are slower and change last bits, so only when nothing else is left.
            while (bytes(items) > capacity.backendBytes() && rows > tokens) {
                rows = Math.max(tokens, rows / 2);
                items = greatest(model, rows, false);
            }
            items = new ArrayList<>(items);
            items.addAll(heap);
            return new MemoryPlan(items, times, rows, ahead, capacity, "");
        }
    }

    private static long bytes(List<Item> items) {
        return items.stream().mapToLong(Item::bytes).sum();
    }

    /** As many rows as fill the workspace, the same on every machine, so that results are too. */
    private int preferredRows(Transformer model, int tokens) {
        long one = model.blockBytes(0, tokens + 1, tokens) - model.blockBytes(0, tokens, tokens);
        long rows = Math.min(MOST_BATCH_ROWS, Math.max(1, BATCH_BYTES / Math.max(1, one)));
        int streamRows = subjects.stream()
                .mapToInt(subject ->
                        Math.max(subject.sequences().rows(), subject.pairs().microTokens()))
                .max()
                .orElse(1);
        return (int) Math.max(tokens, Math.min(rows, streamRows));
    }

    /** What is held at the moment of greatest need. */
    private List<Item> greatest(Transformer model, int rows, boolean ahead) {
        return subjects.stream()
                .flatMap(subject -> phases(model, subject, rows, ahead).stream())
                .max(Comparator.comparingLong(RunPlanner::bytes))
                .orElseThrow();
    }

    private int lastLayer() {
        return subjects.stream()
                .mapToInt(subject -> subject.layers().get(subject.layers().size() - 1))
                .max()
                .orElse(0);
    }

    private List<List<Item>> phases(Transformer model, Subject subject, int rows, boolean ahead) {
        long row = Float.BYTES * (long) model.config().width();
        int tokens = inputs.tokens().tokens();
        long prefixes = subject.sequences().rows();
        long alone = subject.pairs().microTokens();
        List<Item> streams = new ArrayList<>();
        long held = estimators.heldBytes(model.config().width());
        if (held > 0) {
            streams.add(item("noise of the resolution estimator", held));
        }
        streams.addAll(List.of(
                item("residual stream of " + prefixes + " distinct prefixes", prefixes * row),
                item("residual stream of " + alone + " tokens alone", alone * row)));
        long copied = alone;
        for (int position : subject.grid().positions()) {
            copied += subject.sequences().level(position).size();
        }
        List<List<Item>> phases = new ArrayList<>();
        phases.add(with(streams, item("embedding tables", model.embeddingBytes())));
        if (ahead) {
            long next = IntStream.rangeClosed(1, lastLayer())
                    .mapToLong(layer -> model.blockBytes(layer, rows, tokens))
                    .max()
                    .orElse(0);
            streams.add(item("the next block, uploaded while one is at work", next));
        }
        for (int layer : subject.grid().layers()) {
            phases.add(with(
                    streams,
                    item("copy of the states before a block", copied * row),
                    item(
                            "block " + layer + ": weights, and workspace of " + rows + " rows",
                            model.blockBytes(layer, rows, tokens))));
        }
        int greatestLevel = 0;
        for (int position : subject.grid().positions()) {
            greatestLevel =
                    Math.max(greatestLevel, subject.sequences().level(position).size());
        }
        for (Item workspace : workspaces(subject, greatestLevel)) {
            phases.add(
                    with(streams, item("copies of the states before and after a block", 2 * copied * row), workspace));
        }
        if (subject.nextTokens() != null) {
            phases.add(with(
                    streams,
                    item("output head", NextTokenLoss.headBytes(model.config(), OperandRows.of(backend))),
                    item(
                            "logits of next tokens",
                            NextTokenLoss.bytes(model.config(), OperandRows.of(backend), subject.nextTokens(), rows))));
        }
        return phases;
    }

    private List<Item> workspaces(Subject subject, int pairs) {
        int width = inputs.weights().config().width();
        int alone = subject.pairs().microTokens();
        List<Item> workspaces = new ArrayList<>();
        int slice = subject.grid().segments().get(0).width();
        long copies = 2L * alone * width * Float.BYTES;
        int samples = inputs.tokens().sequences();
        if (!settings.estimators(EstimatorKind.RESOLUTION).isEmpty()) {
            workspaces.add(item(
                    "resolution, " + settings.draws() + " draws",
                    Math.max(
                            estimators.resolutionBytes(pairs, width),
                            copies + estimators.resolutionBytes(alone, width))));
        }
        if (!settings.estimators(EstimatorKind.CRITIC).isEmpty()) {
            boolean perPosition = settings.protocol() == Protocol.PAPER;
            workspaces.add(item(
                    "critic",
                    Math.max(
                            estimators.criticBytes(pairs, slice, samples),
                            (perPosition ? copies : 0) + estimators.criticBytes(alone, slice, samples))));
        }
        for (Estimator estimator : settings.estimators(EstimatorKind.ROWS)) {
            int rows = Math.min(samples, SampleRows.most(estimator));
            workspaces.add(item(
                    estimator.label() + ", " + rows + " rows a side", estimators.rowsBytes(estimator, rows, slice)));
        }
        return workspaces;
    }

    private static Item item(String name, long bytes) {
        return new Item(name, bytes, Place.BACKEND);
    }

    private static List<Item> with(List<Item> some, Item... more) {
        List<Item> all = new ArrayList<>(some);
        all.addAll(List.of(more));
        return all;
    }

    private List<Item> heapItems() {
        long sequences = inputs.tokens().sequences();
        long ids = inputs.tokens().ids().length;
        long trees = 0;
        long curves = 0;
        long symbols = 0;
        long nextTokens = 0;
        CriticSettings critic = settings.criticSettings();
        for (Subject subject : subjects) {
            boolean own = subject.sequences() != subjects.get(0).sequences();
            long distinct = subject.sequences().distinctSequences();
            trees += subject == subjects.get(0) || own ? 4 * sequences + 20 * distinct : 0;
            trees += own ? Integer.BYTES * ids : 0;
            trees += 8L * subject.pairs().microTokens() * (subject.grid().lastPosition() + 1);
            for (int position : subject.grid().positions()) {
                symbols = Math.max(symbols, subject.sequences().level(position).size());
            }
            if (subject.nextTokens() != null) {
                NextTokens next = subject.nextTokens();
                nextTokens += NextTokens.heapBytes(sequences, (long) next.sequences() * next.positions());
            }
            for (int layer : subject.layers()) {
                curves += EstimateJobs.ofBlock(settings, subject, layer).size();
            }
        }
        boolean aligned =
                !settings.estimators(EstimatorKind.CRITIC).isEmpty() && settings.protocol() == Protocol.STANDARD;
        int slice = subjects.get(0).grid().segments().get(0).width();
        long points = settings.protocol() == Protocol.PAPER ? critic.steps() : 64;
        List<Item> items = new ArrayList<>(List.of(
                new Item("program", PROGRAM_HEAP, Place.HEAP),
                new Item("token ids", Integer.BYTES * ids, Place.HEAP),
                new Item("prefix trees and token counts", trees, Place.HEAP),
                new Item("next tokens", nextTokens, Place.HEAP),
                new Item("symbols of the pairs at work", HEAP_PER_PAIR * symbols, Place.HEAP),
                new Item("linear alignment of states", aligned ? StandardProtocol.heapBytes(slice) : 0, Place.HEAP),
                new Item("journal and training curves", curves * (1024 + 96L * points), Place.HEAP)));
        settings.estimators(EstimatorKind.ROWS).stream()
                .map(estimator -> rowsItem(estimator, slice))
                .max(Comparator.comparingLong(Item::bytes))
                .ifPresent(items::add);
        return items;
    }

    private Item rowsItem(Estimator estimator, int slice) {
        int samples = inputs.tokens().sequences();
        int rows = Math.min(samples, SampleRows.most(estimator));
        long bytes = RowsMemory.heapBytes(estimator, rows, slice, samples);
        return new Item(estimator.label() + " from " + rows + " rows a side", bytes, Place.HEAP);
    }

    private Capacity capacity(MemoryLimits limits, long heapBytes) {
        Runtime runtime = Runtime.getRuntime();
        if (backend.ownMemory()) {
            long all = backend.freeBytes();
            long free = all - all / DEVICE_SHARE;
            long cap = limits.deviceBytes() > 0 ? limits.deviceBytes() : Long.MAX_VALUE;
            return new Capacity(Math.min(cap, free), runtime.maxMemory(), true, limits.deviceBytes() > 0);
        }
        long growth = Math.max(0, heapBytes - runtime.totalMemory());
        long free = Math.max(0, backend.freeBytes() - growth);
        return new Capacity(
                limits.hostBytes() > 0 ? limits.hostBytes() : free, runtime.maxMemory(), false, limits.hostBytes() > 0);
    }

    private List<Time> times() {
        WorkEstimate work = new WorkEstimate(settings, inputs.weights(), backend.ownMemory());
        double rate = new ProductRate(backend).operationsPerSecond();
        double forward = 0;
        double prediction = 0;
        Map<EstimatorKind, Double> estimates = new EnumMap<>(EstimatorKind.class);
        for (Subject subject : subjects) {
            List<Integer> layers = subject.layers();
            forward += (layers.get(layers.size() - 1) + 1) * work.forward(subject);
            for (int layer : layers) {
                for (EstimateKey key : EstimateJobs.ofBlock(settings, subject, layer)) {
                    if (key.isPrediction()) {
                        prediction += work.of(subject, key);
                    } else if (!key.estimator().isEmpty()) {
                        estimates.merge(key.first().kind(), work.of(subject, key), Double::sum);
                    }
                }
            }
        }
        List<Time> times = new ArrayList<>();
        times.add(new Time("forward passes", forward / rate));
        estimates.forEach((kind, cost) -> times.add(new Time(name(kind), cost / rate)));
        if (prediction > 0) {
            times.add(new Time("next-token prediction", prediction / rate));
        }
        return times;
    }

    private static String name(EstimatorKind kind) {
        return switch (kind) {
            case CRITIC -> "critics";
            case RESOLUTION -> "resolution";
            case ROWS -> "estimates for comparison";
        };
    }
}
