/**
 * How fast each operation of a backend is over the shapes that a run has, beside the ceilings of the machine and beside its rivals; and
 * how fast whole passes are.
 */
package org.ieengine.engine.benchmark;
