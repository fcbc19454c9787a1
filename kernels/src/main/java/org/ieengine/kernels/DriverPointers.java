package org.ieengine.kernels;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;

/** JCuda's pointers as the numbers that they are, which it keeps to itself. */
final class DriverPointers {
    private DriverPointers() {}

    /** Receives device memory. */
    static final class Allocation extends CUdeviceptr {
        /** The number. */
        long address() {
            return getNativePointer();
        }
    }

    /** Device memory at a number. */
    static final class Device extends CUdeviceptr {
        Device(long address) {
            super(new CUdeviceptr(), address);
        }
    }

    /** Receives memory of the host. */
    static final class HostAllocation extends Pointer {
        /** The number. */
        long address() {
            return getNativePointer();
        }
    }

    /** Memory of the host at a number. */
    static final class Host extends Pointer {
        Host(long address) {
            super(address);
        }
    }
}
