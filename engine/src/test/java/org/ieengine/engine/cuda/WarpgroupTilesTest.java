package org.ieengine.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.ieengine.kernels.LaunchShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WarpgroupTilesTest {
    /** What a block of compute capability 9.0 can have at most. */
    private static final int MOST_SHARED_BYTES = 227 * 1024;

    @ParameterizedTest
    @CsvSource({
        "1, 128",
        "128, 128",
        "129, 192",
        "192, 192",
        "193, 256",
        "256, 256",
        "384, 192",
        "512, 256",
        "576, 192",
        "640, 256",
        "768, 256",
        "1536, 256",
        "2304, 256",
        "50257, 256"
    })
    void shouldWasteLittleOfTheLastTileAndPreferWideOnes(int columns, int width) {
        WarpgroupTiles.Tile tile = WarpgroupTiles.of(false, true, columns);

        assertThat(tile.columns()).isEqualTo(width);
        assertThat(tile.kernel()).isEqualTo("matmul_wgmma_bt_" + width);
        assertThat(tile.tiles(129, columns)).isEqualTo(2L * ((columns + width - 1) / width));
    }

    @Test
    void shouldNameAKernelForEveryLayoutButTwoTransposedFactors() {
        assertThat(WarpgroupTiles.all(false, false))
                .extracting(WarpgroupTiles.Tile::kernel)
                .containsExactly("matmul_wgmma_256", "matmul_wgmma_192", "matmul_wgmma_128");
        assertThat(WarpgroupTiles.of(true, false, 256).kernel()).isEqualTo("matmul_wgmma_at_256");
        assertThat(WarpgroupTiles.multiplies(true, false)).isTrue();
        assertThat(WarpgroupTiles.multiplies(true, true)).isFalse();
        assertThatThrownBy(() -> WarpgroupTiles.of(true, true, 256)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldHaveAStagesOperandsAndBarriersInSharedMemory() {
        assertThat(WarpgroupTiles.all(false, false))
                .extracting(WarpgroupTiles.Tile::sharedBytes)
                .containsExactly(4 * (48 * 1024 + 16), 5 * (40 * 1024 + 16), 6 * (32 * 1024 + 16))
                .allSatisfy(bytes -> assertThat(bytes).isLessThanOrEqualTo(MOST_SHARED_BYTES));
    }

    @Test
    void shouldStartNoMoreBlocksThanHaveWorkOrRoom() {
        WarpgroupTiles.Tile tile = WarpgroupTiles.of(false, false, 256);

        assertThat(tile.shape(7, 132)).isEqualTo(new LaunchShape(7, 1, 1, 384, tile.sharedBytes()));
        assertThat(tile.shape(1_000_000_000_000L, 132).gridX()).isEqualTo(132);
        assertThat(tile.shape(0, 132).gridX()).isEqualTo(1);
    }
}
