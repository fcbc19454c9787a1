package org.ieengine.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.ieengine.engine.cpu.BareProduct.Shape;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.model.PrefixTree;
import org.ieengine.engine.model.ResidualBatch;
import org.ieengine.engine.model.Transformer;
import org.ieengine.engine.model.TransformerBlock;
import org.ieengine.engine.model.Transformers;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Stopwatch;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.model.Gpt2Config;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.model.ModelWeights;
import org.ieengine.loaders.text.TokenMatrix;

/**
 * How fast the forward pass is beside the bare matrix products in it. Sweeps N random sequences of T tokens through all blocks of
 * a model and, block by block in turn with that, calls {@code cblas_sgemm} with the shapes of the same products, OpenBLAS given
 * the same number of threads. Prints one line of JSON: seconds of a sweep and GFLOP/s of both (medians over the repeats), and
 * two ratios of the rates, medians over all pairs of a block and its products: by the clock, and by the CPU time of the process,
 * which tells more while other programs compete for the cores.
 *
 * <pre>ForwardRate MODEL_DIR N T THREADS [REPEATS] [MAX_ROWS] [--device cpu|cuda[:I]] [--precision f32|tf32|bf16]</pre>
 *
 * The products counted are those with weights: 2 R in out each; attention's own are part of the time but not of the count.
 * The state of the last token behind every block is gathered, as estimates need it. {@code seconds_with_upload} adds what opening the
 * blocks takes: reading and widening their weights, once a sweep. On a GPU {@code device_seconds} is the device's own time of
 * {@code seconds}; there are no bare products of OpenBLAS beside it, and what is given of them is null.
 */
public final class ForwardRate {
    private final ModelWeights weights;
    private final BenchDevice device;
    private final Backend backend;
    private final PrefixTree tree;
    private final int maxRows;

    private ForwardRate(ModelWeights weights, BenchDevice device, PrefixTree tree, int maxRows) {
        this.weights = weights;
        this.device = device;
        this.backend = device.backend();
        this.tree = tree;
        this.maxRows = maxRows;
    }

    public static void main(String[] arguments) {
        if (arguments.length < 4) {
            System.err.println("usage: ForwardRate MODEL_DIR N T THREADS [REPEATS] [MAX_ROWS] [--device cpu|cuda[:I]]"
                    + " [--precision f32|tf32|bf16]");
            System.exit(2);
        }
        int sequences = Integer.parseInt(arguments[1]);
        int tokens = Integer.parseInt(arguments[2]);
        int threads = Integer.parseInt(arguments[3]);
        List<String> rest = Arrays.asList(arguments).subList(4, arguments.length);
        List<String> numbers =
                rest.stream().takeWhile(word -> !word.startsWith("--")).toList();
        int repeats = numbers.isEmpty() ? 5 : Integer.parseInt(numbers.get(0));
        int maxRows = numbers.size() > 1 ? Integer.parseInt(numbers.get(1)) : Math.max(tokens, 4096);
        try (ModelDirectory model = ModelDirectory.open(Path.of(arguments[0]));
                BenchDevice device = BenchDevice.open(rest.subList(numbers.size(), rest.size()), threads)) {
            int[] ids = new SplittableRandom(0)
                    .ints((long) sequences * tokens, 0, model.config().vocabulary())
                    .toArray();
            PrefixTree tree = new PrefixTree(new TokenMatrix(ids, sequences, tokens));
            System.out.println(new ForwardRate(model, device, tree, maxRows).measure(threads, repeats));
        }
    }

    /** Seconds by the clock and of CPU time. */
    private record Time(double wall, double cpu) {
        static Time of(Runnable work) {
            OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            long cpu = system.getProcessCpuTime();
            long wall = System.nanoTime();
            work.run();
            return new Time((System.nanoTime() - wall) / 1e9, (system.getProcessCpuTime() - cpu) / 1e9);
        }
    }

    /** One block: its forward pass over all batches, the same products bare, and its opening. */
    private record BlockTime(Time forward, double device, Time bare, Time upload) {}

    private String measure(int threads, int repeats) {
        List<Shape> shapes = shapesOfABlock();
        int layers = weights.config().layers();
        double flop = layers * shapes.stream().mapToDouble(Shape::flop).sum();
        double[] forward = new double[repeats];
        double[] uploaded = new double[repeats];
        double[] ofDevice = new double[repeats];
        double[] bare = new double[repeats];
        List<BlockTime> blocks = new ArrayList<>();
        try (BareProducts products = device.onProcessor() ? new BareProducts((CpuBackend) backend, shapes) : null) {
            // The first sweep warms up and is not counted.
            for (int repeat = -1; repeat < repeats; repeat++) {
                List<BlockTime> sweep = sweep(products);
                if (repeat >= 0) {
                    forward[repeat] =
                            sweep.stream().mapToDouble(b -> b.forward.wall).sum();
                    uploaded[repeat] = forward[repeat]
                            + sweep.stream().mapToDouble(b -> b.upload.wall).sum();
                    ofDevice[repeat] = sweep.stream().mapToDouble(b -> b.device).sum();
                    bare[repeat] = sweep.stream().mapToDouble(b -> b.bare.wall).sum();
                    blocks.addAll(sweep);
                }
            }
        }
        return String.format(
                Locale.ROOT,
                "{\"name\": \"forward\", \"family\": \"%s\", \"backend\": \"%s\", \"n\": %d, \"t\": %d, \"rows\": %d, \"threads\": %d,"
                        + " \"repeats\": %d, \"gflop\": %.2f, \"seconds\": %.4f, \"seconds_with_upload\": %.4f,"
                        + " \"device_seconds\": %s, \"gflops\": %.2f, \"bare_seconds\": %s, \"bare_gflops\": %s, \"ratio\": %s,"
                        + " \"ratio_cpu_time\": %s}",
                weights.config().family(),
                backend.description(),
                tree.tokens().sequences(),
                tree.tokens().tokens(),
                tree.rows(),
                threads,
                repeats,
                flop / 1e9,
                StepTimes.median(forward),
                StepTimes.median(uploaded),
                device.onProcessor() ? "null" : StepTimes.json(StepTimes.median(ofDevice), 4),
                flop / StepTimes.median(forward) / 1e9,
                ofBare(StepTimes.median(bare)),
                ofBare(flop / StepTimes.median(bare) / 1e9),
                ofBare(StepTimes.median(blocks.stream()
                        .mapToDouble(b -> b.bare.wall / b.forward.wall)
                        .toArray())),
                ofBare(StepTimes.median(blocks.stream()
                        .mapToDouble(b -> b.bare.cpu / b.forward.cpu)
                        .toArray())));
    }

    /** A value that there is only beside the processor's own products. */
    private String ofBare(double value) {
        return device.onProcessor() ? String.format(Locale.ROOT, "%.4f", value) : "null";
    }

    /** Every product of one block, batch after batch; the blocks of a model are alike. */
    private List<Shape> shapesOfABlock() {
        boolean transposed = !(weights.config() instanceof Gpt2Config);
        List<Shape> shapes = new ArrayList<>();
        for (ResidualBatch batch : tree.batches(maxRows, backend)) {
            try (batch) {
                int rows = batch.prefixes().rows();
                weights.names().stream()
                        .filter(name -> name.matches("(h|layers)\\.0\\..*"))
                        .map(name -> weights.tensor(name).shape())
                        .filter(shape -> shape.length == 2)
                        .map(shape -> transposed
                                ? new Shape(rows, (int) shape[0], (int) shape[1], false, true)
                                : new Shape(rows, (int) shape[1], (int) shape[0], false, false))
                        .forEach(shapes::add);
            }
        }
        return shapes;
    }

    private List<BlockTime> sweep(BareProducts products) {
        List<BlockTime> times = new ArrayList<>();
        int width = weights.config().width();
        int[] lastRows = tree.nodes(tree.tokens().tokens() - 1);
        try (Transformer transformer = Transformers.open(weights, backend);
                Tensor stream = backend.allocate(tree.rows(), width);
                Tensor lastStates = backend.allocate(lastRows.length, width);
                Indices last = backend.indices(lastRows)) {
            for (ResidualBatch batch : tree.batches(maxRows, backend)) {
                try (batch) {
                    transformer.embed(batch.prefixes(), batch.rowsOf(stream));
                }
            }
            for (int layer = 0; layer < weights.config().layers(); layer++) {
                times.add(block(
                        transformer, layer, stream, () -> backend.gatherRows(stream, last, lastStates), products));
            }
            long lost = backend.firstNonFiniteRow(stream);
            if (lost >= 0) {
                throw new IllegalStateException("row " + lost + " of the residual stream is not finite");
            }
        }
        return times;
    }

    private BlockTime block(
            Transformer transformer, int layer, Tensor stream, Runnable afterwards, BareProducts products) {
        TransformerBlock[] opened = new TransformerBlock[1];
        Time upload = Time.of(() -> {
            opened[0] = transformer.openBlock(layer, maxRows, tree.tokens().tokens());
            backend.synchronise();
        });
        try (TransformerBlock block = opened[0];
                Stopwatch ofDevice = backend.stopwatch()) {
            Time forward = Time.of(() -> {
                ofDevice.start();
                for (ResidualBatch batch : tree.batches(maxRows, backend)) {
                    try (batch) {
                        block.forward(batch.prefixes(), batch.rowsOf(stream));
                    }
                }
                afterwards.run();
                ofDevice.stop();
                backend.synchronise();
            });
            Time bare = products == null ? new Time(Double.NaN, Double.NaN) : products.timed(Time::of);
            return new BlockTime(forward, ofDevice.seconds(), bare, upload);
        }
    }
}
