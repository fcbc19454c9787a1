package org.ieengine.bench.jmh;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.kernels.GpuProbe;
import org.ieengine.kernels.GpuSurvey;
import org.openjdk.jmh.Main;

/**
 * JMH with its own options ({@code -h} lists them). Says first which GPU launches are measured on; where there is none, it says why
 * and leaves them out.
 *
 * <pre>java -jar bench/target/benchmarks.jar [NAME] [OPTIONS OF JMH]</pre>
 */
public final class Benchmarks {
    private Benchmarks() {}

    public static void main(String[] arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(arguments));
        GpuSurvey survey = GpuProbe.survey();
        String left = LaunchBenchmark.class.getSimpleName();
        if (survey.usable()) {
            System.err.println(left + " runs on " + survey.gpus().get(0).name());
        } else {
            System.err.println(left + " is left out: " + survey.problem());
            all.addAll(List.of("-e", left));
        }
        Main.main(all.toArray(String[]::new));
    }
}
