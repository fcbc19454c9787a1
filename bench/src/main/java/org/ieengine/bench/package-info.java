/** Measurements: rates of the parts that the job spends its time in, and tables of estimators on tasks of known truth. */
package org.ieengine.bench;
