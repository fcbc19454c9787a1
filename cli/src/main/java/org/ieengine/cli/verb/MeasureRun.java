package org.ieengine.cli.verb;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ieengine.cli.report.ReportPage;
import org.ieengine.engine.ie.IeResult;
import org.ieengine.engine.ie.InformationEmergence;
import org.ieengine.engine.ie.Journal;
import org.ieengine.engine.ie.MemoryPlan;
import org.ieengine.engine.ie.OutputFiles;
import org.ieengine.engine.ie.ResultFiles;
import org.ieengine.engine.ie.ResultJson;
import org.ieengine.engine.ie.RunListener;
import org.ieengine.loaders.FileFault;

/**
 * One measurement from its plan to its files: what {@code measure} does once and {@code experiment} at every point. The first part
 * of a run that touches its directory.
 *
 * @param measurement checked and counted, nothing computed yet
 * @param plan of the measurement
 * @param directory where journal, results and report go
 * @param onGpu whether a GPU computes
 */
record MeasureRun(InformationEmergence measurement, MemoryPlan plan, Path directory, boolean onGpu) {
    /** Name of the page in the directory. */
    static final String REPORT = "report.html";

    /** Told of a run as it goes. */
    interface Watch extends RunListener {
        /** The journal is open and holds that many finished estimates. */
        void begun(int finished);

        /** The last number is there; files are written next. */
        void finish();
    }

    /**
     * Runs what the journal does not hold yet and writes results and report.
     *
     * @param resume whether the journal that is there is continued
     */
    IeResult carryOut(boolean resume, Watch watch) {
        try (Journal journal = Journal.open(directory, resume)) {
            watch.begun(journal.size());
            IeResult result = UnfinishedRun.explained(directory, onGpu, () -> measurement.run(plan, journal, watch));
            watch.finish();
            ResultFiles.write(directory, result);
            writeReport(result);
            return result;
        }
    }

    private void writeReport(IeResult result) {
        List<String> curves;
        try {
            curves = Files.readAllLines(directory.resolve(ResultFiles.CURVES), StandardCharsets.UTF_8);
        } catch (IOException fault) {
            throw FileFault.writing(directory.resolve(REPORT).toString(), fault);
        }
        String page = ReportPage.html(ResultJson.document(result), curves);
        OutputFiles.write(directory.resolve(REPORT), out -> out.write(page.getBytes(StandardCharsets.UTF_8)));
    }
}
