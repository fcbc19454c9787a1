package org.ieengine.cli;

/** Whether the user asked the program to stop (Ctrl-C, SIGTERM). May be asked for from any thread. */
public final class Interruption {
    private volatile boolean requested;

    /** Asks for a stop at the next point where work can be left. */
    public void request() {
        requested = true;
    }

    /** Whether a stop was asked for. */
    public boolean requested() {
        return requested;
    }
}
