package org.ieengine.kernels.emulated;

import com.sun.jna.Library;

/** What the emulated driver exports besides the driver API: {@code kernels/src/test/cuda/driver/options.cpp}. */
interface EmulatedDriver extends Library {
    /** Sets an option; 0 when there is no such option or value. */
    int emu_set(String name, String value);

    /** As if the process had just begun. */
    void emu_reset();

    /** Why the last refused call was refused, or the fault that every call answers with. */
    String emu_last_error();

    /** Names of the kernels that ran since the reset, one a line. */
    String emu_launched();

    /** Names of all kernels that were compiled in, one a line. */
    String emu_kernels();

    /** What had not been destroyed when the primary context was last released. */
    String emu_left_behind();

    /** Kernels run since the reset. */
    long emu_launches();

    /** Allocations of device memory that live now. */
    long emu_live_allocations();
}
