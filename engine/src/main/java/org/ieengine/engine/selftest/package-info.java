/** Every operation of a backend on this machine against float64 in plain Java, every family against stored states, a whole run against the CPU. */
package org.ieengine.engine.selftest;
