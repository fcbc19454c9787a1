/** Numeric arrays [N, d] read row by row from .npy, .csv and .safetensors files. */
package org.ieengine.loaders.array;
