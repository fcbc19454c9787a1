package org.ieengine.cli.verb;

import org.ieengine.cli.DeviceUnavailableException;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.UsageException;
import org.ieengine.kernels.GpuProbe;
import org.ieengine.kernels.GpuSurvey;

/** Reads {@code --device}, {@code --precision} and {@code --libraries}. This version computes on the CPU in float32. */
final class DeviceChoice {
    private static final String CUDA = "cuda(:[0-9]{1,3}(,[0-9]{1,3})*)?";

    private DeviceChoice() {}

    /**
     * Checks that what is asked for can be used.
     *
     * @throws DeviceUnavailableException with the reason and the remedy when it cannot
     */
    static void check(Arguments arguments) {
        String device = arguments.text("device").orElse("auto");
        if (device.matches(CUDA)) {
            throw withoutCuda(device);
        }
        if (!device.equals("auto") && !device.equals("cpu")) {
            throw new UsageException("--device", "'" + device + "' is none of auto, cpu, cuda, cuda:I[,J]");
        }
        String precision =
                arguments.choice("precision", "auto", "f32", "tf32", "bf16").orElse("auto");
        if (precision.equals("tf32") || precision.equals("bf16")) {
            throw new DeviceUnavailableException(
                    "--precision " + precision, "the CPU computes in f32", "leave the option out, or give f32");
        }
        String libraries = arguments.choice("libraries", "own", "vendor").orElse("own");
        if (libraries.equals("vendor")) {
            throw new DeviceUnavailableException(
                    "--libraries vendor",
                    "cuBLAS and cuDNN need a CUDA device, and this version computes on the CPU",
                    "leave the option out, or give own");
        }
    }

    private static DeviceUnavailableException withoutCuda(String device) {
        GpuSurvey survey = GpuProbe.survey();
        String reason = survey.usable()
                ? "this version computes on the CPU only (there is a GPU: "
                        + survey.gpus().get(0).name() + ")"
                : "no GPU can be used: " + survey.problem();
        return new DeviceUnavailableException(
                "--device " + device, reason, "give --device cpu, or leave the option out");
    }
}
