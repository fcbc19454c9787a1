package org.ieengine.cli.verb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.ieengine.cli.Console;
import org.ieengine.cli.Interruption;
import org.ieengine.engine.ie.MeasureSettings;
import org.ieengine.engine.ie.Progress;
import org.ieengine.engine.ie.Progress.Phase;
import org.junit.jupiter.api.Test;

class MeasureProgressTest {
    private static String shown(Progress progress) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        Interruption interruption = new Interruption();
        Console console = new Console(new ByteArrayInputStream(new byte[0]), stream, stream, true, interruption);
        new MeasureProgress(
                        console,
                        MeasureSettings.builder().build(),
                        new StopWatch(interruption, Double.POSITIVE_INFINITY))
                .progress(progress);
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void shouldNameSeedAndStepOfACritic() {
        assertThat(shown(new Progress(
                        Phase.ESTIMATING, "untrained", 2, 4, "dv macro position 7", 1, 40, 1500, 3.25, 5000, 0.5)))
                .contains("[##########..........] 50 %, untrained, block 2 of 4, dv macro position 7, seed 1, step 40:"
                        + " 3.25 bits, 5,000 samples/s");
    }

    @Test
    void shouldNameNoSeedWhereNothingIsTrained() {
        assertThat(shown(new Progress(
                        Phase.ESTIMATING, "", 0, 4, "resolution macro position 7", -1, 1, 1, Double.NaN, 20, 0.25)))
                .contains("25 %, block 0 of 4, resolution macro position 7, 20 samples/s");
    }
}
