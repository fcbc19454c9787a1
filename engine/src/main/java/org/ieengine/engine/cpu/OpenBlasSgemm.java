package org.ieengine.engine.cpu;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;

import org.bytedeco.openblas.global.openblas_nolapack;

/** {@code cblas_sgemm} of OpenBLAS, one of its threads per call. */
final class OpenBlasSgemm implements Sgemm {
    @Override
    public void multiply(Operand a, Operand b, float beta, CpuTensor c, Scratch scratch) {
        openblas_nolapack.cblas_sgemm(
                CblasRowMajor,
                a.transposed() ? CblasTrans : CblasNoTrans,
                b.transposed() ? CblasTrans : CblasNoTrans,
                Math.toIntExact(c.rows()),
                c.columns(),
                Math.toIntExact(a.columns()),
                1f,
                a.matrix().pointer(),
                a.matrix().stride(),
                b.matrix().pointer(),
                b.matrix().stride(),
                beta,
                c.pointer(),
                c.stride());
    }

    @Override
    public String name() {
        return "OpenBLAS "
                + openblas_nolapack.OPENBLAS_VERSION.replace("OpenBLAS", "").strip();
    }
}
