/** A GPU emulated on the processor below the driver API, for tests on machines without one. */
package org.ieengine.kernels.emulated;
