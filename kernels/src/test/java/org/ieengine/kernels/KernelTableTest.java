package org.ieengine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The table of what kernels take. */
class KernelTableTest {
    private static final String PTX =
            """
            .version 7.0
            .target sm_80
            .address_size 64
            .visible .entry plain(.param .u64 out) {
              .reg .b64 %a<3>;
              ld.param.u64 %a1, [out];
              st.global.u64 [%a1], %a1;
              ret;
            }
            .visible .entry sharing(.param .u64 out) {
              .shared .align 4 .b8 kept[512];
              .reg .b32 %r<3>;
              .reg .b64 %a<3>;
              ld.param.u64 %a1, [out];
              mov.u32 %r1, %tid.x;
              st.shared.u32 [kept], %r1;
              bar.sync 0;
              ld.shared.u32 %r2, [kept];
              st.global.u32 [%a1], %r2;
              ret;
            }
            """;

    @Test
    void shouldGiveSharedMemoryOfTheKernelThatHasIt() {
        PtxAssembler.Assembled assembled = PtxAssembler.assemble(PTX, "sm_80");

        assertThat(assembled.error()).isEmpty();
        assertThat(assembled.kernels())
                .extracting(PtxAssembler.Kernel::name, PtxAssembler.Kernel::sharedBytes)
                .containsExactlyInAnyOrder(tuple("plain", 0), tuple("sharing", 512));
    }

    @Test
    void shouldPutMostRegistersFirst() {
        KernelTable table = new KernelTable();
        table.add(
                "sm_80", List.of(new PtxAssembler.Kernel("few", 8, 0, 0), new PtxAssembler.Kernel("b", 200, 1024, 0)));
        table.add("sm_90", List.of(new PtxAssembler.Kernel("a", 200, 0, 16)));

        assertThat(table.lines().stream().map(line -> line.replaceAll(" +", " ")))
                .containsExactly(
                        "kernel target registers shared bytes spilled",
                        "a sm_90 200 0 16",
                        "b sm_80 200 1024 0",
                        "few sm_80 8 0 0");
    }
}
