/**
 * What the JVM does, by JMH: launches, files, text, conversion, and the operations of the CPU. {@link Benchmarks} runs them all.
 */
package org.ieengine.bench.jmh;
