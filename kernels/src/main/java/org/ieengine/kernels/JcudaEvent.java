package org.ieengine.kernels;

import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/** An event of the driver, with its time. */
final class JcudaEvent implements GpuEvent {
    private final JcudaDevice device;
    private final CUevent event = new CUevent();
    private JcudaStream.Capture capturedBy;
    private boolean closed;

    JcudaEvent(JcudaDevice device) {
        this.device = device;
        device.check(JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DEFAULT), "cuEventCreate");
    }

    /** The driver's handle. */
    CUevent handle(JcudaDevice user) {
        if (closed || user != device) {
            throw new IllegalStateException(closed ? "the event is closed" : "the event is of another device");
        }
        return event;
    }

    @Override
    public void synchronise() {
        device.enter();
        device.check(JCudaDriver.cuEventSynchronize(handle(device)), "cuEventSynchronize");
    }

    @Override
    public boolean reached() {
        device.enter();
        int code = JCudaDriver.cuEventQuery(handle(device));
        if (code == DriverFaults.NOT_READY) {
            return false;
        }
        device.check(code, "cuEventQuery");
        return true;
    }

    @Override
    public double millisecondsSince(GpuEvent earlier) {
        device.enter();
        float[] milliseconds = new float[1];
        CUevent from = ((JcudaEvent) earlier).handle(device);
        device.check(JCudaDriver.cuEventElapsedTime(milliseconds, from, handle(device)), "cuEventElapsedTime");
        return milliseconds[0];
    }

    /** The graph in the making that it was last recorded in; null for none. */
    JcudaStream.Capture capturedBy() {
        return capturedBy;
    }

    /** Takes note of where it was recorded. */
    void capturedBy(JcudaStream.Capture capture) {
        capturedBy = capture;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            device.release(() -> JCudaDriver.cuEventDestroy(event), "cuEventDestroy");
        }
    }
}
