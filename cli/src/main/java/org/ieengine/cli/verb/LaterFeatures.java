package org.ieengine.cli.verb;

import java.util.List;
import org.ieengine.cli.option.UsageException;

/** Names that belong to the command line but that this version does not serve yet. */
final class LaterFeatures {
    private static final List<String> ESTIMATORS = List.of("nwj", "smile", "infonce", "gaussian", "ksg");

    private LaterFeatures() {}

    /** The fault for an estimator that is not served here. */
    static UsageException estimator(String name, String served) {
        return ESTIMATORS.contains(name)
                ? new UsageException("--estimator", name + " is not in this version yet; it has " + served)
                : new UsageException("--estimator", "'" + name + "' is none of " + served);
    }
}
