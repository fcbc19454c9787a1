package org.ieengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.ieengine.cli.option.UsageText;
import org.ieengine.cli.verb.Verb;
import org.ieengine.cli.verb.Verbs;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CommandLineDocumentTest {
    private static final String END = "<!-- end of options -->";

    static Stream<Verb> verbs() {
        return Verbs.all().stream();
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void shouldListExactlyTheOptionsThatTheProgramHas(Verb verb) throws IOException {
        String document = Files.readString(Path.of("../docs/command-line.md"));
        String begin = "<!-- options of " + verb.name() + " -->\n";

        assertThat(document).contains(begin);
        int start = document.indexOf(begin) + begin.length();
        assertThat(document.substring(start, document.indexOf(END, start)))
                .isEqualTo(UsageText.markdown(verb.options()));
    }
}
