package org.ieengine.cli.output;

import java.util.function.Supplier;
import org.ieengine.cli.Console;

/**
 * One line on standard error that says what is going on. On a terminal it is redrawn in place, ten times a second at most, and cut
 * off at the right edge; elsewhere it is printed as a plain line every twenty seconds at most, the first after five.
 */
public final class StatusLine {
    private static final long REDRAW_NANOS = 100_000_000L;
    private static final long FIRST_LINE_NANOS = 5_000_000_000L;
    private static final long LINE_NANOS = 20_000_000_000L;
    private static final String ERASE = "\r\u001B[K";

    /** Around the line the terminal does not wrap (DECAWM off, on), so that it stays one line at any width. */
    private static final String NO_WRAP = "\u001B[?7l";

    private static final String WRAP = "\u001B[?7h";

    private final Console console;
    private long next;
    private boolean drawn;

    /** A line that shows nothing yet. */
    public StatusLine(Console console) {
        this.console = console;
        this.next = System.nanoTime() + (console.interactive() ? 0 : FIRST_LINE_NANOS);
    }

    /** Shows a text when it is time for it. */
    public void show(String text) {
        show(() -> text);
    }

    /** Shows a text when it is time for it; only then is it made. */
    public void show(Supplier<String> text) {
        long now = System.nanoTime();
        if (now - next < 0) {
            return;
        }
        String line = text.get();
        if (console.interactive()) {
            next = now + REDRAW_NANOS;
            // The last column takes whatever comes after the edge: a space, not the line's last letter.
            console.err().print(ERASE + NO_WRAP + line + " " + WRAP);
            console.err().flush();
            drawn = true;
        } else {
            next = now + LINE_NANOS;
            console.message(line);
        }
    }

    /** Takes the line off the terminal, so that something else can be printed. */
    public void clear() {
        if (drawn) {
            console.err().print(ERASE);
            console.err().flush();
            drawn = false;
            next = System.nanoTime();
        }
    }
}
