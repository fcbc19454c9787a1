package org.ieengine.engine.cuda;

/** Told of everything that a backend puts on its stream, in order. */
public interface LaunchObserver {
    /** Sees nothing. */
    LaunchObserver NONE = new LaunchObserver() {
        @Override
        public void before(String kernel) {
            // Nobody looks.
        }

        @Override
        public void after(String kernel) {
            // Nobody looks.
        }
    };

    /**
     * Called before work is queued.
     *
     * @param kernel the name of the kernel, or {@code copy}, {@code fill}, or the function of a vendor's library
     */
    void before(String kernel);

    /** Called after it was queued. */
    void after(String kernel);
}
