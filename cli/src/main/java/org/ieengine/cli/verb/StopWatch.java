package org.ieengine.cli.verb;

import org.ieengine.cli.Interruption;
import org.ieengine.cli.output.Figures;

/** Says when a run is to stop: because the user asked for it, or because its time is up. Starts with its making. */
final class StopWatch {
    private static final String KEPT = "; what was finished is kept, run the same with --resume to continue";

    private final Interruption interruption;
    private final double limitSeconds;
    private final long start = System.nanoTime();

    /** @param limitSeconds infinite for no limit */
    StopWatch(Interruption interruption, double limitSeconds) {
        this.interruption = interruption;
        this.limitSeconds = limitSeconds;
    }

    /** Seconds since the start. */
    double seconds() {
        return (System.nanoTime() - start) * 1e-9;
    }

    /** Why to stop; null to go on. */
    String reason() {
        if (interruption.requested()) {
            return "interrupted" + KEPT;
        }
        if (seconds() > limitSeconds) {
            return "the time limit of " + Figures.seconds(limitSeconds) + " is reached" + KEPT;
        }
        return null;
    }
}
