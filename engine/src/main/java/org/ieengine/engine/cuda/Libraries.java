package org.ieengine.engine.cuda;

/** What computes the matrix products and activations of a {@link CudaBackend}. */
public enum Libraries {
    /** Kernels of this project. */
    OWN,
    /**
     * cuBLAS, and cuDNN where it can be used, for the activations that it has. How cuBLAS sums may depend on how many rows there are, so that equal rows may differ in bits; its working memory, some tens
     * of MiB, counts towards no cap.
     */
    VENDOR
}
