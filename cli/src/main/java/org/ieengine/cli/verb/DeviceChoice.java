package org.ieengine.cli.verb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ieengine.cli.DeviceUnavailableException;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.UsageException;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.MemoryExhaustedException;
import org.ieengine.kernels.GpuException;
import org.ieengine.kernels.GpuSurvey;

/**
 * What {@code --device}, {@code --precision}, {@code --libraries}, {@code --threads} and {@code --device-memory} ask for, and the one
 * place that opens it. {@code auto} takes the first usable GPU, otherwise the CPU.
 */
final class DeviceChoice {
    private static final Pattern CUDA = Pattern.compile("cuda(?::([0-9]{1,3}(?:,[0-9]{1,3})*))?");

    /** Compute capability from which on a GPU multiplies tf32 and bf16. */
    private static final double REDUCED_PRECISION_CAPABILITY = 8.0;

    /** Own kernels compute each row of a product by itself; of cuBLAS nothing like it is promised. */
    private static final String EQUAL_ROWS =
            "--libraries vendor: cuBLAS may round equal rows apart, so states of different symbols that coincide may be missed";

    private final String device;
    private final List<Integer> indices;
    private final String precision;
    private final boolean vendor;
    private final int threads;
    private final long deviceMemory;

    private DeviceChoice(Arguments arguments) {
        this.device = arguments.text("device").orElse("auto");
        this.indices = indices(device);
        this.precision =
                arguments.choice("precision", "auto", "f32", "tf32", "bf16").orElse("auto");
        this.vendor = arguments.offers("libraries")
                && arguments
                        .choice("libraries", "own", "vendor")
                        .filter("vendor"::equals)
                        .isPresent();
        this.threads = MeasureOptions.threads(arguments);
        this.deviceMemory = MeasureOptions.deviceMemory(arguments);
    }

    private DeviceChoice(DeviceChoice other, Precision precision) {
        this.device = other.device;
        this.indices = other.indices;
        this.precision = precision.name().toLowerCase(Locale.ROOT);
        this.vendor = other.vendor;
        this.threads = other.threads;
        this.deviceMemory = other.deviceMemory;
    }

    /** The same in another precision. */
    DeviceChoice in(Precision other) {
        return new DeviceChoice(this, other);
    }

    /** Every precision that was asked for of a device that this opened: the one named, otherwise all it has. */
    List<Precision> precisions(ComputeDevice opened) {
        if (!precision.equals("auto")) {
            return List.of(Precision.valueOf(precision.toUpperCase(Locale.ROOT)));
        }
        return opened.precision().equals("bf16")
                ? List.of(Precision.F32, Precision.TF32, Precision.BF16)
                : List.of(Precision.F32);
    }

    /**
     * Reads the options.
     *
     * @throws UsageException naming the option at fault
     * @throws DeviceUnavailableException for what the CPU does not do, when it is asked for by name
     */
    static DeviceChoice of(Arguments arguments) {
        DeviceChoice choice = new DeviceChoice(arguments);
        if (choice.device.equals("cpu")) {
            choice.requireCpu("");
        }
        return choice;
    }

    private static List<Integer> indices(String device) {
        if (device.equals("auto") || device.equals("cpu")) {
            return List.of();
        }
        Matcher cuda = CUDA.matcher(device);
        if (!cuda.matches()) {
            throw new UsageException("--device", "'" + device + "' is none of auto, cpu, cuda, cuda:I[,J]");
        }
        if (cuda.group(1) == null) {
            return List.of(0);
        }
        List<Integer> indices =
                Arrays.stream(cuda.group(1).split(",")).map(Integer::valueOf).toList();
        if (indices.stream().distinct().count() < indices.size()) {
            throw new UsageException("--device", "'" + device + "' names a GPU twice");
        }
        return indices;
    }

    /**
     * Opens what was asked for.
     *
     * @throws DeviceUnavailableException with the reason and the remedy when it cannot be used
     */
    ComputeDevice open() {
        return open(Gpus.OF_THIS_MACHINE);
    }

    /** As {@link #open()}, on a machine with these GPUs. */
    ComputeDevice open(Gpus gpus) {
        if (device.equals("cpu")) {
            return cpu(List.of());
        }
        GpuSurvey survey = gpus.survey();
        return device.equals("auto") ? firstUsable(gpus, survey) : asked(gpus, survey);
    }

    private ComputeDevice cpu(List<String> warnings) {
        CpuBackend backend = new CpuBackend(threads);
        List<String> all = new ArrayList<>(warnings);
        backend.warning().ifPresent(all::add);
        return new ComputeDevice(backend, null, "f32", "own", all);
    }

    /** Refuses what the CPU does not do; {@code reason} says why it is the CPU, empty when it was asked for. */
    private void requireCpu(String reason) {
        String why = reason.isEmpty() ? "" : ", and " + reason;
        if (precision.equals("tf32") || precision.equals("bf16")) {
            throw new DeviceUnavailableException(
                    "--precision " + precision, "the CPU computes in f32" + why, "leave the option out, or give f32");
        }
        if (vendor) {
            throw new DeviceUnavailableException(
                    "--libraries vendor",
                    "cuBLAS and cuDNN need a CUDA device" + why,
                    "leave the option out, or give own");
        }
    }

    private ComputeDevice firstUsable(Gpus gpus, GpuSurvey survey) {
        String refusal = "";
        for (GpuSurvey.Gpu gpu : survey.gpus()) {
            Optional<String> tooOld = tooOld(gpu);
            if (tooOld.isPresent()) {
                refusal = refusal.isEmpty() ? tooOld.get() : refusal;
                continue;
            }
            try {
                return cuda(gpus, gpu, List.of());
            } catch (GpuException fault) {
                if (fault.kind() == GpuException.Kind.DEFECT) {
                    throw fault;
                }
                refusal = refusal.isEmpty() ? fault.getMessage() : refusal;
            } catch (MemoryExhaustedException busy) {
                refusal = refusal.isEmpty() ? busy.getMessage() : refusal;
            }
        }
        if (!refusal.isEmpty()) {
            requireCpu(refusal);
            return cpu(List.of("the GPU cannot be used, the CPU computes: " + refusal));
        }
        requireCpu("no GPU can be used: " + survey.problem());
        return cpu(
                survey.driverInstalled()
                        ? List.of("no GPU can be used, the CPU computes: " + survey.problem() + "; " + survey.remedy())
                        : List.of());
    }

    private ComputeDevice asked(Gpus gpus, GpuSurvey survey) {
        String option = "--device " + device;
        if (!survey.usable()) {
            throw new DeviceUnavailableException(
                    option,
                    "no GPU can be used: " + survey.problem(),
                    survey.remedy() + "; or give --device cpu, or leave the option out");
        }
        List<GpuSurvey.Gpu> named = indices.stream()
                .map(index -> survey.gpus().stream()
                        .filter(gpu -> gpu.index() == index)
                        .findFirst()
                        .orElseThrow(() -> noSuchGpu(option, index, survey)))
                .toList();
        GpuSurvey.Gpu first = named.get(0);
        Optional<String> tooOld = tooOld(first);
        if (tooOld.isPresent()) {
            throw new DeviceUnavailableException(
                    "--precision " + precision, tooOld.get(), "give --precision f32, or --device cpu");
        }
        List<String> warnings = named.size() == 1
                ? List.of()
                : List.of(option + ": a run uses one GPU in this version; cuda:" + first.index() + " computes");
        try {
            return cuda(gpus, first, warnings);
        } catch (GpuException fault) {
            if (fault.kind() != GpuException.Kind.UNAVAILABLE) {
                throw fault;
            }
            String remedy = fault.remedy().isEmpty() ? "" : fault.remedy() + "; or ";
            DeviceUnavailableException refusal = new DeviceUnavailableException(
                    option, fault.reason(), remedy + "give --device cpu, or leave the option out");
            refusal.initCause(fault);
            throw refusal;
        }
    }

    private static DeviceUnavailableException noSuchGpu(String option, int index, GpuSurvey survey) {
        for (GpuSurvey.RefusedGpu refused : survey.refused()) {
            if (refused.index() == index) {
                return new DeviceUnavailableException(
                        option, "GPU " + index + " cannot be used: " + refused.reason(), refused.remedy());
            }
        }
        int last = survey.gpus().size() + survey.refused().size() - 1;
        return new DeviceUnavailableException(
                option,
                "there is no GPU " + index + (last == 0 ? ", only GPU 0" : ", only GPUs 0 to " + last),
                "give one of them; doctor lists them, and CUDA_VISIBLE_DEVICES hides some");
    }

    /** Why the GPU cannot round as {@code --precision} asks; empty when it can. */
    private Optional<String> tooOld(GpuSurvey.Gpu gpu) {
        boolean reduced = precision.equals("tf32") || precision.equals("bf16");
        return reduced && isOld(gpu)
                ? Optional.of(gpu.name() + " has compute capability " + gpu.capability() + ", and " + precision
                        + " products need " + REDUCED_PRECISION_CAPABILITY)
                : Optional.empty();
    }

    private static boolean isOld(GpuSurvey.Gpu gpu) {
        return Double.parseDouble(gpu.capability()) < REDUCED_PRECISION_CAPABILITY;
    }

    private ComputeDevice cuda(Gpus gpus, GpuSurvey.Gpu gpu, List<String> warnings) {
        List<String> all = new ArrayList<>(warnings);
        Precision mode = precision.equals("auto")
                ? isOld(gpu) ? Precision.F32 : Precision.BF16
                : Precision.valueOf(precision.toUpperCase(Locale.ROOT));
        if (precision.equals("auto") && isOld(gpu)) {
            all.add(gpu.name() + " has compute capability " + gpu.capability() + ": its products are f32, not bf16");
        }
        Gpus.Opened opened = gpus.open(new Gpus.Request(gpu.index(), mode, deviceMemory, vendor));
        boolean vendorComputes = vendor && opened.vendorFault().isEmpty();
        if (vendorComputes) {
            all.add(EQUAL_ROWS);
        } else if (vendor) {
            all.add("--libraries vendor: " + opened.vendorFault() + "; own kernels compute");
        }
        return new ComputeDevice(
                opened.backend(),
                opened.gpu(),
                mode.name().toLowerCase(Locale.ROOT),
                vendorComputes ? "vendor" : "own",
                all);
    }
}
