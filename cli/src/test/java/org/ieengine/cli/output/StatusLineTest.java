package org.ieengine.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.ieengine.cli.Console;
import org.ieengine.cli.Interruption;
import org.junit.jupiter.api.Test;

class StatusLineTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private StatusLine line(boolean terminal) {
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        Console console =
                new Console(new ByteArrayInputStream(new byte[0]), stream, stream, terminal, new Interruption());
        return new StatusLine(console);
    }

    @Test
    void shouldStayOneLineOfATerminalOfAnyWidth() {
        StatusLine line = line(true);
        line.show("x".repeat(300));

        assertThat(err.toString(StandardCharsets.UTF_8))
                .isEqualTo("\r\u001B[K\u001B[?7l" + "x".repeat(300) + " \u001B[?7h");
    }

    @Test
    void shouldLeaveNothingOnTheTerminalWhenCleared() {
        StatusLine line = line(true);
        line.show("half way");
        line.clear();
        line.clear();

        assertThat(err.toString(StandardCharsets.UTF_8)).endsWith("half way \u001B[?7h\r\u001B[K");
    }

    @Test
    void shouldNotFloodALogFile() {
        StatusLine line = line(false);
        for (int i = 0; i < 1000; i++) {
            line.show("at " + i);
        }

        assertThat(err.size()).isZero();
    }
}
