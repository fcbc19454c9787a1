package org.ieengine.engine.ie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class SelectionTest {
    @Test
    void readsNumbersAndRangesAscendingAndDistinct() {
        assertThat(Selection.parse("11, 0-3,2").resolve(12, "block")).containsExactly(0, 1, 2, 3, 11);
        assertThat(Selection.parse("0-3,11")).hasToString("0,1,2,3,11");
    }

    @Test
    void knowsAllAndLast() {
        assertThat(Selection.parse("all").resolve(3, "block")).containsExactly(0, 1, 2);
        assertThat(Selection.parse("last").resolve(3, "position")).containsExactly(2);
    }

    @Test
    void refusesWhatIsNoList() {
        for (String wrong : List.of("", "x", "1,,2", "-1", "3-1", "1-", "0-9999999", "99999999999")) {
            assertThatIllegalArgumentException().as(wrong).isThrownBy(() -> Selection.parse(wrong));
        }
    }

    @Test
    void namesTheIndexThatDoesNotExist() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Selection.parse("0-4").resolve(4, "--layers: block"))
                .withMessage("--layers: block 4 does not exist, the last one is 3");
    }
}
