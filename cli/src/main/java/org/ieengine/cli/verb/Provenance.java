package org.ieengine.cli.verb;

import org.ieengine.cli.BuildStamp;
import org.ieengine.cli.Console;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.output.StatusLine;
import org.ieengine.engine.ie.EngineProvenance;
import org.ieengine.engine.ie.ModelProvenance;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.Tokenizers;

/** Where a result came from: program, machine, model. */
final class Provenance {
    private Provenance() {}

    /** Program and machine with a device of that description. */
    static EngineProvenance engine(String device, String precision, String libraries) {
        BuildStamp build = BuildStamp.read();
        return new EngineProvenance(
                build.version(),
                build.commit(),
                System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ")",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                device,
                precision,
                libraries);
    }

    /** The model without the check sum of its weights: enough to plan with. */
    static ModelProvenance unread(ModelDirectory model) {
        return new ModelProvenance(model.directory().toString(), model.parameters(), model.configSha256(), "");
    }

    /** The model; reads all of its weights once for their check sum. */
    static ModelProvenance of(ModelDirectory model, Console console, boolean quiet) {
        StatusLine status = new StatusLine(console);
        String sha256 = model.weightsSha256(read -> {
            if (!quiet) {
                status.show(() -> "check sum of the weights: " + Figures.bytes(read));
            }
        });
        status.clear();
        return new ModelProvenance(
                model.directory().toString(),
                model.parameters(),
                model.configSha256(),
                sha256,
                Tokenizers.sha256(model.directory()));
    }
}
