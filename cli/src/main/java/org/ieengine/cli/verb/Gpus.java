package org.ieengine.cli.verb;

import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.kernels.GpuException;
import org.ieengine.kernels.GpuProbe;
import org.ieengine.kernels.GpuSurvey;

/** The GPUs of a machine, as far as choosing one of them goes. */
interface Gpus {
    /** Those of this machine. */
    Gpus OF_THIS_MACHINE = new Gpus() {
        @Override
        public GpuSurvey survey() {
            return GpuProbe.survey();
        }

        @Override
        public Backend open(Request request) {
            throw new GpuException(
                    GpuException.Kind.UNAVAILABLE, "this version computes on the CPU only", "give --device cpu");
        }
    };

    /** What there is. */
    GpuSurvey survey();

    /**
     * A backend on one of them.
     *
     * @throws GpuException when it cannot be used
     */
    Backend open(Request request);

    /**
     * What a backend is to be.
     *
     * @param index which GPU
     * @param precision mode of its matrix products
     * @param memoryCap most bytes of device memory; 0 for what is free
     * @param vendor whether cuBLAS and cuDNN may compute
     */
    record Request(int index, Precision precision, long memoryCap, boolean vendor) {}
}
