package org.ieengine.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import org.ieengine.cli.report.RunDocument;
import org.junit.jupiter.api.Test;

class RunNamesTest {
    private static final List<Path> DIRECTORIES = List.of(Path.of("/x/one/run"), Path.of("/x/two/run"));

    @Test
    void shouldTakeTheModelWhereItTellsRunsApart() {
        assertThat(RunNames.of(DIRECTORIES, List.of(run("m/gpt2/", "a.txt"), run("m/llama", "b.txt"))))
                .containsExactly("gpt2", "llama");
    }

    @Test
    void shouldTakeTheDataOfOneModel() {
        assertThat(RunNames.of(DIRECTORIES, List.of(run("gpt2", "d/a.txt"), run("gpt2", "d/b.txt"))))
                .containsExactly("a.txt", "b.txt");
    }

    @Test
    void shouldTakeBothWhereNeitherIsEnough() {
        List<Path> directories = List.of(Path.of("/1"), Path.of("/2"), Path.of("/3"));
        assertThat(RunNames.of(directories, List.of(run("m", "a"), run("m", "b"), run("n", "a"))))
                .containsExactly("m, a", "m, b", "n, a");
    }

    @Test
    void shouldTakeAsMuchOfTheDirectoryAsIsNeededForRepetitions() {
        assertThat(RunNames.of(DIRECTORIES, List.of(run("m", "a"), run("m", "a"))))
                .containsExactly(
                        Path.of("one", "run").toString(), Path.of("two", "run").toString());
        assertThat(RunNames.of(List.of(Path.of("/run"), Path.of("/x/run")), List.of(run("m", "a"), run("m", "a"))))
                .containsExactly("run", Path.of("x", "run").toString());
    }

    private static RunDocument run(String model, String data) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putObject("model").put("path", model);
        json.putObject("data").put("path", data);
        return RunDocument.read(json);
    }
}
