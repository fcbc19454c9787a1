package org.ieengine.engine.selftest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.kernels.GpuException;

/**
 * Tries every operation of a backend on many shapes against float64 in plain Java, every model family against stored states, and a
 * whole small measurement against the CPU. What depends on the precision of products is tried in each, all else in f32.
 */
public final class Selftest {
    private final SelftestDevice device;
    private final SelftestScale scale;
    private final SelftestListener listener;
    private final List<SelftestRow> rows = new ArrayList<>();

    private Selftest(SelftestDevice device, SelftestScale scale, SelftestListener listener) {
        this.device = device;
        this.scale = scale;
        this.listener = listener;
    }

    /**
     * Runs all checks.
     *
     * @return a row for each, in order
     * @throws GpuException when the device is lost; what a check finds wrong is a row, never an exception
     * @throws UncheckedIOException when the temporary directory cannot be written
     */
    public static List<SelftestRow> run(SelftestDevice device, SelftestScale scale, SelftestListener listener) {
        Selftest selftest = new Selftest(device, scale, listener);
        try {
            Path directory = Files.createTempDirectory("ie-engine-selftest");
            try {
                for (Precision precision : device.precisions()) {
                    selftest.run(precision, directory);
                }
            } finally {
                delete(directory);
            }
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
        return selftest.rows;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private void run(Precision precision, Path directory) {
        try (SelftestDevice.Session session = device.open(precision)) {
            Backend backend = session.backend();
            List<Check> checks = checks(session, precision, directory);
            for (int i = 0; i < checks.size(); i++) {
                SelftestRow row = row(backend, checks.get(i), precision, i);
                rows.add(row);
                listener.ended(row, i + 1, checks.size());
            }
        }
    }

    private List<Check> checks(SelftestDevice.Session session, Precision precision, Path directory) {
        List<Check> checks = new ArrayList<>();
        MatrixChecks matrices = new MatrixChecks(scale, precision);
        if (precision == Precision.F32) {
            checks.addAll(new MemoryChecks(scale, directory).checks());
            checks.addAll(new TransformerChecks(scale).checks());
            checks.addAll(new AttentionChecks(scale).checks());
            checks.addAll(new PairChecks(scale, false).checks());
            checks.addAll(new CriticChecks(scale).checks());
            checks.addAll(new ScoreChecks(scale).checks());
            checks.addAll(new NextTokenChecks(scale).checks());
            checks.addAll(new TailChecks(scale, false).checks(session.backend()));
            checks.addAll(new MixtureChecks(scale).checks());
            if (session.gpu() != null) {
                checks.addAll(new RandomChecks(session.gpu()).checks());
                checks.addAll(new LibraryChecks(session.gpu()).checks());
            }
        }
        if (session.backend().operandBytes() < Float.BYTES) {
            checks.addAll(new OperandChecks(scale).checks());
            checks.addAll(new PairChecks(scale, true).checks());
            checks.addAll(new TailChecks(scale, true).checks(session.backend()));
            checks.addAll(new OperandBlockChecks().checks());
            checks.addAll(new AttentionChecks(scale).ofOperands());
        }
        checks.addAll(matrices.checks());
        checks.addAll(matrices.strict());
        checks.addAll(new OperandProductChecks(scale, precision).checks());
        checks.addAll(new FamilyChecks(precision, directory).checks());
        if (precision != Precision.TF32) {
            checks.addAll(new MeasureChecks(scale, precision, directory).checks());
        }
        return checks;
    }

    /** The placements of matrices take turns. */
    private SelftestRow row(Backend backend, Check check, Precision precision, int index) {
        Trial.Placement[] placements = Trial.Placement.values();
        String mode = precision.name().toLowerCase(java.util.Locale.ROOT);
        double error = Double.NaN;
        String fault = "";
        try (Trial trial =
                new Trial(backend, placements[index % placements.length], check.operation() + check.shape())) {
            error = check.body().error(trial);
        } catch (GpuException refusal) {
            if (refusal.kind() == GpuException.Kind.LOST) {
                throw refusal;
            }
            fault = refusal.getMessage();
        } catch (SelftestFault found) {
            fault = found.getMessage();
        } catch (RuntimeException defect) {
            fault = defect.toString();
        }
        return new SelftestRow(check.operation(), check.shape(), mode, check.tolerance(), error, fault);
    }
}
