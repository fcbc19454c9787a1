/** Estimators on the emulated GPU. */
package org.ieengine.engine.mi.emulated;
