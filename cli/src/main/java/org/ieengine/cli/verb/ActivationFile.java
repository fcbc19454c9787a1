package org.ieengine.cli.verb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.ieengine.cli.output.Figures;
import org.ieengine.engine.ie.ActivationSweep;
import org.ieengine.engine.ie.MemoryLimits;
import org.ieengine.engine.model.Transformer;
import org.ieengine.engine.model.Transformers;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.MemoryExhaustedException;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.SafetensorsWriter;
import org.ieengine.loaders.safetensors.TensorDeclaration;
import org.ieengine.loaders.text.TokenMatrix;

/**
 * A safetensors file of hidden states. The sequences go through the model in pieces, consecutive ones together, whose residual
 * stream takes at most a GiB, less under {@code --memory} or where the device has not so much, so that memory does not grow with
 * their number.
 */
final class ActivationFile {
    private static final long MOST_STREAM_BYTES = 1L << 30;
    private static final int MOST_BUFFER_FLOATS = 1 << 22;

    /** One part of so many of a device's free memory is left for what is no tensor: kernels, weights on their way. */
    private static final int DEVICE_SHARE = 50;

    private static final String TOKEN_IDS = "token_ids";
    private static final String LOGITS = "logits";
    private static final String STATES = "hidden_states.";

    private final ModelDirectory model;
    private final Backend backend;
    private final Content content;
    private final MemoryLimits limits;

    /**
     * What it holds.
     *
     * @param tokens sequences [N, T], in their order
     * @param blocks blocks whose inputs and outputs are written, ascending
     * @param positions chosen positions, ascending
     * @param logits whether logits are written
     */
    record Content(TokenMatrix tokens, List<Integer> blocks, List<Integer> positions, boolean logits) {
        /** Indices of the states, ascending. */
        List<Integer> states() {
            TreeSet<Integer> states = new TreeSet<>();
            for (int block : blocks) {
                states.add(block);
                states.add(block + 1);
            }
            return List.copyOf(states);
        }
    }

    /** @param limits what it may occupy: of the host where that computes, of the device otherwise */
    ActivationFile(ModelDirectory model, Backend backend, Content content, MemoryLimits limits) {
        this.model = model;
        this.backend = backend;
        this.content = content;
        this.limits = limits;
    }

    /**
     * Computes and writes everything; the file takes its place when it is whole.
     *
     * @param target in a directory that is there
     * @throws InputException when the disk has no room for it
     */
    void write(Path target, SweepProgress progress) {
        requireRoom(target);
        try (Transformer transformer = Transformers.open(model, backend)) {
            int piece = sequencesAtOnce(transformer);
            backend.reserve(besideBytes(transformer) + piece * bytesPerSequence());
            SafetensorsWriter writer = SafetensorsWriter.create(target, declarations(), Map.of());
            boolean whole = false;
            try {
                writeTokenIds(writer);
                for (int from = 0; from < content.tokens.sequences(); from += piece) {
                    int to = Math.min(content.tokens.sequences(), from + piece);
                    new Piece(transformer, writer, progress, from, to).write();
                }
                whole = true;
            } finally {
                progress.finish();
                if (whole) {
                    writer.close();
                } else {
                    writer.discard();
                }
            }
        }
    }

    private List<TensorDeclaration> declarations() {
        long n = content.tokens.sequences();
        long p = content.positions.size();
        List<TensorDeclaration> tensors = new ArrayList<>();
        tensors.add(TensorDeclaration.of(TOKEN_IDS, ElementType.I64, n, content.tokens.tokens()));
        for (int state : content.states()) {
            tensors.add(TensorDeclaration.of(
                    STATES + state, ElementType.F32, n, p, model.config().width()));
        }
        if (content.logits) {
            tensors.add(TensorDeclaration.of(
                    LOGITS, ElementType.F32, n, p, model.config().vocabulary()));
        }
        return tensors;
    }

    private void requireRoom(Path target) {
        long bytes = declarations().stream().mapToLong(TensorDeclaration::bytes).sum();
        try {
            long free = Files.getFileStore(target.getParent()).getUsableSpace();
            if (free < bytes) {
                throw new InputException(
                        target.toString(),
                        "",
                        "takes " + Figures.bytes(bytes) + ", the disk has " + Figures.bytes(free)
                                + "; choose another --out, fewer --samples, --layers or --positions");
            }
        } catch (IOException fault) {
            throw FileFault.writing(target.toString(), fault);
        }
    }

    /** How many consecutive sequences go through the model together. */
    int sequencesAtOnce(Transformer transformer) {
        long perSequence = bytesPerSequence();
        long beside = besideBytes(transformer);
        long room = Math.min(MOST_STREAM_BYTES, allowedBytes() - beside);
        if (room < perSequence) {
            throw new MemoryExhaustedException(
                    beside + perSequence,
                    "one block and one sequence take " + Figures.bytes(beside + perSequence) + ", " + remedy(),
                    null);
        }
        return (int) Math.min(room / perSequence, content.tokens.sequences());
    }

    /** Bytes that the residual stream takes for each sequence, when none shares a prefix. */
    private long bytesPerSequence() {
        return (long) Float.BYTES * content.tokens.tokens() * model.config().width();
    }

    /** Most bytes beside the residual stream. */
    private long besideBytes(Transformer transformer) {
        return ActivationSweep.workspaceBytes(transformer, content.tokens.tokens()) + outputBytes();
    }

    /** Bytes of states and logits on their way to the file. */
    private long outputBytes() {
        long columns =
                content.logits ? model.config().vocabulary() : model.config().width();
        long rows = (long) content.positions.size() * outputSequences(columns, content.tokens.sequences());
        // Logits are made of the states and their norms.
        return Float.BYTES
                * rows
                * (content.logits ? columns + 2L * model.config().width() : columns);
    }

    /** Of how many sequences the output is read together. */
    private int outputSequences(long columns, int most) {
        long perSequence = content.positions.size() * columns;
        return (int) Math.max(1, Math.min(most, MOST_BUFFER_FLOATS / perSequence));
    }

    private long allowedBytes() {
        if (backend.ownMemory()) {
            // The limit, where there is one, is part of what the backend has free.
            long free = backend.freeBytes();
            return free - free / DEVICE_SHARE;
        }
        return limits.hostBytes() == 0 ? Long.MAX_VALUE : limits.hostBytes();
    }

    private String remedy() {
        String allowed = Figures.bytes(allowedBytes());
        if (!backend.ownMemory()) {
            return "--memory allows " + allowed + ": raise it";
        }
        return limits.deviceBytes() == 0
                ? "the GPU has " + allowed + " free: end what else runs on it, or give --device cpu"
                : "--device-memory allows " + allowed + ": raise it, or give --device cpu";
    }

    private void writeTokenIds(SafetensorsWriter writer) {
        int tokens = content.tokens.tokens();
        for (int sequence = 0; sequence < content.tokens.sequences(); sequence++) {
            long[] ids = Arrays.stream(content.tokens.sequence(sequence))
                    .asLongStream()
                    .toArray();
            writer.write(TOKEN_IDS, (long) sequence * tokens, ids, 0, tokens);
        }
    }

    /** Sequences {@code from} to {@code to} of the whole. */
    private final class Piece {
        private final Transformer transformer;
        private final SafetensorsWriter writer;
        private final SweepProgress progress;
        private final int from;
        private final int to;

        Piece(Transformer transformer, SafetensorsWriter writer, SweepProgress progress, int from, int to) {
            this.transformer = transformer;
            this.writer = writer;
            this.progress = progress;
            this.from = from;
            this.to = to;
        }

        void write() {
            int tokens = content.tokens.tokens();
            TokenMatrix piece = new TokenMatrix(
                    Arrays.copyOfRange(content.tokens.ids(), from * tokens, to * tokens), to - from, tokens);
            int layers = model.config().layers();
            List<Integer> states = content.states();
            int last = content.logits ? layers : states.get(states.size() - 1);
            try (ActivationSweep sweep = new ActivationSweep(
                    transformer,
                    backend,
                    piece,
                    content.positions,
                    model.directory().toString())) {
                sweep.embed(() -> report(0, layers));
                for (int state = 0; state <= last; state++) {
                    if (states.contains(state)) {
                        copy(STATES + state, model.config().width(), sweep::states);
                    }
                    if (state < last) {
                        int layer = state;
                        sweep.advance(() -> report(layer, layers));
                    }
                }
                if (content.logits) {
                    copy(LOGITS, model.config().vocabulary(), sweep::logits);
                }
            }
        }

        private void report(int layer, int layers) {
            double share = (from + (to - from) * (double) layer / layers) / content.tokens.sequences();
            progress.at(layer, layers, share);
        }

        private void copy(String name, int columns, Reading reading) {
            long perSequence = (long) content.positions.size() * columns;
            int atOnce = outputSequences(columns, to - from);
            float[] buffer = new float[Math.toIntExact(atOnce * perSequence)];
            for (int first = 0; first < to - from; first += atOnce) {
                int end = Math.min(to - from, first + atOnce);
                reading.read(first, end, buffer);
                writer.write(name, (from + first) * perSequence, buffer, 0, (int) ((end - first) * perSequence));
            }
        }
    }

    /** Reads rows of some sequences into an array. */
    private interface Reading {
        void read(int from, int to, float[] target);
    }
}
