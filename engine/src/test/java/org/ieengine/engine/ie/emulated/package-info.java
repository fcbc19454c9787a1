/** Whole runs on the emulated GPU. */
package org.ieengine.engine.ie.emulated;
