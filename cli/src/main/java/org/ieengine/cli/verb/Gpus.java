package org.ieengine.cli.verb;

import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Libraries;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuException;
import org.ieengine.kernels.GpuProbe;
import org.ieengine.kernels.GpuSurvey;
import org.ieengine.kernels.JcudaDevice;
import org.ieengine.kernels.VendorMatrices;

/** The GPUs of a machine, as far as choosing one of them goes. */
interface Gpus {
    /** Those of this machine. */
    Gpus OF_THIS_MACHINE = new Gpus() {
        @Override
        public GpuSurvey survey() {
            return GpuProbe.survey();
        }

        @Override
        public Opened open(Request request) {
            GpuDevice gpu = JcudaDevice.open(request.index());
            try {
                long cap = request.memoryCap() == 0 ? Long.MAX_VALUE : request.memoryCap();
                String fault = request.vendor() ? VendorMatrices.fault(gpu) : "";
                Libraries libraries = request.vendor() && fault.isEmpty() ? Libraries.VENDOR : Libraries.OWN;
                return new Opened(new CudaBackend(gpu, request.precision(), cap, libraries), gpu, fault);
            } catch (RuntimeException fault) {
                gpu.close();
                throw fault;
            }
        }
    };

    /** What there is. */
    GpuSurvey survey();

    /**
     * A backend on one of them.
     *
     * @throws GpuException when it cannot be used
     */
    Opened open(Request request);

    /**
     * What a backend is to be.
     *
     * @param index which GPU
     * @param precision mode of its matrix products
     * @param memoryCap most bytes of device memory; 0 for what is free
     * @param vendor whether cuBLAS is to compute where it can be used, and cuDNN with it
     */
    record Request(int index, Precision precision, long memoryCap, boolean vendor) {}

    /**
     * A backend with the GPU beneath it.
     *
     * @param backend closed first
     * @param gpu closed after it
     * @param vendorFault why own kernels compute although cuBLAS was to; empty when it does or was not to
     */
    record Opened(Backend backend, GpuDevice gpu, String vendorFault) {}
}
