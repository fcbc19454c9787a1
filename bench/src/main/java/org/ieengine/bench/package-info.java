/** JMH benchmarks of the operations that the job spends its time in. */
package org.ieengine.bench;
